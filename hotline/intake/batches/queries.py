"""Reading how far a batch has come."""

import uuid
from collections.abc import Mapping

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.batches.actions import TakenDown
from hotline.intake.batches.rules import MOST_ROWS
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import IdempotencyKey, Ticket


async def taken_down(
    session: AsyncSession, user_id: uuid.UUID | None, batch: str
) -> Mapping[int, TakenDown]:
    """Return what a person's batch has become so far, by the lines of its rows."""
    names = [f"{batch}:{line}" for line in range(1, MOST_ROWS + 1)]
    rows = await session.exec(
        select(IdempotencyKey.key, Ticket.number, Ticket.query_code, Ticket.status)
        .where(
            IdempotencyKey.user_id == user_id,
            col(IdempotencyKey.key).in_(names),
            col(Ticket.id) == IdempotencyKey.ticket_id,
        )
        .order_by(col(Ticket.number))
    )
    found = {}
    for key, number, code, status in rows:
        line = int(key.rpartition(":")[2])
        found[line] = TakenDown(line, number, code, status is not Status.MERGED)
    return found
