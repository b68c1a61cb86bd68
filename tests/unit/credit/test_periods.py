"""Periods: their names, their spans, what they are part of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from credit.periods import InvalidPeriod, Period, PeriodKind, due_periods
from hotline.kernel.clock import SHANGHAI

PERIODS = st.one_of(
    st.builds(Period, st.just(PeriodKind.MONTH), st.integers(2001, 2098), st.integers(1, 12)),
    st.builds(Period, st.just(PeriodKind.QUARTER), st.integers(2001, 2098), st.integers(1, 4)),
    st.builds(Period, st.just(PeriodKind.YEAR), st.integers(2001, 2098), st.just(1)),
)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-11", "2026-10-31T16:00", "2026-11-30T16:00"),
        ("2026-12", "2026-11-30T16:00", "2026-12-31T16:00"),
        ("2026-Q4", "2026-09-30T16:00", "2026-12-31T16:00"),
        ("2026", "2025-12-31T16:00", "2026-12-31T16:00"),
    ],
)
def test_a_period_is_a_span_of_shanghais_calendar(text: str, since: str, until: str) -> None:
    period = Period.parse(text)
    assert period.since == datetime.fromisoformat(f"{since}:00+00:00")
    assert period.until == datetime.fromisoformat(f"{until}:00+00:00")


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-0", "2026-Q5", "26-11", "2026-11-01", "2026-q1", "1999"]
)
def test_other_words_name_no_period(text: str) -> None:
    with pytest.raises(InvalidPeriod):
        Period.parse(text)


@given(PERIODS)
def test_periods_follow_one_another_without_a_gap(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert period.before.until == period.since
    assert period.months[0].since == period.since
    assert period.months[-1].until == period.until
    assert Period.month_of(period.since) == period.months[0]
    assert Period.month_of(period.until - timedelta(microseconds=1)) == period.months[-1]
    for longer in period.around:
        assert longer.since <= period.since < period.until <= longer.until
        assert set(period.months) <= set(longer.months)
    assert len(period.around) == {"month": 2, "quarter": 1, "year": 0}[period.kind]


def test_a_year_has_four_quarters() -> None:
    assert [str(one) for one in Period.parse("2026").quarters] == [
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
        "2026-Q4",
    ]
    assert Period.parse("2026-11").quarters == ()
    assert Period.month_of(datetime(2026, 11, 30, 16, tzinfo=UTC)) == Period.parse("2026-12")


def test_what_is_due_is_frozen_in_the_order_of_time() -> None:
    since, now = (datetime(2026, 11, 20, tzinfo=SHANGHAI), datetime(2027, 2, 1, tzinfo=SHANGHAI))
    due = [str(one) for one in due_periods(since, now, {"2026-Q1"})]
    assert due == ["2026-Q2", "2026-Q3", "2026-11", "2026-12", "2026-Q4", "2026", "2027-01"]
    assert due_periods(since, now, [*due, "2026-Q1"]) == []
    assert due_periods(now, now, set()) == []
