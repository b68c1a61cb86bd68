"""Holding every timeline against its ticket, and every clock against its log.

Is a row changed, dropped, swapped, inserted? Do start and log of a clock give what is stored?
"""

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.sla.explanation import clock_faults
from hotline.sla.logbook import read_changes, read_versions
from hotline.sla.models import Clock
from hotline.tickets.history import (
    HASHED,
    REBUILT,
    Fault,
    FaultKind,
    rebuild,
    snapshot,
    text_digest,
    verify_chain,
)
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Ticket, TicketEvent

BATCH = 500

_EVENT_COLUMNS = ("id", *HASHED, "previous_hash", "hash")
_TICKET_COLUMNS = (
    *("id", "number", "title", "content", "history_count", "history_head"),
    *("status", "hold", "round", *REBUILT),
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found about some tickets.

    Attributes:
        tickets: how many were looked at.
        rows: how many timeline rows they have.
        faults: what is wrong, by ticket number.
    """

    tickets: int
    rows: int
    faults: Mapping[str, Sequence[Fault]]


async def verify_histories(
    session: AsyncSession, number: str | None = None, batch: int = BATCH
) -> AsyncIterator[Verified]:
    """Hold timelines against their tickets, some at a time, every ticket or the one named."""
    after = uuid.UUID(int=0)
    while True:
        statement = (
            sa.select(*(getattr(Ticket, name) for name in _TICKET_COLUMNS))  # noqa: TID251
            .where(col(Ticket.id) > after)
            .order_by(col(Ticket.id))
            .limit(batch)
        )
        if number is not None:
            statement = statement.where(col(Ticket.number) == number)
        tickets = (await session.exec(statement)).all()  # type: ignore[call-overload]
        if not tickets:
            return
        yield await _verify(session, tickets)
        after = tickets[-1].id
        if number is not None:
            return


async def _verify(session: AsyncSession, tickets: Sequence[Any]) -> Verified:
    statement = (
        sa.select(*(getattr(TicketEvent, name) for name in _EVENT_COLUMNS))  # noqa: TID251
        .where(col(TicketEvent.ticket_id).in_([ticket.id for ticket in tickets]))
        .order_by(col(TicketEvent.ticket_id), col(TicketEvent.seq), col(TicketEvent.id))
    )
    rows: dict[uuid.UUID, list[Mapping[str, Any]]] = defaultdict(list)
    for row in await session.exec(statement):  # type: ignore[call-overload]
        rows[row.ticket_id].append(row._mapping)  # noqa: SLF001  # the public name of a row's mapping
    clocks = await _clock_faults(session, tickets)
    faults = {
        ticket.number: found
        for ticket in tickets
        if (found := [*_faults(ticket, rows[ticket.id]), *clocks[ticket.id]])
    }
    return Verified(len(tickets), sum(map(len, rows.values())), faults)


async def _clock_faults(
    session: AsyncSession, tickets: Sequence[Any]
) -> Mapping[uuid.UUID, Sequence[Fault]]:
    clocks = (
        await session.exec(
            select(Clock)
            .where(col(Clock.ticket_id).in_([ticket.id for ticket in tickets]))
            .order_by(col(Clock.ticket_id), col(Clock.started_at), col(Clock.id))
        )
    ).all()
    log = await read_changes(session, [clock.id for clock in clocks])
    versions = await read_versions(session, clocks, log)
    counts = {ticket.id: ticket.history_count for ticket in tickets}
    faults: dict[uuid.UUID, list[Fault]] = defaultdict(list)
    for clock in clocks:
        differing = clock_faults(clock, log.get(clock.id, ()), versions[clock.calendar])
        if differing:
            detail = (
                f"{clock.kind.value} of {clock.started_at:%Y-%m-%d %H:%M}Z: {', '.join(differing)}"
            )
            faults[clock.ticket_id].append(
                Fault(FaultKind.CLOCK_DIFFERS, counts[clock.ticket_id], detail=detail)
            )
    # What was looked at is let go again: a session that remembers every clock would grow for ever.
    session.expunge_all()
    return faults


def _faults(ticket: Any, rows: Sequence[Mapping[str, Any]]) -> list[Fault]:  # noqa: ANN401  # a row
    faults = verify_chain(rows, ticket.history_count, ticket.history_head)
    if faults:
        return faults
    stored = snapshot(ticket) | {
        "status": ticket.status.value,
        "hold": ticket.hold.value if ticket.hold else None,
        "round": ticket.round,
    }
    rebuilt = rebuild(rows)
    differing = sorted(name for name, value in stored.items() if rebuilt.get(name) != value)
    if differing:
        faults.append(Fault(FaultKind.STATE_DIFFERS, len(rows), detail=", ".join(differing)))
    first = rows[0]
    if first["action"] in {Action.SUBMIT, Action.IMPORT} and first["details"].get(
        "words"
    ) != text_digest(ticket.title, ticket.content):
        faults.append(Fault(FaultKind.WORDS_DIFFER, 1, first["id"], "title or content"))
    return faults
