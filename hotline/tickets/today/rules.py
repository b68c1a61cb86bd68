"""What a department owes next on a ticket, how soon, and what a day will probably end with - pure."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from hotline.kernel.clock import SHANGHAI
from hotline.sla.policy import ClockKind
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import HANDLING, TRANSITIONS, Action, State, Status


class Bucket(enum.StrEnum):
    """How soon something is due; each begins where the one before it ends."""

    LATE = "late"
    SOON = "soon"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"


SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Edges:
    """Where the buckets end.

    Attributes:
        start: before it, what is overdue.
        soon: two hours from now.
        day: the end of the day in Shanghai, not before `soon`.
        week: the end of Sunday in Shanghai, not before `day`.
    """

    start: datetime
    soon: datetime
    day: datetime
    week: datetime

    def span(self, bucket: Bucket) -> tuple[datetime | None, datetime | None]:
        """Return from when, inclusive, and until when, exclusive, something is due in a bucket."""
        return {
            Bucket.LATE: (None, self.start),
            Bucket.SOON: (self.start, self.soon),
            Bucket.TODAY: (self.soon, self.day),
            Bucket.WEEK: (self.day, self.week),
            Bucket.LATER: (self.week, None),
        }[bucket]

    def bucket(self, due_at: datetime) -> Bucket:
        """Return how soon something is due."""
        for bucket in Bucket:
            _, until = self.span(bucket)
            if until is None or due_at < until:
                return bucket
        raise AssertionError("the last bucket has no end")


def edges_at(now: datetime) -> Edges:
    """Return where the buckets end at an instant."""
    local = now.astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    sunday = midnight + timedelta(days=6 - local.weekday())
    soon = now + SOON
    day = max(midnight, soon)
    return Edges(now, soon, day, max(sunday, day))


# -- the next step -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Situation:
    """A ticket as its department has it.

    Attributes:
        state: where it stands.
        role: what the department is to it; None when it was only called to a meeting.
        task: how far its part is; None without one.
        has_contact: whether it spoke with the requester.
        clocks: its running clocks, the one due first at the head.
    """

    state: State
    role: AssignmentRole | None
    task: AssignmentState | None
    has_contact: bool
    clocks: Sequence[ClockKind]


_OWED: Mapping[ClockKind, Action] = MappingProxyType(
    {
        ClockKind.SIGN: Action.SIGN,
        ClockKind.FIRST_CONTACT: Action.CONTACT,
        ClockKind.URGE_REPLY: Action.ANSWER_URGE,
        ClockKind.SUPERVISION_REPLY: Action.ANSWER_ORDER,
        ClockKind.CO_OPINION: Action.SUBMIT_OPINION,
        ClockKind.REPORT_IN: Action.REPORT_IN,
        ClockKind.MEETING_TASK: Action.FINISH_MEETING_TASK,
        ClockKind.MILESTONE: Action.COMPLETE_MILESTONE,
        ClockKind.CLOSE_OUT: Action.REQUEST_CLOSE_OUT,
    }
)

_BESIDE = (
    *(Action.CONTACT, Action.PROGRESS, Action.SUBMIT_FEEDBACK, Action.SUBMIT_OPINION),
    *(Action.CHECK_IN, Action.REQUEST_EXTENSION, Action.REQUEST_RETURN, Action.NAME_HANDLER),
)
"""What is commonly done beside the step that is owed, in this order."""

_LEADS = frozenset(
    {
        *(Action.SUBMIT_FEEDBACK, Action.REQUEST_EXTENSION, Action.REQUEST_RETURN),
        *(Action.SIGN, Action.COMPLETE_MILESTONE, Action.REQUEST_CLOSE_OUT),
    }
)
_CO = frozenset({Action.SUBMIT_OPINION, Action.SIGN_CO})


def steps_of(one: Situation) -> tuple[Action | None, tuple[Action, ...]]:
    """Return the step that is owed next, and what else is commonly done; None when nothing is owed.

    The page offers them; whether they are allowed is said by the machine and the action itself.
    """
    owed = next((action for action in _candidates(one) if _fits(one, action)), None)
    return owed, tuple(action for action in _BESIDE if action is not owed and _fits(one, action))


def _candidates(one: Situation) -> Sequence[Action]:
    found: list[Action] = []
    if one.task is AssignmentState.PENDING_SIGN:
        found.append(Action.SIGN if one.role is AssignmentRole.LEAD else Action.SIGN_CO)
    for kind in one.clocks:
        if kind in HANDLING:
            found.append(Action.SUBMIT_FEEDBACK if one.has_contact else Action.CONTACT)
        elif kind in _OWED:
            found.append(_OWED[kind])
    return found


def _fits(one: Situation, action: Action) -> bool:
    if one.state not in TRANSITIONS[action].sources:
        return False
    if action in _LEADS:
        return one.role is AssignmentRole.LEAD
    if action in _CO:
        return one.role is AssignmentRole.CO
    if action is Action.CONTACT and one.state.status is Status.DISPATCHED:
        # Possible, but whoever speaks with the requester has signed for the matter first.
        return one.task is not AssignmentState.PENDING_SIGN
    return one.role is not None or action in {Action.REPORT_IN, Action.FINISH_MEETING_TASK}


# -- how the day will end ----------------------------------------------------------------------------

PACE_DAYS = 28
"""The pace of a person is what he handed in during so many days."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a person has before him today, and how fast he is.

    Attributes:
        due: tickets of his whose work is due by the end of the day, and not handed in.
        done: tickets that he handed in today.
        handed_in: tickets that he handed in during the days before today that count.
        days: on how many of those days he handed in something.
    """

    due: int
    done: int
    handed_in: int
    days: int


def expected_late(pace: Pace) -> int:
    """Return how many of a person's tickets will probably be late at the end of the day.

    Who goes on at his own pace hands in so many in a day; what he has handed in today is behind him.
    Without a day to go by nothing is assumed to be handed in: the figure is an upper bound.
    """
    usual = -(-pace.handed_in // pace.days) if pace.days else 0
    return max(pace.due - max(usual - pace.done, 0), 0)
