"""Formula v1: rates become points, the ledger is added, and everything can be explained.

Released: never edited; a change is another version. Exact decimals all the way; what is shown is rounded
once, at the end, half to even (credit.md sections 3 and 4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from credit.ledger import Balance, Entry, balance
from credit.rulebook import Indicator, RuleBook
from credit.statistics import Z_90, Interval, Rate, shrink, variance, wilson

VERSION = "v1"

_CENT = Decimal("0.01")
_ZERO, _ONE, _HUNDRED = Decimal(0), Decimal(1), Decimal(100)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a department reached in one indicator.

    Attributes:
        rate: what was achieved, out of what was counted.
        prior: what its peers reach with the same mix of categories.
    """

    rate: Rate
    prior: Decimal


@dataclass(frozen=True, slots=True)
class ScoreInput:
    """Everything that a score is made of.

    Attributes:
        day: the day in Shanghai as of which the ledger is weighed.
        n: how many assignments were counted.
        measured: by indicator; what is missing was not counted at all.
        entries: of the ledger.
    """

    day: date
    n: int
    measured: Mapping[Indicator, Measured]
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class IndicatorPoints:
    """One line of the explanation.

    Attributes:
        rate: k of n.
        raw: the plain share; None when nothing was counted.
        prior: the peers'.
        shrunk: the rate that is scored; None when nothing was counted.
        interval: Wilson's, of the plain share.
        weight: what it may bring, once the weights of what was not counted are spread.
        points: what it brings.
    """

    indicator: Indicator
    rate: Rate
    raw: Decimal | None
    prior: Decimal
    shrunk: Decimal | None
    interval: Interval
    weight: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """A department's score with its explanation.

    Attributes:
        score: S; None when there was no activity at all.
        performance: P; None likewise.
        ledger: L.
        interval: of the score, as far as chance goes.
        indicators: how P comes about.
        balance: how L comes about.
        n: how many assignments were counted.
    """

    score: Decimal | None
    performance: Decimal | None
    ledger: Decimal
    interval: Interval | None
    indicators: Sequence[IndicatorPoints]
    balance: Balance
    n: int
    formula: str = VERSION

    @property
    def is_active(self) -> bool:
        """Tell whether there was anything to score."""
        return self.score is not None


def evaluate(given: ScoreInput, book: RuleBook) -> Score:
    """Return the score of one department."""
    weighed = balance(given.entries, given.day, book)
    lines = _lines(given.measured, book)
    counted = [line for line in lines if line.shrunk is not None]
    if not counted:
        return Score(None, None, _cents(weighed.total), None, lines, weighed, given.n)
    performance = sum((line.points for line in counted), _ZERO)
    half = Z_90 * _spread(counted, book).sqrt()
    total = performance + weighed.total
    return Score(
        score=_cents(_clamp(total)),
        performance=_cents(performance),
        ledger=_cents(weighed.total),
        interval=Interval(_cents(_clamp(total - half)), _cents(_clamp(total + half))),
        indicators=lines,
        balance=weighed,
        n=given.n,
    )


def _lines(measured: Mapping[Indicator, Measured], book: RuleBook) -> list[IndicatorPoints]:
    missing = Measured(Rate(_ZERO, 0), _ZERO)
    found = {one: measured.get(one, missing) for one in Indicator}
    whole = sum((book.weighings[one].weight for one, m in found.items() if m.rate.n), _ZERO)
    return [_line(one, m, whole, book) for one, m in found.items()]


def _line(
    indicator: Indicator, measured: Measured, whole: Decimal, book: RuleBook
) -> IndicatorPoints:
    rate, how = measured.rate, book.weighings[indicator]
    interval = wilson(rate)
    if rate.n == 0:
        return IndicatorPoints(indicator, rate, None, measured.prior, None, interval, _ZERO, _ZERO)
    shrunk = shrink(rate, measured.prior, book.strength)
    weight = how.weight * _HUNDRED / whole
    reached = min(max((shrunk - how.floor) / (how.target - how.floor), _ZERO), _ONE)
    return IndicatorPoints(
        indicator, rate, rate.raw, measured.prior, shrunk, interval, weight, weight * reached
    )


def _spread(lines: Sequence[IndicatorPoints], book: RuleBook) -> Decimal:
    """Return the variance of the performance part: those of its rates, each by what it weighs."""
    total = _ZERO
    for line in lines:
        how = book.weighings[line.indicator]
        slope = line.weight / (how.target - how.floor)
        total += slope * slope * variance(line.shrunk or _ZERO, line.rate.n, book.strength)
    return total


def _clamp(value: Decimal) -> Decimal:
    return min(max(value, _ZERO), _HUNDRED)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_EVEN)
