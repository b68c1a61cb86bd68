"""The sweeper: fires every level of every clock that has fallen due, each exactly once.

Any number of sweepers may run. A ticket is claimed by locking its row, so a sweeper and a person
never act on one ticket at the same time; what is locked is left for the next round. Marking a level,
writing the timeline, breaking the promise and emitting the facts are one transaction.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.facts import Fact
from hotline.kernel.jobs import is_passing
from hotline.kernel.outbox import emit
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Tx
from hotline.sla.events import ClockWarned
from hotline.sla.clocks import ClockState
from hotline.sla.policy import ClockKind, Level
from hotline.tickets.events import PromiseEnded
from hotline.tickets.lifecycle import HANDLING, Hold, State, Status
from hotline.tickets.models import CLOCK_FIRED, Audience, TicketEvent
from hotline.tickets.timeline import Entry, event_values

log = structlog.get_logger(__name__)

BATCH = 500


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one round did.

    Attributes:
        fired: levels that fired.
        parked: tickets set aside because they could not be handled.
        may_be_more: True when the round was full, so that the next should follow at once.
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
    holder_user_id: uuid.UUID | None
    history_count: int
    history_head: bytes


class _Due(NamedTuple):
    ticket_id: uuid.UUID
    clock_id: uuid.UUID
    level: str
    due_at: datetime
    kind: str
    clock_state: str
    clock_level: str
    department_id: int | None


_FIND = sa.text(
    "SELECT ticket_id FROM sla_thresholds WHERE state = 'armed' AND due_at <= :now "
    "ORDER BY due_at LIMIT :batch"
)
_LOCK = sa.text(
    "SELECT id, number, status, hold, round, policy_id, level, holder_user_id, history_count, "
    "history_head FROM tickets WHERE id = ANY(CAST(:ids AS uuid[])) "
    "ORDER BY id FOR UPDATE SKIP LOCKED"
)
_DUE = sa.text(
    "SELECT t.ticket_id, t.clock_id, t.rung, t.due_at, c.kind, c.state, c.level, c.department_id "
    "FROM sla_thresholds t JOIN sla_clocks c ON c.id = t.clock_id "
    "WHERE t.ticket_id = ANY(CAST(:ids AS uuid[])) AND t.state = 'armed' AND t.due_at <= :now "
    "ORDER BY t.due_at, c.started_at"
)
_MARK = sa.text(
    "UPDATE sla_thresholds t SET state = 'fired', fired_at = :now, "
    "late_by_seconds = floor(extract(epoch FROM :now - t.due_at))::int "
    "FROM unnest(CAST(:clocks AS uuid[]), CAST(:levels AS text[])) AS due(clock_id, level) "
    "WHERE t.clock_id = due.clock_id AND t.rung = due.level"
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
_BREAK = sa.text(
    "UPDATE commitments SET state = 'broken', outcome_at = due.at "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:instants AS timestamptz[])) AS due(ticket_id, at) "
    "WHERE commitments.ticket_id = due.ticket_id AND state = 'active' "
    "RETURNING commitments.id, commitments.ticket_id, department_id, due_at, outcome_at"
)
_PARK = sa.text(
    "UPDATE sla_thresholds SET state = 'parked', reason = :reason "
    "WHERE ticket_id = :id AND state = 'armed' AND due_at <= :now"
)
_NEXT = sa.text("SELECT min(due_at) FROM sla_thresholds WHERE state = 'armed'")


async def next_due(session_maker: SessionMaker) -> datetime | None:
    """Return the instant at which the next armed level falls due."""
    async with session_maker() as session:
        instant: datetime | None = (await session.exec(_NEXT)).scalar_one()  # type: ignore[call-overload]
        return instant


async def sweep_once(
    session_maker: SessionMaker, cipher: FieldCipher, *, now: datetime, batch: int = BATCH
) -> SweepResult:
    """Fire what is due, oldest first, up to `batch` levels.

    A ticket that cannot be handled is set aside with its error and does not stop the others.
    """
    try:
        async with session_maker() as session, session.begin():
            ids = await _find(session, now, batch)
            fired = await _fire(_tx(session, cipher, now), ids) if ids else 0
            return SweepResult(fired=fired, may_be_more=len(ids) > 0 and fired > 0)
    except Exception as error:
        if is_passing(error):
            # The server is away, or somebody else was faster: nothing is wrong with any ticket.
            raise
        log.warning("sweep_batch_failed", error=type(error).__name__)
        return await _one_by_one(session_maker, cipher, now, batch)


async def _one_by_one(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, batch: int
) -> SweepResult:
    fired = parked = 0
    async with session_maker() as session:
        ids = await _find(session, now, batch)
    for ticket_id in ids:
        try:
            async with session_maker() as session, session.begin():
                fired += await _fire(_tx(session, cipher, now), [ticket_id])
        except Exception as error:
            if is_passing(error):
                raise
            log.exception("sweep_ticket_parked", ticket_id=str(ticket_id))
            async with session_maker() as session, session.begin():
                await session.exec(  # type: ignore[call-overload]
                    _PARK, params={"id": ticket_id, "now": now, "reason": type(error).__name__}
                )
            parked += 1
    return SweepResult(fired=fired, parked=parked, may_be_more=fired + parked > 0)


def _tx(session: AsyncSession, cipher: FieldCipher, now: datetime) -> Tx:
    return Tx(session, now, cipher, f"sweep:{now.isoformat()}", SYSTEM)


async def _find(session: AsyncSession, now: datetime, batch: int) -> list[uuid.UUID]:
    found = await session.exec(_FIND, params={"now": now, "batch": batch})  # type: ignore[call-overload]
    return list(dict.fromkeys(found.scalars()))


async def _fire(tx: Tx, ids: Sequence[uuid.UUID]) -> int:
    run = tx.session.exec
    locked = [
        _Locked(*row)
        for row in await run(_LOCK, params={"ids": list(ids)})  # type: ignore[call-overload]
    ]
    due = [
        _Due(*row)
        for row in await run(  # type: ignore[call-overload]
            _DUE, params={"ids": [ticket.id for ticket in locked], "now": tx.now}
        )
    ]
    if not due:
        return 0
    marks = {"clocks": [row.clock_id for row in due], "levels": [row.level for row in due]}
    await run(_MARK, params={**marks, "now": tx.now})  # type: ignore[call-overload]
    highest = {row.clock_id: row.level for row in due}
    await run(  # type: ignore[call-overload]
        _RAISE_CLOCKS, params={"clocks": list(highest), "levels": list(highest.values())}
    )
    tickets = {ticket.id: _Firing(ticket) for ticket in locked}
    facts: list[Fact] = []
    for row in due:
        firing = tickets[row.ticket_id]
        firing.add(row, tx.now)
        facts.append(_warned(firing.ticket, row, tx.now))
    changed = [firing for firing in tickets.values() if firing.events]
    await run(
        sa.insert(TicketEvent), params=[event for firing in changed for event in firing.events]
    )
    await run(  # type: ignore[call-overload]
        _MOVE_HEADS,
        params={
            "ids": [firing.ticket.id for firing in changed],
            "counts": [firing.count for firing in changed],
            "heads": [firing.head for firing in changed],
            "levels": [firing.level.value for firing in changed],
        },
    )
    facts += await _break_promises(tx, due, tickets)
    await emit(tx, *facts)
    return len(due)


@dataclass(slots=True)
class _Firing:
    """One ticket's part in a round: its new timeline rows and where its chain now ends."""

    ticket: _Locked
    events: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0
    head: bytes = b""
    level: Level = Level.GREEN

    def __post_init__(self) -> None:
        self.count, self.head = self.ticket.history_count, self.ticket.history_head
        self.level = Level(self.ticket.level)

    def add(self, row: _Due, now: datetime) -> None:
        ticket = self.ticket
        state = State(Status(ticket.status), Hold(ticket.hold) if ticket.hold else None)
        late = now - row.due_at
        values = event_values(
            ticket_id=ticket.id,
            seq=self.count + 1,
            previous_hash=self.head,
            at=now,
            actor=SYSTEM,
            acting_role=Role.SYSTEM,
            entry=Entry(
                CLOCK_FIRED,
                reason=row.level,
                audience=Audience.STAFF,
                details={
                    "clock": row.kind,
                    "level": row.level,
                    "due_at": row.due_at.isoformat(),
                    "late_by_seconds": int(late.total_seconds()),
                    "department_id": row.department_id,
                },
            ),
            before=state,
            after=state,
            round_=ticket.round,
            policy_id=ticket.policy_id,
            changes={},
        )
        self.events.append(values)
        self.count, self.head = self.count + 1, values["hash"]
        level = Level(row.level)
        if row.clock_state == ClockState.RUNNING and level.rank > self.level.rank:
            self.level = level


def _warned(ticket: _Locked, row: _Due, now: datetime) -> ClockWarned:
    return ClockWarned(
        ticket_id=str(ticket.id),
        ticket_number=ticket.number,
        clock_id=str(row.clock_id),
        clock=row.kind,
        level=row.level,
        department_id=row.department_id,
        holder_user_id=str(ticket.holder_user_id) if ticket.holder_user_id else None,
        due_at=row.due_at.isoformat(),
        late_by_seconds=int((now - row.due_at).total_seconds()),
    )


_WORK = frozenset(kind.value for kind in (*HANDLING, ClockKind.MILESTONE))


async def _break_promises(
    tx: Tx, due: Sequence[_Due], tickets: Mapping[uuid.UUID, _Firing]
) -> list[Fact]:
    broken = {
        row.ticket_id: row.due_at
        for row in due
        if row.level == Level.RED and row.kind in _WORK and row.clock_state == ClockState.RUNNING
    }
    if not broken:
        return []
    rows = await tx.session.exec(  # type: ignore[call-overload]
        _BREAK, params={"ids": list(broken), "instants": list(broken.values())}
    )
    return [
        PromiseEnded(
            commitment_id=str(row.id),
            ticket_id=str(row.ticket_id),
            ticket_number=tickets[row.ticket_id].ticket.number,
            department_id=row.department_id,
            outcome="broken",
            due_at=row.due_at.isoformat(),
            outcome_at=row.outcome_at.isoformat(),
        )
        for row in rows
        if row.department_id is not None
    ]
