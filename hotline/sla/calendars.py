"""Publishing calendars, and moving running clocks to a new version of theirs.

A clock keeps the version of its calendar that it started on. What is announced late is the one
exception: a change is previewed, then running clocks are moved in an action of its own that writes
a row for each. Only clocks whose due instant is provisional, beyond the covered days, move by
themselves.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.alarms import AlarmKind, clear_alarm, raise_alarm
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla.clocks import MICROSECONDS, Change, ClockState
from hotline.sla.models import Clock, Threshold, ThresholdState
from hotline.sla.policy import ClockKind, Level
from hotline.workdays.book import CALENDARS, NATURAL, UnknownCalendar
from hotline.workdays.definition import (
    Definition,
    InvalidCalendar,
    check_code,
    definition_from_json,
    definition_to_json,
)
from hotline.workdays.horizon import Horizon, horizon_of
from hotline.workdays.models import CalendarVersion
from hotline.workdays.official import (
    KNOWN_UNTIL,
    OFFICIAL_NAME,
    WORKING,
    official_definition,
)
from hotline.workdays.workcalendar import Calendar, instant_of, microseconds_of
from hotline.workdays.years import RowFault, read_year

BATCH = 10_000
"""So many tickets are moved in one transaction: their rows stay locked for seconds, not for long."""

SHOWN = 50
"""So many changed due instants a preview lists; it counts all."""

REASON_ASKED = "calendar"
REASON_PROVISIONAL = "provisional"
_LONGEST_NAME = 120
_LONGEST_NOTE = 500


class BuiltInCalendar(DomainError):
    """Natural time is what it is."""

    kind = ErrorKind.CONFLICT
    code = "built-in-calendar"
    title = N_("Natural time is built in and cannot be changed")


class InvalidYear(DomainError):
    """A file of a year's days with lines that cannot be used; nothing of it was taken."""

    kind = ErrorKind.INVALID
    code = "invalid-year"
    title = N_("The year cannot be loaded, nothing was changed: {problems}")


# -- versions --------------------------------------------------------------------------------------


async def publish_calendar(
    tx: Tx,
    *,
    code: str,
    name: str,
    definition: Mapping[str, Any] | Definition,
    note: str = "",
    is_active: bool = True,
) -> CalendarVersion:
    """Add the next version of a calendar; clocks that run keep the one they started on.

    Those whose due instant is provisional, because it lies beyond the covered days, move to the new
    version at once; what one transaction should not hold is left to the worker.

    Args:
        tx: the transaction and who acts in it.
        code: small letters, digits, - and _.
        name: what people call it.
        definition: the whole calendar.
        note: why it was changed.
        is_active: False for a draft, which is kept but not in force.

    Raises:
        PermissionDenied: the actor may not manage policies.
        BuiltInCalendar: it would change natural time.
        InvalidCalendar: the definition cannot be kept.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    check_code(code)
    if code == NATURAL.code:
        raise BuiltInCalendar
    name, note = _clean_line(name), _clean_line(note)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidCalendar(
            N_("a calendar needs a name of {most} characters at most"), most=_LONGEST_NAME
        )
    if len(note) > _LONGEST_NOTE:
        raise InvalidCalendar(N_("a note has {most} characters at most"), most=_LONGEST_NOTE)
    if not isinstance(definition, Definition):
        definition = definition_from_json(definition)
    await _lock(tx.session)
    newest = await _newest(tx.session, code)
    row = await _add(
        tx, code, newest.version + 1 if newest else 1, name, definition, note, is_active=is_active
    )
    if is_active and newest is not None:
        await _move(tx, row, reason=REASON_PROVISIONAL)
    return row


def _clean_line(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()


async def _lock(session: AsyncSession) -> None:
    # One writer at a time, so that two administrators never make the same version.
    await session.exec(sa.text("SELECT pg_advisory_xact_lock(hashtext('calendars'))"))  # type: ignore[call-overload]


async def _newest(
    session: AsyncSession, code: str, *, active_only: bool = False
) -> CalendarVersion | None:
    statement = select(CalendarVersion).where(CalendarVersion.code == code)
    if active_only:
        statement = statement.where(col(CalendarVersion.is_active))
    return (
        await session.exec(statement.order_by(col(CalendarVersion.version).desc()).limit(1))
    ).first()


async def _add(
    tx: Tx,
    code: str,
    version: int,
    name: str,
    definition: Definition,
    note: str,
    *,
    is_active: bool,
) -> CalendarVersion:
    row = CalendarVersion(
        code=code,
        version=version,
        name=name,
        definition=definition_to_json(definition),
        covered_until=definition.covered_until,
        is_active=is_active,
        created_at=tx.now,
        created_by=tx.actor.username,
        note=note,
    )
    tx.session.add(row)
    await tx.session.flush()
    return row


async def install_official_calendar(tx: Tx) -> bool:
    """Add the first version of the official working time where there is none; tell whether it did."""
    await _lock(tx.session)
    if await _newest(tx.session, WORKING) is not None:
        return False
    note = f"国务院办公厅节假日安排，至{KNOWN_UNTIL.year}年"
    await _add(tx, WORKING, 1, OFFICIAL_NAME, official_definition(), note, is_active=True)
    return True


async def calendar_in_force(session: AsyncSession, code: str) -> CalendarVersion:
    """Return the newest active version of a calendar.

    Raises:
        UnknownCalendar: there is none.
    """
    row = await _newest(session, code, active_only=True)
    if row is None:
        raise UnknownCalendar(calendar=code)
    return row


@dataclass(frozen=True, slots=True)
class YearReport:
    """What loading a year did, or would do.

    Attributes:
        year: which.
        days: how many days the file lists.
        counts: how many of each kind.
        faults: lines that cannot be used; with any of them nothing is taken.
        covered_until: how far the calendar reaches then.
        version: what it became; None for a trial or when nothing was taken.
    """

    year: int
    days: int
    counts: Mapping[str, int]
    faults: Sequence[RowFault]
    covered_until: date
    version: str | None = None


async def import_year(
    tx: Tx, *, code: str, year: int, text: str, dry_run: bool = False
) -> YearReport:
    """Load the announced days of a year into a calendar, in place of what it had for that year.

    Args:
        tx: the transaction and who acts in it.
        code: the calendar.
        year: which.
        text: a file as `read_year` describes it.
        dry_run: check everything, write nothing; then faults are reported, not raised.

    Raises:
        PermissionDenied: the actor may not manage policies.
        UnknownCalendar: there is no such calendar.
        InvalidYear: a line cannot be used.
        InvalidCalendar: the years before it are missing, or the outcome cannot be kept.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    if code == NATURAL.code:
        raise BuiltInCalendar
    base = await calendar_in_force(tx.session, code)
    file = read_year(text, year)
    if file.faults and not dry_run:
        said = "; ".join(f"{fault.line}: {fault.problem}" for fault in file.faults[:SHOWN])
        raise InvalidYear(problems=said)
    counts: dict[str, int] = {}
    for override in file.days.values():
        counts[override.kind.value] = counts.get(override.kind.value, 0) + 1
    report = YearReport(year, len(file.days), counts, file.faults, base.covered_until)
    if file.faults:
        return report
    changed = definition_from_json(base.definition).with_year(year, file.days)
    version = None
    if not dry_run:
        row = await publish_calendar(
            tx, code=code, name=base.name, definition=changed, note=str(year)
        )
        version = row.label
    return YearReport(year, len(file.days), counts, (), changed.covered_until, version)


# -- running clocks --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DueChange:
    """A clock that would be due at another instant."""

    clock_id: uuid.UUID
    ticket_number: str
    kind: ClockKind
    due_at: datetime
    new_due_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What a change of a calendar would do to open clocks.

    Attributes:
        looked_at: clocks that run by the calendar and are not overdue.
        later: those that would be due later.
        earlier: those that would be due earlier.
        paused: clocks that wait: they would go on by the new version.
        overdue: clocks that are overdue: they stay as they are.
        changes: the first changed ones, soonest first.
    """

    looked_at: int = 0
    later: int = 0
    earlier: int = 0
    paused: int = 0
    overdue: int = 0
    changes: Sequence[DueChange] = field(default_factory=tuple)

    @property
    def changed(self) -> int:
        """How many would be due at another instant."""
        return self.later + self.earlier


@dataclass(slots=True)
class _Running:
    """A clock as it runs, in microseconds since 1970; moved by giving it new figures."""

    id: uuid.UUID
    ticket_id: uuid.UUID
    kind: ClockKind
    state: ClockState
    version: str
    policy_id: int
    since: int
    used: int
    limit: int
    due: int
    new_due: int = 0


_COLUMNS = (
    col(Clock.id),
    col(Clock.ticket_id),
    col(Clock.kind),
    col(Clock.state),
    col(Clock.calendar_version),
    col(Clock.policy_id),
    col(Clock.since),
    col(Clock.used_microseconds),
    col(Clock.limit_seconds),
    col(Clock.due_at),
)


def _moveable(code: str, now: datetime, *, other_than: str, provisional: bool) -> list[Any]:
    """Return the conditions for clocks that may move: on time and running, or waiting."""
    wanted: list[Any] = [
        col(Clock.calendar) == code,
        col(Clock.calendar_version) != other_than,
        sa.or_(
            sa.and_(
                col(Clock.state) == ClockState.RUNNING,
                col(Clock.due_at) > now,
                col(Clock.level) != Level.RED,
            ),
            col(Clock.state) == ClockState.PAUSED,
        ),
    ]
    if provisional:
        wanted.append(col(Clock.is_provisional))
    return wanted


async def _read(session: AsyncSession, *conditions: Any) -> list[_Running]:  # noqa: ANN401  # SQL
    rows = await session.exec(
        select(*_COLUMNS)  # type: ignore[call-overload]  # sqlmodel types four columns at most
        .where(*conditions)
        .order_by(col(Clock.calendar_version), col(Clock.id))
    )
    return [
        _Running(
            clock_id,
            ticket_id,
            kind,
            state,
            version,
            policy_id,
            microseconds_of(since),
            used,
            limit * MICROSECONDS,
            microseconds_of(due),
        )
        for clock_id, ticket_id, kind, state, version, policy_id, since, used, limit, due in rows
    ]


async def _reckon(
    session: AsyncSession, code: str, clocks: Sequence[_Running], new: Calendar, now: int
) -> None:
    """Give each clock its figures on `new`: by its own version up to now, by the new one from now.

    A clock that waits has no due instant that would count: it keeps the one it had.
    """
    for version, group in groupby(clocks, key=lambda clock: clock.version):
        old = await CALENDARS.version(session, code, version)
        running = []
        for clock in group:
            clock.new_due = clock.due
            if clock.state is ClockState.RUNNING:
                clock.used += old.elapsed_us(clock.since, now)
                clock.since = now
                running.append(clock)
        due = new.add_many([now] * len(running), [clock.limit - clock.used for clock in running])
        for clock, new_due in zip(running, due, strict=True):
            clock.new_due = new_due


async def preview_calendar_change(
    session: AsyncSession, code: str, definition: Mapping[str, Any] | Definition, now: datetime
) -> CalendarPreview:
    """Tell which open clocks would be due at another instant under another definition.

    Args:
        session: may be read-only.
        code: the calendar; nothing runs by one that is new.
        definition: what it would become.
        now: the clocks are moved as of here.

    Raises:
        InvalidCalendar: the definition cannot be kept.
    """
    if not isinstance(definition, Definition):
        definition = definition_from_json(definition)
    return await _preview(session, code, definition.calendar(code, ""), now)


async def preview_recalculation(session: AsyncSession, code: str, now: datetime) -> CalendarPreview:
    """Tell which open clocks would be due at another instant under the version in force.

    Raises:
        UnknownCalendar: there is no such calendar.
    """
    row = await calendar_in_force(session, code)
    new = await CALENDARS.version(session, code, row.label)
    return await _preview(session, code, new, now)


async def _preview(
    session: AsyncSession, code: str, new: Calendar, now: datetime
) -> CalendarPreview:
    clocks = await _read(session, *_moveable(code, now, other_than=new.version, provisional=False))
    await _reckon(session, code, clocks, new, microseconds_of(now))
    running = [clock for clock in clocks if clock.state is ClockState.RUNNING]
    changed = [clock for clock in running if clock.new_due != clock.due]
    overdue = await session.exec(
        select(sa.func.count())
        .select_from(Clock)
        .where(
            col(Clock.calendar) == code,
            col(Clock.calendar_version) != new.version,
            col(Clock.state) == ClockState.RUNNING,
            sa.or_(col(Clock.due_at) <= now, col(Clock.level) == Level.RED),
        )
    )
    first = sorted(changed, key=lambda clock: (clock.due, clock.id))[:SHOWN]
    connection = await session.connection()
    numbers = await connection.execute(_NUMBERS, {"ids": [clock.ticket_id for clock in first]})
    number_of = {row.id: row.number for row in numbers}
    return CalendarPreview(
        looked_at=len(running),
        later=sum(clock.new_due > clock.due for clock in changed),
        earlier=sum(clock.new_due < clock.due for clock in changed),
        paused=len(clocks) - len(running),
        overdue=overdue.one(),
        changes=[
            DueChange(
                clock.id,
                number_of[clock.ticket_id],
                clock.kind,
                instant_of(clock.due),
                instant_of(clock.new_due),
            )
            for clock in first
        ],
    )


@dataclass(frozen=True, slots=True)
class Recalculation:
    """What moving clocks to the version in force has done.

    Attributes:
        version: what they run by now.
        moved: how many clocks moved.
        changed: how many of them are due at another instant.
        remaining: tickets whose clocks are left for the next call.
    """

    version: str
    moved: int
    changed: int
    remaining: int


async def recalculate(tx: Tx, code: str, *, most: int = BATCH) -> Recalculation:
    """Move the open clocks of a calendar to its version in force.

    Up to now they count by the version they had, from now on by the new one; what lies ahead is
    laid out anew. Overdue clocks and work handed in stay as they are. Each moved clock gets a row in
    its log. Calling it again goes on where it left off.

    Args:
        tx: the transaction and who acts in it.
        code: the calendar.
        most: so many tickets at most, for their rows stay locked until the commit.

    Raises:
        PermissionDenied: the actor may not manage policies.
        UnknownCalendar: there is no such calendar.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    if code == NATURAL.code:
        raise BuiltInCalendar
    row = await calendar_in_force(tx.session, code)
    return await _move(tx, row, reason=REASON_ASKED, most=most)


async def recalculate_provisional(tx: Tx, *, most: int = BATCH) -> int:
    """Move clocks with a provisional due instant to the version in force; return how many.

    For the worker, which finishes what a publication left over.
    """
    moved = 0
    open_states = (ClockState.RUNNING, ClockState.PAUSED)
    codes = await tx.session.exec(
        select(Clock.calendar)
        .where(col(Clock.is_provisional), col(Clock.state).in_(open_states))
        .distinct()
    )
    for code in codes.all():
        row = await _newest(tx.session, code, active_only=True)
        if row is not None:
            done = await _move(tx, row, reason=REASON_PROVISIONAL, most=most)
            moved += done.moved
    return moved


async def _move(tx: Tx, row: CalendarVersion, *, reason: str, most: int = BATCH) -> Recalculation:
    new = definition_from_json(row.definition).calendar(row.code, row.label)
    conditions = _moveable(
        row.code, tx.now, other_than=new.version, provisional=reason == REASON_PROVISIONAL
    )
    found = await tx.session.exec(
        select(Clock.ticket_id).where(*conditions).distinct().order_by(col(Clock.ticket_id))
    )
    tickets = found.all()
    taken = list(tickets[:most])
    if not taken:
        return Recalculation(new.version, 0, 0, 0)
    await (await tx.session.connection()).execute(_LOCK_TICKETS, {"ids": taken})
    clocks = await _read(tx.session, *conditions, col(Clock.ticket_id) == sa.any_(_ids(taken)))
    now = microseconds_of(tx.now)
    await _reckon(tx.session, row.code, clocks, new, now)
    await _write(tx, clocks, new, reason)
    changed = sum(clock.new_due != clock.due for clock in clocks)
    return Recalculation(new.version, len(clocks), changed, len(tickets) - len(taken))


def _ids(ids: Sequence[uuid.UUID]) -> sa.BindParameter[Sequence[uuid.UUID]]:
    return sa.bindparam(None, ids, type_=ARRAY(sa.Uuid()))


_NUMBERS = sa.text("SELECT id, number FROM tickets WHERE id = ANY(CAST(:ids AS uuid[]))")
_LOCK_TICKETS = sa.text(
    "SELECT count(*) FROM ("
    "SELECT 1 FROM tickets WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE) AS locked"
)

_MOVED = (
    "unnest(CAST(:ids AS uuid[]), CAST(:tickets AS uuid[]), CAST(:policies AS int[]), "
    "CAST(:since AS timestamptz[]), CAST(:used AS bigint[]), CAST(:limits AS int[]), "
    "CAST(:was AS timestamptz[]), CAST(:due AS timestamptz[]), CAST(:provisional AS boolean[]), "
    "CAST(:versions AS text[])) AS moved (id, ticket_id, policy_id, since, used, limit_seconds, was, "
    "due, provisional, previous_version)"
)

_MOVE_CLOCKS = sa.text(
    "WITH changed AS (UPDATE sla_clocks SET since = moved.since, used_microseconds = moved.used, "
    "due_at = moved.due, is_provisional = moved.provisional, calendar_version = :version "
    f"FROM {_MOVED} WHERE sla_clocks.id = moved.id "
    "RETURNING moved.id, used, moved.limit_seconds, due, was, previous_version, moved.policy_id) "
    "INSERT INTO sla_clock_changes (clock_id, at, change, reason, used_microseconds, limit_seconds, "
    "previous_limit_seconds, due_at, previous_due_at, calendar_version, previous_calendar_version, "
    "policy_id) SELECT id, :now, :change, :reason, used, limit_seconds, limit_seconds, due, was, "
    ":version, previous_version, policy_id FROM changed"
)
# A ticket shows the due instant of the clock that guides it: where they were the same, they stay so.
_GUIDING = ("tickets", "was", "due")
_UPDATE_TICKETS = sa.text(
    "UPDATE tickets SET due_at = moved.due FROM unnest(CAST(:tickets AS uuid[]), "
    "CAST(:was AS timestamptz[]), CAST(:due AS timestamptz[])) AS moved (ticket_id, was, due) "
    "WHERE tickets.id = moved.ticket_id AND tickets.due_at = moved.was AND moved.due <> moved.was"
)
_UPDATE_THRESHOLDS = sa.text(
    "UPDATE sla_thresholds SET due_at = moved.due FROM unnest(CAST(:ids AS uuid[]), "
    "CAST(:rungs AS text[]), CAST(:nths AS int[]), CAST(:due AS timestamptz[])) "
    "AS moved (clock_id, rung, nth, due) "
    "WHERE (sla_thresholds.clock_id, sla_thresholds.rung, sla_thresholds.nth) "
    "= (moved.clock_id, moved.rung, moved.nth)"
)


async def _write(tx: Tx, clocks: Sequence[_Running], new: Calendar, reason: str) -> None:
    """Write the new figures: clocks, their log, their levels ahead, the tickets they guide."""
    connection = await tx.session.connection()
    for some in _parts(clocks):
        due = [instant_of(clock.new_due) for clock in some]
        moved = {
            "ids": [clock.id for clock in some],
            "tickets": [clock.ticket_id for clock in some],
            "policies": [clock.policy_id for clock in some],
            "since": [instant_of(clock.since) for clock in some],
            "used": [clock.used for clock in some],
            "limits": [clock.limit // MICROSECONDS for clock in some],
            "was": [instant_of(clock.due) for clock in some],
            "due": due,
            "provisional": [new.is_provisional(at) for at in due],
            "versions": [clock.version for clock in some],
        }
        said = {
            "now": tx.now,
            "change": Change.RECALCULATED.value,
            "reason": reason,
            "version": new.version,
        }
        await connection.execute(_MOVE_CLOCKS, moved | said)
        await connection.execute(_UPDATE_TICKETS, {name: moved[name] for name in _GUIDING})
        await _write_thresholds(tx, some, new)


async def _write_thresholds(tx: Tx, clocks: Sequence[_Running], new: Calendar) -> None:
    by_id = {clock.id: clock for clock in clocks}
    rows = (
        await tx.session.exec(
            select(
                Threshold.clock_id, Threshold.rung, Threshold.nth, Threshold.target_microseconds
            ).where(
                col(Threshold.clock_id) == sa.any_(_ids(list(by_id))),
                col(Threshold.state) == ThresholdState.ARMED,
                # One that has fallen due but was not fired yet is the sweeper's.
                col(Threshold.due_at) > tx.now,
            )
        )
    ).all()
    due = new.add_many(
        [by_id[clock_id].since for clock_id, *_ in rows],
        [target - by_id[clock_id].used for clock_id, _, _, target in rows],
    )
    await (await tx.session.connection()).execute(
        _UPDATE_THRESHOLDS,
        {
            "ids": [clock_id for clock_id, *_ in rows],
            "rungs": [str(rung) for _, rung, *_ in rows],
            "nths": [nth for _, _, nth, _ in rows],
            "due": [instant_of(at) for at in due],
        },
    )


_PART = 5_000


def _parts(clocks: Sequence[_Running]) -> Iterator[Sequence[_Running]]:
    for start in range(0, len(clocks), _PART):
        yield clocks[start : start + _PART]


# -- the horizon -----------------------------------------------------------------------------------


async def check_calendar_horizon(session: AsyncSession, now: datetime) -> Sequence[Horizon]:
    """Raise an alarm for each calendar that ends within 60 days, clear it for the others.

    Returns the calendars that are near their end. For the worker's periodic checks.
    """
    near = []
    for horizon in horizon_of((await CALENDARS.in_force(session)).values(), now):
        if horizon.is_near:
            near.append(horizon)
            details = {
                "covered_until": horizon.covered_until.isoformat(),
                "days_left": horizon.days_left,
            }
            await raise_alarm(session, AlarmKind.CALENDAR_HORIZON, horizon.code, details, now)
        else:
            await clear_alarm(session, AlarmKind.CALENDAR_HORIZON, horizon.code, now)
    return near
