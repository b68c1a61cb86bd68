"""The rules of appeals: when one may be made, by whom it is decided, what it may become - pure."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from credit.appeals.errors import (
    AlreadyHeard,
    AppealMoveRefused,
    AppealOpen,
    AppealTooLate,
    NotAppealable,
    NothingNew,
    OtherLevelDecides,
)
from credit.cases.rules import due_after
from credit.ledger import EntryState
from credit.rulebook import Remedies, Severity
from hotline.people.permissions import Role
from hotline.workdays.workcalendar import Calendar


class AppealSubject(enum.StrEnum):
    """What an appeal is against."""

    ENTRY = "entry"
    FIGURE = "figure"


class AppealGrounds(enum.StrEnum):
    """Why a department appeals."""

    FACTS_WRONG = "facts_wrong"
    NOT_OURS = "not_ours"
    RULE_MISAPPLIED = "rule_misapplied"
    COUNTED_TWICE = "counted_twice"
    FORCE_MAJEURE = "force_majeure"
    PROCEDURE = "procedure"
    OTHER = "other"


class AppealState(enum.StrEnum):
    """How far an appeal is."""

    FIRST = "first"
    SECOND = "second"
    UPHELD = "upheld"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({AppealState.FIRST, AppealState.SECOND})
"""States in which somebody owes a decision, and in which the entry does not count."""

_FOLLOWING: Mapping[AppealState, frozenset[AppealState]] = MappingProxyType(
    {
        AppealState.FIRST: frozenset(
            {AppealState.UPHELD, AppealState.REFUSED, AppealState.WITHDRAWN}
        ),
        AppealState.REFUSED: frozenset({AppealState.SECOND}),
        AppealState.SECOND: frozenset(
            {AppealState.UPHELD, AppealState.REFUSED, AppealState.WITHDRAWN}
        ),
    }
)

LEVELS: Mapping[AppealState, frozenset[Role]] = MappingProxyType(
    {
        AppealState.FIRST: frozenset({Role.AUDITOR, Role.SUPERVISOR}),
        AppealState.SECOND: frozenset({Role.AUTHORITY}),
    }
)
"""Who decides at which level."""

APPEALABLE = frozenset({EntryState.PROVISIONAL, EntryState.IN_FORCE})
_AGAINST = frozenset({Severity.MINOR, Severity.GENERAL, Severity.SEVERE})


@dataclass(frozen=True, slots=True)
class Earlier:
    """An appeal against the same that was made before.

    Attributes:
        is_late: it was heard for new evidence after the time.
    """

    state: AppealState
    is_late: bool


def require_following(state: AppealState, following: AppealState) -> None:
    """Pass in silence when an appeal may go from one state to another.

    Raises:
        AppealMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise AppealMoveRefused(state=state)


def require_appealable(severity: Severity, state: EntryState, *, is_reversal: bool) -> None:
    """Pass in silence when an entry can be appealed against at all.

    Raises:
        NotAppealable: it does not weigh on anybody, or no more.
    """
    if severity not in _AGAINST or is_reversal or state not in {*APPEALABLE, EntryState.OBJECTED}:
        raise NotAppealable(state=state)


def appeal_until(calendar: Calendar, noticed_at: datetime, remedies: Remedies) -> datetime:
    """Return until when a department may appeal without new evidence."""
    return due_after(calendar, noticed_at, remedies.appeal_days)


def late_until(noticed_at: datetime, remedies: Remedies) -> datetime:
    """Return until when new evidence is heard."""
    return noticed_at + timedelta(days=remedies.late_days)


def require_in_time(
    now: datetime,
    noticed_at: datetime,
    earlier: Sequence[Earlier],
    calendar: Calendar,
    remedies: Remedies,
    *,
    has_new_evidence: bool,
) -> bool:
    """Return whether an appeal made now is a late one; pass only what may be made.

    An appeal that was withdrawn was not heard; but late evidence is brought once, however it ends.

    Raises:
        AppealOpen: one is open.
        AppealTooLate: the time is over, that for new evidence too.
        AlreadyHeard: it was decided, or late evidence was brought before.
        NothingNew: the time is over and there is no new evidence.
    """
    if any(one.state in OPEN for one in earlier):
        raise AppealOpen
    was_heard = any(one.state is not AppealState.WITHDRAWN for one in earlier)
    if not was_heard and now <= appeal_until(calendar, noticed_at, remedies):
        return False
    if any(one.is_late for one in earlier):
        raise AlreadyHeard
    if now > late_until(noticed_at, remedies):
        raise AppealTooLate
    if not has_new_evidence:
        raise AlreadyHeard if was_heard else NothingNew
    return True


def require_level(state: AppealState, roles: Collection[Role]) -> None:
    """Pass in silence when someone of these roles decides at this level.

    Raises:
        AppealMoveRefused: there is nothing to decide any more.
        OtherLevelDecides: others do.
    """
    deciders = LEVELS.get(state)
    if deciders is None:
        raise AppealMoveRefused(state=state)
    if not deciders & frozenset(roles):
        raise OtherLevelDecides


def require_second_in_time(now: datetime, second_until: datetime | None) -> None:
    """Pass in silence when the second level may still be asked.

    Raises:
        AlreadyHeard: it has spoken.
        AppealTooLate: the time is over.
    """
    if second_until is None:
        raise AlreadyHeard
    if now > second_until:
        raise AppealTooLate
