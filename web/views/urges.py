"""Urges in words: for those at work, and for the requester."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.supervision.urges.queries import TicketUrges, WaitingUrge
from hotline.tickets.lifecycle import Action
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name

MOST_URGES = 5


@dataclass(frozen=True, slots=True)
class UrgeLine:
    """One asking for speed.

    Attributes:
        again: how often the requester asked the same shortly after.
        answered_as: how it was answered, in words; empty when it was not.
    """

    at: datetime
    by: str
    unit: str
    again: int
    answered_at: datetime | None
    answered_as: str


@dataclass(frozen=True, slots=True)
class UrgesView:
    """How a ticket was urged.

    Attributes:
        count: how often in all, merged ones too.
        by_requester: how often by the requester.
        due_at: until when an answer is owed.
    """

    lines: Sequence[UrgeLine]
    left_out: int
    count: int
    by_requester: int
    due_at: datetime | None


def urges_view(urges: TicketUrges, t: Translator) -> UrgesView:
    """Return how a ticket was urged, the newest first."""
    return UrgesView(
        [
            UrgeLine(
                at=one.urged_at,
                by=t.text(N_("the requester")) if one.is_requester else t.text(N_("the hotline")),
                unit=_told(urges, one.department_id, t),
                again=one.merged_count,
                answered_at=one.answered_at,
                answered_as=t.text(label(Action(one.answered_as))) if one.answered_as else "",
            )
            for one in urges.urges[:MOST_URGES]
        ],
        max(0, len(urges.urges) - MOST_URGES),
        sum(1 + one.merged_count for one in urges.urges),
        urges.requester_count,
        urges.due_at,
    )


def _told(urges: TicketUrges, department_id: int | None, t: Translator) -> str:
    unit = urges.units.get(department_id or 0)
    return unit_name(unit, t) if unit else "–"


def own_urging(urges: TicketUrges, now: datetime | None, t: Translator) -> str:
    """Return what a requester is told of his urging; empty when he never urged.

    Args:
        urges: of his matter.
        now: the instant at which he has just urged; None when he only looks.
        t: his translator.
    """
    own = next((one for one in urges.urges if one.is_requester), None)
    if own is None:
        return ""
    told: Mapping[str, str] = {
        "at": t.instant(own.urged_at),
        "unit": _told(urges, own.department_id, t),
    }
    if now is not None and own.urged_at != now:
        return t.text(
            N_("This is noted with your urging of {at}: {unit} was told and works on it."), **told
        )
    if own.answered_at is not None:
        return t.text(
            N_("You urged on {at}; {unit} was told and answered on {answered}."),
            **told,
            answered=t.instant(own.answered_at),
        )
    if urges.due_at is not None and own in urges.waiting:
        return t.text(
            N_("You urged on {at}; {unit} was told to answer by {due}."),
            **told,
            due=t.instant(urges.due_at),
        )
    return t.text(N_("You urged on {at}; {unit} was told."), **told)


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A ticket whose urging waits for an answer."""

    number: str
    title: str
    unit: str
    since: datetime
    due_at: datetime
    count: int


def waiting_view(row: WaitingUrge, t: Translator) -> WaitingView:
    """Return a ticket that waits, personal data masked."""
    return WaitingView(
        row.number,
        mask_text(row.title),
        unit_name(row.department, t) if row.department else "–",
        row.started_at,
        row.due_at,
        row.count,
    )
