"""Months, quarters and years as credit counts them: Shanghai's calendar, half-open spans - pure."""

import enum
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError, ErrorKind

_MONTHS, _QUARTERS, _IN_QUARTER = 12, 4, 3
_KEY = re.compile(r"(?P<year>20\d\d)(?:-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4]))?")


class InvalidPeriod(DomainError):
    """Words that name no period."""

    kind = ErrorKind.INVALID
    code = "invalid-credit-period"
    title = N_("{text} is no period: write 2026-11, 2026-Q4 or 2026")


class PeriodKind(enum.StrEnum):
    """How long a period is, and with it what becomes of it."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month, a quarter or a year.

    Attributes:
        year: of the calendar.
        nth: 1 to 12 for a month, 1 to 4 for a quarter, 1 for a year.
    """

    kind: PeriodKind
    year: int
    nth: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read `2026-11`, `2026-Q4` or `2026`.

        Raises:
            InvalidPeriod: it is none of these.
        """
        match = _KEY.fullmatch(text)
        if match is None:
            raise InvalidPeriod(text=text)
        year = int(match["year"])
        if match["month"]:
            return cls(PeriodKind.MONTH, year, int(match["month"]))
        if match["quarter"]:
            return cls(PeriodKind.QUARTER, year, int(match["quarter"]))
        return cls(PeriodKind.YEAR, year, 1)

    @classmethod
    def month_of(cls, instant: datetime) -> "Period":
        """Return the month that an instant lies in."""
        local = instant.astimezone(SHANGHAI)
        return cls(PeriodKind.MONTH, local.year, local.month)

    def __str__(self) -> str:
        match self.kind:
            case PeriodKind.MONTH:
                return f"{self.year}-{self.nth:02}"
            case PeriodKind.QUARTER:
                return f"{self.year}-Q{self.nth}"
            case PeriodKind.YEAR:
                return str(self.year)

    @property
    def since(self) -> datetime:
        """Its first instant, in UTC."""
        return _first_of(self.year, self._first_month)

    @property
    def until(self) -> datetime:
        """The instant after its last, in UTC."""
        return _first_of(self.year, self._first_month + self._length)

    @property
    def _length(self) -> int:
        lengths = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: _IN_QUARTER, PeriodKind.YEAR: _MONTHS}
        return lengths[self.kind]

    @property
    def _first_month(self) -> int:
        return 1 + (self.nth - 1) * self._length

    @property
    def before(self) -> "Period":
        """The period of the same kind before it."""
        most = {PeriodKind.MONTH: _MONTHS, PeriodKind.QUARTER: _QUARTERS, PeriodKind.YEAR: 1}
        if self.nth > 1:
            return Period(self.kind, self.year, self.nth - 1)
        return Period(self.kind, self.year - 1, most[self.kind])

    @property
    def quarters(self) -> Sequence["Period"]:
        """The quarters of a year; nothing for shorter periods."""
        if self.kind is not PeriodKind.YEAR:
            return ()
        return [Period(PeriodKind.QUARTER, self.year, nth) for nth in range(1, _QUARTERS + 1)]

    @property
    def months(self) -> Sequence["Period"]:
        """Every month in it, in order."""
        first = self._first_month
        return [
            Period(PeriodKind.MONTH, self.year, month)
            for month in range(first, first + self._length)
        ]

    @property
    def around(self) -> Sequence["Period"]:
        """The longer periods that it is part of, the shorter first."""
        match self.kind:
            case PeriodKind.MONTH:
                quarter = Period(PeriodKind.QUARTER, self.year, (self.nth + 2) // _IN_QUARTER)
                return (quarter, *quarter.around)
            case PeriodKind.QUARTER:
                return (Period(PeriodKind.YEAR, self.year, 1),)
            case PeriodKind.YEAR:
                return ()


def due_periods(since: datetime, now: datetime, frozen: Collection[str]) -> Sequence[Period]:
    """Return the periods that are over and not frozen, in the order in which they are to be.

    A year is made of its quarters, so those before its first month are among them.

    Args:
        since: from when on there is anything to freeze.
        now: what is not over by then is left out.
        frozen: keys of what stands already.
    """
    first, last = (instant.astimezone(SHANGHAI).year for instant in (since, now))
    years = [Period(PeriodKind.YEAR, year, 1) for year in range(first, last + 1)]
    months = [month for year in years for month in year.months if month.until > since]
    quarters = [quarter for year in years for quarter in year.quarters]
    lengths = list(PeriodKind)
    return sorted(
        (
            one
            for one in (*months, *quarters, *years)
            if one.until <= now and str(one) not in frozen
        ),
        key=lambda one: (one.until, lengths.index(one.kind)),
    )


def _first_of(year: int, month: int) -> datetime:
    extra, place = divmod(month - 1, _MONTHS)
    return datetime(year + extra, place + 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
