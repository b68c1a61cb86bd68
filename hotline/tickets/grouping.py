"""One matter told by several, and one told twice: what may follow what, and what a repeat is - pure."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.tickets.lifecycle import (
    OPEN_STATUSES,
    TRANSITIONS,
    Action,
    ClosureCode,
    State,
    Status,
)

MOST_AT_ONCE = 50
"""Tickets put together in one go; all of them are locked meanwhile."""

MANY_REQUESTERS = 5
"""So many requesters of one matter make it a case for the board."""

MANY_WITHIN = timedelta(days=7)
"""Within how long they have to come for that."""

FOLLOWED_DAYS = 15
"""Natural days after the end of a matter in which a ticket that followed it may still be parted."""

REPEATABLE = frozenset(
    {
        ClosureCode.SOLVED,
        ClosureCode.EXPLAINED,
        ClosureCode.FINAL_REPLY,
        ClosureCode.PLANNED_DONE,
    }
)
"""Ends of a matter that was properly handled: the same again without new facts is a repeat."""


class MergeProblem(enum.StrEnum):
    """Why a ticket cannot follow another one."""

    SAME_TICKET = "same_ticket"
    WRONG_STATE = "wrong_state"
    PARENT_FOLLOWS = "parent_follows"
    PARENT_ENDED = "parent_ended"
    HAS_FOLLOWERS = "has_followers"
    SECRECY = "secrecy"


class Difference(enum.StrEnum):
    """In what two tickets differ that are to be one matter; it has to be confirmed."""

    REQUEST_TYPE = "request_type"
    AREA = "area"


class RepeatProblem(enum.StrEnum):
    """Why a ticket is no repeat of an earlier one."""

    SAME_TICKET = "same_ticket"
    NO_NUMBER = "no_number"
    OTHER_REQUESTER = "other_requester"
    NOT_HANDLED = "not_handled"
    NOT_EARLIER = "not_earlier"


@dataclass(frozen=True, slots=True)
class Side:
    """A ticket as far as it matters for putting it together with another one.

    Attributes:
        followers: how many follow it.
    """

    number: str
    state: State
    is_secret: bool
    request_type: str
    area: str | None
    followers: int = 0


def merge_problem(child: Side, parent: Side) -> MergeProblem | None:
    """Return why `child` cannot follow `parent`; None when it can.

    A group has one ticket that is followed and others that follow it, never a chain: so each number
    answers with one step, and each can be parted by itself. Nothing goes across secrecy, in either
    direction: who is told of one matter would learn of the other.
    """
    problems = (
        (child.number == parent.number, MergeProblem.SAME_TICKET),
        (child.state not in TRANSITIONS[Action.MERGE].sources, MergeProblem.WRONG_STATE),
        (parent.state.status is Status.MERGED, MergeProblem.PARENT_FOLLOWS),
        (parent.state.status not in OPEN_STATUSES, MergeProblem.PARENT_ENDED),
        (child.followers > 0, MergeProblem.HAS_FOLLOWERS),
        (child.is_secret is not parent.is_secret, MergeProblem.SECRECY),
    )
    return next((problem for is_so, problem in problems if is_so), None)


def differences(child: Side, parent: Side) -> list[Difference]:
    """Return in what two tickets differ, so that somebody says that they are one matter."""
    found = []
    if child.request_type != parent.request_type:
        found.append(Difference.REQUEST_TYPE)
    if child.area and parent.area and child.area != parent.area:
        found.append(Difference.AREA)
    return found


def may_be_parted(parent: State, ended_at: datetime | None, now: datetime) -> bool:
    """Tell whether a ticket that follows may still go its own way.

    Args:
        parent: where the matter that it follows is.
        ended_at: when that ended, if it has.
        now: the present instant.
    """
    if parent.status in OPEN_STATUSES or parent.hold is not None or ended_at is None:
        return True
    return now <= ended_at + timedelta(days=FOLLOWED_DAYS)


def most_requesters_within(told: Iterable[tuple[object, datetime]], span: timedelta) -> int:
    """Return how many different requesters came within any `span` of time at most.

    Args:
        told: who came when; the same requester may be there several times.
        span: how long; both of its ends belong to it.
    """
    rows = sorted(told, key=lambda row: row[1])
    most = 0
    for _, since in rows:
        most = max(most, len({who for who, at in rows if since <= at <= since + span}))
    return most


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier ticket as far as it matters for telling a repeat.

    Attributes:
        requesters: by what their telephone numbers are known.
    """

    number: str
    state: State
    closure_code: ClosureCode | None
    submitted_at: datetime
    requesters: frozenset[bytes]


def repeat_problem(ticket: Earlier, earlier: Earlier) -> RepeatProblem | None:
    """Return why `ticket` is no repeat of `earlier`; None when it is one.

    Whether there are new facts is for people to say, two of them; this only tells whether the same
    requester had the matter handled to its end before.
    """
    has_ended = earlier.state.status in {Status.CLOSED, Status.ARCHIVED} and not earlier.state.hold
    problems = (
        (ticket.number == earlier.number, RepeatProblem.SAME_TICKET),
        (not ticket.requesters, RepeatProblem.NO_NUMBER),
        (not ticket.requesters & earlier.requesters, RepeatProblem.OTHER_REQUESTER),
        (
            not has_ended or earlier.closure_code not in REPEATABLE,
            RepeatProblem.NOT_HANDLED,
        ),
        (earlier.submitted_at >= ticket.submitted_at, RepeatProblem.NOT_EARLIER),
    )
    return next((problem for is_so, problem in problems if is_so), None)
