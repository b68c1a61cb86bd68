"""How long a matter may wait, and whose consent that needs - pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hotline.people.permissions import Role
from hotline.procedures.errors import SuspensionLimit
from hotline.workdays.workcalendar import Calendar

PAUSE_SHARE = Decimal("0.3")
PAUSE_DAYS = 5
"""Of the limit, or working days, whichever is more: so long a supervisor may let a matter wait."""

REVIEW_DAYS = 30
"""Natural days after which a suspension is reviewed at the latest."""

SUSPENSION_DAYS = 180
"""Natural days that a matter may be suspended in all."""

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Pause:
    """Time in which a matter waited; without an end it still does."""

    since: datetime
    until: datetime | None = None


def paused_for(calendar: Calendar, pauses: Sequence[Pause], now: datetime) -> int:
    """Return how many microseconds of a calendar lie in these pauses."""
    return sum(calendar.elapsed(pause.since, pause.until or now) for pause in pauses)


def pause_cap(limit: int, day_seconds: int) -> int:
    """Return how many microseconds a supervisor may let a matter wait in all.

    Args:
        limit: seconds that the work was given.
        day_seconds: of a working day.
    """
    return max(int(PAUSE_SHARE * limit), PAUSE_DAYS * day_seconds) * _MICROSECONDS


def pause_approver(paused: int, wanted: int, cap: int) -> Role:
    """Return who may let a matter wait longer: beyond the cap it takes the authority.

    Args:
        paused: microseconds that it has waited.
        wanted: microseconds that it would wait on top.
        cap: what `pause_cap` returned.
    """
    return Role.SUPERVISOR if paused + wanted <= cap else Role.AUTHORITY


def require_review_date(review_at: datetime, suspended: Sequence[Pause], now: datetime) -> None:
    """Pass in silence when a matter may be suspended until then.

    Args:
        review_at: when it is reviewed next.
        suspended: how long it was suspended before, the present suspension included.
        now: the present instant.

    Raises:
        SuspensionLimit: that lies behind, beyond thirty days, or beyond 180 in all.
    """
    if review_at <= now:
        raise SuspensionLimit(problem="the review must lie ahead")
    if review_at > now + timedelta(days=REVIEW_DAYS):
        raise SuspensionLimit(problem="it is reviewed within 30 days")
    if suspended_for(suspended, now) + (review_at - now) > timedelta(days=SUSPENSION_DAYS):
        raise SuspensionLimit(problem="it would be suspended for more than 180 days in all")


def latest_review(suspended: Sequence[Pause], now: datetime) -> datetime:
    """Return the latest instant that `require_review_date` allows."""
    left = timedelta(days=SUSPENSION_DAYS) - suspended_for(suspended, now)
    return now + min(left, timedelta(days=REVIEW_DAYS))


def suspended_for(suspended: Sequence[Pause], now: datetime) -> timedelta:
    """Return how long a matter has been suspended in all."""
    return sum(((pause.until or now) - pause.since for pause in suspended), timedelta())
