"""A slow clock that walks second by second, to hold the engine's arithmetic against.

A calendar is a row of bytes, one for each second: 1 is worked, 0 is free. A clock walks along it and
counts the worked seconds in which it runs. Random clocks live through random histories on random small
calendars; after every step both must say the same of what is used and what remains, when it is due,
when each level fires, and how it ended.
"""

import argparse
import json
import math
import random
import sys
import time as stopwatch
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hotline.kernel.clock import SHANGHAI
from hotline.sla.clocks import MICROSECONDS, ClockState, Setting, Timing
from hotline.sla.policy import FIRING_LEVELS, Rung
from hotline.workdays.workcalendar import (
    DAY_SECONDS,
    Calendar,
    NaturalTime,
    Span,
    WorkingTime,
)

FIRST = date(2026, 3, 2)
BEGINNING = datetime.combine(FIRST, time(), SHANGHAI)
HISTORIES_IN_A_WORLD = 40
_WHOLE_DAY = (Span(time(0), time(0)),)
_END = b"\0"
_LONGEST_PART = 40
_STEPS = 12


def instant(second: int) -> datetime:
    """Return the instant that a second of the small world begins at."""
    return BEGINNING + timedelta(seconds=second)


def microseconds(at: datetime) -> int:
    """Return an instant as microseconds since the small world began."""
    return (at - BEGINNING) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SmallCalendar:
    """One calendar twice: as the engine has it, and as bytes."""

    engine: Calendar
    worked: bytes


@dataclass(frozen=True, slots=True)
class World:
    """Two versions of one calendar, and the seconds at which something happens.

    Attributes:
        old: the version in force at first.
        new: the version that may follow.
        moments: where spans begin and end, and others, in order.
    """

    old: SmallCalendar
    new: SmallCalendar
    moments: Sequence[int]


Hours = Mapping[date, Sequence[Span]]


def _clock_time(second: int) -> time:
    minutes, second = divmod(second % DAY_SECONDS, 60)
    return time(minutes // 60, minutes % 60, second)


def random_spans(chance: random.Random) -> Sequence[Span]:
    """Return the spans of one day: none, or up to four of some seconds, close to each other."""
    if chance.random() < 0.35:
        return ()
    count = chance.randint(1, 4)
    parts = [chance.randint(1, _LONGEST_PART) for _ in range(2 * count - 1)]
    # Often at the very start or the very end of a day, where days meet.
    room = DAY_SECONDS - sum(parts)
    at = chance.choice((0, room, chance.randint(0, room)))
    spans = []
    for place, length in enumerate(parts):
        if place % 2 == 0:
            spans.append(Span(_clock_time(at), _clock_time(at + length)))
        at += length
    return spans


def calendar_of(hours: Hours, days: int) -> SmallCalendar:
    """Return a calendar of some days; the last is worked through, so that everything falls due."""
    worked = bytearray(days * DAY_SECONDS)
    for day, spans in hours.items():
        midnight = (day - FIRST).days * DAY_SECONDS
        for span in spans:
            start = midnight + _second(span.start)
            end = midnight + (_second(span.end) or DAY_SECONDS)
            worked[start:end] = b"\1" * (end - start)
    return SmallCalendar(
        WorkingTime(
            version="small",
            first=FIRST,
            last=FIRST + timedelta(days=days - 1),
            hours_of=lambda day: hours.get(day, ()),
            known_until=FIRST + timedelta(days=days),
        ),
        bytes(worked) + _END,
    )


def _second(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def random_world(chance: random.Random) -> World:
    """Return a small world: mostly of working time, now and then of natural time."""
    if chance.random() < 0.1:
        natural = SmallCalendar(NaturalTime(), b"\1" * DAY_SECONDS + _END)
        return World(natural, natural, sorted(chance.sample(range(600), 40)))
    days = chance.randint(2, 6)
    hours: dict[date, Sequence[Span]] = {
        FIRST + timedelta(days=n): random_spans(chance) for n in range(days - 1)
    }
    hours[FIRST + timedelta(days=days - 1)] = _WHOLE_DAY
    changed = {
        day: random_spans(chance) if spans != _WHOLE_DAY and chance.random() < 0.3 else spans
        for day, spans in hours.items()
    }
    old, new = calendar_of(hours, days), calendar_of(changed, days)
    last = (days - 1) * DAY_SECONDS
    edges = [place for calendar in (old, new) for place in _edges(calendar.worked, last)]
    near = [max(0, edge + chance.randint(-_LONGEST_PART, _LONGEST_PART)) for edge in edges]
    free = [chance.randrange(last) for _ in range(6)]
    return World(old, new, sorted({*edges, *near, *free, last + chance.randint(0, 99)}))


def _edges(worked: bytes, end: int) -> Iterator[int]:
    """Return where work begins and ends, by walking over every change."""
    at, looked_for = worked.find(1, 0, end), 0
    while at >= 0:
        yield at
        at, looked_for = worked.find(looked_for, at, end), 1 - looked_for


# -- The walker ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Walker:
    """A clock that walks.

    Attributes:
        worked: the calendar under its feet.
        limit: how many seconds it may count.
        begin: where the present slice began.
        counted: every second it has counted before that, one by one.
        due: when it is due; once it fell due before the present slice, that stays.
        runs: whether it walks at all.
        stopped: since when it waits, or where the work was handed in.
    """

    worked: bytes
    limit: int
    begin: int
    counted: list[int] = field(default_factory=list)
    due: int = 0
    runs: bool = True
    stopped: int | None = None

    def __post_init__(self) -> None:
        self.due = self.reaches(self.limit)

    def walk(self, start: int) -> Iterator[int]:
        """Go from second to second and yield those that are worked."""
        worked = self.worked
        at = worked.find(1, start)  # free seconds are walked over in one stride
        while at >= 0:
            yield at
            at += 1
            if not worked[at]:
                at = worked.find(1, at)

    def between(self, start: int, end: int) -> list[int]:
        """Return the worked seconds from `start` to before `end`."""
        found = []
        for second in self.walk(start):
            if second >= end:
                break
            found.append(second)
        return found

    def used(self, now: int) -> int:
        """Return the seconds counted by `now`."""
        if not self.runs:
            return len(self.counted)
        until = now if self.stopped is None else self.stopped
        return len(self.counted) + len(self.between(self.begin, until))

    def reaches(self, count: int) -> int:
        """Return the end of the second that makes `count`; the slice's begin if it was made."""
        missing = count - len(self.counted)
        if missing <= 0:
            return self.begin
        for second in self.walk(self.begin):
            missing -= 1
            if missing == 0:
                return second + 1
        raise AssertionError("the small world is too small")

    def lay_out(self) -> None:
        if len(self.counted) >= self.limit:
            self.due = min(self.due, self.begin)
        else:
            self.due = self.reaches(self.limit)

    def pause(self, now: int) -> None:
        self.counted += self.between(self.begin, now)
        self.runs, self.stopped, self.begin = False, now, now

    def resume(self, now: int, charged_until: int | None) -> None:
        assert self.stopped is not None
        if charged_until is not None:
            self.counted += self.between(self.stopped, charged_until)
        self.runs, self.stopped, self.begin = True, None, now
        self.lay_out()

    def reapply(self, worked: bytes, limit: int, now: int) -> None:
        at = now if self.stopped is None else self.stopped
        if self.runs:
            self.counted += self.between(self.begin, at)
        self.worked, self.limit, self.begin = worked, limit, at
        self.lay_out()

    def recalculate(self, worked: bytes, now: int) -> None:
        if self.runs and self.stopped is None and self.due > now:
            self.counted += self.between(self.begin, now)
            self.worked, self.begin = worked, now
            self.lay_out()


# -- Histories -------------------------------------------------------------------------------------

WARNINGS = tuple(Decimal(n) / 20 for n in range(1, 20))


class Differs(AssertionError):
    """The engine and the walker say different things of one clock."""


@dataclass(slots=True)
class Life:
    """One clock, kept by the engine and by the walker at once.

    Attributes:
        timing: as the engine keeps it.
        walker: as it is walked.
        calendar: the engine's, with its bytes.
        story: what happened, for whoever has to understand a difference.
        first_limit: its limit at the start.
        is_plain: whether neither its limit nor its calendar was ever changed.
    """

    world: World
    timing: Timing
    walker: Walker
    calendar: SmallCalendar
    warnings: tuple[Decimal, Decimal]
    story: list[str]
    is_plain: bool = True

    @classmethod
    def begun(cls, world: World, chance: random.Random, now: int) -> "Life":
        limit = chance.randint(1, chance.choice((20, 60, 240)))
        yellow, orange = sorted(chance.sample(WARNINGS, 2))
        warnings = (yellow, orange)
        if chance.random() < 0.2:
            # As lengths before the end: from 1 on.
            warnings = (Decimal(chance.randint(11, 30)), Decimal(chance.randint(1, 10)))
        return cls(
            world,
            Timing.begun(world.old.engine, limit, instant(now)),
            Walker(world.old.worked, limit, now),
            world.old,
            warnings,
            [f"start {now} limit {limit} warnings {warnings}"],
        )

    def compare(self, now: int) -> None:
        """Hold everything that both know against each other at one moment."""
        timing, walker = self.timing, self.walker
        self._same("used", timing.used_by(self.calendar.engine, instant(now)), walker.used(now))
        self._same("due", microseconds(timing.due_at), walker.due)
        if timing.state is ClockState.PAUSED:
            return  # its levels are laid out when it goes on
        setting = Setting(timing.limit_seconds, *self.warnings)
        for rung in FIRING_LEVELS:
            target = setting.target(rung)
            found = microseconds(timing.instant_of(self.calendar.engine, target))
            self._same(rung.value, found, self._fires(rung))
        if self.is_plain:
            # Counted from its first second to its last, whatever slices it was cut into.
            counted = [*walker.counted, *self._ahead()]
            self._same("whole life", microseconds(timing.due_at), counted[walker.limit - 1] + 1)

    def _ahead(self) -> Iterator[int]:
        missing = self.walker.limit - len(self.walker.counted)
        for second in self.walker.walk(self.walker.begin):
            if missing <= 0:
                return
            missing -= 1
            yield second

    def _fires(self, rung: Rung) -> float:
        """Return when a level fires: within a second, where its share is no whole number of them."""
        limit = Decimal(self.walker.limit)
        at = Decimal(0) if rung is Rung.RED else self.warnings[rung is Rung.ORANGE]
        target = at * limit if 0 < at < 1 else limit - at
        missing = math.ceil(target) - target
        if target <= len(self.walker.counted):
            return self.walker.begin
        return self.walker.reaches(math.ceil(target)) - float(missing)

    def _same(self, what: str, ours: int, walked: float) -> None:
        if ours != round(walked * MICROSECONDS):
            raise Differs(
                f"{what}: {ours / MICROSECONDS} but walked {walked}; {'; '.join(self.story)}"
            )

    def step(self, chance: random.Random, now: int) -> str:
        """Let something happen to it and return what."""
        choices = {
            ClockState.RUNNING: ("pause", "pause", "submit", "extend", "reapply", "recalculate"),
            ClockState.PAUSED: ("resume", "resume", "resume", "reapply"),
            ClockState.SUBMITTED: ("resubmit", "resubmit", "reapply"),
        }
        what = chance.choice(choices[self.timing.state])
        self.story.append(f"{what} {now}")
        getattr(self, f"_{what}")(chance, now)
        return what

    def _pause(self, _chance: random.Random, now: int) -> None:
        self.timing = self.timing.paused(self.calendar.engine, instant(now))
        self.walker.pause(now)

    def _resume(self, chance: random.Random, now: int) -> None:
        assert self.walker.stopped is not None
        charged = chance.randint(self.walker.stopped, now) if chance.random() < 0.4 else None
        self.story[-1] += f" charged until {charged}"
        self.timing = self.timing.resumed(
            self.calendar.engine, instant(now), None if charged is None else instant(charged)
        )
        self.walker.resume(now, charged)

    def _submit(self, _chance: random.Random, now: int) -> None:
        self.timing = self.timing.submitted(instant(now))
        self.walker.stopped = now

    def _resubmit(self, _chance: random.Random, _now: int) -> None:
        self.timing = self.timing.resubmitted()
        self.walker.stopped = None

    def _extend(self, chance: random.Random, now: int) -> None:
        until = max(now, chance.choice(self.world.moments))
        total = self.walker.used(until)
        if total == 0:
            return
        self.story[-1] += f" until {until}"
        self.timing = self.timing.extended(self.calendar.engine, instant(until))
        self.walker.limit = total
        self.walker.lay_out()
        self.is_plain = False

    def _reapply(self, chance: random.Random, now: int) -> None:
        limit = chance.randint(1, 90)
        new = self.world.new if chance.random() < 0.3 else self.calendar
        self.story[-1] += f" to {limit} on {'the new' if new is self.world.new else 'its'} calendar"
        old = self.calendar
        self.timing = self.timing.reapplied(old.engine, new.engine, limit, instant(now))
        self.walker.reapply(new.worked, limit, now)
        self.calendar = new
        self.is_plain = False

    def _recalculate(self, _chance: random.Random, now: int) -> None:
        if self.calendar is self.world.new or self.walker.due <= now:
            return
        new = self.world.new
        self.timing = self.timing.recalculated(self.calendar.engine, new.engine, instant(now))
        self.walker.recalculate(new.worked, now)
        self.calendar = new
        self.is_plain = False

    def end(self, chance: random.Random, now: int) -> str:
        """End it and compare the verdicts."""
        stopped = self.walker.stopped
        waits = self.timing.state
        if chance.random() < 0.1:
            self.timing = self.timing.cancelled(self.calendar.engine, instant(now))
            self._same("used when cancelled", self.timing.used, self.walker.used(now))
            return "cancelled"
        self.timing = self.timing.settled(self.calendar.engine, instant(now))
        ended = now if stopped is None else stopped
        met = ended <= self.walker.due
        self.story.append(f"end {now}, {waits} since {stopped}")
        if self.timing.state is not (ClockState.MET if met else ClockState.MISSED):
            raise Differs(f"verdict: {self.timing.state} at {ended}; {'; '.join(self.story)}")
        self._same("used at the end", self.timing.used, self.walker.used(ended))
        if self.is_plain:
            # Late is whoever counted more than the limit, or had none left in free time.
            remaining = self.walker.limit - self.walker.used(ended)
            assert met == (remaining > 0 or (remaining == 0 and ended == self.walker.due)), (
                self.story
            )
        return self.timing.state.value


def live(world: World, chance: random.Random) -> Iterator[str]:
    """Let one clock live and yield what happened.

    Raises:
        Differs: the engine and the walker disagree.
    """
    moments = sorted(chance.choices(world.moments, k=chance.randint(2, _STEPS)))
    life = Life.begun(world, chance, moments[0])
    life.compare(moments[0])
    for now in moments[1:-1]:
        life.compare(now)
        yield life.step(chance, now)
        life.compare(now)
    life.compare(moments[-1])
    yield life.end(chance, moments[-1])


def run(histories: int, seed: int) -> dict[str, Any]:
    """Live through many histories.

    Raises:
        Differs: at the first difference, with the clock's story.
    """
    began = stopwatch.perf_counter()
    chance = random.Random(seed)
    happened: Counter[str] = Counter()
    world = random_world(chance)
    for number in range(histories):
        if number % HISTORIES_IN_A_WORLD == 0:
            world = random_world(chance)
        try:
            happened.update(live(world, chance))
        except Differs as difference:
            raise Differs(f"history {number} of seed {seed}: {difference}") from None
    return {
        "histories": histories,
        "seed": seed,
        "different": 0,
        "seconds": round(stopwatch.perf_counter() - began, 1),
        "happened": dict(happened.most_common()),
    }


def main() -> None:
    """Run as many histories as asked for and tell how long they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=12345)
    asked = parser.parse_args()
    json.dump(run(asked.histories, asked.seed), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
