"""The rules of a disputed assignment: who may ask, uphold, dispute and designate, and how often.

A matter changes hands by an upheld return three times at most. Each department may ask once for each
time that it was given the matter; one that was found right is not given it again without a common
decision; what the authority has designated stays. So no dispute can go on for ever. All of this
belongs to the ticket and outlives its rounds: a matter that is handled again is not disputed anew.
"""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hotline.kernel.errors import N_
from hotline.people.permissions import Role
from hotline.procedures.errors import (
    DisputeWindowClosed,
    NothingToDispute,
    ReturnAskedBefore,
    ReturnForbidden,
    ReturnNeedsContact,
    ReturnToSelf,
    ReturnWithAuthority,
)
from hotline.procedures.rules import (
    BOUNCES_TO_ARBITRATION,
    ProcedureState,
    ReturnReason,
)
from hotline.tickets.lifecycle import Outcome
from hotline.workdays.workcalendar import Calendar


class ReturnLevel(enum.StrEnum):
    """How far up a return has been decided, or waits to be."""

    DISPATCHER = "dispatcher"
    AUTHORITY = "authority"
    ARBITRATION = "arbitration"


DISPUTE_WINDOW_SECONDS = 2 * 3600
"""How long after a rejection the department's leader may dispute it, in working time."""

SUGGESTION_MEANS: Mapping[ReturnReason, str] = MappingProxyType(
    {
        ReturnReason.NOT_MY_DUTY: N_("The unit whose duty it is"),
        ReturnReason.WRONG_AREA: N_("The unit of the area where it is"),
        ReturnReason.UNCLEAR: N_("The unit whose duty it most likely is, after the contact"),
        ReturnReason.DUPLICATE: N_("The unit that is handling the same matter already"),
        ReturnReason.LEGAL_ROUTE: N_("The unit that explains the legal route to the requester"),
        ReturnReason.HIGHER_LEVEL: N_("The unit that takes it to the higher level"),
    }
)
"""What the suggested unit is, by the reason: there is always one that goes on with the requester."""


@dataclass(frozen=True, slots=True)
class PastReturn:
    """A return that was asked for, as far as the rules look at it.

    Attributes:
        hop: which giving of the ticket it disputes.
        state: what became of it.
        level: who decided it; None while it waits or when nobody did.
        decided_at: when.
        is_disputed: the rejection was disputed.
    """

    hop: int
    state: ProcedureState
    level: ReturnLevel | None = None
    decided_at: datetime | None = None
    is_disputed: bool = False


def require_may_return(past: Sequence[PastReturn], *, hop: int, is_designated: bool) -> None:
    """Pass in silence when the department may still dispute that it was given the ticket.

    Raises:
        ReturnForbidden: the ticket was designated.
        ReturnAskedBefore: it asked already since it was given the ticket.
    """
    if is_designated:
        raise ReturnForbidden
    if not may_return(past, hop=hop, is_designated=is_designated):
        raise ReturnAskedBefore


def may_return(past: Sequence[PastReturn], *, hop: int, is_designated: bool) -> bool:
    """Tell whether `require_may_return` would pass."""
    return not is_designated and all(one.hop != hop for one in past)


def require_grounds(reason: ReturnReason, *, has_tried_contact: bool) -> None:
    """Pass in silence when the reason may be given.

    Raises:
        ReturnNeedsContact: it is unclear what is wanted, and nobody has tried to ask.
    """
    if reason is ReturnReason.UNCLEAR and not has_tried_contact:
        raise ReturnNeedsContact


def require_another(department: int, present: int | None) -> None:
    """Pass in silence when the department named is not the one that disputes.

    Raises:
        ReturnToSelf: it is.
    """
    if department == present:
        raise ReturnToSelf


def uphold_outcome(bounces: int, *, is_named: bool) -> Outcome:
    """Return what an upheld return comes to.

    Args:
        bounces: how many returns of the ticket were upheld before.
        is_named: whether the next department was named.
    """
    if bounces + 1 >= BOUNCES_TO_ARBITRATION:
        return Outcome.ARBITRATED
    return Outcome.REDISPATCHED if is_named else Outcome.UNASSIGNED


def level_of(roles: Collection[Role], *, is_raised: bool) -> ReturnLevel:
    """Return at which level somebody decides a return.

    Args:
        roles: his, of which one lets him decide.
        is_raised: the review's limit has passed and it lies before the authority.

    Raises:
        ReturnWithAuthority: it does, and he is not of the authority.
    """
    if is_raised and Role.AUTHORITY not in roles:
        raise ReturnWithAuthority
    if is_raised or Role.DISPATCHER not in roles:
        return ReturnLevel.AUTHORITY
    return ReturnLevel.DISPATCHER


def disputable(past: Sequence[PastReturn], *, hop: int, is_designated: bool) -> PastReturn | None:
    """Return the rejection that may be taken to the authority, whatever the time.

    A rejection by the authority itself is the last word: there are two levels, not three.
    """
    if is_designated:
        return None
    return next(
        (
            one
            for one in past
            if one.hop == hop
            and one.state is ProcedureState.REFUSED
            and one.level is ReturnLevel.DISPATCHER
            and not one.is_disputed
        ),
        None,
    )


def dispute_window(calendar: Calendar, decided_at: datetime) -> datetime:
    """Return until when a rejection may be disputed."""
    return calendar.add(decided_at, DISPUTE_WINDOW_SECONDS * 1_000_000)


def require_may_dispute(
    past: Sequence[PastReturn], *, hop: int, is_designated: bool, now: datetime, working: Calendar
) -> None:
    """Pass in silence when a rejection may be taken to the authority now.

    Raises:
        NothingToDispute: there is none, or it was disputed before.
        DisputeWindowClosed: too much time has passed since.
    """
    rejection = disputable(past, hop=hop, is_designated=is_designated)
    if rejection is None or rejection.decided_at is None:
        raise NothingToDispute
    closes_at = dispute_window(working, rejection.decided_at)
    if now > closes_at:
        raise DisputeWindowClosed(closed_at=closes_at.isoformat())


def may_dispute(
    past: Sequence[PastReturn], *, hop: int, is_designated: bool, now: datetime, working: Calendar
) -> bool:
    """Tell whether `require_may_dispute` would pass."""
    rejection = disputable(past, hop=hop, is_designated=is_designated)
    return (
        rejection is not None
        and rejection.decided_at is not None
        and now <= dispute_window(working, rejection.decided_at)
    )


def dispute_outcome(*, is_urgent: bool) -> Outcome:
    """Return how a matter goes on while the authority decides: urgent ones are not put down."""
    return Outcome.ACT_FIRST if is_urgent else Outcome.DONE


def arbitration_outcome(department: int, present: int | None) -> Outcome:
    """Return what a designation comes to: whoever still has the ticket goes on with it."""
    return Outcome.KEPT if department == present else Outcome.DONE
