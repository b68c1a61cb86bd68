"""What a live clock is put under by another policy: what it used stays used - pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from hotline.sla.clocks import Setting, Timing, setting_of
from hotline.sla.policy import ClockKind, ClockRule, Limit, Policy, rule_for
from hotline.workdays.workcalendar import Calendar, Calendars

OWN_LIMITS = frozenset(
    {
        ClockKind.MILESTONE,
        ClockKind.SUSPENSION_REVIEW,
        ClockKind.SUPERVISION_REPLY,
        ClockKind.REPORT_IN,
        ClockKind.MEETING_TASK,
    }
)
"""Clocks whose limit a plan, a review, an order or a meeting sets: no change of policy touches them."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a live clock is put under.

    Attributes:
        calendar: what it counts on from now on; the version it is pinned to, if that calendar stays.
        setting: its limit and warnings.
        timing: where it then stands.
    """

    calendar: Calendar
    setting: Setting
    timing: Timing


@dataclass(frozen=True, slots=True)
class Held:
    """A live clock as it is.

    Attributes:
        kind: which.
        policy: the policy it was set by.
        request_type: the ticket's, when it was set.
        calendar: the version of its calendar that it is pinned to.
        timing: where it stands.
        promised: the stricter limit that was promised for the work, if one was.
    """

    kind: ClockKind
    policy: Policy
    request_type: str
    calendar: Calendar
    timing: Timing
    promised: Limit | None = None


def terms_of(
    held: Held, policy: Policy, request_type: str, calendars: Calendars, now: datetime
) -> Terms | None:
    """Return what a clock is put under by another policy or request type; None when nothing changes.

    A stricter promise stays promised, time that was granted stays granted. A clock that the policy
    leaves out runs on as it is.

    Args:
        held: the clock.
        policy: the one that shall hold.
        request_type: the one that shall hold.
        calendars: those in force, for a rule that counts on another one.
        now: when it changes.
    """
    old, new = rule_for(held.policy, held.kind), rule_for(policy, held.kind)
    if held.kind in OWN_LIMITS or new is None:
        return None
    if old is not None and _asks_the_same(old, held.request_type, new, request_type):
        return None
    same = new.calendar == held.calendar.code
    calendar = held.calendar if same else calendars[new.calendar]
    setting = setting_of(new, request_type, calendar)
    limit = _strictest(setting.limit_seconds, held.promised, calendar)
    if old is not None:
        given = setting_of(old, held.request_type, held.calendar).limit_seconds
        given = _strictest(given, held.promised, held.calendar)
        granted = max(0, held.timing.limit_seconds - given)
        limit += granted if same else granted * calendar.day_seconds // held.calendar.day_seconds
    timing = held.timing.reapplied(held.calendar, calendar, limit, now)
    return Terms(calendar, replace(setting, limit_seconds=limit), timing)


def _asks_the_same(old: ClockRule, old_type: str, new: ClockRule, new_type: str) -> bool:
    return (old.limit_for(old_type), old.calendar, old.warnings, old.beyond) == (
        new.limit_for(new_type),
        new.calendar,
        new.warnings,
        new.beyond,
    )


def _strictest(seconds: int, promised: Limit | None, calendar: Calendar) -> int:
    if promised is None:
        return seconds
    return min(seconds, promised.on_calendar(calendar.day_seconds))
