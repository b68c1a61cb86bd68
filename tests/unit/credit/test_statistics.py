"""Shrinkage, intervals, priors: figures that can be checked with a pencil."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from credit.statistics import NOTHING, Interval, Rate, prior_for, shrink, variance, wilson

D = Decimal


@pytest.mark.parametrize(
    ("k", "n", "prior", "shrunk"),
    [
        (6, 7, "0.97", "0.9407"),
        (4, 5, "0.97", "0.9360"),
        (8075, 8500, "0.97", "0.9500"),
        (0, 0, "0.5", "0.5"),
    ],
)
def test_few_tickets_lean_on_their_peers(k: int, n: int, prior: str, shrunk: str) -> None:
    assert round(shrink(Rate(D(k), n), D(prior), 20), 4) == D(shrunk)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (6, 7, "0.548", "0.967"),
        (10, 10, "0.787", "1.000"),
        (0, 10, "0.000", "0.213"),
        (50, 100, "0.419", "0.581"),
    ],
)
def test_wilsons_interval(k: int, n: int, low: str, high: str) -> None:
    found = wilson(Rate(D(k), n))
    assert (round(found.low, 3), round(found.high, 3)) == (D(low), D(high))


def test_nothing_counted_means_that_everything_is_possible() -> None:
    assert wilson(NOTHING) == Interval(D(0), D(1))
    assert NOTHING.raw is None


def test_a_prior_follows_the_mix_of_categories() -> None:
    peers = {"noise": Rate(D(600), 1000), "lamps": Rate(D(990), 1000)}
    both = Rate(D(1590), 2000)
    few, many = {"noise": 9, "lamps": 1}, {"noise": 1, "lamps": 9}
    found = prior_for(few, peers, both, D("0.5"), 20)
    assert round(found, 3) == D("0.642")
    assert round(prior_for(many, peers, both, D("0.5"), 20), 3) == D("0.948")
    assert round(prior_for({}, peers, both, D("0.5"), 20), 3) == D("0.792")
    assert round(prior_for({"new": 4}, peers, both, D("0.5"), 20), 3) == D("0.792")
    assert prior_for({"new": 4}, {}, NOTHING, D("0.5"), 20) == D("0.5")


def test_a_single_ticket_is_not_held_against_itself() -> None:
    """Who alone had a rare category, and failed, is not expected to fail in it."""
    peers = {"noise": Rate(D(190), 200), "rare": Rate(D(0), 1)}
    prior = prior_for({"rare": 1}, peers, Rate(D(190), 201), D("0.89"), 20)
    assert prior > D("0.89")
    assert shrink(Rate(D(0), 1), prior, 20) > D("0.85")


RATES = st.integers(0, 500).flatmap(lambda n: st.builds(lambda k: Rate(D(k), n), st.integers(0, n)))
SHARES = st.decimals(0, 1, places=3)


@given(RATES, SHARES)
def test_a_shrunk_rate_lies_between_its_own_and_the_peers(rate: Rate, prior: Decimal) -> None:
    found = shrink(rate, prior, 20)
    own = prior if rate.raw is None else rate.raw
    assert min(own, prior) - D("1e-20") <= found <= max(own, prior) + D("1e-20")
    assert variance(found, rate.n, 20) >= 0


@given(RATES)
def test_an_interval_holds_its_rate(rate: Rate) -> None:
    found = wilson(rate)
    assert 0 <= found.low <= found.high <= 1
    if rate.raw is not None:
        assert found.low - D("1e-20") <= rate.raw <= found.high + D("1e-20")
