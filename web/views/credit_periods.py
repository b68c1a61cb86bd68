"""Frozen periods and their revisions, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credit.figures import PeriodRow, RevisionRow, ScoreChange
from credit.period_models import CreditPeriod, PeriodScore, PeriodState
from credit.periods import PeriodKind
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.views.credit_reasons import Reason, reason_view

_MARKS = {
    PeriodState.FROZEN: "mark-yellow",
    PeriodState.NOTICE: "mark-yellow",
    PeriodState.PUBLISHED: "mark-green",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLine:
    """A period in the list; `objections` hold its publication up."""

    key: str
    kind: PeriodKind
    state: PeriodState
    mark: str
    revision: int
    frozen_at: datetime
    notice_until: datetime | None
    published_at: datetime | None
    objections: int
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """What a revision changed of a department."""

    department: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision in full.

    Attributes:
        changes: what one can see of it; the inputs may have changed without it.
        is_even: True when another revision was made and nothing of it can be seen.
    """

    nth: int
    made_at: datetime
    as_of: datetime
    formula: str
    rule_version: int
    reason: Reason
    result_digest: str
    changes: Sequence[ChangeLine]
    is_even: bool


def until_of_notice(period: CreditPeriod, now: datetime) -> datetime | None:
    """Return until when the figures of a period may be objected to; None when they may not."""
    until = period.notice_until if period.state is PeriodState.NOTICE else None
    return until if until is not None and now <= until else None


def period_line(row: PeriodRow, now: datetime) -> PeriodLine:
    """Return a period as a line."""
    one = row.period
    is_over = one.notice_until is not None and one.notice_until <= now
    return PeriodLine(
        key=one.key,
        kind=one.kind,
        state=one.state,
        mark=_MARKS[one.state],
        revision=one.revision,
        frozen_at=one.frozen_at,
        notice_until=one.notice_until if one.state is PeriodState.NOTICE else None,
        published_at=one.published_at,
        objections=row.objections,
        is_waiting=one.state is PeriodState.NOTICE and is_over and row.objections > 0,
    )


def revision_view(row: RevisionRow, t: Translator, *, sees_cases: bool) -> RevisionView:
    """Return a revision with what it changed."""
    one = row.revision
    changes = [_change(change, t) for change in row.changes]
    seen = [line for line in changes if line.before != line.after]
    return RevisionView(
        one.revision,
        one.made_at,
        one.as_of,
        one.formula,
        one.rule_version,
        reason_view(one.reason, t, sees_cases=sees_cases),
        one.result_digest.hex(),
        seen,
        is_even=bool(changes) and not seen,
    )


def _change(one: ScoreChange, t: Translator) -> ChangeLine:
    row = one.after
    name = row.department_name_en if t.language == "en" else row.department_name
    return ChangeLine(one.department, name, _said(one.before, t), _said(row, t))


def _said(row: PeriodScore, t: Translator) -> str:
    counted = t.text(N_("{n} counted"), n=row.n)
    return " · ".join(
        [_figure(row.score), *([row.grade.value] if row.grade else []), counted],
    )


def _figure(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:f}"
