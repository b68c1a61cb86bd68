"""Exclusions, as they are shown."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from credit.exclusions.queries import ByFact, ExclusionRow
from credit.exclusions.rules import ExclusionCode, ExclusionState
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.models import User
from web.i18n import Translator
from web.views.credit_recalculations import recalculation_words
from web.views.directory import unit_name

_MARKS = {
    ExclusionState.ASKED: "mark-yellow",
    ExclusionState.SECONDED: "mark-yellow",
    ExclusionState.APPROVED: "mark-green",
    ExclusionState.REFUSED: "mark-ended",
    ExclusionState.REVOKED: "mark-ended",
}


@dataclass(frozen=True, slots=True)
class ExclusionLine:
    """An exclusion in the register; `is_due` when a third person is to look at it."""

    id: uuid.UUID
    ticket: str
    department: str
    department_code: str
    code: ExclusionCode
    state: ExclusionState
    mark: str
    is_due: bool
    asked_at: datetime
    asker: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one person had to say to it."""

    text: str
    who: str
    at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class ExclusionView:
    """An exclusion in full, words masked; `followed` says how frozen periods follow it."""

    line: ExclusionLine
    reason: str
    evidence: Sequence[str]
    said: Sequence[Said]
    followed: str | None


@dataclass(frozen=True, slots=True)
class ByFactLine:
    """Work that does not count because of what happened."""

    ticket: str
    department: str
    code: ExclusionCode
    finished_at: datetime


def exclusion_line(row: ExclusionRow, t: Translator) -> ExclusionLine:
    """Return an exclusion as a line."""
    one = row.exclusion
    return ExclusionLine(
        one.id,
        one.ticket_number,
        unit_name(row.department, t),
        row.department.code,
        one.code,
        one.state,
        _MARKS[one.state],
        is_recheck_due(row),
        one.asked_at,
        row.asker.display_name,
    )


def is_recheck_due(row: ExclusionRow) -> bool:
    """Tell whether a third person is to look at it."""
    one = row.exclusion
    return one.state is ExclusionState.APPROVED and one.is_sampled and one.is_founded is None


def exclusion_view(row: ExclusionRow, t: Translator) -> ExclusionView:
    """Return an exclusion with everything that was said to it."""
    one = row.exclusion
    steps = (
        (N_("First decision"), row.first, one.first_at, one.first_words),
        (N_("Second decision"), row.second, one.decided_at, one.second_words),
        (N_("Second look"), row.rechecker, one.rechecked_at, one.recheck_words),
    )
    return ExclusionView(
        exclusion_line(row, t),
        mask_text(one.reason),
        [mask_text(line) for line in one.evidence],
        [_said(t.text(text), who, at, words) for text, who, at, words in steps if who],
        recalculation_words(row.recalculation, t),
    )


def _said(text: str, who: User, at: datetime | None, words: str | None) -> Said:
    return Said(text, who.display_name, at, mask_text(words or ""))


def by_fact_line(row: ByFact, t: Translator) -> ByFactLine:
    """Return what happened as a line."""
    return ByFactLine(row.ticket_number, unit_name(row.department, t), row.code, row.finished_at)
