"""Which days the board is about, and which it is held against."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.supervision.board.figures import FIGURES, GROUPS, slowest
from hotline.supervision.board.spans import MOST_DAYS, Days, Period, Spans, spans_of, trend_of

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def _days(text: str) -> Days:
    first, last = text.split("..")
    return Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("period", "today", "now", "before"),
    [
        ("today", "2026-03-02", "2026-03-02..2026-03-02", "2026-03-01..2026-03-01"),
        ("week", "2026-03-02", "2026-02-24..2026-03-02", "2026-02-17..2026-02-23"),
        ("month", "2026-03-02", "2026-03-01..2026-03-02", "2026-02-01..2026-02-02"),
        ("month", "2026-03-31", "2026-03-01..2026-03-31", "2026-02-01..2026-02-28"),
        ("month", "2026-01-15", "2026-01-01..2026-01-15", "2025-12-01..2025-12-15"),
        ("last_month", "2026-03-31", "2026-02-01..2026-02-28", "2026-01-01..2026-01-31"),
        ("last_month", "2026-01-01", "2025-12-01..2025-12-31", "2025-11-01..2025-11-30"),
        ("quarter", "2026-02-10", "2026-01-01..2026-02-10", "2025-10-01..2025-11-10"),
        ("quarter", "2026-12-31", "2026-10-01..2026-12-31", "2026-07-01..2026-09-30"),
    ],
)
def test_a_period_and_the_one_before(period: str, today: str, now: str, before: str) -> None:
    found = spans_of(Period(period), date.fromisoformat(today))
    assert found == Spans(_days(now), _days(before))


def test_days_chosen_freely_may_stand_the_wrong_way_round() -> None:
    today = date(2026, 3, 2)
    found = spans_of(Period.FREE, today, date(2026, 3, 1), date(2026, 2, 27))
    assert found == Spans(_days("2026-02-27..2026-03-01"), _days("2026-02-24..2026-02-26"))
    assert spans_of(Period.FREE, today).now == Days(today, today)
    assert spans_of(Period.FREE, today, date(1990, 1, 1)).now.count == MOST_DAYS


@given(DAYS, st.sampled_from(Period), DAYS, DAYS)
def test_what_is_compared_lies_before_and_is_no_longer(
    today: date, period: Period, first: date, last: date
) -> None:
    spans = spans_of(period, today, first, last)
    assert spans.before.last < spans.now.first
    assert spans.before.count >= 1
    assert spans.before.count <= max(spans.now.count, 31)
    if period is not Period.FREE:
        assert spans.now.last <= today


@given(DAYS, st.integers(0, MOST_DAYS - 1))
def test_the_steps_of_a_trend_follow_one_another(last: date, length: int) -> None:
    days = Days(last - timedelta(days=length), last)
    steps = trend_of(days)
    assert steps[-1].last == last
    assert steps[0].first <= days.first
    assert len(steps) <= 31
    for one, following in itertools.pairwise(steps):
        assert one.last + timedelta(days=1) == following.first
    assert sum(step.count for step in steps) == (last - steps[0].first).days + 1


def test_what_is_listed_together_comes_from_one_source() -> None:
    for group, figures in GROUPS.items():
        assert len({FIGURES[figure] for figure in figures}) == 1, group
        assert len(set(figures)) == len(figures)


@pytest.mark.parametrize(
    ("counts", "place"), [([], None), ([0, 0], None), ([9, 1], 0), ([8, 2], 1), ([0, 0, 1], 2)]
)
def test_nine_of_ten_are_done_within_a_step(counts: list[int], place: int | None) -> None:
    assert slowest(counts) == place
