"""Starting, stopping and pausing clocks inside the caller's transaction.

The caller holds the ticket's row lock, so nobody else touches its clocks meanwhile. Whatever ends or
waits disarms only the rungs that still lie ahead: one that has fallen due but was not fired yet is
left to the sweeper, which fires it late rather than never.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select, update

from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.sla.clocks import (
    LIVE_STATES,
    MICROSECONDS,
    Change,
    ClockState,
    Setting,
    Timing,
    setting_of,
)
from hotline.sla.models import Clock, ClockChange, Threshold, ThresholdState
from hotline.sla.policy import FIRING_LEVELS, ClockKind, ClockRule, Level, Limit, Rung, rule_for
from hotline.sla.queries import PinnedPolicy
from hotline.sla.terms import Terms
from hotline.workdays.book import CALENDARS
from hotline.workdays.workcalendar import Calendar, Calendars


@dataclass(frozen=True, slots=True)
class Subject:
    """What a clock is started for."""

    ticket_id: uuid.UUID
    request_type: str
    round: int
    hop: int
    policy: PinnedPolicy
    calendars: Calendars


def calendar_of(code: str) -> Calendar:
    """Return a calendar as this process knows it: for showing, not for counting."""
    return CALENDARS.latest[code]


@dataclass(frozen=True, slots=True)
class Start:
    """A clock to start.

    Attributes:
        kind: which clock.
        department_id: who is on it.
        limit: a limit of its own instead of the policy's, for a promise that is stricter.
    """

    kind: ClockKind
    department_id: int | None
    limit: Limit | None = None


SKIP_REASON = "the warning would lie before the clock's start"


@dataclass(frozen=True, slots=True)
class NewLevel:
    """A level of a clock about to start; skipped when it would lie before the start."""

    rung: Rung
    due_at: datetime
    target: int
    state: ThresholdState
    reason: str | None


@dataclass(frozen=True, slots=True)
class NewClock:
    """A clock about to start, before it is a row."""

    kind: ClockKind
    department_id: int | None
    rule: ClockRule
    calendar: Calendar
    setting: Setting
    timing: Timing
    levels: Sequence[NewLevel]

    @property
    def due_at(self) -> datetime:
        """When it is due."""
        return self.timing.due_at

    @property
    def is_provisional(self) -> bool:
        """Whether that lies beyond the officially known working days."""
        return self.calendar.is_provisional(self.due_at)


def new_clock(subject: Subject, start: Start, *, now: datetime) -> NewClock | None:
    """Return a clock that starts now with all its levels, or None when the policy has none."""
    rule = rule_for(subject.policy.policy, start.kind)
    if rule is None:
        return None
    calendar = subject.calendars[rule.calendar]
    limit = start.limit or rule.limit_for(subject.request_type)
    setting = setting_of(rule, subject.request_type, calendar)
    setting = Setting(limit.on_calendar(calendar.day_seconds), setting.yellow, setting.orange)
    timing = Timing.begun(calendar, setting.limit_seconds, now)
    return NewClock(
        start.kind,
        start.department_id,
        rule,
        calendar,
        setting,
        timing,
        levels_of(calendar, setting, timing),
    )


def levels_of(calendar: Calendar, setting: Setting, timing: Timing) -> Sequence[NewLevel]:
    """Return every level of a clock that is about to start."""
    levels = []
    for rung in FIRING_LEVELS:
        target = setting.target(rung)
        skipped = target <= 0
        levels.append(
            NewLevel(
                rung,
                timing.instant_of(calendar, target),
                target,
                ThresholdState.SKIPPED if skipped else ThresholdState.ARMED,
                SKIP_REASON if skipped else None,
            )
        )
    return levels


def _rows(subject: Subject, new: NewClock, now: datetime) -> tuple[Clock, Sequence[Threshold]]:
    clock = Clock(
        id=uuid7(now),
        ticket_id=subject.ticket_id,
        kind=new.kind,
        hop=subject.hop,
        round=subject.round,
        department_id=new.department_id,
        policy_id=subject.policy.id,
        calendar=new.calendar.code,
        calendar_version=new.calendar.version,
        limit_seconds=new.setting.limit_seconds,
        yellow=new.setting.yellow,
        orange=new.setting.orange,
        state=ClockState.RUNNING,
        started_at=now,
        since=now,
        due_at=new.due_at,
        is_provisional=new.is_provisional,
    )
    return clock, [
        Threshold(
            clock_id=clock.id,
            rung=level.rung,
            nth=1,
            ticket_id=subject.ticket_id,
            due_at=level.due_at,
            target_microseconds=level.target,
            state=level.state,
            reason=level.reason,
        )
        for level in new.levels
    ]


_NOT_LOADED = {"synchronize_session": False}
"""Levels are changed where they lie; no session holds them, so none has to be searched."""


class Clocks:
    """The live clocks of one locked ticket."""

    def __init__(
        self,
        tx: Transaction,
        live: list[Clock],
        pinned: dict[tuple[str, str], Calendar],
    ) -> None:
        self._tx = tx
        self._live = live
        self._pinned = pinned

    @classmethod
    async def of(cls, tx: Transaction, ticket_id: uuid.UUID) -> "Clocks":
        """Load the live clocks of a ticket whose row the caller has locked."""
        live = await tx.session.exec(
            select(Clock)
            .where(Clock.ticket_id == ticket_id, col(Clock.state).in_(LIVE_STATES))
            .order_by(col(Clock.started_at))
        )
        clocks = list(live.all())
        pins = dict.fromkeys((clock.calendar, clock.calendar_version) for clock in clocks)
        return cls(tx, clocks, {pin: await CALENDARS.version(tx.session, *pin) for pin in pins})

    def calendar(self, clock: Clock) -> Calendar:
        """Return the version of a calendar that a clock is pinned to."""
        return self._pinned[clock.calendar, clock.calendar_version]

    @property
    def live(self) -> Sequence[Clock]:
        """Every live clock."""
        return tuple(self._live)

    def running(self, kinds: Collection[ClockKind]) -> Clock | None:
        """Return the running clock of one of `kinds` that falls due first."""
        candidates = [c for c in self._live if c.kind in kinds and c.state is ClockState.RUNNING]
        return min(candidates, key=lambda clock: clock.due_at, default=None)

    def of_department(self, kind: ClockKind, department_id: int) -> Clock | None:
        """Return a department's own live clock of this kind."""
        return next(
            (c for c in self._live if c.kind is kind and c.department_id == department_id), None
        )

    def first(self, kinds: Collection[ClockKind]) -> Clock | None:
        """Return the live clock of one of `kinds`, running or not, that falls due first."""
        candidates = [clock for clock in self._live if clock.kind in kinds]
        return min(candidates, key=lambda clock: clock.due_at, default=None)

    @property
    def level(self) -> Level:
        """The highest level of a running clock."""
        levels = [c.level for c in self._live if c.state is ClockState.RUNNING]
        return max(levels, key=lambda level: level.rank, default=Level.GREEN)

    def _take(
        self,
        kinds: Iterable[ClockKind],
        states: Collection[ClockState],
        wanted: Callable[[Clock], bool] = lambda _clock: True,
    ) -> list[Clock]:
        asked = set(kinds)
        return [c for c in self._live if c.kind in asked and c.state in states and wanted(c)]

    async def settle(
        self,
        kinds: Iterable[ClockKind],
        *,
        department_id: int | None = None,
        only: Collection[uuid.UUID | None] | None = None,
    ) -> list[Clock]:
        """End clocks with a verdict and return them: met or missed by their own due instants.

        Work handed in earlier is judged by when it was handed in.

        Args:
            kinds: which clocks.
            department_id: only this department's, when given.
            only: only these of them, by id, when given.
        """
        taken = self._take(
            kinds,
            LIVE_STATES,
            lambda clock: (
                (department_id is None or clock.department_id == department_id)
                and (only is None or clock.id in only)
            ),
        )
        for clock in taken:
            clock.timing = clock.timing.settled(self.calendar(clock), self._tx.now)
            self._live.remove(clock)
        await self._disarm(taken)
        return taken

    async def cancel(self, kinds: Iterable[ClockKind], *, department_id: int | None = None) -> None:
        """End clocks without a verdict; only this department's, when one is given."""
        await self._cancel(
            self._take(
                kinds,
                LIVE_STATES,
                lambda clock: department_id is None or clock.department_id == department_id,
            )
        )

    async def cancel_all(self) -> None:
        """End every clock that is left without a verdict: nobody owes anything any more."""
        await self._cancel(list(self._live))

    async def _cancel(self, taken: Sequence[Clock]) -> None:
        for clock in taken:
            clock.timing = clock.timing.cancelled(self.calendar(clock), self._tx.now)
            self._live.remove(clock)
        await self._disarm(taken)

    async def submit(self, kinds: Iterable[ClockKind], reason: str) -> None:
        """Stop clocks until an audit has judged the work; nothing fires meanwhile."""
        taken = self._take(kinds, {ClockState.RUNNING})
        for clock in taken:
            self._change(clock, clock.timing.submitted(self._tx.now), Change.SUBMITTED, reason)
        await self._disarm(taken)

    async def resubmit(self, kinds: Iterable[ClockKind], reason: str) -> None:
        """Let submitted clocks go on as if they had never stopped."""
        taken = self._take(kinds, {ClockState.SUBMITTED})
        for clock in taken:
            self._change(clock, clock.timing.resubmitted(), Change.RESUBMITTED, reason)
        if taken:
            await self._tx.session.exec(
                update(Threshold)
                .where(
                    col(Threshold.clock_id).in_([clock.id for clock in taken]),
                    col(Threshold.state) == ThresholdState.DISARMED,
                )
                .values(state=ThresholdState.ARMED)
                .execution_options(**_NOT_LOADED)
            )

    async def pause(self, kinds: Iterable[ClockKind], reason: str) -> None:
        """Let clocks wait: what they used so far is kept, no rung of theirs falls due."""
        taken = self._take(kinds, {ClockState.RUNNING})
        for clock in taken:
            timing = clock.timing.paused(self.calendar(clock), self._tx.now)
            self._change(clock, timing, Change.PAUSED, reason)
        await self._disarm(taken)

    async def resume(
        self,
        kinds: Iterable[ClockKind],
        reason: str,
        *,
        charged_until: datetime | None = None,
    ) -> None:
        """Let paused clocks go on with what remained.

        Args:
            kinds: which clocks.
            reason: the action that lets them.
            charged_until: count the pause up to here as used after all, when given: a return that
                was asked for in vain buys no time.
        """
        for clock in self._take(kinds, {ClockState.PAUSED}):
            timing = clock.timing.resumed(
                self.calendar(clock), self._tx.now, charged_until=charged_until
            )
            self._change(clock, timing, Change.RESUMED, reason, charged_until)
            await self._lay_out(clock)

    async def extend(self, kinds: Iterable[ClockKind], until: datetime, reason: str) -> None:
        """Move the end of running clocks to `until`, counted on their own calendars."""
        for clock in self._take(kinds, {ClockState.RUNNING}):
            timing = clock.timing.extended(self.calendar(clock), until)
            shift = (timing.limit_seconds - clock.limit_seconds) * MICROSECONDS
            self._change(clock, timing, Change.EXTENDED, reason)
            await self._lay_out(clock, shift)

    async def limit(self, clock: Clock, terms: Terms, policy_id: int, reason: str) -> None:
        """Put a live clock under another policy's rule: what it used stays used, what fired, fired.

        Args:
            clock: one of these.
            terms: what the rule says for it.
            policy_id: the version that the rule is of.
            reason: the action.
        """
        before, version = clock.setting, clock.calendar_version
        shift = (terms.setting.limit_seconds - clock.limit_seconds) * MICROSECONDS
        clock.policy_id = policy_id
        clock.calendar, clock.calendar_version = terms.calendar.code, terms.calendar.version
        clock.yellow, clock.orange = terms.setting.yellow, terms.setting.orange
        self._pinned[terms.calendar.code, terms.calendar.version] = terms.calendar
        self._change(clock, terms.timing, Change.REAPPLIED, reason, previous_version=version)
        for rung in (Rung.YELLOW, Rung.ORANGE):
            await self._skip_or_take_back(clock, rung, before)
        runs = clock.state is ClockState.RUNNING
        await self._lay_out(clock, shift, ThresholdState.ARMED if runs else ThresholdState.DISARMED)

    async def _skip_or_take_back(self, clock: Clock, rung: Rung, before: Setting) -> None:
        """Skip a warning that would lie before the clock's start, or lay it out where it did not."""
        is_skipped, was_skipped = clock.setting.target(rung) <= 0, before.target(rung) <= 0
        if is_skipped == was_skipped:
            return
        among = (
            (ThresholdState.ARMED, ThresholdState.DISARMED)
            if is_skipped
            else (ThresholdState.SKIPPED,)
        )
        await self._tx.session.exec(
            update(Threshold)
            .where(
                col(Threshold.clock_id) == clock.id,
                col(Threshold.rung) == rung,
                col(Threshold.state).in_(among),
            )
            .values(
                state=ThresholdState.SKIPPED if is_skipped else ThresholdState.DISARMED,
                reason=SKIP_REASON if is_skipped else None,
            )
            .execution_options(**_NOT_LOADED)
        )

    async def start(self, subject: Subject, starts: Sequence[Start]) -> None:
        """Start clocks with all their levels; a policy may leave some of them out."""
        started = [
            new
            for start in starts
            if (new := new_clock(subject, start, now=self._tx.now)) is not None
        ]
        for new in started:
            self._pinned[new.calendar.code, new.calendar.version] = new.calendar
        made = [_rows(subject, new, self._tx.now) for new in started]
        self._tx.session.add_all([clock for clock, _ in made])
        await self._tx.session.flush()  # levels refer to their clocks
        for clock, thresholds in made:
            self._tx.session.add_all(thresholds)
            self._live.append(clock)

    def _change(
        self,
        clock: Clock,
        timing: Timing,
        change: Change,
        reason: str,
        charged_until: datetime | None = None,
        previous_version: str | None = None,
    ) -> None:
        previous = clock.timing
        clock.timing = timing
        clock.is_provisional = self.calendar(clock).is_provisional(timing.due_at)
        self._tx.session.add(
            ClockChange(
                clock_id=clock.id,
                at=self._tx.now,
                change=change,
                reason=reason,
                used_microseconds=timing.used,
                limit_seconds=timing.limit_seconds,
                previous_limit_seconds=previous.limit_seconds,
                due_at=timing.due_at,
                previous_due_at=previous.due_at,
                charged_until=charged_until,
                calendar_version=clock.calendar_version,
                previous_calendar_version=previous_version or clock.calendar_version,
                policy_id=clock.policy_id,
            )
        )

    async def _lay_out(
        self, clock: Clock, shift: int = 0, state: ThresholdState = ThresholdState.ARMED
    ) -> None:
        """Give every rung that lies ahead its instant again.

        Args:
            clock: that goes on.
            shift: microseconds by which its limit has grown, and with it what lies beyond red.
            state: disarmed for a clock that does not run.
        """
        calendar = self.calendar(clock)
        rungs = await self._tx.session.exec(
            select(Threshold.rung, Threshold.nth, Threshold.target_microseconds).where(
                col(Threshold.clock_id) == clock.id, _ahead(self._tx.now)
            )
        )
        for word, nth, target in rungs.all():
            rung = Rung(word)
            moved = clock.setting.target(rung) if rung in FIRING_LEVELS else target + shift
            await self._tx.session.exec(
                update(Threshold)
                .where(
                    col(Threshold.clock_id) == clock.id,
                    col(Threshold.rung) == rung,
                    col(Threshold.nth) == nth,
                )
                .values(
                    state=state,
                    target_microseconds=moved,
                    due_at=clock.timing.instant_of(calendar, moved),
                )
                .execution_options(**_NOT_LOADED)
            )

    async def _disarm(self, clocks: Sequence[Clock]) -> None:
        if clocks:
            await self._tx.session.exec(
                update(Threshold)
                .where(
                    col(Threshold.clock_id).in_([clock.id for clock in clocks]),
                    col(Threshold.state) == ThresholdState.ARMED,
                    col(Threshold.due_at) >= self._tx.now,
                )
                .values(state=ThresholdState.DISARMED)
                .execution_options(**_NOT_LOADED)
            )


def _ahead(now: datetime) -> sa.ColumnElement[bool]:
    """Return what picks the rungs that may still be moved: what is overdue stays for the sweeper."""
    return sa.or_(
        col(Threshold.state) == ThresholdState.DISARMED,
        sa.and_(col(Threshold.state) == ThresholdState.ARMED, col(Threshold.due_at) >= now),
    )
