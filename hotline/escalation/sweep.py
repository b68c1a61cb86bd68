"""The sweeper: fires every rung of every clock that has fallen due, each exactly once.

Any number of sweepers may run. A ticket is claimed by locking its row, so a sweeper and a person
never act on one ticket at the same time; what is locked is left for the next round. Marking a rung,
laying out what follows red, writing the timeline, breaking the promise, telling people and emitting
the facts are one transaction, in a fixed number of statements however many rungs there are.
"""

import functools
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.ladder import (
    LADDER_LEVELS,
    NEEDS_ACKNOWLEDGEMENT,
    NextRung,
    acknowledge_by,
    rungs_after,
)
from hotline.escalation.outages import Interval, outages_since
from hotline.escalation.receivers import Case, Receiver, Roster, SkipReason, Told, resolve
from hotline.escalation.roster import read_roster
from hotline.kernel.alarms import AlarmKind, raise_alarm
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, copy_rows
from hotline.kernel.facts import Fact
from hotline.kernel.ids import uuid7s
from hotline.kernel.jobs import is_passing
from hotline.notices.writing import NewNotice, write_fresh_notices
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Tx
from hotline.sla.clocks import ClockState, Timing
from hotline.sla.events import ClockWarned
from hotline.sla.policy import SUPPLEMENT_REMINDED_AT, CalendarCode, ClockKind, Level, Rung
from hotline.tickets.events import PromiseEnded, RequesterConcerned
from hotline.tickets.lifecycle import HANDLING, Hold, State, Status
from hotline.tickets.models import CLOCK_FIRED, Audience, Urgency
from hotline.tickets.step import POLICIES
from hotline.tickets.timeline import Entry, event_values
from hotline.workdays.book import CALENDARS
from hotline.workdays.workcalendar import Calendar, Calendars

log = structlog.get_logger(__name__)

BATCH = 500
"""Tickets of one round: more would hold their locks longer, fewer cost more round trips."""

_WINDOW = 8
"""How many batches of rungs are looked at, so that several sweepers find different tickets."""

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one round did.

    Attributes:
        fired: rungs that fired.
        parked: tickets set aside because they could not be handled.
        may_be_more: True when something was done, so that the next round should follow at once.
    """

    fired: int = 0
    parked: int = 0
    may_be_more: bool = False


class _Locked(NamedTuple):
    id: uuid.UUID
    number: str
    status: str
    hold: str | None
    round: int
    policy_id: int
    level: str
    urgency: str
    request_type: str
    owner_department_id: int | None
    holder_user_id: uuid.UUID | None
    history_count: int
    history_head: bytes
    hop: int
    category_code: str | None


class _Due(NamedTuple):
    ticket_id: uuid.UUID
    clock_id: uuid.UUID
    rung: str
    nth: int
    due_at: datetime
    kind: str
    clock_state: str
    clock_level: str
    department_id: int | None
    calendar: str
    calendar_version: str
    limit_seconds: int
    started_at: datetime
    since: datetime
    clock_due_at: datetime
    used: int
    stopped_at: datetime | None
    yellow: Decimal


_FIRED_HERE = "state = 'armed' AND NOT (rung IN ('act', 'order', 'listing'))"
"""The condition of the index that holds what this sweeper fires."""

_CLAIM = sa.text(
    "SELECT k.id, k.number, k.status, k.hold, k.round, k.policy_id, k.level, k.urgency, "
    "k.request_type, k.owner_department_id, k.holder_user_id, k.history_count, k.history_head, "
    "k.hop, k.category_code "
    "FROM (SELECT ticket_id, min(due_at) AS due_at FROM (SELECT ticket_id, due_at "
    f"FROM sla_thresholds WHERE {_FIRED_HERE} AND due_at BETWEEN :since AND :now "
    "ORDER BY due_at LIMIT :window) w "
    "GROUP BY ticket_id) due JOIN tickets k ON k.id = due.ticket_id "
    "ORDER BY due.due_at LIMIT :batch FOR UPDATE OF k SKIP LOCKED"
)
_CLAIM_ONE = sa.text(
    "SELECT k.id, k.number, k.status, k.hold, k.round, k.policy_id, k.level, k.urgency, "
    "k.request_type, k.owner_department_id, k.holder_user_id, k.history_count, k.history_head, "
    "k.hop, k.category_code "
    "FROM tickets k WHERE k.id = :id FOR UPDATE OF k SKIP LOCKED"
)
_DUE = sa.text(
    "SELECT t.ticket_id, t.clock_id, t.rung, t.nth, t.due_at, c.kind, c.state, c.level, "
    "c.department_id, c.calendar, c.calendar_version, c.limit_seconds, c.started_at, c.since, "
    "c.due_at, c.used_microseconds, c.stopped_at, c.yellow "
    "FROM sla_clocks c JOIN sla_thresholds t ON t.clock_id = c.id "
    "WHERE c.ticket_id = ANY(CAST(:ids AS uuid[])) "
    "AND t.state = 'armed' AND NOT (t.rung IN ('act', 'order', 'listing')) AND t.due_at <= :now "
    "ORDER BY t.due_at, c.started_at, t.target_microseconds"
)
_MARK = sa.text(
    "UPDATE sla_thresholds t SET state = 'fired', fired_at = :now, "
    "late_by_seconds = floor(extract(epoch FROM :now - t.due_at))::int "
    "FROM unnest(CAST(:clocks AS uuid[]), CAST(:rungs AS text[]), CAST(:nths AS int[])) "
    "AS due(clock_id, rung, nth) "
    "WHERE t.clock_id = due.clock_id AND t.rung = due.rung AND t.nth = due.nth"
)
_RAISE_CLOCKS = sa.text(
    "UPDATE sla_clocks c SET level = due.level "
    "FROM unnest(CAST(:clocks AS uuid[]), CAST(:levels AS text[])) AS due(clock_id, level) "
    "WHERE c.id = due.clock_id"
)
_MOVE_HEADS = sa.text(
    "UPDATE tickets t SET history_count = n.count, history_head = n.head, level = n.level "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS int[]), CAST(:heads AS bytea[]), "
    "CAST(:levels AS text[])) AS n(id, count, head, level) WHERE t.id = n.id"
)
_EVENT_COLUMNS = (
    *("ticket_id", "seq", "at", "actor", "role", "action", "from_status", "from_hold"),
    *("to_status", "to_hold", "round", "reason", "audience", "policy_id", "changes", "details"),
    *("previous_hash", "hash"),
)
_RUNG_COLUMNS = (
    *("clock_id", "rung", "nth", "ticket_id", "due_at", "target_microseconds", "state"),
)
_ESCALATION_COLUMNS = (
    *("id", "ticket_id", "ticket_number", "clock_id", "kind", "rung", "nth", "department_id"),
    *("due_at", "fired_at", "late_by_seconds", "outage_id", "is_collapsed", "told", "skipped"),
    "ack_due_at",
)
_FACT_COLUMNS = ("id", "topic", "payload", "trace_id", "created_at")
_BREAK = sa.text(
    "UPDATE commitments SET state = 'broken', outcome_at = due.at "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:instants AS timestamptz[]), CAST(:whole AS bool[])) "
    "AS due(ticket_id, at, is_whole) "
    "WHERE commitments.ticket_id = due.ticket_id AND state = 'active' "
    "AND (due.is_whole OR commitments.due_at <= due.at) "
    "RETURNING commitments.id, commitments.ticket_id, department_id, due_at, outcome_at"
)
_PARK = sa.text(
    "UPDATE sla_thresholds SET state = 'parked', reason = :reason "
    f"WHERE ticket_id = :id AND {_FIRED_HERE} AND due_at <= :now"
)
_NEXT = sa.text(f"SELECT min(due_at) FROM sla_thresholds WHERE {_FIRED_HERE}")


async def next_due(session_maker: SessionMaker) -> datetime | None:
    """Return the instant at which the next rung fires; acts have a loop of their own."""
    async with session_maker() as session:
        instant: datetime | None = (await session.exec(_NEXT)).scalar_one()  # type: ignore[call-overload]
        return instant


@dataclass(frozen=True, slots=True)
class _Span:
    """What fell due between two instants."""

    since: datetime
    now: datetime


async def sweep_once(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    *,
    now: datetime,
    batch: int = BATCH,
    since: datetime = _EVER,
) -> SweepResult:
    """Fire what is due, oldest first, on up to `batch` tickets.

    A ticket that cannot be handled is set aside with its error and does not stop the others.

    Args:
        session_maker: each batch is a transaction of its own.
        cipher: for the requesters' data.
        now: the present instant.
        batch: how many tickets at most.
        since: what fell due earlier is passed over; for whoever knows that it has all fired.
    """
    span = _Span(since, now)
    try:
        async with session_maker() as session, session.begin():
            fired = await _fire(_tx(session, cipher, now), await _claim(session, span, batch))
            return SweepResult(fired=fired, may_be_more=fired > 0)
    except Exception as error:
        if is_passing(error):
            # The server is away, or somebody else was faster: nothing is wrong with any ticket.
            raise
        log.warning("sweep_batch_failed", error=type(error).__name__)
        return await _one_by_one(session_maker, cipher, span, batch)


async def _one_by_one(
    session_maker: SessionMaker, cipher: FieldCipher, span: _Span, batch: int
) -> SweepResult:
    fired = parked = 0
    now = span.now
    async with session_maker() as session:
        ids = [ticket.id for ticket in await _claim(session, span, batch)]
    for ticket_id in ids:
        try:
            async with session_maker() as session, session.begin():
                found = await session.exec(_CLAIM_ONE, params={"id": ticket_id})  # type: ignore[call-overload]
                fired += await _fire(_tx(session, cipher, now), [_Locked(*row) for row in found])
        except Exception as error:
            if is_passing(error):
                raise
            log.exception("sweep_ticket_parked", ticket_id=str(ticket_id))
            async with session_maker() as session, session.begin():
                await session.exec(  # type: ignore[call-overload]
                    _PARK, params={"id": ticket_id, "now": now, "reason": type(error).__name__}
                )
                await raise_alarm(
                    session,
                    AlarmKind.TICKET_PARKED,
                    str(ticket_id),
                    {"error": type(error).__name__},
                    now,
                )
            parked += 1
    return SweepResult(fired=fired, parked=parked, may_be_more=fired + parked > 0)


def _tx(session: AsyncSession, cipher: FieldCipher, now: datetime) -> Tx:
    return Tx(session, now, cipher, f"sweep:{now.isoformat()}", SYSTEM)


async def _claim(session: AsyncSession, span: _Span, batch: int) -> Sequence[_Locked]:
    """Lock the tickets of the oldest rungs due, passing over what another sweeper holds."""
    found = await session.exec(  # type: ignore[call-overload]
        _CLAIM,
        params={
            "since": span.since,
            "now": span.now,
            "batch": batch,
            "window": batch * _WINDOW,
        },
    )
    return [_Locked(*row) for row in found]


async def _fire(tx: Tx, locked: Sequence[_Locked]) -> int:
    run = tx.session.exec
    due = [
        _Due(*row)
        for row in await run(  # type: ignore[call-overload]
            _DUE, params={"ids": [ticket.id for ticket in locked], "now": tx.now}
        )
    ]
    if not due:
        return 0
    firing = _Firing(
        tx,
        {ticket.id: _TicketFiring(ticket) for ticket in locked},
        await read_roster(tx.session),
        await outages_since(tx.session, min(row.due_at for row in due)),
        await CALENDARS.in_force(tx.session),
    )
    await firing.prepare(due)
    await firing.write(due)
    return len(due)


@dataclass(slots=True)
class _TicketFiring:
    """One ticket's part in a round: where its chain now ends, and its level."""

    ticket: _Locked
    is_changed: bool = False
    count: int = 0
    head: bytes = b""
    level: Level = Level.GREEN
    state: State = field(init=False)
    is_urgent: bool = False

    def __post_init__(self) -> None:
        ticket = self.ticket
        self.count, self.head = ticket.history_count, ticket.history_head
        self.level = Level(ticket.level)
        self.state = State(Status(ticket.status), Hold(ticket.hold) if ticket.hold else None)
        self.is_urgent = ticket.urgency in _URGENT


_URGENT = frozenset({Urgency.P0.value, Urgency.P1.value})
_WORK = frozenset(kind.value for kind in (*HANDLING, ClockKind.MILESTONE))

Record = tuple[object, ...]
"""A row as COPY takes it."""

_IDS_AT_ONCE = 512


@dataclass(slots=True)
class _Firing:
    """One round: what is due becomes rows of every kind, written table by table."""

    tx: Tx
    tickets: Mapping[uuid.UUID, _TicketFiring]
    roster: Roster
    outages: Sequence[Interval]
    in_force: Calendars
    pinned: dict[tuple[str, str], Calendar] = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)
    escalations: list[Record] = field(default_factory=list)
    rungs: list[Record] = field(default_factory=list)
    facts: list[Record] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    unmanned: dict[str, Case] = field(default_factory=dict)
    _told: dict[Case, Told] = field(default_factory=dict)
    _ids: list[uuid.UUID] = field(default_factory=list)

    def _new_id(self) -> uuid.UUID:
        if not self._ids:
            self._ids = uuid7s(self.tx.now, _IDS_AT_ONCE)
        return self._ids.pop()

    async def prepare(self, due: Sequence[_Due]) -> None:
        """Read the versions of calendars and policies that the clocks are pinned to."""
        for row in due:
            key = (row.calendar, row.calendar_version)
            if row.rung in _LAYING and key not in self.pinned:
                self.pinned[key] = await CALENDARS.version(self.tx.session, *key)
        for ticket in self.tickets.values():
            await POLICIES.version(self.tx.session, ticket.ticket.policy_id)

    async def write(self, due: Sequence[_Due]) -> None:
        """Make the rows and write them."""
        run = self.tx.session.exec
        highest = {row.clock_id: row for row in due}
        for row in due:
            await self._add(row, is_collapsed=highest[row.clock_id] is not row)
        now = self.tx.now
        await run(  # type: ignore[call-overload]
            _MARK,
            params={
                "clocks": [row.clock_id for row in due],
                "rungs": [row.rung for row in due],
                "nths": [row.nth for row in due],
                "now": now,
            },
        )
        await run(  # type: ignore[call-overload]
            _RAISE_CLOCKS,
            params={
                "clocks": list(highest),
                "levels": [Rung(row.rung).level.value for row in highest.values()],
            },
        )
        changed = [firing for firing in self.tickets.values() if firing.is_changed]
        await run(  # type: ignore[call-overload]
            _MOVE_HEADS,
            params={
                "ids": [firing.ticket.id for firing in changed],
                "counts": [firing.count for firing in changed],
                "heads": [firing.head for firing in changed],
                "levels": [firing.level.value for firing in changed],
            },
        )
        await self._break_promises(due)
        session = self.tx.session
        await copy_rows(session, "sla_thresholds", _RUNG_COLUMNS, self.rungs)
        await copy_rows(session, "ticket_events", _EVENT_COLUMNS, self.events)
        await copy_rows(session, "escalations", _ESCALATION_COLUMNS, self.escalations)
        await copy_rows(session, "outbox", _FACT_COLUMNS, self.facts)
        await write_fresh_notices(self.tx, self.notices)
        for subject, case in self.unmanned.items():
            await raise_alarm(
                self.tx.session,
                AlarmKind.NOBODY_ON_DUTY,
                subject,
                {"clock": case.kind.value, "department_id": case.department_id},
                now,
            )

    async def _add(self, row: _Due, *, is_collapsed: bool) -> None:
        firing = self.tickets[row.ticket_id]
        outage = next((o for o in self.outages if o.began_at <= row.due_at <= o.ended_at), None)
        late = int((self.tx.now - row.due_at).total_seconds())
        self._add_event(firing, row, late, outage)
        fact_id = self._add_fact(_warned(firing.ticket, row, late))
        case = Case(
            ClockKind(row.kind), Rung(row.rung), row.department_id, _holder(firing.ticket, row)
        )
        following = (
            self._lay_out(firing, row) if row.rung in _LAYING and row.clock_state in _LIVE else ()
        )
        is_silent = is_collapsed or self._is_overtaken(row, following)
        told = _COLLAPSED if is_silent else self._tell(case)
        if told.is_nobody:
            self.unmanned[f"{row.kind}/{row.department_id}"] = case
        self._add_escalation(firing, row, fact_id, told, late, outage)
        if row.rung == SUPPLEMENT_REMINDED_AT and row.kind == ClockKind.SUPPLEMENT:
            self._add_fact(
                RequesterConcerned(
                    ticket_id=str(row.ticket_id),
                    ticket_number=firing.ticket.number,
                    news="supplement_reminder",
                    expected_at=row.clock_due_at.isoformat(),
                )
            )

    def _is_overtaken(self, row: _Due, following: Sequence[NextRung]) -> bool:
        """Tell whether the next time of this very rung is due as well: that one has the word."""
        return row.clock_state == ClockState.RUNNING and any(
            rung.rung == row.rung and rung.due_at <= self.tx.now for rung in following
        )

    def _tell(self, case: Case) -> Told:
        told = self._told.get(case)
        if told is None:
            told = self._told[case] = resolve(case, self.roster)
        return told

    def _add_event(
        self, firing: _TicketFiring, row: _Due, late: int, outage: Interval | None
    ) -> None:
        ticket, state = firing.ticket, firing.state
        details = {
            "clock": row.kind,
            "level": row.rung,
            "nth": row.nth,
            "ladder": LADDER_LEVELS[Rung(row.rung)],
            "due_at": _iso(row.due_at),
            "late_by_seconds": late,
            "department_id": row.department_id,
            **({"outage": outage.id} if outage else {}),
        }
        values = event_values(
            ticket_id=ticket.id,
            seq=firing.count + 1,
            previous_hash=firing.head,
            at=self.tx.now,
            actor=SYSTEM,
            acting_role=Role.SYSTEM,
            entry=Entry(CLOCK_FIRED, reason=row.rung, audience=Audience.STAFF, details=details),
            before=state,
            after=state,
            round_=ticket.round,
            policy_id=ticket.policy_id,
            changes={},
        )
        self.events.append(
            (
                *(ticket.id, values["seq"], self.tx.now, SYSTEM.username, Role.SYSTEM.value),
                *(CLOCK_FIRED, ticket.status, ticket.hold, ticket.status, ticket.hold),
                *(ticket.round, row.rung, Audience.STAFF.value, ticket.policy_id, "{}"),
                *(_json(details), firing.head, values["hash"]),
            )
        )
        firing.is_changed = True
        firing.count, firing.head = firing.count + 1, values["hash"]
        level = Rung(row.rung).level
        if row.clock_state == ClockState.RUNNING and level.rank > firing.level.rank:
            firing.level = level

    def _add_escalation(
        self,
        firing: _TicketFiring,
        row: _Due,
        fact_id: uuid.UUID,
        told: Told,
        late: int,
        outage: Interval | None,
    ) -> None:
        ticket, rung = firing.ticket, Rung(row.rung)
        needs_ack = bool(told.users) and rung in NEEDS_ACKNOWLEDGEMENT
        escalation_id = self._new_id()
        ack_due_at = (
            acknowledge_by(
                self.tx.now,
                is_urgent=firing.is_urgent,
                working=self.in_force[CalendarCode.WORKING],
            )
            if needs_ack
            else None
        )
        self.escalations.append(
            (
                *(escalation_id, ticket.id, ticket.number, row.clock_id, row.kind, row.rung),
                *(row.nth, row.department_id, row.due_at, self.tx.now, late),
                *(outage.id if outage else None, told is _COLLAPSED, told.users),
                *(_skipped(told.skipped), ack_due_at),
            )
        )
        params = {"due_at": _iso(row.clock_due_at)}
        self.notices += [
            NewNotice(
                user_id=user_id,
                fact_id=fact_id,
                kind=ClockWarned.topic,
                ticket_number=ticket.number,
                clock=row.kind,
                rung=row.rung,
                params=params,
                needs_ack=needs_ack,
                is_urgent=firing.is_urgent,
                late_by_seconds=late,
                escalation_id=escalation_id,
            )
            for user_id in told.users
        ]

    def _add_fact(self, fact: Fact) -> uuid.UUID:
        fact_id = self._new_id()
        self.facts.append(
            (fact_id, fact.topic, _json(fact.payload()), self.tx.trace_id, self.tx.now)
        )
        return fact_id

    def _lay_out(self, firing: _TicketFiring, row: _Due) -> Sequence[NextRung]:
        """Lay out and return what follows this rung; a clock that waits gets it when it goes on."""
        following = rungs_after(
            Rung(row.rung),
            row.nth,
            POLICIES.remembered(firing.ticket.policy_id).policy,
            ClockKind(row.kind),
            firing.ticket.request_type,
            _timing(row),
            row.started_at,
            self.pinned[row.calendar, row.calendar_version],
            self.in_force,
        )
        state = "armed" if row.clock_state == ClockState.RUNNING else "disarmed"
        self.rungs += [
            (
                *(row.clock_id, rung.rung.value, rung.nth, row.ticket_id),
                *(rung.due_at, rung.target, state),
            )
            for rung in following
        ]
        if row.rung == Rung.RED:
            self._tell_requester(firing, row, following)
        return following

    def _tell_requester(
        self, firing: _TicketFiring, row: _Due, following: Sequence[NextRung]
    ) -> None:
        if row.kind in _WORK and row.clock_state == ClockState.RUNNING:
            self._add_fact(
                RequesterConcerned(
                    ticket_id=str(row.ticket_id),
                    ticket_number=firing.ticket.number,
                    news="delayed",
                    expected_at=_expected(following, row, self.tx.now).isoformat(),
                )
            )

    async def _break_promises(self, due: Sequence[_Due]) -> None:
        broken = {
            row.ticket_id: row
            for row in due
            if row.rung == Rung.RED and row.kind in _WORK and row.clock_state == ClockState.RUNNING
        }
        if not broken:
            return
        rows = await self.tx.session.exec(  # type: ignore[call-overload]
            _BREAK,
            params={
                "ids": list(broken),
                "instants": [row.due_at for row in broken.values()],
                # A plan's promise is as long as the plan: only its last milestone can break it.
                "whole": [row.kind != ClockKind.MILESTONE for row in broken.values()],
            },
        )
        for row in rows:
            if row.department_id is not None:
                red, ticket = broken[row.ticket_id], self.tickets[row.ticket_id].ticket
                self._add_fact(
                    PromiseEnded(
                        commitment_id=str(row.id),
                        ticket_id=str(row.ticket_id),
                        ticket_number=ticket.number,
                        department_id=row.department_id,
                        outcome="broken",
                        due_at=_iso(row.due_at),
                        outcome_at=_iso(row.outcome_at),
                        is_excused=self._was_never_warned(red),
                        hop=ticket.hop,
                        round=ticket.round,
                        category=ticket.category_code or "",
                    )
                )

    def _was_never_warned(self, red: _Due) -> bool:
        """Tell whether every warning of a broken promise fell into an outage: nobody was told."""
        return red.clock_level == Level.GREEN and any(
            outage.began_at <= red.due_at <= outage.ended_at for outage in self.outages
        )


_LAYING = frozenset({Rung.RED.value, Rung.URGE.value})
"""Rungs after which others follow: what lies beyond red, and the next time of urging."""

_LIVE = frozenset({ClockState.RUNNING.value, ClockState.PAUSED.value, ClockState.SUBMITTED.value})
_COLLAPSED = Told((), ((Receiver.HOLDER, SkipReason.COLLAPSED),))


_ENCODER = msgspec.json.Encoder()


def _json(value: Mapping[str, Any]) -> str:
    return _ENCODER.encode(value).decode()


@functools.lru_cache(maxsize=4096)
def _iso(instant: datetime) -> str:
    """Return an instant as text; the same few are written several times over."""
    return instant.isoformat()


@functools.cache
def _skipped(skipped: tuple[tuple[Receiver, SkipReason], ...]) -> str:
    return json.dumps([{"receiver": who.value, "reason": why.value} for who, why in skipped])


def _holder(ticket: _Locked, row: _Due) -> uuid.UUID | None:
    """Return the ticket's named holder, if the clock is on his department."""
    return ticket.holder_user_id if ticket.owner_department_id == row.department_id else None


def _timing(row: _Due) -> Timing:
    return Timing(
        row.limit_seconds,
        row.since,
        row.clock_due_at,
        ClockState(row.clock_state),
        row.used,
        row.stopped_at,
    )


def _expected(following: Sequence[NextRung], row: _Due, now: datetime) -> datetime:
    """Return by when somebody above will have stepped in, for the requester to know."""
    ahead = [rung.due_at for rung in following if rung.rung in {Rung.ORDER, Rung.LISTING}]
    return next((at for at in sorted(ahead) if at > now), now + (row.clock_due_at - row.started_at))


def _warned(ticket: _Locked, row: _Due, late: int) -> ClockWarned:
    return ClockWarned(
        ticket_id=str(ticket.id),
        ticket_number=ticket.number,
        clock_id=str(row.clock_id),
        clock=row.kind,
        level=row.rung,
        department_id=row.department_id,
        holder_user_id=str(ticket.holder_user_id) if ticket.holder_user_id else None,
        due_at=_iso(row.due_at),
        late_by_seconds=late,
    )
