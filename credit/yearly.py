"""A year's assessment out of its quarters, its ledger and the observers' survey - pure.

By the rule book's shares: the mean of the quarters' scores, the ledger on the year's last day, and what
outside observers found. Where nobody was asked, the survey's share is spread over the other two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from credit.rulebook import RuleBook
from credit.statistics import Interval

_CENT = Decimal("0.01")
_ZERO, _HUNDRED = Decimal(0), Decimal(100)


@dataclass(frozen=True, slots=True)
class QuarterScore:
    """What a department had in one quarter, as it was frozen.

    Attributes:
        score: None when there was no activity: such a quarter is left out of the mean.
    """

    period: str
    revision: int
    score: Decimal | None
    performance: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class YearInput:
    """Everything that a year's score is made of.

    Attributes:
        ledger: L on the year's last day.
        survey: what observers found, 0 to 100; None when they were not asked.
        n: how many assignments were counted in the year.
    """

    quarters: Sequence[QuarterScore]
    ledger: Decimal
    survey: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class YearShares:
    """How much each part weighs once the share of a survey that was not held is spread."""

    quarters: Decimal
    ledger: Decimal
    survey: Decimal


@dataclass(frozen=True, slots=True)
class YearScore:
    """A department's year.

    Attributes:
        score: None when no quarter had any activity.
        performance: mean of the quarters'.
        quarters: mean of the quarters' scores.
        ledger_part: what the ledger brings, 0 to 100.
        interval: as far as chance goes; that of independent quarters.
    """

    score: Decimal | None
    performance: Decimal | None
    quarters: Decimal | None
    ledger: Decimal
    ledger_part: Decimal
    survey: Decimal | None
    shares: YearShares
    interval: Interval | None
    n: int


def evaluate_year(given: YearInput, book: RuleBook) -> YearScore:
    """Return the year of one department."""
    shares = _shares(book, has_survey=given.survey is not None)
    part = _clamp(_HUNDRED + given.ledger * book.year_ledger_scale)
    counted = [one for one in given.quarters if one.score is not None]
    if not counted:
        return YearScore(
            *(None, None, None, given.ledger, _cents(part), given.survey, shares, None, given.n)
        )
    quarters = _mean([one.score for one in counted])
    total = (
        shares.quarters * quarters + shares.ledger * part + shares.survey * (given.survey or _ZERO)
    )
    half = shares.quarters * _half(counted)
    return YearScore(
        score=_cents(_clamp(total)),
        performance=_cents(_mean([one.performance for one in counted])),
        quarters=_cents(quarters),
        ledger=given.ledger,
        ledger_part=_cents(part),
        survey=given.survey,
        shares=shares,
        interval=Interval(_cents(_clamp(total - half)), _cents(_clamp(total + half))),
        n=given.n,
    )


def _shares(book: RuleBook, *, has_survey: bool) -> YearShares:
    quarters, ledger, survey = book.year_shares
    if has_survey:
        return YearShares(quarters, ledger, survey)
    whole = quarters + ledger
    return YearShares(quarters / whole, ledger / whole, _ZERO)


def _mean(values: Sequence[Decimal | None]) -> Decimal:
    known = [value for value in values if value is not None]
    return sum(known, _ZERO) / len(known) if known else _ZERO


def _half(quarters: Sequence[QuarterScore]) -> Decimal:
    """Return half the width of the interval of a mean of independent quarters."""
    widths = [
        (one.high - one.low) / 2 for one in quarters if one.high is not None and one.low is not None
    ]
    return sum((width * width for width in widths), _ZERO).sqrt() / len(quarters)


def _clamp(value: Decimal) -> Decimal:
    return min(max(value, _ZERO), _HUNDRED)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_EVEN)
