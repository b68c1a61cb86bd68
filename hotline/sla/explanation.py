"""Why a clock is due when it is: rebuilt from its start and its log, slice by slice - pure.

What counted and what remains always make the limit, to the microsecond; what the log gives must be
what is stored. Whoever finds a difference has found a fault, and is told where.
"""

import enum
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hotline.kernel.clock import SHANGHAI
from hotline.sla.clocks import LIVE_STATES, MICROSECONDS, Change, ClockState, Timing
from hotline.sla.models import Clock, ClockChange, Threshold, ThresholdState
from hotline.workdays.workcalendar import Calendar, instant_of, microseconds_of

Versions = Mapping[str, Calendar]
"""The versions of one calendar that a clock was counted on, by their labels."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a clock began.

    Attributes:
        started_at: when.
        limit_seconds: its limit then, in seconds of its calendar.
        version: the version of its calendar then.
    """

    started_at: datetime
    limit_seconds: int
    version: str


@dataclass(frozen=True, slots=True)
class End:
    """How a clock ended, or no end while it lives."""

    state: ClockState
    at: datetime


def beginning_of(clock: Clock, changes: Sequence[ClockChange]) -> Beginning:
    """Return how a clock began; the first row of its log knows what has changed since."""
    if not changes:
        return Beginning(clock.started_at, clock.limit_seconds, clock.calendar_version)
    first = changes[0]
    return Beginning(
        clock.started_at, first.previous_limit_seconds, first.previous_calendar_version
    )


def end_of(clock: Clock) -> End | None:
    """Return how a clock ended; None while it lives."""
    return End(clock.state, clock.ended_at) if clock.ended_at is not None else None


def versions_of(clock: Clock, changes: Sequence[ClockChange]) -> set[str]:
    """Return the labels of every calendar version that a clock was counted on."""
    return {
        clock.calendar_version,
        *(change.calendar_version for change in changes),
        *(change.previous_calendar_version for change in changes),
    }


# -- rebuilding ------------------------------------------------------------------------------------


def rebuild_timing(
    beginning: Beginning, changes: Sequence[ClockChange], end: End | None, versions: Versions
) -> Sequence[Timing]:
    """Return where a clock stood after its start, after each change, and at its end if it has one.

    Args:
        beginning: how it began.
        changes: its log, in order.
        end: how it ended.
        versions: the calendars.
    """
    calendar = versions[beginning.version]
    timing = Timing.begun(calendar, beginning.limit_seconds, beginning.started_at)
    timings = [timing]
    for change in changes:
        timing = _after(timing, change, versions)
        timings.append(timing)
    if end is not None:
        calendar = versions[changes[-1].calendar_version if changes else beginning.version]
        ended = timing.cancelled if end.state is ClockState.CANCELLED else timing.settled
        timings.append(ended(calendar, end.at))
    return timings


def _after(timing: Timing, change: ClockChange, versions: Versions) -> Timing:
    calendar = versions[change.calendar_version]
    match change.change:
        case Change.PAUSED:
            after = timing.paused(calendar, change.at)
        case Change.RESUMED:
            after = timing.resumed(calendar, change.at, charged_until=change.charged_until)
        case Change.SUBMITTED:
            after = timing.submitted(change.at)
        case Change.RESUBMITTED:
            after = timing.resubmitted()
        case Change.EXTENDED:
            after = timing.limited(calendar, change.limit_seconds)
        case Change.REAPPLIED:
            old = versions[change.previous_calendar_version]
            after = timing.reapplied(old, calendar, change.limit_seconds, change.at)
        case _:
            old = versions[change.previous_calendar_version]
            after = timing.recalculated(old, calendar, change.at)
    return after


def clock_faults(clock: Clock, changes: Sequence[ClockChange], versions: Versions) -> Sequence[str]:
    """Return what of a clock's stored figures its start and its log do not give.

    Each fault names where: the change's place in the log, or the clock itself. A clock whose past no
    log tells is taken as it stands.
    """
    if not clock.is_logged:
        return ()
    missing = versions_of(clock, changes) - versions.keys()
    if missing:
        return [f"calendar version {label} is not kept" for label in sorted(missing)]
    timings = rebuild_timing(beginning_of(clock, changes), changes, end_of(clock), versions)
    faults = []
    for place, (change, timing) in enumerate(zip(changes, timings[1:], strict=False), 1):
        given = {
            "used": (change.used_microseconds, timing.used),
            "limit": (change.limit_seconds, timing.limit_seconds),
            "due": (change.due_at, timing.due_at),
        }
        faults += [
            f"{name} after change {place}" for name, (has, gives) in given.items() if has != gives
        ]
    stored, rebuilt = clock.timing, timings[-1]
    if not stored.ended_at and stored.state is ClockState.PAUSED:
        # Where its slice began is of no account while it waits.
        rebuilt = replace(rebuilt, since=stored.since)
    faults += [
        name
        for name in ("state", "used", "limit_seconds", "due_at", "since", "stopped_at", "ended_at")
        if getattr(stored, name) != getattr(rebuilt, name)
    ]
    return faults


# -- slices ----------------------------------------------------------------------------------------


class SliceKind(enum.StrEnum):
    """What a stretch of a clock's life was."""

    RUNNING = "running"
    PAUSED = "paused"
    CHARGED = "charged"
    SUBMITTED = "submitted"
    UNLOGGED = "unlogged"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time that counted without a break; or several days of it, summed up.

    Attributes:
        since: where it begins.
        until: where it ends, exclusive.
        counted: microseconds of it that counted.
        days: on how many days it lies; more than one is a summary.
    """

    since: datetime
    until: datetime
    counted: int
    days: int = 1


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of a clock's life in which it was one thing.

    Attributes:
        kind: what it was.
        since: where it begins.
        until: where it ends, exclusive; now, for the last one of a clock that lives.
        counted: microseconds of the limit that it took.
        version: the calendar version it was counted on.
        reason: the action that began it; None for the start.
        stretches: when of it counted, where that is not all of it.
    """

    kind: SliceKind
    since: datetime
    until: datetime
    counted: int
    version: str
    reason: str | None = None
    stretches: Sequence[Stretch] = ()


@dataclass(frozen=True, slots=True)
class LimitStep:
    """A change of the limit itself.

    Attributes:
        at: when.
        change: an extension or another policy.
        reason: the action.
        before: seconds until then.
        after: seconds from then on.
        due_at: when the clock was due from then on.
    """

    at: datetime
    change: Change
    reason: str
    before: int
    after: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock taken apart.

    Attributes:
        slices: its life, without a gap.
        limits: how its limit changed.
        first_limit: its limit at the start, in seconds.
        limit: its limit now, in seconds.
        used: microseconds counted: the sum of the slices.
        remaining: microseconds left; negative when overrun.
        due_at: when it is or was due.
        state: where it stands.
        is_logged: whether the log accounts for it.
    """

    slices: Sequence[Slice]
    limits: Sequence[LimitStep]
    first_limit: int
    limit: int
    used: int
    remaining: int
    due_at: datetime
    state: ClockState
    is_logged: bool = True


def explain_clock(
    clock: Clock, changes: Sequence[ClockChange], versions: Versions, now: datetime
) -> Explanation:
    """Return a clock taken apart, as of now.

    Args:
        clock: the stored row.
        changes: its log, in order.
        versions: every calendar version it was counted on, by label.
        now: where the last slice of a clock that lives ends.
    """
    if not clock.is_logged:
        return _unlogged(clock, versions[clock.calendar_version], now)
    beginning, end = beginning_of(clock, changes), end_of(clock)
    slices = [
        replace(piece, stretches=_stretches(versions[piece.version], piece))
        for piece in slices_of(beginning, changes, end, versions, now)
    ]
    used = sum(piece.counted for piece in slices)
    return Explanation(
        slices=slices,
        limits=[
            LimitStep(
                change.at,
                change.change,
                change.reason,
                change.previous_limit_seconds,
                change.limit_seconds,
                change.due_at,
            )
            for change in changes
            if change.limit_seconds != change.previous_limit_seconds
        ],
        first_limit=beginning.limit_seconds,
        limit=clock.limit_seconds,
        used=used,
        remaining=clock.limit_seconds * MICROSECONDS - used,
        due_at=clock.due_at,
        state=clock.state,
    )


def _unlogged(clock: Clock, calendar: Calendar, now: datetime) -> Explanation:
    used = clock.timing.used_by(calendar, now)
    until = clock.ended_at or max(now, clock.started_at)
    return Explanation(
        [Slice(SliceKind.UNLOGGED, clock.started_at, until, used, clock.calendar_version)],
        [],
        clock.limit_seconds,
        clock.limit_seconds,
        used,
        clock.limit_seconds * MICROSECONDS - used,
        clock.due_at,
        clock.state,
        is_logged=False,
    )


def slices_of(
    beginning: Beginning,
    changes: Sequence[ClockChange],
    end: End | None,
    versions: Versions,
    now: datetime,
) -> Sequence[Slice]:
    """Return a clock's life in slices, without the stretches; one that lives goes on until now."""
    life = _Life(beginning, versions)
    timings = rebuild_timing(beginning, changes, end, versions)
    for change, (before, after) in zip(changes, pairwise(timings), strict=False):
        life.go_on(change, has_moved=before.since != after.since)
    life.finish(end.at if end is not None else now)
    return life.slices


_BEGINS = {
    Change.PAUSED: SliceKind.PAUSED,
    Change.RESUMED: SliceKind.RUNNING,
    Change.SUBMITTED: SliceKind.SUBMITTED,
    Change.RESUBMITTED: SliceKind.RUNNING,
    Change.RECALCULATED: SliceKind.RUNNING,
}
"""What each change begins; one that is missing here cuts nothing."""


class _Life:
    """Walks along a clock's log and cuts it into slices."""

    def __init__(self, beginning: Beginning, versions: Versions) -> None:
        self.slices: list[Slice] = []
        self._versions = versions
        self._at = beginning.started_at
        self._kind, self._version = SliceKind.RUNNING, beginning.version
        self._reason: str | None = None

    def go_on(self, change: ClockChange, *, has_moved: bool) -> None:
        """Cut where the change begins something else; a longer limit cuts nothing.

        Args:
            change: of the log.
            has_moved: whether a running clock banked what it had used.
        """
        kind = _BEGINS.get(change.change)
        if change.change is Change.REAPPLIED and self._kind is SliceKind.RUNNING:
            kind = SliceKind.RUNNING
        if kind is None or (change.change is Change.RECALCULATED and not has_moved):
            self._version = change.calendar_version
            return
        if change.change is Change.RESUMED and change.charged_until is not None:
            self._cut(SliceKind.CHARGED, change.charged_until, version=change.calendar_version)
        # Work that was handed in and sent back counts as if it had never been handed in.
        counts = self._kind is SliceKind.RUNNING or change.change is Change.RESUBMITTED
        self._cut(self._kind, change.at, counts=counts)
        self._kind, self._reason, self._version = kind, change.reason, change.calendar_version

    def finish(self, until: datetime) -> None:
        """Cut where the clock ended, or now."""
        self._cut(self._kind, until, counts=self._kind is SliceKind.RUNNING)

    def _cut(
        self, kind: SliceKind, until: datetime, *, counts: bool = True, version: str | None = None
    ) -> None:
        if until <= self._at:
            return
        version = version or self._version
        counted = self._versions[version].elapsed(self._at, until) if counts else 0
        self.slices.append(Slice(kind, self._at, until, counted, version, self._reason))
        self._at = until


LISTED_DAYS = 10
"""So many days at either end of a slice are listed stretch by stretch; what lies between is summed up."""


def _stretches(calendar: Calendar, piece: Slice) -> Sequence[Stretch]:
    """Return when of a slice counted; nothing where all of it did, or none."""
    since, until = microseconds_of(piece.since), microseconds_of(piece.until)
    if piece.counted in {0, until - since}:
        return ()
    listed = timedelta(days=LISTED_DAYS)
    first, last = _midnight(piece.since + listed), _midnight(piece.until - listed)
    if first >= last:
        return list(_worked(calendar, since, until))
    middle = _summed(calendar, first, last)
    return [
        *_worked(calendar, since, microseconds_of(first)),
        *([middle] if middle else []),
        *_worked(calendar, microseconds_of(last), until),
    ]


def _worked(calendar: Calendar, since: int, until: int) -> Iterator[Stretch]:
    """Return the stretches of work between two instants."""
    left = calendar.elapsed_us(since, until)
    at = since
    while left > 0:
        start = calendar.add_us(at, 1) - 1
        most = min(left, until - start)
        length = _unbroken(calendar, start, most)
        at, left = start + length, left - length
        yield Stretch(instant_of(start), instant_of(at), length)


def _unbroken(calendar: Calendar, start: int, most: int) -> int:
    """Return how long work goes on without a break from `start`, up to `most` microseconds."""

    def behind(past: int) -> int:
        return past - calendar.elapsed_us(start, start + past)

    # Work grows as fast as time while there is no break; where it lags behind, there was one.
    return bisect_right(range(most + 1), 0, key=behind) - 1


def _summed(calendar: Calendar, first: datetime, last: datetime) -> Stretch | None:
    counted = days = 0
    day = first
    while day < last:
        worked = calendar.elapsed(day, day + timedelta(days=1))
        counted, days = counted + worked, days + (worked > 0)
        day += timedelta(days=1)
    return Stretch(first, last, counted, days) if counted else None


def _midnight(instant: datetime) -> datetime:
    return instant.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


# -- rungs -----------------------------------------------------------------------------------------


class RungFate(enum.StrEnum):
    """What became of a rung of a clock."""

    FIRED = "fired"
    FIRED_LATE = "fired_late"
    AHEAD = "ahead"
    UNSWEPT = "unswept"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    ENDED_BEFORE = "ended_before"
    SKIPPED = "skipped"
    PARKED = "parked"


LATE_SECONDS = 60
"""A rung that fired so much later than it fell due fired late; what is less is the sweep itself."""


def fate_of(rung: Threshold, state: ClockState, now: datetime) -> RungFate:
    """Return what became of a rung.

    Args:
        rung: with its own state.
        state: of its clock.
        now: for what has fallen due and was not swept yet.
    """
    match rung.state:
        case ThresholdState.FIRED:
            is_late = (rung.late_by_seconds or 0) >= LATE_SECONDS
            return RungFate.FIRED_LATE if is_late else RungFate.FIRED
        case ThresholdState.SKIPPED:
            return RungFate.SKIPPED
        case ThresholdState.PARKED:
            return RungFate.PARKED
        case ThresholdState.ARMED:
            return RungFate.AHEAD if rung.due_at > now else RungFate.UNSWEPT
        case ThresholdState.DISARMED:
            if state not in LIVE_STATES:
                return RungFate.ENDED_BEFORE
            return RungFate.SUBMITTED if state is ClockState.SUBMITTED else RungFate.PAUSED
