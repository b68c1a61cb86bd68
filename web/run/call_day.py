"""A day of calls as a hotline has them, made up: when people call, how long they wait and speak.

The same seed gives the same day: who calls, who answers, who hangs up, who calls again.
"""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hotline.calls.rules import EMERGENCY

HOURLY = (
    *(1.2, 0.8, 0.6, 0.5, 0.5, 0.8, 1.6, 3.0, 6.0, 8.6, 9.6, 7.2),
    *(4.6, 6.0, 9.2, 8.0, 6.6, 5.4, 4.2, 3.8, 3.6, 3.2, 2.8, 2.2),
)
"""Shares of a day's calls by the hour: most between ten and eleven, and between two and three."""

MEAN_TALK_SECONDS = 150.0
_SHORTEST_TALK = 12.0
_RING_SECONDS = (3.0, 14.0)
_PATIENCE_SECONDS = 75.0
_WRAP_UP_SECONDS = (10.0, 60.0)
_GIVES_UP = 0.04
_CALLS_AGAIN = 0.45
_AGAIN_SECONDS = (180.0, 1800.0)
_REPEATS = 0.3
_PASSED_ON, _TO_OUTSIDE, _JOINED, _HELD = 0.03, 0.015, 0.01, 0.12
_HOUR = 3600.0

LINE = "12345"


@dataclass(frozen=True, slots=True, order=True)
class DayEvent:
    """Something that an exchange will say.

    Attributes:
        seconds: when, after midnight.
        body: what, but for its instant.
    """

    seconds: float
    body: Mapping[str, Any] = field(compare=False)


@dataclass(slots=True)
class _Day:
    """What goes on while a day is made up."""

    name: str
    agents: Sequence[str]
    rng: random.Random
    free_at: list[tuple[float, int]] = field(default_factory=list)
    count: int = 0

    def say(self, call: str, seconds: float, event: str, **more: str) -> DayEvent:
        """Return an event with an id that nothing else has."""
        self.count += 1
        body = {"id": f"{self.name}-{self.count}", "call": call, "event": event, **more}
        return DayEvent(round(seconds, 3), body)


def plan_day(
    *, name: str, calls: int, agents: Sequence[str], callers: Sequence[str], seed: int
) -> list[DayEvent]:
    """Return everything an exchange says in a day, in order.

    Args:
        name: begins the name of every call and event, so that two days do not mix.
        calls: how many calls come in, those aside who call again because nobody answered.
        agents: who answers: user names or extensions.
        callers: the numbers that people call from.
        seed: the same gives the same day.
    """
    rng = random.Random(f"{seed} {name.rsplit('@', 1)[0]}")  # noqa: S311  # a game, no secret
    day = _Day(name, agents, rng, [(0.0, place) for place in range(len(agents))])
    heapq.heapify(day.free_at)
    waiting = [(at, _caller(rng, callers)) for at in _arrivals(calls, rng)]
    heapq.heapify(waiting)
    said: list[DayEvent] = []
    number = 0
    while waiting:
        at, caller = heapq.heappop(waiting)
        number += 1
        events, is_answered = _call(day, f"{name}-c{number}", at, caller)
        said += events
        again = at + rng.uniform(*_AGAIN_SECONDS)
        if not is_answered and rng.random() < _CALLS_AGAIN and again < 24 * _HOUR:
            heapq.heappush(waiting, (again, caller))
    return sorted(said)


def _arrivals(calls: int, rng: random.Random) -> list[float]:
    hours = rng.choices(range(24), HOURLY, k=calls)
    return sorted(hour * _HOUR + rng.random() * _HOUR for hour in hours)


def _caller(rng: random.Random, callers: Sequence[str]) -> str:
    """Return who calls: a few of them call again and again."""
    few = callers[: max(len(callers) // 10, 1)]
    return rng.choice(few if rng.random() < _REPEATS else callers)


def _call(day: _Day, call: str, at: float, caller: str) -> tuple[list[DayEvent], bool]:
    """Let somebody call, and tell whether he was answered."""
    rng = day.rng
    free_at, place = heapq.heappop(day.free_at)
    answered = max(at + rng.uniform(*_RING_SECONDS), free_at + 1)
    patience = at + rng.expovariate(1 / _PATIENCE_SECONDS) + _RING_SECONDS[1]
    first = day.say(call, at, "ringing", number=caller, line=LINE)
    if answered > patience or rng.random() < _GIVES_UP:
        heapq.heappush(day.free_at, (free_at, place))
        return [first, day.say(call, min(patience, at + 120), "missed")], False
    agent = day.agents[place]
    ended = answered + max(_SHORTEST_TALK, rng.gammavariate(2, MEAN_TALK_SECONDS / 2))
    events = [
        first,
        day.say(call, max(at, answered - 3), "ringing", agent=agent),
        day.say(call, answered, "answered", agent=agent),
        *_between(day, call, answered, ended, agent),
        day.say(call, ended, "ended"),
        day.say(
            call,
            ended + 4,
            "recording",
            recording=f"https://recordings.example/{day.name}/{call}.mp3",
        ),
    ]
    heapq.heappush(day.free_at, (ended + rng.uniform(*_WRAP_UP_SECONDS), place))
    return events, True


def _between(day: _Day, call: str, answered: float, ended: float, agent: str) -> Iterator[DayEvent]:
    """Yield what happens while a call is spoken."""
    rng, length = day.rng, ended - answered
    if rng.random() < _HELD:
        yield day.say(call, answered + 0.3 * length, "held", agent=agent)
        yield day.say(call, answered + 0.5 * length, "resumed", agent=agent)
    drawn = rng.random()
    if drawn < _TO_OUTSIDE:
        yield day.say(call, answered + 0.7 * length, "transferred", target=rng.choice(EMERGENCY))
    elif drawn < _TO_OUTSIDE + _JOINED:
        yield day.say(call, answered + 0.6 * length, "joined", target=rng.choice(EMERGENCY))
    elif drawn < _TO_OUTSIDE + _JOINED + _PASSED_ON and len(day.agents) > 1:
        other = rng.choice([name for name in day.agents if name != agent])
        yield day.say(call, answered + 0.7 * length, "transferred", agent=other)


def disorder(events: Sequence[DayEvent], seed: int) -> list[DayEvent]:
    """Return the events as a bad line brings them: late, overtaken and doubled."""
    rng = random.Random(f"{seed} disorder")  # noqa: S311  # a game, no secret
    shaken: list[tuple[float, int, DayEvent]] = []
    for event in events:
        for _ in range(2 if rng.random() < 0.15 else 1):  # noqa: PLR2004  # one in seven comes twice
            late = rng.expovariate(1 / 20) if rng.random() < 0.4 else 0.0  # noqa: PLR2004
            shaken.append((event.seconds + late, len(shaken), event))
    return [event for _, _, event in sorted(shaken, key=lambda one: one[:2])]
