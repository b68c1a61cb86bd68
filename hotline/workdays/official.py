"""The working days that the State Council has announced, as far as they are known.

They come from the `chinesecalendar` package. Beyond its last year the plain week holds and every due
instant is marked provisional.
"""

import functools
from collections.abc import Sequence
from datetime import date
from types import MappingProxyType

import chinese_calendar

from hotline.workdays.workcalendar import (
    OFFICE_HOURS,
    Calendars,
    NaturalTime,
    Span,
    WorkingTime,
)

FIRST_DAY = date(2004, 1, 1)
LAST_DAY = date(2036, 12, 31)

KNOWN_UNTIL = date(max(chinese_calendar.holidays).year, 12, 31)
"""Last day of the last year whose holidays the package knows."""

_SATURDAY = 5


def _office_hours(day: date) -> Sequence[Span]:
    works = chinese_calendar.is_workday(day) if day <= KNOWN_UNTIL else day.weekday() < _SATURDAY
    return OFFICE_HOURS if works else ()


@functools.cache
def official_calendars() -> Calendars:
    """Return natural time and the official working time."""
    working = WorkingTime(
        version=f"state-council-{KNOWN_UNTIL.year}",
        first=FIRST_DAY,
        last=LAST_DAY,
        hours_of=_office_hours,
        known_until=KNOWN_UNTIL,
    )
    natural = NaturalTime()
    return MappingProxyType({natural.code: natural, working.code: working})
