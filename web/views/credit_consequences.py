"""Consequences of grades for people: what is in force, why, and what would lift it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from credit.consequences.models import CreditConsequence
from credit.consequences.queries import DueCheck, Honour, Past, StandingConsequence
from credit.consequences.rules import ConsequenceKind
from credit.rulebook import Grade
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label
from web.views.credit_figures import GradeView, grade_view
from web.views.credit_words import percent
from web.views.directory import unit_name

_SHARES = frozenset({ConsequenceKind.QA_SHARE, ConsequenceKind.CHECK_SHARE})


@dataclass(frozen=True, slots=True)
class ConsequenceView:
    """A consequence in words.

    Attributes:
        why: because of which grade of which period.
        lifted: what would lift it; empty where every grade has it.
    """

    code: str
    department: str
    words: str
    why: str
    grade: GradeView | None
    since: datetime
    lifted: str
    ended_at: datetime | None = None


def consequence_words(row: CreditConsequence, t: Translator) -> str:
    """Return a consequence with its measure."""
    words = t.text(label(row.kind))
    if row.kind in _SHARES:
        return f"{words}: {percent(row.value, t)}"
    return f"{words}: {row.value}" if row.value else words


def _why(grade: Grade, period: str, t: Translator) -> str:
    return t.text(N_("because of grade {grade} of {period}"), grade=grade.value, period=period)


def lifted_words(kind: ConsequenceKind, grade: Grade | None, t: Translator) -> str:
    """Return what would lift a consequence."""
    if grade is None:
        return ""
    if kind is ConsequenceKind.GOVERNMENT_REPORT:
        return t.text(N_("a published quarter with {grade} or better"), grade=grade.value)
    return t.text(N_("a published grade of {grade} or better"), grade=grade.value)


def consequence_view(row: StandingConsequence, t: Translator) -> ConsequenceView:
    """Return a consequence in force."""
    one = row.consequence
    return ConsequenceView(
        row.department.code,
        unit_name(row.department, t),
        consequence_words(one, t),
        _why(one.grade, one.period, t),
        grade_view(one.grade, t, is_trial=one.is_trial),
        one.since,
        lifted_words(one.kind, row.lifted_by, t),
    )


def past_view(row: Past, t: Translator) -> ConsequenceView:
    """Return a consequence that is over."""
    one = row.consequence
    by = (
        t.text(N_("grade {grade} of {period}"), grade=row.grade.value, period=row.period)
        if row.grade and row.period
        else ""
    )
    return ConsequenceView(
        "",
        "",
        consequence_words(one, t),
        _why(one.grade, one.period, t),
        grade_view(one.grade, t, is_trial=one.is_trial),
        one.since,
        by,
        row.ended_at,
    )


@dataclass(frozen=True, slots=True)
class WatchedView:
    """A department on the watch list, with everything that its grade brings."""

    code: str
    department: str
    grade: GradeView | None
    why: str
    since: datetime
    brings: Sequence[str]
    lifted: str


def watched_views(rows: Sequence[StandingConsequence], t: Translator) -> Sequence[WatchedView]:
    """Return the watch list, each department once, the longest on it first."""
    by_unit: dict[int, list[StandingConsequence]] = {}
    for row in rows:
        by_unit.setdefault(row.department.id, []).append(row)
    found = []
    for theirs in by_unit.values():
        watched = next(
            (one for one in theirs if one.consequence.kind is ConsequenceKind.WATCHED), None
        )
        if watched is not None:
            view = consequence_view(watched, t)
            found.append(
                WatchedView(
                    view.code,
                    view.department,
                    view.grade,
                    view.why,
                    view.since,
                    [
                        consequence_words(one.consequence, t)
                        for one in theirs
                        if one.consequence.kind is not ConsequenceKind.WATCHED
                    ],
                    view.lifted,
                )
            )
    return sorted(found, key=lambda one: one.since)


@dataclass(frozen=True, slots=True)
class HonourView:
    """Whether a department may be honoured."""

    code: str
    department: str
    grade: GradeView | None
    is_free: bool
    why: str
    lifted: str


def honour_view(row: Honour, t: Translator) -> HonourView:
    """Return whether a department may be honoured, and why not."""
    return HonourView(
        row.department.code,
        unit_name(row.department, t),
        grade_view(row.grade, t, is_trial=row.is_trial),
        row.veto is None,
        _why(row.veto.grade, row.veto.period, t) if row.veto else "",
        lifted_words(ConsequenceKind.NO_HONOURS, row.lifted_by, t),
    )


@dataclass(frozen=True, slots=True)
class DueCheckView:
    """When a department is due for its next routine check."""

    code: str
    department: str
    grade: GradeView | None
    days: int
    last: datetime | None
    due_at: datetime


def due_check_view(row: DueCheck, t: Translator) -> DueCheckView:
    """Return a line of the list of due checks."""
    return DueCheckView(
        row.department.code,
        unit_name(row.department, t),
        grade_view(row.grade, t, is_trial=False),
        row.days,
        row.last,
        row.due_at,
    )
