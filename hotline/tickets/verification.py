"""Holding every timeline against its ticket: is a row changed, dropped, swapped, inserted?"""

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

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
    faults = {
        ticket.number: found for ticket in tickets if (found := _faults(ticket, rows[ticket.id]))
    }
    return Verified(len(tickets), sum(map(len, rows.values())), faults)


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
