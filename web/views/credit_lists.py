"""The lists of a department's credit: its ledger, its frozen periods, the tickets behind its rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from credit.behind import Counted, LeftOut
from credit.dossier import LedgerLine, PeriodLine, Shown
from credit.intake.rates import Cause
from credit.ledger import EntryState, Measure
from credit.rulebook import Severity
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label
from web.views.credit_figures import NOTHING, GradeView, exact, grade_view, rounded, signed, span
from web.views.credit_words import event_words


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the ledger.

    Attributes:
        value: what it brings now; None where it brings nothing now.
    """

    id: str
    name: str
    severity: Severity
    points: str
    value: str | None
    state: EntryState
    ticket: str | None
    document: str | None
    occurred_at: datetime
    recorded_at: datetime
    changed_at: datetime
    is_reversal: bool
    tone: str
    until: datetime | None = None


def entry_view(
    line: LedgerLine,
    weighed: Mapping[str, str],
    t: Translator,
    *,
    until: datetime | None = None,
) -> EntryView:
    """Return an entry as a line; `weighed` says what each brings in the newest score."""
    return EntryView(
        id=str(line.id),
        name=event_words(line.code, t),
        severity=line.severity,
        points=signed(line.points),
        value=weighed.get(str(line.id)),
        state=line.state,
        ticket=line.ticket_number,
        document=line.document,
        occurred_at=line.occurred_at,
        recorded_at=line.recorded_at,
        changed_at=line.changed_at,
        is_reversal=line.is_reversal,
        tone="up" if line.points > 0 else "down" if line.points < 0 else "even",
        until=until,
    )


def weighed_of(shown: Shown | None) -> Mapping[str, str]:
    """Return what each event brings, by its id."""
    if shown is None:
        return {}
    return {
        line["id"]: signed(Decimal(line["value"])) for line in shown.explanation.get("entries", ())
    }


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A frozen period as a line."""

    key: str
    href: str
    state: Any
    score: str
    interval: str
    n: int
    band: str
    grade: GradeView | None
    grade_before: str
    notice_until: datetime | None
    revision: int
    is_shown: bool


def period_view(line: PeriodLine, here: str, shown: str | None, t: Translator) -> PeriodView:
    """Return a frozen period as a line; `shown` is the one that the page is about."""
    return PeriodView(
        key=line.key,
        href=f"{here}?{urlencode({'period': line.key})}",
        state=line.state,
        score=NOTHING if line.score is None else rounded(line.score),
        interval=span(line.low, line.high),
        n=line.n,
        band=NOTHING if line.band is None else str(line.band),
        grade=grade_view(line.grade, t, is_trial=line.is_trial),
        grade_before=line.grade_before.value
        if line.grade_before and line.grade_before is not line.grade
        else "",
        notice_until=line.notice_until,
        revision=line.revision,
        is_shown=line.key == shown,
    )


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket behind a rate."""

    number: str
    category: str
    hop: int
    k: str
    n: int
    is_missed: bool
    finished_at: datetime


def ticket_view(row: Counted, categories: Mapping[str, str]) -> TicketView:
    """Return a ticket behind a rate as a line."""
    return TicketView(
        row.ticket_number,
        categories.get(row.category, row.category),
        row.hop,
        exact(row.k),
        row.n,
        row.is_missed,
        row.finished_at,
    )


@dataclass(frozen=True, slots=True)
class LeftOutView:
    """What would have counted and does not."""

    number: str
    hop: int
    measure: Measure
    cause: str
    finished_at: datetime


CAUSE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "out_of_duty": N_("Out of duty"),
        "unreasonable": N_("Unreasonable, finally replied"),
        "malicious": N_("Malicious"),
        "duplicate_child": N_("Counted with the ticket it was merged into"),
        "withdrawn": N_("Withdrawn by the requester"),
        "misdispatch": N_("Sent to the wrong department"),
        "force_majeure": N_("Force majeure"),
        "pilot": N_("A pilot"),
        "outage": N_("Nobody was warned: an outage"),
    }
)
"""Why something is left out of everything; why it is left out of one rate says its label."""


def cause_words(cause: str, t: Translator) -> str:
    """Return why something does not count; a cause that nobody knows goes by its code."""
    known = CAUSE_WORDS.get(cause)
    if known is None and cause in set(Cause):
        known = label(Cause(cause))
    return t.text(known) if known else cause


def left_out_view(row: LeftOut, t: Translator) -> LeftOutView:
    """Return what was left out as a line."""
    return LeftOutView(
        row.ticket_number,
        row.hop,
        row.measure,
        cause_words(row.cause, t),
        row.finished_at,
    )
