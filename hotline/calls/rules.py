"""What a call is: the fold of everything its exchange has said of it, in whatever order it came.

Exchanges repeat themselves, overtake themselves and fall silent. So nothing here looks at the order of
arrival: events are sorted by instant and by the exchange's own id, each id once, and the call is what
they come to. Order, repetition and delay cannot matter, because a set has none of them.
"""

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


class CallEventKind(enum.StrEnum):
    """What an exchange says of a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    JOINED = "joined"
    ENDED = "ended"
    MISSED = "missed"
    RECORDING = "recording"


class CallState(enum.StrEnum):
    """Where a call is."""

    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"
    MISSED = "missed"


class Direction(enum.StrEnum):
    """Who called whom."""

    INBOUND = "in"
    OUTBOUND = "out"


class Activity(enum.StrEnum):
    """What an operator is doing, as far as calls tell."""

    FREE = "free"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    AWAY = "away"


class MissState(enum.StrEnum):
    """What has become of a missed call."""

    OPEN = "open"
    TAKEN = "taken"
    REACHED = "reached"
    CALLED_AGAIN = "called_again"
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"


OPEN_MISSES = (MissState.OPEN, MissState.TAKEN)
"""Somebody still has to be called back."""

EMERGENCY = ("110", "119", "120")
"""Police, fire brigade, ambulance: each has a key of its own."""

LONGEST_RING = timedelta(minutes=10)
LONGEST_TALK = timedelta(hours=4)
"""Silence after which a call whose end was never told is taken for over."""

LONGEST_WRAP_UP = timedelta(minutes=15)
"""After so long an operator has turned to something else without saying so."""

_TALK_SHOWN_BY = frozenset(
    {
        CallEventKind.ANSWERED,
        CallEventKind.HELD,
        CallEventKind.RESUMED,
        CallEventKind.TRANSFERRED,
        CallEventKind.JOINED,
    }
)
"""Whoever hears one of these knows that somebody answered, even if that was never said."""

_OUTSIDE = re.compile(r"\+?\d{3,24}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One thing that an exchange has said of a call.

    Attributes:
        event_id: the exchange's own, unique within it.
        kind: what happened.
        at: when, by the exchange's clock.
        direction: who called whom, if it says so.
        number: of whom we speak with.
        line: the number that was called.
        agent: who it concerns: a user name or an extension; of a transfer, who has the call now.
        target: the outside number that a call was transferred to or joined by.
        recording: where the recording can be heard.
    """

    event_id: str
    kind: CallEventKind
    at: datetime
    direction: Direction | None = None
    number: str | None = None
    line: str | None = None
    agent: str | None = None
    target: str | None = None
    recording: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What all events of a call come to.

    Attributes:
        agent: who has it or had it last: the first who answered, then whoever it was passed on to.
        agent_at: since when, so that an extension finds the person who sat there then.
        outside: the outside number it was passed on to; the operator is free of it.
        joined: outside numbers that were taken in as a third party, in order.
        last_at: the last that was heard of it, by the exchange's clock.
    """

    state: CallState
    direction: Direction
    number: str | None
    line: str | None
    agent: str | None
    agent_at: datetime | None
    outside: str | None
    joined: tuple[str, ...]
    is_held: bool
    recording: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    last_at: datetime


@dataclass(frozen=True, slots=True)
class _Course:
    """What is known of a call half-way through its events."""

    agent: str | None = None
    agent_at: datetime | None = None
    outside: str | None = None
    joined: tuple[str, ...] = ()
    is_held: bool = False
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    was_hung_up: bool = False
    missed_at: datetime | None = None


def fold(events: Iterable[CallEvent]) -> Call:
    """Return what events come to; any order and any repetition of them comes to the same.

    Two events of one id are one: the first of them in the order of their contents stands.

    Raises:
        ValueError: no event at all.
    """
    ordered = _ordered(events)
    if not ordered:
        raise ValueError("a call without an event is none")
    course = _Course()
    for event in ordered:
        course = _step(course, event)
    if course.was_hung_up and course.missed_at is None and course.answered_at is None:
        # An exchange that names who hung up tells thereby that somebody had answered.
        course = replace(course, answered_at=course.ended_at)
    over_at = course.ended_at or (course.missed_at if course.answered_at is None else None)
    return Call(
        state=_state(course),
        direction=next(
            (event.direction for event in ordered if event.direction), Direction.INBOUND
        ),
        number=_first(event.number for event in ordered),
        line=_first(event.line for event in ordered),
        agent=course.agent,
        agent_at=course.agent_at,
        outside=course.outside,
        joined=course.joined,
        is_held=course.is_held and over_at is None,
        recording=_first(event.recording for event in reversed(ordered)),
        started_at=ordered[0].at,
        answered_at=course.answered_at,
        ended_at=over_at,
        last_at=ordered[-1].at,
    )


def _ordered(events: Iterable[CallEvent]) -> Sequence[CallEvent]:
    known: dict[str, CallEvent] = {}
    for event in sorted(events, key=_content):
        known.setdefault(event.event_id, event)
    return sorted(known.values(), key=lambda event: (event.at, event.event_id))


def _content(event: CallEvent) -> tuple[object, ...]:
    """Return a key by which even two events of one id have an order."""
    return (
        event.event_id,
        event.at,
        event.kind.value,
        event.direction or "",
        event.number or "",
        event.line or "",
        event.agent or "",
        event.target or "",
        event.recording or "",
    )


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _state(course: _Course) -> CallState:
    if course.answered_at is not None:
        return CallState.TALKING if course.ended_at is None else CallState.ENDED
    if course.ended_at is not None or course.missed_at is not None:
        return CallState.MISSED
    return CallState.RINGING


def _step(course: _Course, event: CallEvent) -> _Course:
    """Return what is known after one more event."""
    kind = event.kind
    if kind is CallEventKind.RECORDING:
        return course
    if kind is CallEventKind.ENDED:
        return replace(
            _with_agent(course, event),
            ended_at=course.ended_at or event.at,
            was_hung_up=course.was_hung_up or event.agent is not None,
        )
    if kind is CallEventKind.MISSED:
        return replace(course, missed_at=event.at)
    if kind is CallEventKind.RINGING:
        # It rings on at another desk: whoever let it ring before is no miss yet.
        moved = _with_agent(course, event) if course.answered_at is None else course
        return replace(moved, missed_at=None)
    return _talked(course, event)


def _talked(course: _Course, event: CallEvent) -> _Course:
    answered_at = course.answered_at or event.at
    if event.kind is CallEventKind.TRANSFERRED:
        moved = _with_agent(course, event)
        outside = event.target if event.agent is None else None
        return replace(moved, answered_at=answered_at, outside=outside, is_held=False)
    if event.kind is CallEventKind.JOINED:
        others = (event.target,) if event.target and event.target not in course.joined else ()
        return replace(
            course, answered_at=answered_at, joined=course.joined + others, is_held=False
        )
    moved = _with_agent(course, event)
    return replace(moved, answered_at=answered_at, is_held=event.kind is CallEventKind.HELD)


def _with_agent(course: _Course, event: CallEvent) -> _Course:
    if event.agent is None or event.agent == course.agent:
        return course
    return replace(course, agent=event.agent, agent_at=event.at)


def is_live(call: Call, now: datetime) -> bool:
    """Tell whether a call goes on, as far as can be believed: an end may never be told."""
    return live_until(call.state, call.last_at) > now


def live_until(state: CallState, last_at: datetime) -> datetime:
    """Return until when a call of this state is believed to go on."""
    if state is CallState.RINGING:
        return last_at + LONGEST_RING
    if state is CallState.TALKING:
        return last_at + LONGEST_TALK
    return last_at


def wrapped_up_at(
    ended_at: datetime | None, linked_at: datetime | None, closed_at: datetime | None
) -> datetime | None:
    """Return when the work after a call was over; None while it is not.

    Args:
        ended_at: when the call ended.
        linked_at: when a ticket was made of it.
        closed_at: when the operator said that he is done.
    """
    if ended_at is None:
        return None
    done = [at for at in (linked_at, closed_at) if at is not None]
    return max(min(done), ended_at) if done else None


def activity_of(  # one line for each answer
    *,
    is_away: bool,
    state: CallState | None,
    last_at: datetime | None,
    ended_at: datetime | None,
    is_outside: bool,
    wrapped_at: datetime | None,
    now: datetime,
) -> Activity:
    """Return what an operator is doing, from his latest call.

    Args:
        is_away: he has said that he takes no calls.
        state: of his latest call; None when he had none.
        last_at: the last that was heard of it.
        ended_at: when it ended.
        is_outside: it was passed on to an outside number.
        wrapped_at: when the work after it was over.
        now: the present instant.
    """
    if state is not None and last_at is not None and live_until(state, last_at) > now:
        if state is CallState.RINGING:
            return Activity.RINGING
        if not is_outside:
            return Activity.TALKING
    if is_away:
        return Activity.AWAY
    if state is not CallState.ENDED or ended_at is None or wrapped_at is not None:
        return Activity.FREE
    return Activity.WRAP_UP if now - ended_at < LONGEST_WRAP_UP else Activity.FREE


def is_missed(call: Call) -> bool:
    """Tell whether somebody called us and nobody answered, and he can be called back."""
    is_ours = call.direction is Direction.INBOUND
    return is_ours and call.state is CallState.MISSED and call.number is not None


def after_attempt(*, reached: bool, attempts: int, most: int) -> MissState:
    """Return what becomes of a missed call after an attempt to call back.

    Args:
        reached: the caller was reached.
        attempts: how many there were, this one among them.
        most: after how many in vain it is given up.
    """
    if reached:
        return MissState.REACHED
    return MissState.GIVEN_UP if attempts >= most else MissState.TAKEN


def is_outside_number(text: str) -> bool:
    """Tell whether an exchange can be asked to call this number."""
    return _OUTSIDE.match(text) is not None
