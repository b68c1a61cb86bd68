"""The engine's arithmetic against a clock that walks second by second, and what holds for every clock."""

import os
import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from bench import oracle
from bench.oracle import Differs, SmallCalendar, World, calendar_of, instant, random_spans
from hotline.sla.clocks import MICROSECONDS, ClockState, Timing
from hotline.workdays.workcalendar import Calendar, Span

HISTORIES = int(os.environ.get("HOTLINE_ORACLE_HISTORIES", "2000"))
"""`python -m bench oracle` lives through a hundred thousand."""

SEEDS = range(200)
TICK = timedelta(microseconds=1)


def worlds() -> Iterator[tuple[World, random.Random]]:
    for seed in SEEDS:
        chance = random.Random(seed)  # noqa: S311  # no secret hangs on it
        yield oracle.random_world(chance), chance


def begun(calendar: Calendar, chance: random.Random, start: int) -> Timing:
    return Timing.begun(calendar, chance.randint(1, 200), instant(start))


def test_random_histories_are_walked_to_the_same_end() -> None:
    result = oracle.run(HISTORIES, seed=20261122)
    assert result["different"] == 0
    assert {
        "pause", "resume", "submit", "resubmit", "extend", "reapply", "recalculate", "met", "missed",
        "cancelled",
    } <= set(result["happened"])  # fmt: skip


def test_the_walker_notices_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Timing, "resubmitted", lambda self: self)
    with pytest.raises(Differs, match="resubmit"):
        oracle.run(1000, seed=1)


def _free_stretches(calendar: SmallCalendar) -> Iterator[tuple[int, int]]:
    at = calendar.worked.find(0)
    while 0 <= at < len(calendar.worked) - 1:
        end = calendar.worked.find(1, at)
        if end < 0:
            return
        yield at, end
        at = calendar.worked.find(0, end)


def test_a_pause_over_free_time_changes_nothing() -> None:
    seen = 0
    for world, chance in worlds():
        calendar = world.old.engine
        timing = begun(calendar, chance, world.moments[0])
        for start, end in _free_stretches(world.old):
            if start < world.moments[0]:
                continue
            paused_at, resumed_at = sorted(chance.randint(start, end) for _ in range(2))
            if instant(paused_at) >= timing.due_at:
                break
            paused = timing.paused(calendar, instant(paused_at))
            resumed = paused.resumed(calendar, instant(resumed_at))
            assert resumed.due_at == timing.due_at
            later = instant(resumed_at + chance.randint(0, 5000))
            assert resumed.used_by(calendar, later) == timing.used_by(calendar, later)
            seen += 1
    assert seen > 100


def test_a_pause_cut_in_two_is_one_pause() -> None:
    for world, chance in worlds():
        calendar = world.old.engine
        start, first, middle, last = sorted(chance.choices(world.moments, k=4))
        timing = begun(calendar, chance, start)
        whole = timing.paused(calendar, instant(first)).resumed(calendar, instant(last))
        half = timing.paused(calendar, instant(first)).resumed(calendar, instant(middle))
        cut = half.paused(calendar, instant(middle)).resumed(calendar, instant(last))
        assert cut == whole


def test_a_pause_charged_to_its_end_was_none() -> None:
    for world, chance in worlds():
        calendar = world.old.engine
        start, first, last = sorted(chance.choices(world.moments, k=3))
        timing = begun(calendar, chance, start)
        paused = timing.paused(calendar, instant(first))
        charged = paused.resumed(calendar, instant(last), instant(last))
        assert charged.due_at == timing.due_at
        assert charged.used == timing.used_by(calendar, instant(last))


def test_a_pause_never_brings_the_end_nearer() -> None:
    for world, chance in worlds():
        calendar = world.old.engine
        start, first, last = sorted(chance.choices(world.moments, k=3))
        timing = begun(calendar, chance, start)
        resumed = timing.paused(calendar, instant(first)).resumed(calendar, instant(last))
        assert resumed.due_at >= timing.due_at


def test_a_holiday_never_brings_an_end_nearer() -> None:
    days = 6
    for seed in SEEDS:
        chance = random.Random(seed)  # noqa: S311  # no secret hangs on it
        hours = {oracle.FIRST + timedelta(days=n): random_spans(chance) for n in range(days - 1)}
        hours[oracle.FIRST + timedelta(days=days - 1)] = (Span.parse("00:00-24:00"),)
        holiday: date = chance.choice(list(hours)[:-1])
        plain = calendar_of(hours, days).engine
        longer = calendar_of({**hours, holiday: ()}, days).engine
        start = chance.randrange((days - 1) * 86400)
        for limit in (1, 30, 200, chance.randint(1, 2000)):
            assert longer.add(instant(start), limit * MICROSECONDS) >= plain.add(
                instant(start), limit * MICROSECONDS
            )
            timing = Timing.begun(plain, limit, instant(start))
            now = instant(start + chance.randint(0, 86400))
            assert timing.recalculated(plain, longer, now).due_at >= timing.due_at


def test_slices_and_what_remains_add_up_to_the_limit() -> None:
    for world, chance in worlds():
        calendar = world.old.engine
        moments = sorted(chance.choices(world.moments, k=7))
        timing = begun(calendar, chance, moments[0])
        slices = 0
        for paused_at, resumed_at in zip(moments[1::2], moments[2::2], strict=True):
            slices += calendar.elapsed(timing.since, instant(paused_at))
            timing = timing.paused(calendar, instant(paused_at))
            timing = timing.resumed(calendar, instant(resumed_at))
        limit = timing.limit_seconds * MICROSECONDS
        assert timing.used == slices
        if slices < limit:
            assert slices + calendar.elapsed(timing.since, timing.due_at) == limit


def test_exactly_at_the_deadline_is_met_and_a_microsecond_later_is_not() -> None:
    for world, chance in worlds():
        calendar = world.old.engine
        start, first, last = sorted(chance.choices(world.moments, k=3))
        timing = begun(calendar, chance, start)
        if instant(first) < timing.due_at:
            timing = timing.paused(calendar, instant(first)).resumed(calendar, instant(last))
        assert timing.settled(calendar, timing.due_at).state is ClockState.MET
        assert timing.settled(calendar, timing.due_at + TICK).state is ClockState.MISSED
        handed_in = timing.submitted(timing.due_at)
        assert handed_in.settled(calendar, timing.due_at + TICK).state is ClockState.MET
