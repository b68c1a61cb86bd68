"""The rules of interviews: how far one is, what is due, and which units the figures propose for one."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from hotline.supervision.errors import (
    HeldInFuture,
    InterviewMoveRefused,
    InvalidFollowUp,
    PromisesOpen,
)


class InterviewReason(enum.StrEnum):
    """Why somebody is called to an interview."""

    LOW_SATISFACTION = "low_satisfaction"
    LOW_REPLY = "low_reply"
    ORDER_UNANSWERED = "order_unanswered"
    REPEATED_REWORK = "repeated_rework"
    BUCK_PASSING = "buck_passing"
    FALSE_COMPLETION = "false_completion"
    LOW_CREDIT = "low_credit"
    OTHER = "other"


class InterviewState(enum.StrEnum):
    """How far an interview is."""

    PLANNED = "planned"
    HELD = "held"
    FOLLOWED_UP = "followed_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_FOLLOWING: Mapping[InterviewState, frozenset[InterviewState]] = MappingProxyType(
    {
        InterviewState.PLANNED: frozenset({InterviewState.HELD, InterviewState.CANCELLED}),
        InterviewState.HELD: frozenset({InterviewState.FOLLOWED_UP}),
        InterviewState.FOLLOWED_UP: frozenset({InterviewState.CLOSED}),
    }
)

WAITING = (InterviewState.PLANNED, InterviewState.HELD)
"""States in which something falls due: the talk itself, or looking at what became of it."""

REMIND_BEFORE = timedelta(hours=24)
"""So long before something falls due those concerned are reminded."""


class Warned(enum.IntEnum):
    """What was last told about the next due instant of an interview."""

    NOTHING = 0
    REMINDED = 1
    OVERDUE = 2


@dataclass(frozen=True, slots=True)
class InterviewPromise:
    """What was promised at an interview, before it is a row."""

    text: str
    due_at: datetime


def require_following(state: InterviewState, following: InterviewState) -> None:
    """Pass in silence when an interview may go from one state to another.

    Raises:
        InterviewMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise InterviewMoveRefused(state=state)


def require_held(
    held_at: datetime,
    follow_up_due_at: datetime,
    promises: Sequence[InterviewPromise],
    now: datetime,
) -> None:
    """Pass in silence when the record of an interview can be true.

    Raises:
        HeldInFuture: nobody can write the minutes of a talk that is still to come.
        InvalidFollowUp: what is to follow lies before the talk.
    """
    if held_at > now:
        raise HeldInFuture
    if follow_up_due_at <= held_at or any(promise.due_at <= held_at for promise in promises):
        raise InvalidFollowUp


def require_promises_done(open_count: int, explanation: str | None) -> None:
    """Pass in silence when an interview may be closed.

    Raises:
        PromisesOpen: a promise is not done, and nobody says why it is closed all the same.
    """
    if open_count and not explanation:
        raise PromisesOpen(count=open_count)


def warning_due(due_at: datetime, now: datetime) -> Warned:
    """Return what those concerned are to be told of a due instant by now."""
    if now >= due_at:
        return Warned.OVERDUE
    return Warned.REMINDED if now >= due_at - REMIND_BEFORE else Warned.NOTHING


@dataclass(frozen=True, slots=True)
class Floors:
    """Below what a unit is proposed for an interview.

    Attributes:
        satisfaction: share of ratings that are good.
        reply: share of work that was finished within its limit.
        minimum: fewer cases than this in a month say nothing.
    """

    satisfaction: float = 0.85
    reply: float = 0.92
    minimum: int = 30


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """What a unit's month looked like.

    Attributes:
        department_id: the unit.
        month: which one; months are numbered from the latest, 0, back.
        ratings: ratings that requesters gave.
        satisfied: how many of them were good.
        answered: pieces of work that fell due or were finished.
        in_time: how many of them were finished within their limit.
    """

    department_id: int
    month: int
    ratings: int = 0
    satisfied: int = 0
    answered: int = 0
    in_time: int = 0


MONTHS = 2
"""So many months in a row have to lie below a floor."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A unit that the figures propose for an interview; people decide.

    Attributes:
        shares: the share of each month, the latest first.
        counts: of how many.
    """

    department_id: int
    reason: InterviewReason
    shares: tuple[float, ...]
    counts: tuple[int, ...]


def propose(figures: Iterable[MonthFigures], floors: Floors) -> list[Proposal]:
    """Return the units that lay below a floor in each of the last two months.

    A month with fewer cases than the minimum says nothing, so it breaks the row.
    """
    by_unit: dict[int, dict[int, MonthFigures]] = {}
    for one in figures:
        by_unit.setdefault(one.department_id, {})[one.month] = one
    found = []
    for department_id, months in sorted(by_unit.items()):
        rows = [months.get(n, MonthFigures(department_id, n)) for n in range(MONTHS)]
        for reason, floor, parts in (
            (
                InterviewReason.LOW_SATISFACTION,
                floors.satisfaction,
                [(row.satisfied, row.ratings) for row in rows],
            ),
            (
                InterviewReason.LOW_REPLY,
                floors.reply,
                [(row.in_time, row.answered) for row in rows],
            ),
        ):
            if all(of >= max(floors.minimum, 1) and good / of < floor for good, of in parts):
                found.append(
                    Proposal(
                        department_id,
                        reason,
                        tuple(good / of for good, of in parts),
                        tuple(of for _, of in parts),
                    )
                )
    return found
