"""When a clock warns, when it is due, and whether it was met."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from hotline.sla.clocks import Setting, instants, is_met, setting_of, used_until
from hotline.sla.policy import FIRING_LEVELS, CalendarCode, ClockRule, Level, Limit, Rung
from hotline.workdays.official import official_calendars

NATURAL, WORKING = official_calendars()["natural"], official_calendars()["working"]
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = Setting(86400, Decimal("0.6"), Decimal("0.8"))

SETTINGS = st.builds(
    Setting,
    limit_seconds=st.integers(1, 60 * 86400),
    yellow=st.decimals("0.01", "0.49", places=2),
    orange=st.decimals("0.5", "0.99", places=2),
)
INSTANTS = st.integers(0, 8 * 366 * 86400 * 1_000_000).map(
    lambda tick: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=tick)
)


@pytest.mark.parametrize(
    ("moment", "met"),
    [(NOON - TICK, True), (NOON, True), (NOON + TICK, False)],
    ids=["a microsecond before", "exactly at", "a microsecond after"],
)
def test_exactly_at_the_deadline_is_in_time(moment: datetime, met: bool) -> None:
    assert is_met(moment, NOON) is met


def test_the_levels_of_a_day() -> None:
    levels = instants(NATURAL, DAY, NOON)
    assert levels == {
        Rung.YELLOW: NOON + timedelta(hours=14.4),
        Rung.ORANGE: NOON + timedelta(hours=19.2),
        Rung.RED: NOON + timedelta(hours=24),
    }


@pytest.mark.parametrize(
    ("minutes", "yellow", "orange"), [(30, 18, 24), (60, 36, 48), (5, 3, 4), (240, 144, 192)]
)
def test_warnings_at_three_fifths_and_four_fifths(minutes: int, yellow: int, orange: int) -> None:
    setting = Setting(minutes * 60, Decimal("0.6"), Decimal("0.8"))
    levels = instants(NATURAL, setting, NOON)
    assert levels[Rung.YELLOW] == NOON + timedelta(minutes=yellow)
    assert levels[Rung.ORANGE] == NOON + timedelta(minutes=orange)


@given(setting=SETTINGS, since=INSTANTS, used=st.integers(0, 90 * 86400 * 1_000_000))
def test_levels_rise_and_the_last_is_the_limit(
    setting: Setting, since: datetime, used: int
) -> None:
    for calendar in (NATURAL, WORKING):
        levels = instants(calendar, setting, since, used)
        assert since <= levels[Rung.YELLOW] <= levels[Rung.ORANGE] <= levels[Rung.RED]
        total = used_until(calendar, since, used, levels[Rung.RED])
        assert total == max(used, setting.limit_seconds * 1_000_000)


@given(
    setting=SETTINGS,
    since=INSTANTS,
    share=st.floats(0, 1),
    pause=st.timedeltas(timedelta(0), timedelta(days=100)),
)
def test_a_pause_keeps_what_remains(
    setting: Setting, since: datetime, share: float, pause: timedelta
) -> None:
    """Paused anywhere, however long: what is left after is what was left before."""
    limit = setting.limit_seconds * 1_000_000
    for calendar in (NATURAL, WORKING):
        paused_at = calendar.add(since, int(limit * share))
        used = used_until(calendar, since, 0, paused_at)
        resumed_at = paused_at + pause
        due = instants(calendar, setting, resumed_at, used)[Rung.RED]
        assert used + calendar.elapsed(resumed_at, due) == limit
        assert due >= instants(calendar, setting, since)[Rung.RED]


@given(setting=SETTINGS, since=INSTANTS, slices=st.lists(st.integers(0, 10**10), max_size=6))
def test_slices_without_pauses_change_nothing(
    setting: Setting, since: datetime, slices: list[int]
) -> None:
    """Stopping and going on at the same instant leaves every level where it was."""
    for calendar in (NATURAL, WORKING):
        at, used = since, 0
        first = instants(calendar, setting, since)
        for length in slices:
            following = calendar.add(at, length)
            if following >= first[Rung.YELLOW]:
                break
            used = used_until(calendar, at, used, following)
            at = following
        again = instants(calendar, setting, at, used)
        assert {level: calendar.elapsed(since, again[level]) for level in FIRING_LEVELS} == {
            level: calendar.elapsed(since, first[level]) for level in FIRING_LEVELS
        }


def test_a_level_used_up_already_falls_due_at_once() -> None:
    levels = instants(NATURAL, DAY, NOON, used=20 * 3600 * 1_000_000)
    assert levels[Rung.YELLOW] == levels[Rung.ORANGE] == NOON
    assert levels[Rung.RED] == NOON + timedelta(hours=4)


def test_green_is_where_a_clock_begins() -> None:
    assert [rung.level for rung in FIRING_LEVELS] == [Level.YELLOW, Level.ORANGE, Level.RED]
    assert {rung.level for rung in Rung} == set(Level) - {Level.GREEN}
    assert [level.rank for level in Level] == [0, 1, 2, 3]


def test_a_rule_is_set_by_request_type_and_calendar() -> None:
    rule = ClockRule(
        Limit(Decimal(5)), CalendarCode.WORKING, by_type={"consult": Limit(Decimal("0.5"))}
    )
    assert setting_of(rule, "complaint", WORKING).limit_seconds == 5 * 7 * 3600
    assert setting_of(rule, "consult", WORKING).limit_seconds == 3.5 * 3600
    assert setting_of(rule, "complaint", NATURAL).limit_seconds == 5 * 86400
