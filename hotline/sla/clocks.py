"""The arithmetic of one clock: when it warns, when it is due, what of it is used.

A clock runs in slices. While it runs, `since` is where the slice began and `used` what earlier
slices took, in microseconds of its calendar. Pausing adds the slice to `used`; resuming begins a new
slice with what remains: dates are never moved by the length of a pause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hotline.sla.policy import ClockRule, Level
from hotline.workdays.workcalendar import Calendar

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """How a clock was set when it started.

    Attributes:
        limit_seconds: length, in seconds of the calendar.
        yellow: share of the limit at which yellow fires.
        orange: share of the limit at which orange fires.
    """

    limit_seconds: int
    yellow: Decimal
    orange: Decimal

    def target(self, level: Level) -> int:
        """Return the microseconds of use at which `level` fires."""
        share = {
            Level.GREEN: Decimal(0),
            Level.YELLOW: self.yellow,
            Level.ORANGE: self.orange,
            Level.RED: Decimal(1),
        }[level]
        return int(share * self.limit_seconds * MICROSECONDS)


FIRING_LEVELS = (Level.YELLOW, Level.ORANGE, Level.RED)


def setting_of(rule: ClockRule, request_type: str, calendar: Calendar) -> Setting:
    """Return how a clock under `rule` is set for a ticket of `request_type`."""
    return Setting(
        rule.limit_for(request_type).on_calendar(calendar.day_seconds),
        rule.warnings[0],
        rule.warnings[1],
    )


def instants(
    calendar: Calendar, setting: Setting, since: datetime, used: int = 0
) -> Mapping[Level, datetime]:
    """Return the instant of every level for a slice that begins at `since` with `used` behind it.

    A level whose share is used up already falls on `since`.
    """
    return {
        level: calendar.add(since, max(0, setting.target(level) - used)) for level in FIRING_LEVELS
    }


def used_until(calendar: Calendar, since: datetime, used: int, until: datetime) -> int:
    """Return the microseconds used by `until`."""
    return used + calendar.elapsed(since, until)


def is_met(ended_at: datetime, due_at: datetime) -> bool:
    """Tell whether a clock that ended at `ended_at` was in time. Exactly at the deadline is met."""
    return ended_at <= due_at
