"""Starting, stopping and pausing clocks inside the caller's transaction.

The caller holds the ticket's row lock, so nobody else touches its clocks meanwhile. Whatever ends or
waits disarms only the levels that still lie ahead: a level that has fallen due but was not fired yet
is left to the sweeper, which fires it late rather than never.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update

from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.sla.clocks import Setting, instants, is_met, setting_of, used_until
from hotline.sla.models import LIVE_STATES, Clock, ClockState, Threshold, ThresholdState
from hotline.sla.policy import CalendarCode, ClockKind, ClockRule, Level, Limit, rule_for
from hotline.sla.queries import PinnedPolicy
from hotline.workdays.official import official_calendars
from hotline.workdays.workcalendar import Calendar


@dataclass(frozen=True, slots=True)
class Subject:
    """What a clock is started for."""

    ticket_id: uuid.UUID
    request_type: str
    round: int
    hop: int
    policy: PinnedPolicy


def calendar_of(code: CalendarCode) -> Calendar:
    """Return the calendar in force."""
    return official_calendars()[code.value]


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


@dataclass(frozen=True, slots=True)
class NewClock:
    """A clock about to start, before it is a row."""

    kind: ClockKind
    department_id: int | None
    rule: ClockRule
    calendar: Calendar
    setting: Setting
    levels: Mapping[Level, datetime]

    @property
    def due_at(self) -> datetime:
        """When it is due."""
        return self.levels[Level.RED]

    @property
    def is_provisional(self) -> bool:
        """Whether that lies beyond the officially known working days."""
        return self.calendar.is_provisional(self.due_at)


def new_clock(subject: Subject, start: Start, *, now: datetime) -> NewClock | None:
    """Return a clock that starts now with all its levels, or None when the policy has none."""
    rule = rule_for(subject.policy.policy, start.kind)
    if rule is None:
        return None
    if start.limit is not None:
        rule = ClockRule(start.limit, rule.calendar, rule.warnings)
    calendar = calendar_of(rule.calendar)
    setting = setting_of(rule, subject.request_type, calendar)
    return NewClock(
        start.kind,
        start.department_id,
        rule,
        calendar,
        setting,
        instants(calendar, setting, now),
    )


def _rows(subject: Subject, new: NewClock, now: datetime) -> tuple[Clock, Sequence[Threshold]]:
    clock = Clock(
        id=uuid7(now),
        ticket_id=subject.ticket_id,
        kind=new.kind,
        hop=subject.hop,
        round=subject.round,
        department_id=new.department_id,
        policy_id=subject.policy.id,
        calendar=new.rule.calendar,
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
            level=level,
            ticket_id=subject.ticket_id,
            due_at=due_at,
            state=ThresholdState.ARMED,
        )
        for level, due_at in new.levels.items()
    ]


_NOT_LOADED = {"synchronize_session": False}
"""Levels are changed where they lie; no session holds them, so none has to be searched."""


class Clocks:
    """The live clocks of one locked ticket."""

    def __init__(self, tx: Transaction, live: list[Clock]) -> None:
        self._tx = tx
        self._live = live

    @classmethod
    async def of(cls, tx: Transaction, ticket_id: uuid.UUID) -> "Clocks":
        """Load the live clocks of a ticket whose row the caller has locked."""
        live = await tx.session.exec(
            select(Clock)
            .where(Clock.ticket_id == ticket_id, col(Clock.state).in_(LIVE_STATES))
            .order_by(col(Clock.started_at))
        )
        return cls(tx, list(live.all()))

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
        self, kinds: Iterable[ClockKind], *, department_id: int | None = None
    ) -> list[Clock]:
        """End clocks with a verdict and return them: met or missed by their own due instants.

        Work handed in earlier is judged by when it was handed in.

        Args:
            kinds: which clocks.
            department_id: only this department's, when given.
        """
        taken = self._take(
            kinds,
            LIVE_STATES,
            lambda clock: department_id is None or clock.department_id == department_id,
        )
        for clock in taken:
            ended_at = clock.stopped_at or self._tx.now
            self._spend(clock, ended_at)
            clock.state = ClockState.MET if is_met(ended_at, clock.due_at) else ClockState.MISSED
            clock.ended_at = ended_at
            self._live.remove(clock)
        await self._disarm(taken)
        return taken

    async def cancel(self, kinds: Iterable[ClockKind]) -> None:
        """End clocks without a verdict."""
        taken = self._take(kinds, LIVE_STATES)
        for clock in taken:
            self._spend(clock, self._tx.now)
            clock.state = ClockState.CANCELLED
            clock.ended_at = self._tx.now
            self._live.remove(clock)
        await self._disarm(taken)

    async def submit(self, kinds: Iterable[ClockKind]) -> None:
        """Stop clocks until an audit has judged the work; nothing fires meanwhile."""
        taken = self._take(kinds, {ClockState.RUNNING})
        for clock in taken:
            clock.state = ClockState.SUBMITTED
            clock.stopped_at = self._tx.now
        await self._disarm(taken)

    async def resubmit(self, kinds: Iterable[ClockKind]) -> None:
        """Let submitted clocks go on as if they had never stopped."""
        taken = self._take(kinds, {ClockState.SUBMITTED})
        for clock in taken:
            clock.state = ClockState.RUNNING
            clock.stopped_at = None
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

    async def pause(self, kinds: Iterable[ClockKind]) -> None:
        """Let clocks wait: what they used so far is kept, no level of theirs falls due."""
        taken = self._take(kinds, {ClockState.RUNNING})
        for clock in taken:
            self._spend(clock, self._tx.now)
            clock.state = ClockState.PAUSED
            clock.stopped_at = self._tx.now
        await self._disarm(taken)

    async def resume(
        self, kinds: Iterable[ClockKind], *, charged_until: datetime | None = None
    ) -> None:
        """Let paused clocks go on with what remained.

        Args:
            kinds: which clocks.
            charged_until: count the pause up to here as used after all, when given: a return that
                was asked for in vain buys no time.
        """
        for clock in self._take(kinds, {ClockState.PAUSED}):
            if charged_until is not None and clock.stopped_at is not None:
                clock.used_microseconds = used_until(
                    calendar_of(clock.calendar),
                    clock.stopped_at,
                    clock.used_microseconds,
                    charged_until,
                )
            clock.state = ClockState.RUNNING
            clock.stopped_at = None
            clock.since = self._tx.now
            await self._lay_out(clock)

    async def extend(self, kinds: Iterable[ClockKind], until: datetime) -> None:
        """Move the end of running clocks to `until`, counted on their own calendars."""
        for clock in self._take(kinds, {ClockState.RUNNING}):
            total = used_until(
                calendar_of(clock.calendar), clock.since, clock.used_microseconds, until
            )
            clock.limit_seconds = total // 1_000_000
            await self._lay_out(clock)

    async def start(self, subject: Subject, starts: Sequence[Start]) -> None:
        """Start clocks with all their levels; a policy may leave some of them out."""
        made = [
            _rows(subject, new, self._tx.now)
            for start in starts
            if (new := new_clock(subject, start, now=self._tx.now)) is not None
        ]
        self._tx.session.add_all([clock for clock, _ in made])
        await self._tx.session.flush()  # levels refer to their clocks
        for clock, thresholds in made:
            self._tx.session.add_all(thresholds)
            self._live.append(clock)

    def _spend(self, clock: Clock, until: datetime) -> None:
        if clock.state is ClockState.PAUSED:
            return
        clock.used_microseconds = used_until(
            calendar_of(clock.calendar), clock.since, clock.used_microseconds, until
        )

    async def _lay_out(self, clock: Clock) -> None:
        calendar = calendar_of(clock.calendar)
        levels = instants(calendar, clock.setting, clock.since, clock.used_microseconds)
        clock.due_at = levels[Level.RED]
        clock.is_provisional = calendar.is_provisional(clock.due_at)
        for level, due_at in levels.items():
            await self._tx.session.exec(
                update(Threshold)
                .where(
                    col(Threshold.clock_id) == clock.id,
                    col(Threshold.level) == level,
                    col(Threshold.state).in_((ThresholdState.ARMED, ThresholdState.DISARMED)),
                )
                .values(state=ThresholdState.ARMED, due_at=due_at)
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
