"""Calendars as data: what is refused, what a definition means, and the laws every one of them keeps."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hotline.kernel.clock import SHANGHAI
from hotline.workdays.definition import (
    FIRST_DAY,
    WEEKDAYS,
    DayKind,
    Definition,
    InvalidCalendar,
    Override,
    check_code,
    default_day_seconds,
    definition_from_json,
    definition_to_json,
)
from hotline.workdays.horizon import horizon_of
from hotline.workdays.official import KNOWN_UNTIL, official_calendars, official_definition
from hotline.workdays.workcalendar import (
    OFFICE_HOURS,
    CalendarTooShort,
    NaturalTime,
    Span,
    WorkingTime,
    instant_of,
    microseconds_of,
)
from hotline.workdays.years import read_year, year_as_csv

OFFICE = ["09:00-12:00", "13:00-17:00"]
WEEK = dict.fromkeys(WEEKDAYS[:5], OFFICE)
PLAIN: Mapping[str, Any] = {"week": WEEK, "covered_until": "2026-12-31"}
HOUR = 3_600_000_000
SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def at(month: int, day: int, hour: int = 0, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def made(overrides: Mapping[str, Any] | None = None, **changed: Any) -> Definition:
    return definition_from_json({**PLAIN, "overrides": overrides or {}, **changed})


def hours(definition: Definition, day: date) -> list[str]:
    return [str(span) for span in definition.hours_of(day)]


# -- what a definition means -----------------------------------------------------------------------


def test_a_day_is_its_override_or_the_plain_week() -> None:
    definition = made(
        {
            "2026-03-03": {"kind": "holiday"},
            "2026-03-07": {"kind": "workday"},
            "2026-03-08": {"kind": "workday", "like": "fri"},
            "2026-03-04": {"kind": "half"},
            "2026-03-05": {"kind": "own", "spans": ["20:00-24:00", "08:00-10:00"]},
        },
        week={**WEEK, "fri": ["09:00-11:00"]},
    )
    assert hours(definition, date(2026, 3, 2)) == OFFICE
    assert hours(definition, date(2026, 3, 3)) == []
    assert hours(definition, date(2026, 3, 4)) == ["09:00-12:00"]
    assert hours(definition, date(2026, 3, 5)) == ["08:00-10:00", "20:00-24:00"]
    assert hours(definition, date(2026, 3, 7)) == OFFICE
    assert hours(definition, date(2026, 3, 8)) == ["09:00-11:00"]
    assert hours(definition, date(2026, 3, 14)) == []
    assert definition.day_seconds == 7 * 3600
    assert made(day_seconds=28800).day_seconds == 28800


def test_work_may_go_through_midnight() -> None:
    round_the_clock = made(week={day: ["00:00-24:00"] for day in WEEKDAYS})
    calendar, natural = round_the_clock.calendar("x", "x-1"), NaturalTime()
    start = at(3, 2, 23, 30)
    for amount in (1, HOUR, 100 * HOUR):
        assert calendar.add(start, amount) == natural.add(start, amount)
    assert calendar.day_seconds == 86400


def test_the_bounds_of_spans_to_a_microsecond() -> None:
    calendar = made().calendar("working", "working-1")
    tick = timedelta(microseconds=1)
    for begins, ends in ((9, 12), (13, 17)):
        first, last = at(3, 2, begins), at(3, 2, ends)
        assert calendar.elapsed(first - tick, first) == 0
        assert calendar.elapsed(first, first + tick) == 1
        assert calendar.elapsed(last - tick, last) == 1
        assert calendar.elapsed(last, last + tick) == 0
        assert calendar.add(last - tick, 1) == last
    assert calendar.add(at(3, 6, 17) - tick, 2) == at(3, 9, 9) + tick


@pytest.mark.parametrize("day", [date(2026, 2, 14), date(2026, 10, 10)])
def test_make_up_saturdays_are_worked(day: date) -> None:
    assert official_definition().hours_of(day) == OFFICE_HOURS
    assert official_definition().overrides[day].kind is DayKind.WORKDAY


def test_the_official_definition_counts_as_the_state_council_says() -> None:
    calendar = official_calendars()["working"]
    year = calendar.elapsed(at(1, 1), at(1, 1, year=2027))
    assert year == 248 * 7 * HOUR
    assert definition_from_json(definition_to_json(official_definition())) == official_definition()


def test_beyond_what_is_covered_the_plain_week_holds_and_is_provisional() -> None:
    definition = made({"2026-12-31": {"kind": "holiday"}})
    calendar = definition.calendar("working", "working-1")
    assert calendar.add(at(12, 30, 16), 2 * HOUR) == at(1, 1, 10, year=2027)
    assert calendar.is_provisional(at(1, 1, year=2027))
    assert not calendar.is_provisional(at(12, 31, 23))
    assert calendar.known_until == date(2026, 12, 31)


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"week": {}}, "no day of the week"),
        ({"week": None}, "week must be an object"),
        ({"week": {"monday": OFFICE}}, "unknown fields: monday"),
        ({"week": {"mon": "09:00-12:00"}}, "list of spans"),
        ({"week": {"mon": ["9 to 5"]}}, "mon: '9 to 5' is not a span"),
        ({"week": {"mon": [900]}}, "is not a span"),
        ({"week": {"mon": ["12:00-09:00"]}}, "is not a span"),
        ({"week": {"mon": ["09:00-09:00"]}}, "is not a span"),
        ({"week": {"mon": ["09:00-24:30"]}}, "is not a span"),
        ({"week": {"mon": ["24:00-24:00"]}}, "is not a span"),
        ({"week": {"mon": ["09:00-12:00", "11:59-13:00"]}}, "09:00-12:00 and 11:59-13:00 overlap"),
        ({"week": {"mon": [f"{n:02}:00-{n:02}:30" for n in range(13)]}}, "more than 12 spans"),
        ({"covered_until": None}, "is not a day"),
        ({"covered_until": "2026-02-30"}, "is not a day"),
        ({"covered_until": "2003-12-31"}, "covered_until must lie between"),
        ({"covered_until": "2100-01-01"}, "covered_until must lie between"),
        ({"day_seconds": 0}, "1 to 86400"),
        ({"day_seconds": 86401}, "1 to 86400"),
        ({"day_seconds": "7h"}, "1 to 86400"),
        ({"day_seconds": True}, "1 to 86400"),
        ({"zone": "Europe/Berlin"}, "zone must be Asia/Shanghai"),
        ({"zones": 1}, "unknown fields: zones"),
        ({"overrides": []}, "overrides must be an object"),
        ({"overrides": {"soon": {"kind": "holiday"}}}, "is not a day"),
        ({"overrides": {"2026-03-03": "holiday"}}, "must be an object"),
        ({"overrides": {"2026-03-03": {"kind": "bank"}}}, "is not a kind of day"),
        ({"overrides": {"2026-03-03": {}}}, "is not a kind of day"),
        ({"overrides": {"2026-03-03": {"kind": []}}}, "is not a kind of day"),
        ({"overrides": {"2026-03-03": {"kind": "holiday", "why": 1}}}, "unknown fields: why"),
        ({"overrides": {"2026-03-03": {"kind": "holiday", "name": "x" * 61}}}, "60 characters"),
        ({"overrides": {"2026-03-03": {"kind": "holiday", "name": "a\x00b"}}}, "60 characters"),
        ({"overrides": {"2026-03-03": {"kind": "holiday", "spans": OFFICE}}}, "and only there"),
        ({"overrides": {"2026-03-03": {"kind": "own"}}}, "give hours"),
        ({"overrides": {"2026-03-03": {"kind": "own", "spans": "x"}}}, "list of spans"),
        ({"overrides": {"2026-03-07": {"kind": "workday", "like": "xyz"}}}, "mon to sun"),
        ({"overrides": {"2026-03-07": {"kind": "holiday", "like": "mon"}}}, "like another"),
        ({"overrides": {"2026-03-07": {"kind": "workday", "like": "sun"}}}, "no working hours"),
        ({"overrides": {"2027-01-01": {"kind": "holiday"}}}, "move covered_until"),
        ({"overrides": {"2003-01-01": {"kind": "holiday"}}}, "outside the covered days"),
    ],
)
def test_what_cannot_be_kept_says_what_to_do(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidCalendar, match="invalid-calendar") as refused:
        definition_from_json({**PLAIN, **changed})
    assert said in str(refused.value.params["problem"])


def test_a_half_day_without_a_morning_needs_its_own_hours() -> None:
    with pytest.raises(InvalidCalendar, match="no working hours"):
        made({"2026-03-03": {"kind": "half"}}, week={"tue": ["13:00-17:00"]})


def closed(first: date, days: int) -> dict[str, Any]:
    return {(first + timedelta(days=n)).isoformat(): {"kind": "holiday"} for n in range(days)}


@pytest.mark.parametrize(
    ("first", "days"), [(date(2026, 3, 2), 70), (FIRST_DAY, 70), (date(2026, 11, 2), 60)]
)
def test_nobody_may_be_off_for_more_than_sixty_days(first: date, days: int) -> None:
    made(closed(first, 55))
    with pytest.raises(InvalidCalendar, match="60 days"):
        made(closed(first, days), week={"mon": OFFICE})


@pytest.mark.parametrize("code", ["", "Working", "_x", "a b", "x" * 25, "工作"])
def test_a_code_is_a_plain_word(code: str) -> None:
    check_code("working-2")
    with pytest.raises(InvalidCalendar):
        check_code(code)


# -- a year ----------------------------------------------------------------------------------------


def test_a_year_is_read_with_or_without_a_heading_in_either_language() -> None:
    text = (
        "\ufeff日期,类别,名称\n2027/01/01,放假,元旦\n\n# 调休\n2027-01-03,班,调休\n"
        "2027-02-05,半天,除夕前\n2027-02-06,own,值班,09:00-10:00 14:00-15:00\n"
    )
    file = read_year(text, 2027)
    assert file.faults == []
    assert [over.kind for over in file.days.values()] == list(DayKind)
    assert read_year(year_as_csv(file.days, 2027), 2027) == file


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "lists no day"),
        ("2027-01-01", 1, "write date,kind,name"),
        ("2027-01-01,holiday,x,09:00-10:00,more", 1, "write date,kind,name"),
        ("date,kind\n2026-01-01,holiday", 2, "does not lie in 2027"),
        ("2027-01-01,holiday\n2027-01-01,workday", 2, "listed twice"),
        ("2027-01-01,bank", 1, "is not a kind of day"),
        ("2027-13-01,holiday", 1, "is not a day"),
        ("2027-01-01,own,x", 1, "give hours"),
        ("2027-01-01,holiday,x\r2027-01-02,bank,x", 2, "is not a kind of day"),
        ('"' + "x" * 140_000, 1, "write date,kind,name"),
        ("2027-01-01,own,x,9-10", 1, "is not a span"),
        ("\n" * 500, 1, "lists no day"),
        ("2027-01-01,holiday\n" * 500, 401, "longer than a year"),
    ],
)
def test_each_line_that_cannot_be_used_is_named(text: str, line: int, said: str) -> None:
    fault = read_year(text, 2027).faults[-1]
    assert (fault.line, said in fault.problem) == (line, True)


def test_a_year_takes_the_place_of_what_was_there() -> None:
    definition = made({"2025-10-01": {"kind": "holiday"}, "2026-10-01": {"kind": "holiday"}})
    day = date(2026, 10, 2)
    again = definition.with_year(2026, {day: Override(DayKind.HOLIDAY)})
    assert set(again.overrides) == {date(2025, 10, 1), day}
    assert again.covered_until == date(2026, 12, 31)
    later = again.with_year(2027, {date(2027, 10, 1): Override(DayKind.HOLIDAY)})
    assert later.covered_until == date(2027, 12, 31)
    assert later.with_year(2025, {}).covered_until == date(2027, 12, 31)
    with pytest.raises(InvalidCalendar, match="load 2027 first"):
        definition.with_year(2028, {})


# -- the horizon -----------------------------------------------------------------------------------


def test_the_horizon_is_near_sixty_days_before() -> None:
    calendars = official_calendars().values()
    end = datetime.combine(KNOWN_UNTIL, time(), SHANGHAI)
    (far,) = horizon_of(calendars, end - timedelta(days=60, microseconds=1))
    (near,) = horizon_of(calendars, end - timedelta(days=60))
    (over,) = horizon_of(calendars, end + timedelta(days=3))
    assert (far.is_near, near.is_near, over.is_near) == (False, True, True)
    assert (near.code, near.covered_until, over.days_left) == ("working", KNOWN_UNTIL, -3)


# -- laws, for any calendar ------------------------------------------------------------------------


@st.composite
def days_of_work(draw: st.DrawFn, *, fewest: int = 0) -> tuple[Span, ...]:
    """Up to three spans of whole minutes, apart from each other."""
    count = draw(st.integers(fewest, 3))
    marks = draw(
        st.lists(st.integers(0, 1440), min_size=2 * count, max_size=2 * count, unique=True)
    )
    marks.sort()
    return tuple(
        Span(time(a // 60, a % 60), time(b // 60 % 24, b % 60))
        for a, b in zip(marks[::2], marks[1::2], strict=True)
    )


MARCH = st.dates(date(2026, 3, 1), date(2026, 4, 10))


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    week = tuple(draw(days_of_work(fewest=1 if n < 2 else 0)) for n in range(7))
    overrides: dict[date, Override] = {}
    for day in draw(st.sets(MARCH, max_size=8)):
        kind = draw(st.sampled_from((DayKind.HOLIDAY, DayKind.WORKDAY, DayKind.OWN)))
        spans = draw(days_of_work(fewest=1)) if kind is DayKind.OWN else ()
        overrides[day] = Override(kind, spans=spans)
    return Definition(week, overrides, date(2026, 12, 31), default_day_seconds(week))


MINUTES = st.integers(0, 35 * 1440)
AMOUNTS = st.integers(0, 30 * HOUR)


def begun(minutes: int) -> datetime:
    return at(3, 1) + timedelta(minutes=minutes)


def calendar_of(definition: Definition) -> WorkingTime:
    return definition.calendar("any", "any-1")


@given(definition=definitions())
@SLOW
def test_json_gives_the_same_calendar_back(definition: Definition) -> None:
    assert definition_from_json(definition_to_json(definition)) == definition


@given(definition=definitions(), start=MINUTES, amount=AMOUNTS, more=AMOUNTS, wait=MINUTES)
@SLOW
def test_counting_is_inverse_and_monotone(
    definition: Definition, start: int, amount: int, more: int, wait: int
) -> None:
    calendar, began = calendar_of(definition), begun(start)
    due = calendar.add(began, amount)
    assert calendar.elapsed(began, due) == amount
    assert due <= calendar.add(began, amount + more)
    assert due <= calendar.add(began + timedelta(minutes=wait), amount)
    assert calendar.elapsed(began, calendar.add(due, more)) == amount + more


@given(definition=definitions(), start=MINUTES, amount=AMOUNTS, day=MARCH)
@SLOW
def test_another_holiday_never_brings_a_due_instant_nearer(
    definition: Definition, start: int, amount: int, day: date
) -> None:
    overrides = {**definition.overrides, day: Override(DayKind.HOLIDAY)}
    longer = Definition(
        definition.week, overrides, definition.covered_until, definition.day_seconds
    )
    began = begun(start)
    assert calendar_of(definition).add(began, amount) <= calendar_of(longer).add(began, amount)


@given(definition=definitions(), start=MINUTES, amount=AMOUNTS, pause=MINUTES, length=MINUTES)
@SLOW
def test_a_pause_costs_what_was_work_and_nothing_else(
    definition: Definition, start: int, amount: int, pause: int, length: int
) -> None:
    calendar, began = calendar_of(definition), begun(start)
    paused = began + timedelta(minutes=pause)
    resumed = paused + timedelta(minutes=length)
    used = calendar.elapsed(began, paused)
    if used >= amount:
        return
    due, plain = calendar.add(resumed, amount - used), calendar.add(began, amount)
    skipped = calendar.elapsed(paused, resumed)
    assert calendar.elapsed(began, due) == amount + skipped
    if not skipped:
        assert due == plain
    # Going on for no time at all in the middle changes nothing.
    middle = paused + timedelta(minutes=length // 2)
    assert calendar.add(resumed, amount - used - calendar.elapsed(middle, middle)) == due


@given(definition=definitions(), start=MINUTES, length=st.integers(0, 4 * 1440))
@SLOW
def test_a_walker_who_looks_at_every_minute_agrees(
    definition: Definition, start: int, length: int
) -> None:
    calendar, began = calendar_of(definition), begun(start)
    worked = sum(_is_work(definition, began + timedelta(minutes=n)) for n in range(length))
    assert calendar.elapsed(began, began + timedelta(minutes=length)) == worked * 60_000_000


def _is_work(definition: Definition, instant: datetime) -> bool:
    second = (instant.hour * 60 + instant.minute) * 60
    return any(
        span.start_second <= second < span.end_second
        for span in definition.hours_of(instant.date())
    )


@given(definition=definitions(), starts=st.lists(MINUTES, max_size=20), amount=AMOUNTS)
@SLOW
def test_many_at_once_are_the_same_as_one_by_one(
    definition: Definition, starts: Sequence[int], amount: int
) -> None:
    natural = NaturalTime()
    for calendar in (calendar_of(definition), natural):
        begins = [microseconds_of(begun(start)) for start in starts]
        amounts = [amount * n for n in range(len(starts))]
        many = calendar.add_many(begins, amounts)
        assert many == [calendar.add_us(*pair) for pair in zip(begins, amounts, strict=True)]
        assert [instant_of(due) for due in many] == [
            calendar.add(instant_of(begin), each)
            for begin, each in zip(begins, amounts, strict=True)
        ]
        assert [
            calendar.elapsed_us(begin, due) for begin, due in zip(begins, many, strict=True)
        ] == amounts


def test_many_at_once_refuse_what_one_refuses() -> None:
    calendar = calendar_of(made())
    before = microseconds_of(at(1, 1, year=2003))
    with pytest.raises(CalendarTooShort):
        calendar.add_many([before], [1])
    with pytest.raises(CalendarTooShort):
        calendar.add_many([microseconds_of(at(3, 2))], [10**18])
    assert calendar.add_many([before], [0]) == [before]
