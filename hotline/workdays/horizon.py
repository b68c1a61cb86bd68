"""How far the calendars reach, and when somebody must load the next year."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hotline.kernel.clock import SHANGHAI
from hotline.workdays.workcalendar import Calendar

ALARM_DAYS = 60
"""So many days before its last covered day a calendar calls for the next year."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far one calendar reaches."""

    code: str
    covered_until: date
    days_left: int

    @property
    def is_near(self) -> bool:
        """Tell whether the next year must be loaded now."""
        return self.days_left <= ALARM_DAYS


def horizon_of(calendars: Iterable[Calendar], now: datetime) -> list[Horizon]:
    """Return how far each calendar reaches, the shortest first; natural time reaches for ever."""
    today = now.astimezone(SHANGHAI).date()
    found = [
        Horizon(calendar.code, calendar.known_until, (calendar.known_until - today) // _DAY)
        for calendar in calendars
        if calendar.known_until is not None
    ]
    return sorted(found, key=lambda horizon: (horizon.covered_until, horizon.code))


_DAY = timedelta(days=1)
