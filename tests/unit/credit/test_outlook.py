"""What would lift a department: lines, levers, days, all worked out from an explanation."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from credit.explaining import score_to_json
from credit.formula.v1 import ScoreInput, evaluate
from credit.ledger import balance
from credit.outlook import (
    fading,
    given_of,
    ledger_on,
    levers,
    month_ends,
    outlook,
    projection,
    score_on,
    what_if,
)
from credit.rulebook import DEFAULT_BOOK, Grade, Indicator
from credit.statistics import Rate
from tests.support.credit_cases import CASES, DAY, entry, measured

BOOK = DEFAULT_BOOK


def _explained(case: ScoreInput) -> Mapping[str, Any]:
    return score_to_json(evaluate(case, BOOK))


def _unit(*events: tuple[str, date], **rates: str) -> Mapping[str, Any]:
    entries = [entry(code, on, number=n) for n, (code, on) in enumerate(events, start=1)]
    return _explained(ScoreInput(DAY, 120, measured(**rates), entries))


FAIR = {
    "sign": "118/120",
    "contact": "116/120",
    "promise": "114/120",
    "resolved": "90/100",
    "satisfied": "54.0/60",
    "quality": "28/30",
}


@pytest.mark.parametrize("name", [name for name in CASES if name != "no_activity"])
def test_an_explanation_holds_all_that_a_score_was_made_of(name: str) -> None:
    explanation = _explained(CASES[name])
    known = given_of(explanation, DAY)
    assert ledger_on(known.entries, DAY, BOOK).quantize(Decimal("0.01")) == Decimal(
        explanation["ledger"]
    )
    again = evaluate(known, BOOK)
    assert again.score is not None
    assert abs(again.score - Decimal(explanation["score"])) <= Decimal("0.01")


def test_whoever_did_nothing_has_no_outlook() -> None:
    explanation = _explained(CASES["no_activity"])
    assert outlook(explanation, DAY, BOOK, before=None) is None
    assert projection(explanation, DAY, BOOK, 90) == ()
    assert levers(explanation, BOOK) == []


def test_points_to_the_line_and_to_where_it_holds() -> None:
    """P is 84.80, three points are taken. An A begins at 90, holds at 91, and needs a P of 85."""
    explanation = _unit(("rude_service", DAY), **FAIR)
    found = outlook(explanation, DAY, BOOK, before=Grade.B)
    assert found is not None
    score = Decimal(explanation["score"])
    assert (found.grade, found.better) == (Grade.B, Grade.A)
    assert found.missing == 90 - score
    assert found.to_surely == 91 - score
    assert found.performance_missing == Decimal("0.20")
    assert found.severe == 0
    assert found.severe_until is None


def test_the_day_when_the_score_crosses_the_line_is_that_of_the_formula() -> None:
    """Whatever the outlook says of a day, the released formula says of that day."""
    explanation = _unit(("plan_failed", date(2026, 9, 15)), ("rude_service", DAY), **FAIR)
    line = (Decimal(explanation["performance"]) - 2).quantize(Decimal(1))
    lines = {Grade.A: Decimal(99), Grade.B: line, Grade.C: Decimal(50)}
    book = replace(BOOK, grades=replace(BOOK.grades, lines=lines))
    found = outlook(explanation, DAY, book, before=Grade.C)
    assert found is not None
    assert found.missing > 0
    assert found.line_on is not None
    entries = [
        entry("plan_failed", date(2026, 9, 15), number=1),
        entry("rude_service", DAY, number=2),
    ]

    def score(day: date) -> Decimal:
        return Decimal(explanation["performance"]) + balance(entries, day, book).total

    assert score(found.line_on) >= line > score(found.line_on - timedelta(days=1))
    assert found.rises is not None
    assert found.rises.grade is Grade.B
    assert found.rises.on >= found.line_on


def test_a_small_sample_changes_a_grade_with_a_quarter() -> None:
    good = dict.fromkeys(("sign", "contact", "promise", "resolved", "quality"), "10/10")
    few = _explained(ScoreInput(DAY, 10, measured(**good), []))
    many = _explained(ScoreInput(DAY, 100, measured(**good), []))
    for explanation, on in ((few, date(2026, 12, 31)), (many, date(2026, 11, 30))):
        found = outlook(explanation, DAY, BOOK, before=Grade.C)
        assert found is not None
        assert found.rises is not None
        assert found.rises.on == on


def test_a_severe_event_holds_the_grade_until_it_ends() -> None:
    explanation = _unit(("refuse_after_designation", DAY - timedelta(days=400)), **FAIR)
    found = outlook(explanation, DAY, BOOK, before=Grade.C)
    assert found is not None
    assert found.severe == 1
    ends = DAY - timedelta(days=400) + timedelta(days=1095)
    assert found.severe_until == ends
    assert found.rises is not None
    assert ends <= found.rises.on <= ends + timedelta(days=31)


def test_a_plus_that_fades_may_cost_a_grade() -> None:
    perfect = dict.fromkeys(("sign", "contact", "promise"), "400/400")
    rates = perfect | {"resolved": "345/400", "satisfied": "168.0/200", "quality": "96/100"}
    praised = [("hard_case_solved", DAY - timedelta(days=80))] * 2
    explanation = _unit(*praised, **rates)
    assert Decimal(explanation["performance"]) < 90
    assert Decimal(explanation["score"]) > 90
    found = outlook(explanation, DAY, BOOK, before=Grade.A)
    assert found is not None
    assert found.better is None
    assert found.missing == 0
    assert found.falls is not None
    assert found.falls.grade is Grade.B


def test_what_takes_points_fades_as_its_class_does() -> None:
    explanation = _unit(
        ("plan_failed", DAY - timedelta(days=10)),
        ("supervision_l2", DAY),
        ("hard_case_solved", DAY),
        **FAIR,
    )
    heavy, light = fading(explanation, DAY, BOOK)
    assert (heavy.code, heavy.value) == ("plan_failed", Decimal(-4))
    assert heavy.full_until == DAY + timedelta(days=80)
    assert heavy.ends_on == DAY + timedelta(days=355)
    assert light.code == "supervision_l2"


def test_levers_are_sorted_by_what_they_could_bring() -> None:
    explanation = _unit(**FAIR)
    found = levers(explanation, BOOK, Decimal(1))
    assert [one.room for one in found] == sorted((one.room for one in found), reverse=True)
    promise = next(one for one in found if one.indicator is Indicator.PROMISE)
    assert promise.missed == 6
    assert promise.room > 0
    assert promise.each == (Decimal(25) / Decimal("0.19") / 140)


@given(st.integers(60, 200), st.integers(0, 30), st.decimals("0.1", "3", places=2))
def test_so_many_in_a_row_bring_what_is_missing_and_one_less_does_not(
    n: int, missed: int, missing: Decimal
) -> None:
    explanation = _unit(sign=f"{n}/{n}", promise=f"{max(n - missed, 0)}/{n}")
    lever = next(
        one for one in levers(explanation, BOOK, missing) if one.indicator is Indicator.PROMISE
    )
    if lever.in_a_row is None:
        return
    known = given_of(explanation, DAY)
    before = evaluate(known, BOOK).indicators[2].points

    def gained(more: int) -> Decimal:
        rate = known.measured[Indicator.PROMISE].rate
        changed = what_if(
            known, BOOK, rates={Indicator.PROMISE: Rate(rate.k + more, rate.n + more)}
        )
        return changed.indicators[2].points - before

    assert gained(lever.in_a_row) >= missing - Decimal("0.001")
    if lever.in_a_row > 1:
        assert gained(lever.in_a_row - 1) < missing + Decimal("0.001")


def test_what_would_be_if() -> None:
    known = given_of(_unit(("rude_service", DAY), **FAIR), DAY)
    same = what_if(known, BOOK, rates={})
    assert same.score == evaluate(known, BOOK).score
    better = what_if(known, BOOK, rates={Indicator.RESOLVED: Rate(Decimal(98), 100)})
    assert better.score is not None
    assert same.score is not None
    assert better.score > same.score
    assert better.ledger == same.ledger == -3
    assert what_if(known, BOOK, rates={}, ledger=Decimal(5)).ledger == 5
    assert what_if(known, BOOK, rates={}, ledger=Decimal(-99)).ledger == -40


def test_a_rate_that_was_never_counted_is_held_against_the_middle() -> None:
    known = given_of(_unit(sign="50/50"), DAY)
    score = what_if(known, BOOK, rates={Indicator.QUALITY: Rate(Decimal(10), 10)})
    assert score.indicators[5].prior == Decimal("0.89")


def test_the_days_to_come() -> None:
    explanation = _unit(("supervision_l2", DAY), **FAIR)
    found = projection(explanation, DAY, BOOK, 91)
    assert [day for day, _ in found][:2] == [DAY, DAY + timedelta(days=7)]
    assert found[-1][1] == Decimal(explanation["performance"])
    assert [score for _, score in found] == sorted(score for _, score in found)
    known = given_of(explanation, DAY)
    assert found[0][1] == score_on(Decimal(explanation["performance"]), known.entries, DAY, BOOK)


def test_ends_of_months() -> None:
    assert month_ends(date(2026, 11, 30), 62) == [date(2026, 11, 30), date(2026, 12, 31)]
    assert month_ends(date(2028, 2, 1), 60) == [date(2028, 2, 29), date(2028, 3, 31)]


def test_events_are_told_apart_by_what_they_are() -> None:
    [one] = fading(_unit(("co_timeout", DAY)), DAY, BOOK)
    assert one.id == uuid.UUID(int=1)
