"""Recommendations: each names the figure and the threshold that made it - pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from credit.ledger import Measure
from credit.reports.content import (
    Advice,
    HotIssue,
    ProcessLine,
    RateLine,
    Recommendation,
    Thresholds,
    UnitLine,
)
from credit.rulebook import Grade, Indicator, Weighing

_FOUR = Decimal("0.0001")
_MOST_ISSUES = 3

_RATES: Mapping[Measure, Advice] = MappingProxyType(
    {
        Measure.CONTACT: Advice.RAISE_CONTACT,
        Measure.RESOLVED: Advice.RAISE_RESOLVED,
        Measure.SATISFIED: Advice.RAISE_SATISFIED,
    }
)


def recommend(
    *,
    rates: Sequence[RateLine],
    weighings: Mapping[Indicator, Weighing],
    total: ProcessLine,
    submitted: int,
    repeats: int,
    hot: Sequence[HotIssue],
    units: Sequence[UnitLine],
    rules: Thresholds,
) -> tuple[Recommendation, ...]:
    """Return what the figures call for, in the order of the report.

    A rate calls for something when even the upper end of its interval is below the target, a share when
    it is over its threshold and of enough cases.
    """
    return (
        *_of_rates(rates, weighings),
        *_unrated(total, rules),
        *_of_shares(total, submitted, repeats, rules),
        *_slow(total, rules),
        *_of_issues(hot, rules),
        *_of_units(units),
    )


def _of_rates(
    rates: Sequence[RateLine], weighings: Mapping[Indicator, Weighing]
) -> Iterator[Recommendation]:
    for one in rates:
        target = weighings[Indicator(one.measure.value)].target
        if one.raw is not None and one.high is not None and one.high < target:
            yield Recommendation(_RATES[one.measure], one.raw.quantize(_FOUR), target, one.n)


def _unrated(total: ProcessLine, rules: Thresholds) -> Iterator[Recommendation]:
    if not total.rated and total.handled >= rules.least_n:
        yield Recommendation(Advice.ASK_FOR_RATINGS, Decimal(0), Decimal(1), total.handled)


def _of_shares(
    total: ProcessLine, submitted: int, repeats: int, rules: Thresholds
) -> Iterator[Recommendation]:
    decided = total.upheld + total.rejected
    delays = total.extensions + total.suspensions + total.plans
    for advice, k, n, threshold in (
        (Advice.CURB_LATENESS, total.late, total.received, rules.late_share),
        (Advice.CURB_REWORK, total.reworks, total.received, rules.rework_share),
        (Advice.CURB_REPEATS, repeats, submitted, rules.repeat_share),
        (Advice.CURB_DELAYS, delays, total.received, rules.delay_share),
        (Advice.MEND_CATALOGUE, total.upheld, decided, rules.upheld_share),
        (Advice.CURB_RETURNS, total.rejected, decided, rules.rejected_share),
    ):
        if n >= rules.least_n and Decimal(k) / n > threshold:
            yield Recommendation(advice, (Decimal(k) / n).quantize(_FOUR), threshold, n)
    if total.unanswered:
        yield Recommendation(
            Advice.ANSWER_ORDERS, Decimal(total.unanswered), Decimal(0), total.orders
        )


def _slow(total: ProcessLine, rules: Thresholds) -> Iterator[Recommendation]:
    if total.handled < rules.least_n or not total.median or total.slow is None:
        return
    factor = Decimal(total.slow) / total.median
    if factor > rules.slow_factor:
        yield Recommendation(
            Advice.CLEAR_SLOW, factor.quantize(_FOUR), rules.slow_factor, total.handled
        )


def _of_issues(hot: Sequence[HotIssue], rules: Thresholds) -> Iterator[Recommendation]:
    if chosen := hot[:_MOST_ISSUES]:
        yield Recommendation(
            Advice.TACKLE_ISSUE,
            Decimal(chosen[0].count),
            Decimal(rules.least_hot),
            sum(one.count for one in chosen),
            tuple(one.category for one in chosen),
        )


def _of_units(units: Sequence[UnitLine]) -> Iterator[Recommendation]:
    """Name the departments whose grade is C or D for good; one on trial is not held up to the others."""
    watched = [one for one in units if one.grade in {Grade.C, Grade.D} and not one.is_trial]
    if watched:
        yield Recommendation(
            Advice.WATCH_UNITS,
            Decimal(len(watched)),
            Decimal(0),
            len(units),
            tuple(one.unit for one in sorted(watched, key=lambda one: one.unit.code)),
        )
