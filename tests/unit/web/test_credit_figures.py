"""Figures of credit as people read them."""

from datetime import date
from decimal import Decimal

import pytest

from credit.explaining import score_to_json
from credit.formula.v1 import evaluate
from credit.rulebook import DEFAULT_BOOK
from tests.support.credit_cases import CASES, DAY
from web.i18n import translator
from web.views.credit_figures import exact, rounded, share, signed, span
from web.views.credit_formula import calculator_view

T = translator("en")


@pytest.mark.parametrize(
    ("value", "plain", "with_sign"),
    [
        ("3.14159", "3.14", "+3.14"),
        ("-3", "−3.00", "−3.00"),
        ("0", "0.00", "0.00"),
        ("-0.001", "0.00", "0.00"),
        ("2.345", "2.35", "+2.35"),
        ("100", "100.00", "+100.00"),
    ],
)
def test_points(value: str, plain: str, with_sign: str) -> None:
    assert rounded(Decimal(value)) == plain
    assert signed(Decimal(value)) == with_sign


def test_shares_and_intervals() -> None:
    assert share(Decimal("0.9407")) == "94.1%"
    assert share(None) == "–"
    assert span(Decimal(57), Decimal("80.04")) == "57.0–80.0"
    assert span(None, None) == "–"
    assert exact(Decimal("54.0")) == "54"
    assert exact(Decimal("-0.50")) == "−0.5"


def _calculated(asked: dict[str, str], case: str = "one_severe_event") -> tuple[str, str, bool]:
    explanation = score_to_json(evaluate(CASES[case], DEFAULT_BOOK))
    view = calculator_view(explanation, asked, DAY, DEFAULT_BOOK, "城管局", T)
    return view.score, view.change, view.is_asked


def test_a_calculator_begins_with_what_is() -> None:
    score = evaluate(CASES["one_severe_event"], DEFAULT_BOOK).score
    assert score is not None
    assert _calculated({}) == (rounded(score), "0.00", False)


def test_a_calculator_says_what_would_be() -> None:
    score, change, is_asked = _calculated({"ledger": "0"})
    assert is_asked
    assert change == "+10.00"
    assert Decimal(score) > 80
    assert _calculated({"ledger": "−10"})[1] == "0.00"
    assert _calculated({"resolved_k": "99"})[1].startswith("+")


@pytest.mark.parametrize(
    "asked",
    [
        {"sign_k": "121"},
        {"sign_k": "-1"},
        {"sign_n": "1.5"},
        {"sign_k": "NaN"},
        {"sign_n": "99999999999"},
        {"sign_k": "1e5"},
        {"ledger": "11"},
        {"ledger": "-41"},
        {"ledger": "many"},
    ],
)
def test_a_calculator_refuses_what_means_nothing(asked: dict[str, str]) -> None:
    score, change, is_asked = _calculated(asked)
    assert not is_asked
    assert change == "0.00"
    assert score != "–"


def test_a_calculator_without_a_department_begins_in_the_middle() -> None:
    view = calculator_view(None, {}, date(2026, 11, 30), DEFAULT_BOOK, None, T)
    assert view.score == "50.00"
    nothing = {f"{line.code}_{part}": "0" for line in view.lines for part in ("k", "n")}
    view = calculator_view(None, nothing, DAY, DEFAULT_BOOK, None, T)
    assert view.score == "–"
    assert view.grade is None
