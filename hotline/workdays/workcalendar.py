"""Working time as arithmetic: how long between two instants, and what instant is so far away.

Both are two binary searches over the spans of a precomputed range of years, so that the due instants
of a hundred thousand tickets can be computed in seconds. `add` and `elapsed` are inverses:
`elapsed(start, add(start, n)) == n`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError, ErrorKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
DAY_SECONDS = 86400


class CalendarTooShort(DomainError):
    """An instant lies outside the years that a calendar was built for."""

    kind = ErrorKind.INVALID
    code = "calendar-too-short"
    title = N_("The calendar {calendar} does not reach to {instant}")


class EmptyCalendar(DomainError):
    """A calendar without a single working span: nothing would ever fall due."""

    kind = ErrorKind.INVALID
    code = "empty-calendar"
    title = N_("A calendar needs at least one working span")


class Calendar(Protocol):
    """Counts time the way a limit asks for."""

    code: str
    version: str
    day_seconds: int

    def add(self, start: datetime, microseconds: int) -> datetime:
        """Return the instant at which `microseconds` of this calendar have passed since `start`."""
        ...

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the microseconds of this calendar between two instants, never negative."""
        ...

    def is_provisional(self, instant: datetime) -> bool:
        """Tell whether `instant` lies beyond the days that are officially known."""
        ...


class NaturalTime:
    """Every second counts, day and night."""

    code = "natural"
    version = "1"
    day_seconds = DAY_SECONDS

    def add(self, start: datetime, microseconds: int) -> datetime:
        """Return `start` plus `microseconds`."""
        return start + microseconds * _MICROSECOND

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the microseconds from `start` to `end`, 0 when `end` is earlier."""
        return max(0, (end - start) // _MICROSECOND)

    def is_provisional(self, _instant: datetime) -> bool:
        """Return False: natural time is known for ever."""
        return False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of work within a day, in Shanghai time; the end is exclusive."""

    start: time
    end: time

    @property
    def seconds(self) -> int:
        """Return the length in seconds."""
        day = date.min
        return int(
            (datetime.combine(day, self.end) - datetime.combine(day, self.start)).total_seconds()
        )


OFFICE_HOURS = (Span(time(9), time(12)), Span(time(13), time(17)))
"""An office's day: seven hours with a break at noon."""


class WorkingTime:
    """Only office hours of working days count."""

    code = "working"

    def __init__(
        self,
        *,
        version: str,
        first: date,
        last: date,
        hours_of: Callable[[date], Sequence[Span]],
        known_until: date,
    ) -> None:
        """Build the calendar of the days from `first` to `last`.

        Args:
            version: names the data, so that a due instant can be explained later.
            first: first day of the range.
            last: last day of the range.
            hours_of: the working spans of a day, in order, without overlap.
            known_until: last day for which the working days are officially known.

        Raises:
            EmptyCalendar: no day of the range has a working span.
        """
        self.version = version
        self.day_seconds = sum(span.seconds for span in OFFICE_HOURS)
        self._known_until = datetime.combine(known_until + timedelta(days=1), time(), SHANGHAI)
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._worked_before: list[int] = []
        self._worked_after: list[int] = []
        worked = 0
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            for span in hours_of(day):
                start = _microseconds(datetime.combine(day, span.start, SHANGHAI))
                end = start + span.seconds * 1_000_000
                self._starts.append(start)
                self._ends.append(end)
                self._worked_before.append(worked)
                worked += end - start
                self._worked_after.append(worked)
        if not self._starts:
            raise EmptyCalendar
        self._first = _microseconds(datetime.combine(first, time(), SHANGHAI))

    def _worked(self, instant: datetime) -> int:
        at = _microseconds(instant)
        if at < self._first or at > self._ends[-1]:
            raise CalendarTooShort(calendar=self.code, instant=instant.isoformat())
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return 0
        return self._worked_before[index] + min(at, self._ends[index]) - self._starts[index]

    def add(self, start: datetime, microseconds: int) -> datetime:
        """Return the instant at which `microseconds` of work have passed since `start`.

        Raises:
            CalendarTooShort: that lies outside the range of years.
        """
        if microseconds <= 0:
            return start
        target = self._worked(start) + microseconds
        index = bisect_left(self._worked_after, target)
        if index == len(self._starts):
            raise CalendarTooShort(calendar=self.code, instant=f"{start.isoformat()} + limit")
        at = self._starts[index] + target - self._worked_before[index]
        return _EPOCH + at * _MICROSECOND

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the microseconds of work from `start` to `end`, 0 when `end` is earlier.

        Raises:
            CalendarTooShort: an instant lies outside the range of years.
        """
        return max(0, self._worked(end) - self._worked(start))

    def is_provisional(self, instant: datetime) -> bool:
        """Tell whether `instant` lies beyond the officially known days."""
        return instant >= self._known_until


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


Calendars = Mapping[str, Calendar]
"""The calendars in force, by code."""
