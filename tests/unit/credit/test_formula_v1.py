"""The released formula: golden files that never change, and what holds for every input."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from credit.explaining import score_to_json
from credit.formula.registry import FORMULAS, formula_of
from credit.formula.v1 import Measured, ScoreInput, evaluate
from credit.rulebook import DEFAULT_BOOK, Indicator, InvalidRuleBook
from credit.statistics import Rate
from tests.support.credit_cases import CASES, DAY, measured

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", list(CASES))
def test_a_released_formula_gives_the_same_digits_for_ever(name: str) -> None:
    golden = json.loads((GOLDEN / f"v1_{name}.json").read_text(encoding="utf-8"))
    assert score_to_json(evaluate(CASES[name], DEFAULT_BOOK)) == golden


def test_every_golden_file_is_of_a_case() -> None:
    assert {path.stem.removeprefix("v1_") for path in GOLDEN.glob("v1_*.json")} == set(CASES)


def test_one_late_ticket_of_seven_does_not_ruin_a_unit() -> None:
    """Worked by hand: 6 of 7 signed is (6 + 20 x 0.97) / 27 = 0.9407, so 7.41 points of 10."""
    score = evaluate(CASES["seven_tickets_one_late"], DEFAULT_BOOK)
    sign, promise = score.indicators[0], score.indicators[2]
    assert sign.shrunk is not None
    assert sign.shrunk == (Decimal(6) + 20 * Decimal("0.97")) / 27
    assert round(sign.points, 4) == Decimal("7.4074")
    assert promise.shrunk is not None
    assert round(promise.shrunk, 4) == Decimal("0.9385")
    assert round(sign.interval.low, 2) == Decimal("0.55")
    assert round(sign.interval.high, 2) == Decimal("0.97")


def test_many_tickets_speak_for_themselves() -> None:
    lines = evaluate(CASES["many_tickets"], DEFAULT_BOOK).indicators
    assert lines[0].shrunk is not None
    assert abs(lines[0].shrunk - Decimal("0.95")) < Decimal("0.0001")


def test_an_upheld_appeal_restores_the_score_to_the_digit() -> None:
    without = replace(CASES["one_severe_event"], entries=[])
    assert (
        evaluate(CASES["successful_appeal"], DEFAULT_BOOK).score
        == evaluate(without, DEFAULT_BOOK).score
    )


def test_whoever_did_nothing_has_no_score() -> None:
    score = evaluate(CASES["no_activity"], DEFAULT_BOOK)
    assert (score.score, score.performance, score.interval) == (None, None, None)
    assert not score.is_active


def test_the_weight_of_what_was_not_counted_is_spread() -> None:
    score = evaluate(ScoreInput(DAY, 5, measured(sign="5/5", promise="5/5"), []), DEFAULT_BOOK)
    weights = {line.indicator: line.weight for line in score.indicators if line.weight}
    assert sum(weights.values()) == 100
    ratio = weights[Indicator.PROMISE] / weights[Indicator.SIGN]
    assert round(ratio, 20) == Decimal("2.5")


RATES = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
INPUTS = st.fixed_dictionaries(dict.fromkeys(Indicator, RATES))


def _given(rates: dict[Indicator, tuple[int, int]]) -> ScoreInput:
    return ScoreInput(
        DAY,
        max(n for _, n in rates.values()),
        {one: Measured(Rate(Decimal(k), n), Decimal("0.9")) for one, (k, n) in rates.items() if n},
        [],
    )


@given(INPUTS)
def test_scores_stay_in_their_bounds_and_in_their_interval(
    rates: dict[Indicator, tuple[int, int]],
) -> None:
    score = evaluate(_given(rates), DEFAULT_BOOK)
    if score.score is None:
        assert all(n == 0 for _, n in rates.values())
        return
    assert 0 <= score.score <= 100
    assert score.interval is not None
    assert score.interval.low <= score.score <= score.interval.high
    assert abs(sum((line.weight for line in score.indicators), Decimal(-100))) < Decimal("1e-20")


@given(INPUTS, st.sampled_from(list(Indicator)))
def test_doing_one_thing_better_never_lowers_a_score(
    rates: dict[Indicator, tuple[int, int]], one: Indicator
) -> None:
    k, n = rates[one]
    if k == n:
        return
    before = evaluate(_given(rates), DEFAULT_BOOK).performance
    after = evaluate(_given({**rates, one: (k + 1, n)}), DEFAULT_BOOK).performance
    assert before is not None
    assert after is not None
    assert after >= before


def test_an_unknown_formula_is_refused() -> None:
    assert formula_of("v1") is FORMULAS["v1"]
    with pytest.raises(InvalidRuleBook):
        formula_of("v0")
