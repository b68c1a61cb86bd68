"""Working time: the arithmetic against an oracle that counts second by second."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from hotline.kernel.clock import SHANGHAI
from hotline.workdays.official import FIRST_DAY, KNOWN_UNTIL, LAST_DAY, official_calendars
from hotline.workdays.workcalendar import (
    OFFICE_HOURS,
    CalendarTooShort,
    EmptyCalendar,
    NaturalTime,
    Span,
    WorkingTime,
)

WORKING = official_calendars()["working"]
NATURAL = official_calendars()["natural"]
HOUR = 3_600_000_000
DAY = 7 * HOUR


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant as people in Shanghai write it."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


INSTANTS = st.integers(
    int(datetime(2004, 2, 1, tzinfo=UTC).timestamp()),
    int(datetime(2033, 1, 1, tzinfo=UTC).timestamp()),
).map(lambda second: datetime.fromtimestamp(second, UTC))
AMOUNTS = st.integers(min_value=0, max_value=400 * DAY)


def _hours_of(day: date) -> Sequence[Span]:
    return () if day.weekday() >= 5 else OFFICE_HOURS


def small_calendar(*, closed: frozenset[date] = frozenset()) -> WorkingTime:
    """Two weeks in March; the days of `closed` are holidays."""
    return WorkingTime(
        version="small",
        first=date(2026, 3, 2),
        last=date(2026, 3, 31),
        hours_of=lambda day: () if day in closed else _hours_of(day),
        known_until=date(2026, 3, 31),
    )


def counted(start: datetime, end: datetime) -> int:
    """The oracle: seconds of work from `start` to `end`, looked at one after the other."""
    monday = at(2026, 3, 2)
    first, last = ((instant - monday) // timedelta(seconds=1) for instant in (start, end))
    return sum(
        second // 86400 % 7 < 5
        and (9 <= second % 86400 // 3600 < 17)
        and second % 86400 // 3600 != 12
        for second in range(first, last)
    )


@given(start=INSTANTS, amount=AMOUNTS)
@settings(max_examples=200)
def test_elapsed_undoes_add(start: datetime, amount: int) -> None:
    for calendar in (WORKING, NATURAL):
        assert calendar.elapsed(start, calendar.add(start, amount)) == amount


@given(start=INSTANTS, first=AMOUNTS, more=AMOUNTS)
def test_a_longer_limit_is_never_due_earlier(start: datetime, first: int, more: int) -> None:
    for calendar in (WORKING, NATURAL):
        assert calendar.add(start, first) <= calendar.add(start, first + more)


@given(start=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=400)), amount=AMOUNTS)
def test_starting_later_is_never_due_earlier(
    start: datetime, later: timedelta, amount: int
) -> None:
    for calendar in (WORKING, NATURAL):
        # A limit of nothing is due at once, wherever that is; every other one within work.
        assert calendar.add(start, amount) <= calendar.add(start + later, amount)


@given(start=INSTANTS, first=AMOUNTS, second=AMOUNTS)
def test_two_limits_one_after_the_other_are_one(start: datetime, first: int, second: int) -> None:
    for calendar in (WORKING, NATURAL):
        in_two = calendar.add(calendar.add(start, first), second)
        in_one = calendar.add(start, first + second)
        assert calendar.elapsed(start, in_two) == calendar.elapsed(start, in_one)


@given(a=INSTANTS, b=INSTANTS, c=INSTANTS)
def test_elapsed_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    for calendar in (WORKING, NATURAL):
        assert calendar.elapsed(a, b) + calendar.elapsed(b, c) == calendar.elapsed(a, c)
        assert calendar.elapsed(c, a) == 0


_MARCH = st.integers(0, 14 * 86400)


@given(begin=_MARCH, length=st.integers(0, 3 * 86400))
@settings(max_examples=20)
def test_the_slow_oracle_agrees(begin: int, length: int) -> None:
    calendar = small_calendar()
    start = at(2026, 3, 3) + timedelta(seconds=begin)
    end = start + timedelta(seconds=length)
    seconds = counted(start, end)
    assert calendar.elapsed(start, end) == seconds * 1_000_000
    if seconds:
        due = calendar.add(start, seconds * 1_000_000)
        assert start < due <= end
        assert counted(start, due) == seconds
        assert counted(start, due - timedelta(seconds=1)) == seconds - 1


@given(
    begin=_MARCH,
    amount=st.integers(0, 3 * DAY),
    closed=st.sets(st.dates(date(2026, 3, 2), date(2026, 3, 20)), max_size=5),
    more=st.dates(date(2026, 3, 2), date(2026, 3, 20)),
)
def test_another_holiday_never_brings_a_due_instant_nearer(
    begin: int, amount: int, closed: set[date], more: date
) -> None:
    start = at(2026, 3, 3) + timedelta(seconds=begin)
    without = small_calendar(closed=frozenset(closed))
    with_it = small_calendar(closed=frozenset(closed | {more}))
    try:
        assert without.add(start, amount) <= with_it.add(start, amount)
    except CalendarTooShort:
        assert without.elapsed(start, at(2026, 3, 31, 17)) >= with_it.elapsed(
            start, at(2026, 3, 31, 17)
        )


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (at(2026, 3, 2, 9), 2, at(2026, 3, 2, 11)),
        (at(2026, 3, 2, 8), 2, at(2026, 3, 2, 11)),
        (at(2026, 3, 2, 11), 2, at(2026, 3, 2, 14)),
        (at(2026, 3, 2, 9), 3, at(2026, 3, 2, 12)),
        (at(2026, 3, 2, 12, 30), 1, at(2026, 3, 2, 14)),
        (at(2026, 3, 2, 16, 59), 1, at(2026, 3, 3, 9, 59)),
        (at(2026, 3, 6, 16), 2, at(2026, 3, 9, 10)),
        (at(2026, 3, 7, 23), 2, at(2026, 3, 9, 11)),
        (at(2026, 3, 2, 9), 7, at(2026, 3, 2, 17)),
        (at(2026, 3, 2, 17), 7, at(2026, 3, 3, 17)),
        (at(2026, 2, 13, 16), 2, at(2026, 2, 14, 10)),
        (at(2026, 2, 14, 16), 2, at(2026, 2, 24, 10)),
        (at(2026, 9, 30, 16), 2, at(2026, 10, 8, 10)),
        (at(2026, 10, 9, 16), 2, at(2026, 10, 10, 10)),
        (at(2026, 10, 10, 16), 2, at(2026, 10, 12, 10)),
    ],
    ids=lambda value: value.isoformat() if isinstance(value, datetime) else str(value),
)
def test_office_days_weekends_holidays_and_make_up_days(
    start: datetime, hours: int, due: datetime
) -> None:
    assert WORKING.add(start, hours * HOUR) == due


@pytest.mark.parametrize("day", [date(2026, 2, 14), date(2026, 10, 10)])
def test_a_saturday_that_makes_up_for_a_holiday_is_worked(day: date) -> None:
    assert day.weekday() == 5
    morning = datetime.combine(day, time(0), SHANGHAI)
    assert WORKING.elapsed(morning, morning + timedelta(days=1)) == DAY


@pytest.mark.parametrize(
    "day", [date(2026, 1, 1), date(2026, 2, 17), date(2026, 10, 1), date(2026, 3, 7)]
)
def test_holidays_and_plain_weekends_are_not_worked(day: date) -> None:
    morning = datetime.combine(day, time(0), SHANGHAI)
    assert WORKING.elapsed(morning, morning + timedelta(days=1)) == 0


def test_the_zone_of_an_argument_does_not_matter() -> None:
    shanghai = at(2026, 3, 2, 11)
    assert WORKING.add(shanghai, HOUR * 2) == WORKING.add(shanghai.astimezone(UTC), HOUR * 2)
    assert WORKING.elapsed(shanghai.astimezone(UTC), at(2026, 3, 2, 14)) == 2 * HOUR


def test_the_bounds_of_a_span() -> None:
    """The end of a span is work no more, its first microsecond is."""
    tick = timedelta(microseconds=1)
    noon, one = at(2026, 3, 2, 12), at(2026, 3, 2, 13)
    assert WORKING.elapsed(noon - tick, noon) == 1
    assert WORKING.elapsed(noon, one) == 0
    assert WORKING.elapsed(one, one + tick) == 1
    assert WORKING.add(noon - tick, 1) == noon
    assert WORKING.add(noon - tick, 2) == one + tick
    assert WORKING.add(noon, 0) == noon


def test_a_day_is_seven_hours_of_work_and_twenty_four_of_nature() -> None:
    assert WORKING.day_seconds * 1_000_000 == DAY
    assert NATURAL.day_seconds == 86400


def test_what_is_not_announced_yet_is_provisional() -> None:
    first_unknown = datetime.combine(KNOWN_UNTIL + timedelta(days=1), time(), SHANGHAI)
    assert WORKING.is_provisional(first_unknown)
    assert not WORKING.is_provisional(first_unknown - timedelta(microseconds=1))
    assert not NATURAL.is_provisional(first_unknown)
    assert str(KNOWN_UNTIL.year) in WORKING.version
    plain_monday = first_unknown + timedelta(days=400)
    assert WORKING.elapsed(plain_monday, plain_monday + timedelta(days=7)) == 5 * DAY


def test_beyond_its_years_a_calendar_refuses() -> None:
    before = datetime.combine(FIRST_DAY, time(), SHANGHAI) - timedelta(seconds=1)
    after = datetime.combine(LAST_DAY, time(23), SHANGHAI) + timedelta(days=9)
    for instant in (before, after):
        with pytest.raises(CalendarTooShort):
            WORKING.elapsed(instant, at(2026, 3, 2))
        with pytest.raises(CalendarTooShort):
            WORKING.add(instant, HOUR)
    with pytest.raises(CalendarTooShort):
        WORKING.add(at(2036, 12, 30), 30 * DAY)
    assert WORKING.elapsed(datetime.combine(FIRST_DAY, time(), SHANGHAI), at(2004, 1, 1, 1)) == 0


def test_a_calendar_without_work_is_refused() -> None:
    never = WorkingTime(
        version="never",
        first=date(2026, 3, 2),
        last=date(2026, 3, 9),
        hours_of=lambda _day: (),
        known_until=date(2026, 3, 9),
    )
    with pytest.raises(EmptyCalendar):
        never.add(at(2026, 3, 2), HOUR)


def test_natural_time_never_runs_backwards() -> None:
    calendar = NaturalTime()
    assert calendar.elapsed(at(2026, 3, 3), at(2026, 3, 2)) == 0
    assert calendar.add(at(2026, 3, 2), 1) - at(2026, 3, 2) == timedelta(microseconds=1)
