"""Bursts: small numbers are none, a busy kind needs more, a new kind is heard; never less for more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.incidents.bursts import CHANCE_BELOW, FEWEST, WEEKS, earlier_hours, judge, tail, usual
from hotline.incidents.rules import FOLLOWING, IncidentDeed, IncidentState, next_state

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "past", "recent", "is_burst"),
    [
        (FEWEST - 1, [0] * 8, 0.0, False),
        (FEWEST, [0] * 8, 0.0, True),
        (12, [5, 6, 4, 7, 5, 6, 5, 4], 0.0, False),
        (25, [5, 6, 4, 7, 5, 6, 5, 4], 0.0, True),
        (130, [100, 96, 104, 99, 101, 98, 103, 100], 0.0, False),
        (260, [100, 96, 104, 99, 101, 98, 103, 100], 0.0, True),
        (24, [5, 60, 4, 50, 5, 70, 5, 4], 0.0, True),
        (20, [], 0.0, True),
        (20, [], 11.0, False),
        (10, [9], 0.1, False),
        (1000, [0] * 8, 0.0, True),
    ],
)
def test_what_is_a_burst(count: int, past: list[int], recent: float, is_burst: bool) -> None:
    assert judge(count, past, recent_rate=recent).is_burst is is_burst


past_counts = st.lists(st.integers(0, 80), max_size=WEEKS)


@given(st.integers(0, 400), past_counts, st.floats(0, 20))
def test_a_burst_stays_one_with_more_tickets_and_is_never_small(
    count: int, past: list[int], recent: float
) -> None:
    judged = judge(count, past, recent_rate=recent)
    if judged.is_burst:
        assert count >= FEWEST
        assert judged.chance < CHANCE_BELOW
        assert judge(count + 1, past, recent_rate=recent).is_burst


@given(st.integers(0, 400), past_counts)
def test_a_busier_past_makes_no_burst_of_what_was_none(count: int, past: list[int]) -> None:
    busier = [week * 2 + 3 for week in past]
    assert usual(busier) >= usual(past)
    assert judge(count, past).is_burst or not judge(count, busier).is_burst


@given(st.integers(0, 300), st.floats(0.01, 200))
def test_the_tail_is_a_chance_and_falls(count: int, mean: float) -> None:
    assert 0 <= tail(count + 1, mean) <= tail(count, mean) + 1e-9 <= 1 + 2e-9


@pytest.mark.parametrize(
    ("count", "mean", "chance"),
    [(0, 3.0, 1.0), (1, 1.0, 0.632121), (5, 2.0, 0.052653), (20, 10.0, 0.003454)],
)
def test_the_tail_is_that_of_the_tables(count: int, mean: float, chance: float) -> None:
    assert tail(count, mean) == pytest.approx(chance, abs=1e-6)


def test_hours_before_anything_was_counted_are_no_past() -> None:
    assert len(earlier_hours(NOW, NOW - timedelta(days=400))) == WEEKS
    assert len(earlier_hours(NOW, NOW - timedelta(days=20))) == 2
    assert earlier_hours(NOW, None) == []


@pytest.mark.parametrize("deed", IncidentDeed)
@pytest.mark.parametrize("state", [IncidentState.OVER, IncidentState.DISMISSED])
def test_what_has_ended_stays_ended(deed: IncidentDeed, state: IncidentState) -> None:
    assert next_state(state, deed) is None


def test_every_deed_of_people_can_be_done_to_what_was_found() -> None:
    assert set(FOLLOWING) == set(IncidentDeed) - {IncidentDeed.FOUND}
    assert next_state(IncidentState.OPEN, IncidentDeed.CONFIRM) is IncidentState.WATCHED
    assert next_state(IncidentState.WATCHED, IncidentDeed.CONFIRM) is None
