"""A clock taken apart: its slices make its limit, and its log gives what is stored."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from hotline.kernel.clock import SHANGHAI
from hotline.sla.clocks import MICROSECONDS, Change, ClockState, Timing
from hotline.sla.explanation import (
    LISTED_DAYS,
    RungFate,
    SliceKind,
    beginning_of,
    clock_faults,
    end_of,
    explain_clock,
    fate_of,
    rebuild_timing,
)
from hotline.sla.models import Clock, ClockChange, Threshold, ThresholdState
from hotline.sla.policy import ClockKind, Level, Rung
from hotline.workdays.workcalendar import OFFICE_HOURS, Calendar, NaturalTime, Span, WorkingTime

NINE = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
HOUR = 3600 * MICROSECONDS


def office(version: str, days_off: frozenset[date] = frozenset()) -> WorkingTime:
    def hours_of(day: date) -> tuple[Span, ...]:
        return () if day.weekday() >= 5 or day in days_off else OFFICE_HOURS

    return WorkingTime(
        version=version,
        first=date(2026, 1, 1),
        last=date(2028, 12, 31),
        hours_of=hours_of,
        known_until=date(2028, 12, 31),
    )


NATURAL: dict[str, Calendar] = {"1": NaturalTime()}
WORKING: dict[str, Calendar] = {
    "working-1": office("working-1"),
    "working-2": office("working-2", frozenset({date(2026, 3, 3), date(2026, 3, 12)})),
}


@dataclass
class Lived:
    """A clock as the engine moves it, with the log that it would write."""

    clock: Clock
    changes: list[ClockChange]
    versions: dict[str, Calendar]

    @classmethod
    def begun(cls, versions: dict[str, Calendar], limit: int, at: datetime = NINE) -> "Lived":
        version, calendar = next(iter(versions.items()))
        clock = Clock(
            id=uuid.UUID(int=1),
            ticket_id=uuid.UUID(int=2),
            kind=ClockKind.COMPLETE,
            hop=1,
            round=1,
            policy_id=1,
            calendar=calendar.code,
            calendar_version=version,
            limit_seconds=limit,
            yellow=Decimal("0.6"),
            orange=Decimal("0.8"),
            state=ClockState.RUNNING,
            started_at=at,
            since=at,
            due_at=at,
            used_microseconds=0,
            level=Level.GREEN,
            is_logged=True,
        )
        clock.timing = Timing.begun(calendar, limit, at)
        return cls(clock, [], versions)

    @property
    def calendar(self) -> Calendar:
        return self.versions[self.clock.calendar_version]

    def change(
        self,
        change: Change,
        timing: Timing,
        at: datetime,
        charged_until: datetime | None = None,
        version: str | None = None,
    ) -> None:
        before, previous = self.clock.timing, self.clock.calendar_version
        self.clock.timing = timing
        self.clock.calendar_version = version or previous
        self.changes.append(
            ClockChange(
                id=len(self.changes) + 1,
                clock_id=self.clock.id,
                at=at,
                change=change,
                reason="why",
                used_microseconds=timing.used,
                limit_seconds=timing.limit_seconds,
                previous_limit_seconds=before.limit_seconds,
                due_at=timing.due_at,
                previous_due_at=before.due_at,
                charged_until=charged_until,
                calendar_version=self.clock.calendar_version,
                previous_calendar_version=previous,
                policy_id=1,
            )
        )

    def pause(self, at: datetime) -> None:
        self.change(Change.PAUSED, self.clock.timing.paused(self.calendar, at), at)

    def resume(self, at: datetime, charged_until: datetime | None = None) -> None:
        timing = self.clock.timing.resumed(self.calendar, at, charged_until)
        self.change(Change.RESUMED, timing, at, charged_until)

    def submit(self, at: datetime) -> None:
        self.change(Change.SUBMITTED, self.clock.timing.submitted(at), at)

    def resubmit(self, at: datetime) -> None:
        self.change(Change.RESUBMITTED, self.clock.timing.resubmitted(), at)

    def extend(self, at: datetime, until: datetime) -> None:
        self.change(Change.EXTENDED, self.clock.timing.extended(self.calendar, until), at)

    def limit(self, at: datetime, seconds: int) -> None:
        timing = self.clock.timing.reapplied(self.calendar, self.calendar, seconds, at)
        self.change(Change.REAPPLIED, timing, at)

    def limit_elsewhere(self, at: datetime, seconds: int) -> None:
        other = list(self.versions)[-1]
        timing = self.clock.timing.reapplied(self.calendar, self.versions[other], seconds, at)
        self.change(Change.REAPPLIED, timing, at, version=other)

    def move(self, at: datetime) -> None:
        other = list(self.versions)[-1]
        old, new = self.calendar, self.versions[other]
        timing = self.clock.timing.recalculated(old, new, at)
        self.change(Change.RECALCULATED, timing, at, version=other)

    def settle(self, at: datetime) -> None:
        self.clock.timing = self.clock.timing.settled(self.calendar, at)

    def cancel(self, at: datetime) -> None:
        self.clock.timing = self.clock.timing.cancelled(self.calendar, at)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["stop", "hand in", "longer", "limit", "move", "elsewhere"]),
        st.integers(0, 60 * 3600 * MICROSECONDS),
        st.floats(0, 1),
    ),
    max_size=8,
)


def stopped(lived: Lived, word: str, earlier: datetime, at: datetime, share: float) -> None:
    """Lead a clock on that waits."""
    if word == "elsewhere":
        lived.limit_elsewhere(at, 1 + int(400_000 * share))
    elif lived.clock.state is ClockState.SUBMITTED:
        lived.resubmit(at)
    elif word == "move" and len(lived.versions) > 1:
        lived.move(at)
    else:
        lived.resume(at, earlier + (at - earlier) * share if share > 0.5 else None)


def running(lived: Lived, word: str, at: datetime, share: float) -> None:
    """Lead a clock on that runs."""
    match word:
        case "stop":
            lived.pause(at)
        case "hand in":
            lived.submit(at)
        case "longer":
            lived.extend(at, max(at, lived.clock.due_at) + timedelta(hours=1 + 30 * share))
        case "limit":
            lived.limit(at, 1 + int(400_000 * share))
        case "elsewhere":
            lived.limit_elsewhere(at, 1 + int(400_000 * share))
        case _ if lived.clock.due_at > at:
            lived.move(at)


def live(lived: Lived, steps: list[tuple[str, int, float]], end: str) -> datetime:
    """Lead a clock through a life and return the instant at which it is looked at."""
    at = lived.clock.started_at
    for word, past, share in steps:
        earlier, at = at, at + timedelta(microseconds=past)
        if lived.clock.state is ClockState.RUNNING:
            running(lived, word, at, share)
        else:
            stopped(lived, word, earlier, at, share)
    at += timedelta(hours=5)
    if end:
        (lived.settle if end == "settle" else lived.cancel)(at)
    return at


@settings(max_examples=300)
@given(
    versions=st.sampled_from([NATURAL, WORKING]),
    limit=st.integers(1, 500_000),
    begun=st.integers(0, 7 * 24 * 3600 * MICROSECONDS),
    steps=STEPS,
    end=st.sampled_from(["", "settle", "cancel"]),
)
def test_slices_and_what_remains_are_the_limit(
    versions: dict[str, Calendar],
    limit: int,
    begun: int,
    steps: list[tuple[str, int, float]],
    end: str,
) -> None:
    lived = Lived.begun(versions, limit, NINE + timedelta(microseconds=begun))
    now = live(lived, steps, end)
    clock = lived.clock
    told = explain_clock(clock, lived.changes, versions, now)

    assert told.used + told.remaining == clock.limit_seconds * MICROSECONDS
    assert told.used == sum(piece.counted for piece in told.slices)
    assert told.used == clock.timing.used_by(lived.calendar, now)
    assert told.due_at == clock.due_at

    if told.slices:
        assert told.slices[0].since == clock.started_at
        assert told.slices[-1].until == (clock.ended_at or now)
    else:
        assert clock.ended_at == clock.started_at
    for one, other in zip(told.slices, told.slices[1:], strict=False):
        assert one.until == other.since
    for piece in told.slices:
        if piece.stretches:
            assert sum(stretch.counted for stretch in piece.stretches) == piece.counted
            assert piece.since <= piece.stretches[0].since
            assert piece.stretches[-1].until <= piece.until
        for stretch in piece.stretches:
            if stretch.days == 1:
                assert stretch.until - stretch.since == timedelta(microseconds=stretch.counted)

    assert not clock_faults(clock, lived.changes, versions)
    rebuilt = rebuild_timing(
        beginning_of(clock, lived.changes), lived.changes, end_of(clock), versions
    )
    assert replace(rebuilt[-1], since=clock.since) == clock.timing


def eventful() -> Lived:
    """Paused at 10, half an hour of it charged, extended, handed in and passed: all in one day."""
    lived = Lived.begun(WORKING, 4 * 3600)
    lived.pause(NINE + timedelta(hours=1))
    lived.resume(NINE + timedelta(hours=2), NINE + timedelta(hours=1.5))
    lived.extend(NINE + timedelta(hours=2), NINE + timedelta(hours=8))
    lived.submit(NINE + timedelta(hours=5))
    lived.settle(NINE + timedelta(hours=30))
    return lived


def test_an_eventful_day_in_slices() -> None:
    lived = eventful()
    told = explain_clock(lived.clock, lived.changes, WORKING, NINE + timedelta(days=9))
    assert [(piece.kind, piece.counted / HOUR) for piece in told.slices] == [
        (SliceKind.RUNNING, 1),
        (SliceKind.CHARGED, 0.5),
        (SliceKind.PAUSED, 0),
        (SliceKind.RUNNING, 2),
    ]
    noon = told.slices[-1].stretches
    assert [
        (stretch.since.astimezone(SHANGHAI).time(), stretch.until.astimezone(SHANGHAI).time())
        for stretch in noon
    ] == [(time(11), time(12)), (time(13), time(14))]
    (longer,) = told.limits
    assert (longer.before, longer.after) == (4 * 3600, longer.after)
    assert longer.due_at == lived.clock.due_at == NINE + timedelta(hours=8)
    assert told.remaining == (longer.after - 3.5 * 3600) * MICROSECONDS
    assert told.state is ClockState.MET


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("used_microseconds", 1, "used"),
        ("due_at", NINE, "due_at"),
        ("limit_seconds", 7, "limit_seconds"),
        ("state", ClockState.MISSED, "state"),
        ("stopped_at", NINE, "stopped_at"),
        ("since", NINE + timedelta(seconds=1), "since"),
    ],
)
def test_a_stored_figure_that_the_log_does_not_give_is_named(
    column: str, value: object, named: str
) -> None:
    lived = eventful()
    setattr(lived.clock, column, value)
    assert named in clock_faults(lived.clock, lived.changes, WORKING)


def test_a_row_of_the_log_that_is_wrong_is_named_with_its_place() -> None:
    lived = eventful()
    lived.changes[1].used_microseconds += 1
    lived.changes[2].due_at += timedelta(seconds=1)
    assert clock_faults(lived.clock, lived.changes, WORKING) == [
        "used after change 2",
        "due after change 3",
    ]
    del lived.changes[1]
    assert clock_faults(lived.clock, lived.changes, WORKING)


def test_a_clock_whose_past_no_log_tells_is_taken_as_it_stands() -> None:
    lived = Lived.begun(NATURAL, 3600)
    lived.clock.is_logged = False
    lived.clock.used_microseconds = 17
    assert not clock_faults(lived.clock, [], NATURAL)
    told = explain_clock(lived.clock, [], NATURAL, NINE + timedelta(seconds=1))
    assert [(piece.kind, piece.counted) for piece in told.slices] == [
        (SliceKind.UNLOGGED, MICROSECONDS + 17)
    ]
    assert told.used + told.remaining == 3600 * MICROSECONDS


def test_a_long_slice_sums_up_its_middle() -> None:
    lived = Lived.begun(WORKING, 90 * 7 * 3600)
    now = NINE + timedelta(days=100)
    (piece,) = explain_clock(lived.clock, [], WORKING, now).slices
    (middle,) = [stretch for stretch in piece.stretches if stretch.days > 1]
    assert middle.since - NINE <= timedelta(days=LISTED_DAYS)
    assert middle.days == middle.counted // (7 * HOUR)
    assert len(piece.stretches) < 40
    assert sum(stretch.counted for stretch in piece.stretches) == piece.counted


@pytest.mark.parametrize(
    ("stored", "late", "state", "fate"),
    [
        ("fired", 0, "running", RungFate.FIRED),
        ("fired", 59, "met", RungFate.FIRED),
        ("fired", 60, "met", RungFate.FIRED_LATE),
        ("armed", None, "running", RungFate.AHEAD),
        ("disarmed", None, "paused", RungFate.PAUSED),
        ("disarmed", None, "submitted", RungFate.SUBMITTED),
        ("disarmed", None, "met", RungFate.ENDED_BEFORE),
        ("disarmed", None, "cancelled", RungFate.ENDED_BEFORE),
        ("skipped", None, "running", RungFate.SKIPPED),
        ("parked", None, "running", RungFate.PARKED),
    ],
)
def test_what_became_of_a_rung(stored: str, late: int | None, state: str, fate: RungFate) -> None:
    due = datetime(2026, 3, 2, tzinfo=UTC)
    rung = Threshold(
        clock_id=uuid.UUID(int=1),
        rung=Rung.RED,
        ticket_id=uuid.UUID(int=2),
        due_at=due,
        target_microseconds=1,
        state=ThresholdState(stored),
        late_by_seconds=late,
    )
    before = due - timedelta(seconds=1)
    assert fate_of(rung, ClockState(state), before) is fate
    if fate is RungFate.AHEAD:
        assert fate_of(rung, ClockState(state), due) is RungFate.UNSWEPT
