"""The working days that the State Council has announced, as far as they are known.

They come from the `chinesecalendar` package and make the first version of the calendar `working`.
Beyond its last year the plain week holds and every due instant is marked provisional, until an
administrator loads the next year.
"""

import functools
from datetime import date
from types import MappingProxyType

import chinese_calendar

from hotline.workdays.definition import (
    FIRST_DAY,
    LAST_DAY,
    DayKind,
    Definition,
    Override,
    default_day_seconds,
)
from hotline.workdays.workcalendar import OFFICE_HOURS, Calendars, NaturalTime

__all__ = ["FIRST_DAY", "KNOWN_UNTIL", "LAST_DAY", "official_calendars", "official_definition"]

WORKING = "working"
OFFICIAL_NAME = "法定工作日"
OFFICIAL_LABEL = "state-council"
"""What the official working time is called where no calendar is kept yet, with its last year."""

KNOWN_UNTIL = date(max(chinese_calendar.holidays).year, 12, 31)
"""Last day of the last year whose holidays the package knows."""

_CHINESE = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}
_MONDAY = 0


@functools.cache
def official_definition() -> Definition:
    """Return the calendar of an office that works when the State Council says so."""
    week = (*((OFFICE_HOURS,) * 5), (), ())
    days = {
        day: Override(DayKind.HOLIDAY, _CHINESE[name])
        for day, name in chinese_calendar.holidays.items()
    } | {
        day: Override(DayKind.WORKDAY, _CHINESE[name] + "调休", _MONDAY)
        for day, name in chinese_calendar.workdays.items()
    }
    return Definition(week, days, KNOWN_UNTIL, default_day_seconds(week))


@functools.cache
def official_calendars() -> Calendars:
    """Return natural time and the official working time, for where no calendar is kept yet."""
    working = official_definition().calendar(WORKING, f"{OFFICIAL_LABEL}-{KNOWN_UNTIL.year}")
    natural = NaturalTime()
    return MappingProxyType({natural.code: natural, working.code: working})
