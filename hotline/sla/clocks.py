"""The arithmetic of one clock: when it warns, when it is due, what of it is used.

A clock runs in slices. While it runs, `since` is where the slice began and `used` what earlier
slices took, in microseconds of its calendar. Pausing adds the slice to `used`; resuming begins a new
slice with what remains: dates are never moved by the length of a pause.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from hotline.sla.policy import FIRING_LEVELS, ClockRule, Limit, Rung, WarnAt
from hotline.workdays.workcalendar import Calendar

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """How a clock was set when it started.

    Attributes:
        limit_seconds: length, in seconds of the calendar.
        yellow: when yellow fires: below 1 a share of the limit, from 1 on seconds before its end.
        orange: the same for orange.
    """

    limit_seconds: int
    yellow: Decimal
    orange: Decimal

    def target(self, rung: Rung) -> int:
        """Return the microseconds of use at which a level fires; not above zero is never."""
        if rung is Rung.RED:
            return self.limit_seconds * MICROSECONDS
        at = self.yellow if rung is Rung.YELLOW else self.orange
        if at < 1:
            return int(at * self.limit_seconds * MICROSECONDS)
        return int((self.limit_seconds - at) * MICROSECONDS)


def setting_of(rule: ClockRule, request_type: str, calendar: Calendar) -> Setting:
    """Return how a clock under `rule` is set for a ticket of `request_type`."""
    return Setting(
        rule.limit_for(request_type).on_calendar(calendar.day_seconds),
        _stored(rule.warnings[0], calendar),
        _stored(rule.warnings[1], calendar),
    )


def _stored(warning: WarnAt, calendar: Calendar) -> Decimal:
    if isinstance(warning, Limit):
        return Decimal(max(1, warning.on_calendar(calendar.day_seconds)))
    return warning


def instants(
    calendar: Calendar, setting: Setting, since: datetime, used: int = 0
) -> Mapping[Rung, datetime]:
    """Return the instant of every level for a slice that begins at `since` with `used` behind it.

    A level whose share is used up already falls on `since`.
    """
    return {
        rung: calendar.add(since, max(0, setting.target(rung) - used)) for rung in FIRING_LEVELS
    }


def used_until(calendar: Calendar, since: datetime, used: int, until: datetime) -> int:
    """Return the microseconds used by `until`."""
    return used + calendar.elapsed(since, until)


def is_met(ended_at: datetime, due_at: datetime) -> bool:
    """Tell whether a clock that ended at `ended_at` was in time. Exactly at the deadline is met."""
    return ended_at <= due_at


class ClockState(enum.StrEnum):
    """Whether a clock runs."""

    RUNNING = "running"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


LIVE_STATES = (ClockState.RUNNING, ClockState.PAUSED, ClockState.SUBMITTED)


class Change(enum.StrEnum):
    """What may happen to a clock between its start and its end."""

    PAUSED = "paused"
    RESUMED = "resumed"
    SUBMITTED = "submitted"
    RESUBMITTED = "resubmitted"
    EXTENDED = "extended"
    REAPPLIED = "reapplied"
    RECALCULATED = "recalculated"


@dataclass(frozen=True, slots=True)
class Timing:
    """Where one clock stands: a value, and pure steps from one to the next.

    Attributes:
        limit_seconds: how long it may run, in seconds of its calendar.
        since: where the present slice began.
        due_at: where the present slice would use up what remains.
        state: whether it runs.
        used: what earlier slices took, in microseconds of its calendar.
        stopped_at: since when it waits, or when the work was handed in.
        ended_at: when it ended.
    """

    limit_seconds: int
    since: datetime
    due_at: datetime
    state: ClockState = ClockState.RUNNING
    used: int = 0
    stopped_at: datetime | None = None
    ended_at: datetime | None = None

    @classmethod
    def begun(cls, calendar: Calendar, limit_seconds: int, now: datetime) -> "Timing":
        """Return a clock that starts now."""
        return cls(limit_seconds, now, calendar.add(now, limit_seconds * MICROSECONDS))

    def used_by(self, calendar: Calendar, at: datetime) -> int:
        """Return the microseconds used by `at`; a clock that waits or has ended uses no more."""
        if self.state is ClockState.PAUSED or self.ended_at is not None:
            return self.used
        return used_until(calendar, self.since, self.used, self.stopped_at or at)

    def paused(self, calendar: Calendar, now: datetime) -> "Timing":
        """Return it waiting: what the slice took is kept."""
        return replace(
            self, state=ClockState.PAUSED, used=self.used_by(calendar, now), stopped_at=now
        )

    def resumed(
        self, calendar: Calendar, now: datetime, charged_until: datetime | None = None
    ) -> "Timing":
        """Return it going on with what remained.

        Args:
            calendar: its own.
            now: when it goes on.
            charged_until: count the pause up to here as used after all.
        """
        used = self.used
        if charged_until is not None and self.stopped_at is not None:
            used = used_until(calendar, self.stopped_at, used, charged_until)
        running = replace(self, state=ClockState.RUNNING, used=used, since=now, stopped_at=None)
        return _laid_out(running, calendar)

    def submitted(self, now: datetime) -> "Timing":
        """Return it stopped until an audit has judged the work."""
        return replace(self, state=ClockState.SUBMITTED, stopped_at=now)

    def resubmitted(self) -> "Timing":
        """Return it going on as if it had never stopped."""
        return replace(self, state=ClockState.RUNNING, stopped_at=None)

    def extended(self, calendar: Calendar, until: datetime) -> "Timing":
        """Return it with its end moved to `until`."""
        total = used_until(calendar, self.since, self.used, until)
        return self.limited(calendar, total // MICROSECONDS)

    def limited(self, calendar: Calendar, limit_seconds: int) -> "Timing":
        """Return it under another limit; what was used stays used."""
        return _laid_out(replace(self, limit_seconds=limit_seconds), calendar)

    def reapplied(
        self, old: Calendar, new: Calendar, limit_seconds: int, now: datetime
    ) -> "Timing":
        """Return it under another policy's limit: by the old calendar so far, by the new from now on.

        The slice is cut now, or where the clock stopped: so work that was in time when it was handed
        in stays in time, and nobody is overdue earlier than the change.

        Args:
            old: the calendar it counted on so far.
            new: the one it counts on from now on.
            limit_seconds: the new limit, in seconds of the new calendar.
            now: when it changes.
        """
        at = self.stopped_at or now
        return replace(self, used=self.used_by(old, at), since=at).limited(new, limit_seconds)

    def recalculated(self, old: Calendar, new: Calendar, now: datetime) -> "Timing":
        """Return it on another calendar: by the old one up to now, by the new one from now on.

        A clock that is overdue already, or does not run, is left as it is.
        """
        if self.state is not ClockState.RUNNING or self.due_at <= now:
            return self
        return _laid_out(replace(self, used=self.used_by(old, now), since=now), new)

    def settled(self, calendar: Calendar, now: datetime) -> "Timing":
        """Return it ended with a verdict; work handed in is judged by when it was handed in."""
        ended_at = self.stopped_at or now
        return replace(
            self,
            state=ClockState.MET if is_met(ended_at, self.due_at) else ClockState.MISSED,
            used=self.used_by(calendar, ended_at),
            ended_at=ended_at,
        )

    def cancelled(self, calendar: Calendar, now: datetime) -> "Timing":
        """Return it ended without a verdict."""
        return replace(
            self, state=ClockState.CANCELLED, used=self.used_by(calendar, now), ended_at=now
        )

    def instant_of(self, calendar: Calendar, target: int) -> datetime:
        """Return when `target` microseconds of use are reached; the slice's begin if they were."""
        return calendar.add(self.since, max(0, target - self.used))


def _laid_out(timing: Timing, calendar: Calendar) -> Timing:
    remaining = timing.limit_seconds * MICROSECONDS - timing.used
    if remaining <= 0:
        # Overdue before this slice began: the day on which it fell due stays what it was.
        return replace(timing, due_at=min(timing.due_at, timing.since))
    return replace(timing, due_at=calendar.add(timing.since, remaining))
