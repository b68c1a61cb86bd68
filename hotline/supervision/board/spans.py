"""Which days the board is about, and which it is held against - pure."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MOST_DAYS = 366
"""A span that somebody chooses freely has so many days at most."""

TREND_DAYS = 14
"""A trend goes back so many days at least: one day alone has none."""

_MOST_POINTS = 31
_WEEK = 7
_MONTH = 30


class Period(enum.StrEnum):
    """What somebody may choose."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last_month"
    QUARTER = "quarter"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days in Shanghai, both ends included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        """Return how many days there are."""
        return (self.last - self.first).days + 1

    def each(self) -> list[date]:
        """Return every one of them."""
        return [self.first + timedelta(days=nth) for nth in range(self.count)]

    def holds(self, day: date) -> bool:
        """Tell whether a day is among them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Spans:
    """Days with those before them that they are held against."""

    now: Days
    before: Days


def spans_of(
    period: Period, today: date, first: date | None = None, last: date | None = None
) -> Spans:
    """Return the days of a period and those before it.

    A month or quarter that is still going on is held against as many days at the beginning of the
    one before; days chosen freely against as many days right before them.

    Args:
        period: what was chosen.
        today: in Shanghai.
        first: of days chosen freely; today when none is given.
        last: likewise. Ends that are the wrong way round are turned, too many days cut at the beginning.
    """
    match period:
        case Period.TODAY:
            return _followed(Days(today, today))
        case Period.WEEK:
            return _followed(Days(today - timedelta(days=_WEEK - 1), today))
        case Period.MONTH:
            return _as_far(_month(today), _month_before(today), today)
        case Period.LAST_MONTH:
            whole = _month_before(today)
            return Spans(whole, _month_before(whole.first))
        case Period.QUARTER:
            begins = _quarter(today)
            return _as_far(begins, _quarter(begins - timedelta(days=1)), today)
        case Period.FREE:
            ends = sorted((first or today, last or today))
            earliest = ends[1] - timedelta(days=MOST_DAYS - 1)
            return _followed(Days(max(ends[0], earliest), ends[1]))


def _followed(days: Days) -> Spans:
    return Spans(
        days, Days(days.first - timedelta(days=days.count), days.first - timedelta(days=1))
    )


def _month(day: date) -> date:
    return day.replace(day=1)


def _month_before(day: date) -> Days:
    last = _month(day) - timedelta(days=1)
    return Days(_month(last), last)


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _as_far(begins: date, earlier: Days | date, today: date) -> Spans:
    """Return a span up to today, and the same number of days of the one before, as far as it goes."""
    first = earlier.first if isinstance(earlier, Days) else earlier
    last = min(first + (today - begins), begins - timedelta(days=1))
    return Spans(Days(begins, today), Days(first, last))


def trend_of(days: Days) -> Sequence[Days]:
    """Return the steps of a trend: days, weeks or months, the last of which ends with the span."""
    first = min(days.first, days.last - timedelta(days=TREND_DAYS - 1))
    count = (days.last - first).days + 1
    size = next((one for one in (1, _WEEK) if count <= one * _MOST_POINTS), _MONTH)
    steps: list[Days] = []
    last = days.last
    while last >= first:
        begins = max(first, last - timedelta(days=size - 1))
        steps.append(Days(begins, last))
        last = begins - timedelta(days=1)
    return steps[::-1]
