"""Figures of a report against a count by hand, small numbers, and who may be listed."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from credit.ledger import Measure
from credit.periods import Period
from credit.reports.comparing import (
    Counts,
    hot_issues,
    lineage,
    red_and_black,
    rise,
    rolled_up,
    surely_more,
)
from credit.reports.composing import days_of, process_lines, process_total, ratings_of, trend_months
from credit.reports.content import DEFAULT_THRESHOLDS, Advice, Name, UnitLine
from credit.statistics import Rate, wilson
from hotline.supervision.bulletins.rules import UnitFigures
from hotline.supervision.figures.values import Answered, Dimension, LoopFigures, Requested
from tests.support.report_rows import EMPTY, content, figures, named, unit_lines

CODES = ("a", "a.b", "a.b.c", "a.d", "e", "e.f")
CATEGORIES = st.dictionaries(st.sampled_from(CODES), st.integers(0, 60))


# -- what rose ---------------------------------------------------------------------------------


@given(CATEGORIES)
def test_a_category_counts_everything_below_it(by_category: dict[str, int]) -> None:
    rolled = rolled_up(by_category)
    for code in rolled:
        assert rolled[code] == sum(
            count
            for other, count in by_category.items()
            if other == code or other.startswith(f"{code}.")
        )
    assert lineage("a.b.c") == ["a", "a.b", "a.b.c"]


@given(CATEGORIES, CATEGORIES, st.one_of(st.none(), CATEGORIES))
@settings(max_examples=60)
def test_what_is_hot_by_brute_force(
    now: dict[str, int], before: dict[str, int], season: dict[str, int] | None
) -> None:
    def total(counts: dict[str, int], code: str) -> int:
        return sum(n for one, n in counts.items() if one == code or one.startswith(f"{code}."))

    def more(code: str, counts: dict[str, int], days: int) -> bool:
        count, other = total(now, code), total(counts, code)
        chance = Decimal(28) / (28 + days)
        return count > 0 and wilson(Rate(Decimal(count), count + other)).low > chance

    hot = [
        code
        for code in CODES
        if total(now, code) >= 10
        and more(code, before, 31)
        and (season is None or more(code, season, 28))
    ]
    lowest = {one for one in hot if not any(other.startswith(f"{one}.") for other in hot)}
    found = hot_issues(
        Counts(now, 28),
        Counts(before, 31),
        None if season is None else Counts(season, 28),
        {},
        DEFAULT_THRESHOLDS,
    )
    assert {one.category.code for one in found} == lowest
    assert [one.count for one in found] == sorted((one.count for one in found), reverse=True)
    for one in found:
        assert one.count == total(now, one.category.code)
        assert one.before == total(before, one.category.code)
        assert one.season == (None if season is None else total(season, one.category.code))


@pytest.mark.parametrize(
    ("count", "before", "is_sure"),
    [
        (4, 1, False),
        (12, 8, False),
        (20, 12, False),
        (30, 12, True),
        (300, 260, True),
        (300, 290, False),
        (0, 9, False),
        (11, 0, True),
    ],
)
def test_a_rise_is_told_when_chance_does_not_explain_it(
    count: int, before: int, is_sure: bool
) -> None:
    assert surely_more(count, 30, before, 30) is is_sure


def test_months_of_different_length_are_compared_by_day() -> None:
    assert rise(28, 28, 31, 31) == 0
    assert rise(62, 31, 28, 28) == 1
    assert rise(5, 30, 0, 31) is None
    assert days_of(Period.parse("2026-02")) == 28
    assert days_of(Period.parse("2026")) == 365


def test_the_months_of_a_trend_end_with_the_period() -> None:
    assert [str(one) for one in trend_months(Period.parse("2026-02"))] == [
        *("2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02")
    ]
    assert len(trend_months(Period.parse("2026-Q1"))) == 6
    assert len(trend_months(Period.parse("2026"))) == 12


# -- sums --------------------------------------------------------------------------------------

ANSWERS = st.lists(
    st.builds(
        Answered,
        department_id=st.sampled_from([1, 2, None]),
        is_reached=st.just(True),
        was_contacted=st.sampled_from([True, False, None]),
        is_solved=st.booleans(),
        rating=st.sampled_from([None, 1, 2, 3, 4, 5]),
        is_excluded=st.booleans(),
        count=st.integers(1, 9),
    ),
    max_size=12,
)
REQUESTS = st.lists(
    st.builds(
        Requested,
        department_id=st.sampled_from([1, 2, 99, None]),
        kind=st.sampled_from(["return", "extension", "suspension", "rectification"]),
        reason=st.sampled_from(["", "not_my_duty"]),
        state=st.sampled_from(["pending", "granted", "refused", "running", "withdrawn"]),
        count=st.integers(1, 9),
    ),
    max_size=12,
)


@given(ANSWERS, REQUESTS)
def test_every_figure_is_the_sum_of_its_rows(
    answered: list[Answered], requested: list[Requested]
) -> None:
    loop = replace(EMPTY, answered=answered, requested=requested)
    lines = {line.unit.code: line for line in process_lines(loop, named().departments) if line.unit}
    for unit_id, code in ((1, "chengguan"), (2, "zhujian")):
        line = lines.get(code)
        rated = sum(
            one.count
            for one in answered
            if one.department_id == unit_id and one.rating and not one.is_excluded
        )
        bad = sum(
            one.count
            for one in answered
            if one.department_id == unit_id and one.rating in {1, 2} and not one.is_excluded
        )
        by_kind = Counter[Any]()
        for asked in requested:
            if asked.department_id == unit_id:
                by_kind[asked.kind] += asked.count
                by_kind[asked.kind, asked.state] += asked.count
        expected = (
            *(rated, bad, by_kind["return"], by_kind["return", "granted"]),
            *(by_kind["return", "refused"], by_kind["extension"], by_kind["suspension"]),
            by_kind["rectification"],
        )
        got = (
            *((line.rated, line.bad, line.returns, line.upheld) if line else (0,) * 4),
            *((line.rejected, line.extensions, line.suspensions) if line else (0,) * 3),
            line.plans if line else 0,
        )
        assert got == expected
    total = process_total(loop, list(lines.values()))
    assert total.rated == sum(line.rated for line in lines.values())
    assert sum(ratings_of(answered)) == sum(
        one.count for one in answered if one.rating and not one.is_excluded
    )


def test_a_report_adds_up() -> None:
    made = content()
    for dimension in (Dimension.CHANNEL, Dimension.CATEGORY, Dimension.REQUEST_TYPE):
        assert sum(one.count for one in made.share_of(dimension)) == made.submitted
    assert made.submitted == 748
    assert made.total.received == 748
    assert made.total.slow == 210 * 3600
    assert [one.category.code for one in made.hot] == [
        "urban.roads",
        "environment.noise",
        "housing.lifts",
    ]
    assert [one.measure for one in made.rates] == [
        Measure.CONTACT,
        Measure.RESOLVED,
        Measure.SATISFIED,
    ]
    assert made.rates[1].raw == Decimal("0.83")


# -- recommendations ---------------------------------------------------------------------------


def test_a_recommendation_names_its_figure_and_its_threshold() -> None:
    made = content()
    by_advice = {one.advice: one for one in made.recommendations}
    late = by_advice[Advice.CURB_LATENESS]
    assert (late.value, late.threshold, late.n) == (Decimal("0.0749"), Decimal("0.05"), 748)
    assert by_advice[Advice.TACKLE_ISSUE].subjects[0].code == "urban.roads"
    assert [one.code for one in by_advice[Advice.WATCH_UNITS].subjects] == sorted(
        one.unit.code for one in made.units if one.grade in {"C", "D"} and not one.is_trial
    )
    # Two trial grades of few tickets are held up to nobody.
    assert "tongxin" not in {one.code for one in by_advice[Advice.WATCH_UNITS].subjects}


def test_few_cases_recommend_nothing() -> None:
    one = UnitFigures(code="chengguan", name="", name_en="", received=10, late=9, reworked=9)
    made = content(loop=replace(EMPTY, units=[one]))
    shares = {Advice.CURB_LATENESS, Advice.CURB_REWORK, Advice.CURB_DELAYS}
    assert not shares & {one.advice for one in made.recommendations}


def test_missing_ratings_are_asked_for_and_are_no_rate() -> None:
    loop = figures()
    silent = [replace(one, rating=None) for one in loop.answered]
    made = content(loop=replace(loop, answered=silent))
    assert Advice.ASK_FOR_RATINGS in {one.advice for one in made.recommendations}
    assert made.ratings == (0, 0, 0, 0, 0)
    assert made.total.bad == 0


def test_an_empty_month_says_so() -> None:
    made = content(loop=EMPTY)
    assert made.is_empty
    assert made.hot == ()
    assert made.lines == ()
    assert made.total.median is None


# -- red and black -----------------------------------------------------------------------------


def _unit(code: str, low: int, high: int, band: int | None, n: int = 100) -> UnitLine:
    return replace(
        unit_lines()[0],
        unit=Name(code, code, code),
        peer_group="bureaus",
        low=Decimal(low),
        high=Decimal(high),
        score=Decimal(low + high) / 2,
        band=band,
        n=n,
    )


def _codes(bands: Any) -> list[list[str]]:
    return [[one.code for one in band.units] for band in bands]


def test_only_a_band_that_stands_apart_is_listed() -> None:
    apart = [_unit("a", 90, 95, 1), _unit("b", 91, 96, 1), _unit("c", 70, 80, 2)]
    lists = red_and_black(apart, 30)
    assert _codes(lists.red) == [["a", "b"]]
    assert _codes(lists.black) == [["c"]]
    # The second of the first band touches the next band: the band is not listed, nor is a part of it.
    touching = [_unit("a", 90, 95, 1), _unit("b", 79, 91, 1), _unit("c", 70, 80, 2)]
    assert red_and_black(touching, 30).red == ()
    assert red_and_black(touching, 30).black == ()


def test_one_band_is_no_list() -> None:
    assert red_and_black([_unit("a", 90, 95, 1), _unit("b", 88, 93, 1)], 30).red == ()
    assert red_and_black([_unit("a", 90, 95, 1)], 30).black == ()
    assert red_and_black([], 30).red == ()


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 10), st.integers(1, 120)), max_size=8))
def test_nobody_with_few_tickets_is_ever_listed(drawn: list[tuple[int, int, int]]) -> None:
    units = [
        # Whatever the ranking said: what is small is never listed.
        _unit(f"u{nth}", low, low + width, 1 + nth % 3, n)
        for nth, (low, width, n) in enumerate(drawn)
    ]
    small = {one.unit.code for one in units if one.n < 30}
    lists = red_and_black(units, 30)
    listed = [code for codes in (*_codes(lists.red), *_codes(lists.black)) for code in codes]
    assert not small & set(listed)
    fit = [one for one in units if one.n >= 30]
    for band in lists.red:
        codes = {one.code for one in band.units}
        least = min(one.low or 0 for one in fit if one.unit.code in codes)
        assert all(one.high < least for one in fit if one.unit.code not in codes if one.high)


def test_lists_are_an_option() -> None:
    assert content(with_lists=False).lists is None
    lists = content().lists
    assert lists is not None
    named_units = {code for codes in _codes((*lists.red, *lists.black)) for code in codes}
    assert not {"tongxin", "shanqu"} & named_units


def test_the_figures_of_nobody_are_nothing() -> None:
    assert process_lines(LoopFigures([], [], [], [], [], [], []), {}) == []
