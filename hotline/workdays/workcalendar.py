"""Working time as arithmetic: how long between two instants, and what instant is so far away.

Both are two binary searches over the spans of a precomputed range of years, so that the due instants
of a hundred thousand tickets can be computed in a second. `add` and `elapsed` are inverses:
`elapsed(start, add(start, n)) == n`. Whoever computes in bulk leaves datetimes aside: `add_us`,
`elapsed_us` and `add_many` take and give whole microseconds since 1970.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Protocol

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError, ErrorKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
DAY_SECONDS = 86400
_DAY_US = DAY_SECONDS * 1_000_000


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
    known_until: date | None
    """Last day for which the working days are officially known; None when all of them are."""

    def add(self, start: datetime, microseconds: int) -> datetime:
        """Return the instant at which `microseconds` of this calendar have passed since `start`."""
        ...

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the microseconds of this calendar between two instants, never negative."""
        ...

    def is_provisional(self, instant: datetime) -> bool:
        """Tell whether `instant` lies beyond the days that are officially known."""
        ...

    def add_us(self, start: int, microseconds: int) -> int:
        """Do what `add` does on microseconds since 1970."""
        ...

    def elapsed_us(self, start: int, end: int) -> int:
        """Do what `elapsed` does on microseconds since 1970."""
        ...

    def add_many(self, starts: Sequence[int], amounts: Sequence[int]) -> list[int]:
        """Return `add_us` of each pair."""
        ...


class NaturalTime:
    """Every second counts, day and night."""

    code = "natural"
    version = "1"
    day_seconds = DAY_SECONDS
    known_until: date | None = None

    def add(self, start: datetime, microseconds: int) -> datetime:
        """Return `start` plus `microseconds`."""
        return start + microseconds * _MICROSECOND

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the microseconds from `start` to `end`, 0 when `end` is earlier."""
        return max(0, (end - start) // _MICROSECOND)

    def is_provisional(self, _instant: datetime) -> bool:
        """Return False: natural time is known for ever."""
        return False

    def add_us(self, start: int, microseconds: int) -> int:
        """Return `start` plus `microseconds`."""
        return start + microseconds

    def elapsed_us(self, start: int, end: int) -> int:
        """Return the microseconds from `start` to `end`, 0 when `end` is earlier."""
        return max(0, end - start)

    def add_many(self, starts: Sequence[int], amounts: Sequence[int]) -> list[int]:
        """Return the sum of each pair."""
        return [start + amount for start, amount in zip(starts, amounts, strict=True)]


_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–~]\s*([01]?\d|2[0-4]):([0-5]\d)")
_MINUTE = 60
_MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of work within a day, in Shanghai time.

    Attributes:
        start: its first instant.
        end: exclusive; `time(0)` is the midnight that ends the day, written 24:00.
    """

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read `09:00-12:00`; the end may be 24:00.

        Raises:
            ValueError: `text` is no such span, or it does not end after it starts.
        """
        match = _SPAN.fullmatch(text.strip())
        if match is None:
            raise ValueError(text)
        hour, minute, to_hour, to_minute = (int(part) for part in match.groups())
        first, last = hour * 60 + minute, to_hour * 60 + to_minute
        if not first < last <= _MIDNIGHT:
            raise ValueError(text)
        return cls(time(hour, minute), time(to_hour % 24, to_minute))

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{'24:00' if self.end == time() else f'{self.end:%H:%M}'}"

    @property
    def start_second(self) -> int:
        """Return where it starts, in seconds of the day."""
        return _second(self.start)

    @property
    def end_second(self) -> int:
        """Return where it ends, in seconds of the day, 86,400 for midnight."""
        return _second(self.end) or DAY_SECONDS

    @property
    def seconds(self) -> int:
        """Return the length in seconds."""
        return self.end_second - self.start_second


def _second(at: time) -> int:
    return (at.hour * 60 + at.minute) * _MINUTE + at.second


OFFICE_HOURS = (Span(time(9), time(12)), Span(time(13), time(17)))
"""An office's day: seven hours with a break at noon."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The spans of all years as numbers, in microseconds since 1970.

    Attributes:
        starts: where each span begins.
        ends: where it ends.
        worked: the work done when it ends.
        shift: the distance between an instant within it and the work done by then.
        beyond: the midnight at which the range ends.
    """

    starts: list[int]
    ends: list[int]
    worked: list[int]
    shift: list[int]
    beyond: int


class WorkingTime:
    """Only working spans count."""

    def __init__(
        self,
        *,
        version: str,
        first: date,
        last: date,
        hours_of: Callable[[date], Sequence[Span]],
        known_until: date,
        code: str = "working",
        day_seconds: int | None = None,
    ) -> None:
        """Describe the calendar of the days from `first` to `last`; its first use builds it.

        Args:
            version: names the data, so that a due instant can be explained later.
            first: first day of the range, after the zone's last change of 1991.
            last: last day of the range.
            hours_of: the working spans of a day, in order, without overlap.
            known_until: last day for which the working days are officially known.
            code: its name.
            day_seconds: what a limit of one day means; an office's day when left out.
        """
        self.code = code
        self.version = version
        self.day_seconds = day_seconds or sum(span.seconds for span in OFFICE_HOURS)
        self.known_until: date | None = known_until
        self._unknown_from = datetime.combine(known_until + timedelta(days=1), time(), SHANGHAI)
        self._first, self._last, self._hours_of = first, last, hours_of

    @cached_property
    def _table(self) -> _Table:
        midnight = microseconds_of(datetime.combine(self._first, time(), SHANGHAI))
        # A span without length before all others spares every search a look at the rim.
        starts, ends, worked, shift = [midnight], [midnight], [0], [midnight]
        done, day, one_day = 0, self._first, timedelta(days=1)
        hours_of = self._hours_of
        seconds: dict[Span, tuple[int, int]] = {}
        for _ in range((self._last - self._first).days + 1):
            for span in hours_of(day):
                if span not in seconds:
                    seconds[span] = (
                        span.start_second * 1_000_000,
                        span.end_second * 1_000_000,
                    )
                from_us, to_us = seconds[span]
                starts.append(midnight + from_us)
                ends.append(midnight + to_us)
                shift.append(midnight + from_us - done)
                done += to_us - from_us
                worked.append(done)
            midnight += _DAY_US
            day += one_day
        if not done:
            raise EmptyCalendar
        return _Table(starts, ends, worked, shift, midnight)

    def _too_short(self, instant: int) -> CalendarTooShort:
        # Said in UTC: the last evening that a datetime can hold has no morning in Shanghai.
        said = _EPOCH + min(instant, _LAST_US) * _MICROSECOND
        return CalendarTooShort(calendar=self.code, instant=said.isoformat())

    def _worked(self, at: int) -> int:
        table = self._table
        if not table.starts[0] <= at < table.beyond:
            raise self._too_short(at)
        index = bisect_right(table.starts, at) - 1
        end = table.ends[index]
        return (at if at < end else end) - table.shift[index]  # noqa: FURB136  # a call costs a third

    def add_us(self, start: int, microseconds: int) -> int:
        """Do what `add` does on microseconds since 1970."""
        if microseconds <= 0:
            return start
        table = self._table
        target = self._worked(start) + microseconds
        if target > table.worked[-1]:
            raise self._too_short(table.beyond)
        return target + table.shift[bisect_left(table.worked, target)]

    def elapsed_us(self, start: int, end: int) -> int:
        """Do what `elapsed` does on microseconds since 1970."""
        return max(0, self._worked(end) - self._worked(start))

    def add_many(self, starts: Sequence[int], amounts: Sequence[int]) -> list[int]:
        """Return `add_us` of each pair.

        Raises:
            CalendarTooShort: one of them lies outside the range of years.
        """
        table = self._table
        span_starts, ends, worked, shift = table.starts, table.ends, table.worked, table.shift
        first, beyond, most = span_starts[0], table.beyond, worked[-1]
        found = []
        for start, amount in zip(starts, amounts, strict=True):
            if amount <= 0:
                found.append(start)
                continue
            if not first <= start < beyond:
                raise self._too_short(start)
            index = bisect_right(span_starts, start) - 1
            end = ends[index]
            worked_by = start if start < end else end  # noqa: FURB136  # a call costs a third
            target = worked_by - shift[index] + amount
            if target > most:
                raise self._too_short(beyond)
            found.append(target + shift[bisect_left(worked, target, index)])
        return found

    def add(self, start: datetime, microseconds: int) -> datetime:
        """Return the instant at which `microseconds` of work have passed since `start`.

        Raises:
            CalendarTooShort: that lies outside the range of years.
        """
        if microseconds <= 0:
            return start
        return _EPOCH + self.add_us(microseconds_of(start), microseconds) * _MICROSECOND

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the microseconds of work from `start` to `end`, 0 when `end` is earlier.

        Raises:
            CalendarTooShort: an instant lies outside the range of years.
        """
        return self.elapsed_us(microseconds_of(start), microseconds_of(end))

    def is_provisional(self, instant: datetime) -> bool:
        """Tell whether `instant` lies beyond the officially known days."""
        return instant >= self._unknown_from


def microseconds_of(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    since = instant - _EPOCH
    return (since.days * DAY_SECONDS + since.seconds) * 1_000_000 + since.microseconds


def instant_of(microseconds: int) -> datetime:
    """Return microseconds since 1970 as an instant in UTC."""
    return _EPOCH + microseconds * _MICROSECOND


Calendars = Mapping[str, Calendar]
"""The calendars in force, by code."""
