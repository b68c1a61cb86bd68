"""What follows red on one clock: which rungs, and when - pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.sla.clocks import MICROSECONDS, Timing, setting_of
from hotline.sla.policy import ClockKind, Policy, Rung, ladder_of, return_window_seconds, rule_for
from hotline.workdays.workcalendar import Calendar, Calendars

LADDER_LEVELS = {
    Rung.YELLOW: "0",
    Rung.ORANGE: "0.5",
    Rung.RED: "1",
    Rung.URGE: "1",
    Rung.ACT: "1",
    Rung.ORDER: "2",
    Rung.LISTING: "3",
}
"""The escalation ladder: remind, warn, urge, order, list. What lies above is decided by people."""

ACKNOWLEDGE_SECONDS = 2 * 3600
"""Within this somebody must say that he has seen a red alert; else it goes one level up."""

NEEDS_ACKNOWLEDGEMENT = frozenset({Rung.RED, Rung.URGE, Rung.ORDER, Rung.LISTING})


@dataclass(frozen=True, slots=True)
class NextRung:
    """A rung beyond red.

    Attributes:
        rung: which.
        nth: which repetition.
        target: microseconds of the clock's use at which it fires.
        due_at: the instant of that.
    """

    rung: Rung
    nth: int
    target: int
    due_at: datetime


def rungs_after(
    fired: Rung,
    nth: int,
    policy: Policy,
    kind: ClockKind,
    request_type: str,
    timing: Timing,
    started_at: datetime,
    calendar: Calendar,
    calendars: Calendars,
) -> Sequence[NextRung]:
    """Return what follows a rung that fires: all the rest after red, the next time after an urge.

    Args:
        fired: the rung.
        nth: which repetition of it.
        policy: the ticket's.
        kind: of the clock.
        request_type: of the ticket.
        timing: where the clock stands.
        started_at: when it started.
        calendar: the clock's own.
        calendars: those in force, for what is counted on another one.
    """
    rule = rule_for(policy, kind)
    if rule is None:
        return ()
    ladder = ladder_of(rule, kind)
    following = dict.fromkeys(ladder, 1) if fired is Rung.RED else {fired: nth + 1}
    rungs = []
    for rung, place in following.items():
        beyond = ladder.get(rung)
        if beyond is not None and place <= beyond.times:
            seconds = beyond.seconds(timing.limit_seconds, calendar.day_seconds)
            target = (timing.limit_seconds + seconds * place) * MICROSECONDS
            rungs.append(NextRung(rung, place, target, timing.instant_of(calendar, target)))
    if kind is ClockKind.SIGN and fired is Rung.RED:
        window = _return_window(policy, request_type, started_at, calendars)
        due_at = max(window, timing.due_at)
        rungs.append(NextRung(Rung.ACT, 1, timing.used_by(calendar, due_at), due_at))
    return rungs


def _return_window(
    policy: Policy, request_type: str, started_at: datetime, calendars: Calendars
) -> datetime:
    """Return when the window to give a ticket back ends; who has not signed by then has signed."""
    rule = rule_for(policy, ClockKind.COMPLETE)
    if rule is None:
        raise AssertionError("every policy has a complete clock")
    work = calendars[rule.calendar]
    limit = setting_of(rule, request_type, work).limit_seconds
    seconds = return_window_seconds(policy, limit, work.day_seconds)
    return work.add(started_at, seconds * MICROSECONDS)


def acknowledge_by(fired_at: datetime, *, is_urgent: bool, working: Calendar) -> datetime:
    """Return until when an alert must be acknowledged.

    Urgent matters count day and night; others only while offices are open, for nobody is rung at night.
    """
    if is_urgent:
        return fired_at + timedelta(seconds=ACKNOWLEDGE_SECONDS)
    return working.add(fired_at, ACKNOWLEDGE_SECONDS * MICROSECONDS)
