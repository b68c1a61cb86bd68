"""The rules of repair by class, and what is still shown - pure (credit.md section 7)."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from credit.ledger import EntryState
from credit.repairs.errors import (
    CheckMissing,
    FalseStatementOpen,
    NotClean,
    NotRepairable,
    ProofMissing,
    RepairBanned,
    RepairMoveRefused,
    RepairTooEarly,
)
from credit.rulebook import Decay, Remedies, Severity

FALSE_STATEMENT = "false_repair_statement"
"""The event that a false statement in a request becomes."""


class RepairState(enum.StrEnum):
    """How far a repair is."""

    ASKED = "asked"
    CHECKED = "checked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    FALSE = "false"


OPEN = frozenset({RepairState.ASKED, RepairState.CHECKED})

_FOLLOWING: Mapping[RepairState, frozenset[RepairState]] = MappingProxyType(
    {
        RepairState.ASKED: frozenset(
            {
                RepairState.CHECKED,
                RepairState.GRANTED,
                RepairState.REFUSED,
                RepairState.WITHDRAWN,
                RepairState.FALSE,
            }
        ),
        RepairState.CHECKED: frozenset(
            {
                RepairState.GRANTED,
                RepairState.REFUSED,
                RepairState.WITHDRAWN,
                RepairState.FALSE,
            }
        ),
        RepairState.GRANTED: frozenset({RepairState.FALSE}),
        RepairState.REFUSED: frozenset({RepairState.FALSE}),
    }
)

REPAIRABLE = frozenset({Severity.MINOR, Severity.GENERAL, Severity.SEVERE})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a repair is asked for.

    Attributes:
        confirmed_on: the day in Shanghai from which the entry counts.
        last_same_on: the day of the latest other event of the same code, if any.
        last_false_on: the day on which a false statement of the department was last found, if any.
    """

    severity: Severity
    state: EntryState
    confirmed_on: date
    last_same_on: date | None = None
    last_false_on: date | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a department brings for a repair; empty words bring nothing."""

    cure: str
    evidence: tuple[str, ...] = ()
    pledge: str | None = None
    training: str | None = None


def require_following(state: RepairState, following: RepairState) -> None:
    """Pass in silence when a repair may go from one state to another.

    Raises:
        RepairMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise RepairMoveRefused(state=state)


def repairable_from(severity: Severity, confirmed_on: date, remedies: Remedies) -> date:
    """Return the first day on which a repair may be asked for; a minor event's cure at once."""
    days = {
        Severity.GENERAL: remedies.general_from_day,
        Severity.SEVERE: remedies.severe_from_day,
    }.get(severity, 0)
    return confirmed_on + timedelta(days=days)


def require_may_ask(standing: Standing, proof: Proof, today: date, remedies: Remedies) -> None:
    """Pass in silence when a repair may be asked for.

    Raises:
        NotRepairable: the entry is not in force against the department.
        RepairBanned: a false statement was found not long ago.
        RepairTooEarly: the least time of its class has not passed.
        NotClean: the same happened again lately.
        ProofMissing: something that the class asks for is missing.
    """
    if standing.severity not in REPAIRABLE or standing.state is not EntryState.IN_FORCE:
        raise NotRepairable(state=standing.state)
    banned_until = banned_before(standing.last_false_on, remedies)
    if banned_until is not None and today < banned_until:
        raise RepairBanned(day=banned_until)
    first = repairable_from(standing.severity, standing.confirmed_on, remedies)
    if today < first:
        raise RepairTooEarly(day=first)
    require_clean(standing, today, remedies)
    if not proof.cure or (
        standing.severity is not Severity.MINOR and not (proof.evidence and proof.pledge)
    ):
        raise ProofMissing
    if standing.severity is Severity.SEVERE and not proof.training:
        raise ProofMissing


def require_clean(standing: Standing, today: date, remedies: Remedies) -> None:
    """Pass in silence when a graver event was not followed by the same of late.

    Raises:
        NotClean: it was.
    """
    days, last = remedies.general_clean_days, standing.last_same_on
    if standing.severity is Severity.MINOR or last is None:
        return
    if (today - last).days < days:
        raise NotClean(days=days)


def banned_before(last_false_on: date | None, remedies: Remedies) -> date | None:
    """Return the day from which repairs are heard again after a false statement."""
    return last_false_on and last_false_on + timedelta(days=remedies.false_ban_days)


def minor_repaired_on(
    confirmed_on: date, cured_on: date, same_on: Iterable[date], remedies: Remedies
) -> date:
    """Return the day on which a minor event repairs itself: cured, and then clean for long enough.

    Another event of the same code begins the clean days anew.
    """
    since = max((confirmed_on, cured_on, *same_on))
    return since + timedelta(days=remedies.minor_clean_days)


def require_grantable(
    severity: Severity, state: RepairState, *, is_good: bool, is_doubted: bool
) -> None:
    """Pass in silence when a repair may be granted by people.

    Raises:
        FalseStatementOpen: whether its statements are true is not settled.
        CheckMissing: nobody has checked it, or it did not pass.
        RepairMoveRefused: it is over.
    """
    if state not in OPEN:
        raise RepairMoveRefused(state=state)
    if is_doubted:
        raise FalseStatementOpen
    if severity is Severity.MINOR or state is not RepairState.CHECKED or not is_good:
        raise CheckMissing


def ends_on(decay: Decay, confirmed_on: date) -> date:
    """Return the day on which an entry ends by itself."""
    return confirmed_on + timedelta(days=decay.end_days)
