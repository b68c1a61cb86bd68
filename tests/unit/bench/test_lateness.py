"""How late a level fired, as the benchmark counts it."""

from datetime import UTC, datetime, timedelta

from bench.clocks import lateness, percentile

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def later(milliseconds: float) -> datetime:
    return NOON + timedelta(milliseconds=milliseconds)


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0, 2.0], 0.99) == 2.0
    assert percentile([], 0.5) == 0.0


def test_a_level_is_late_until_its_round_is_committed() -> None:
    fired = [(NOON, later(10)), (later(5), later(10)), (later(10), later(30))]
    rounds = [(later(10).isoformat(), 0.1, 2), (later(30).isoformat(), 0.05, 1)]
    assert lateness(fired, rounds) == {
        "p50_ms": 105.0,
        "p99_ms": 110.0,
        "slowest_ms": 110.0,
        "p99_to_the_round_ms": 20.0,
    }
