"""Reading what the time of tickets went on, of many in one statement."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.tickets.models import TicketEvent
from hotline.tickets.spans.rules import TimeUse, Turn, spans_of

_OWNER, _SUBMITTED = "owner_department_id", "submitted_at"


async def read_spans(
    session: AsyncSession, due: Mapping[uuid.UUID, datetime | None], now: datetime
) -> Mapping[uuid.UUID, TimeUse]:
    """Return what the time of tickets went on, by ticket, in one statement.

    Args:
        session: may be read-only.
        due: the tickets, each with the limit that guides it now.
        now: up to when.
    """
    if not due:
        return {}
    is_handed = col(TicketEvent.changes).op("?")(_OWNER)
    statement = (
        sa.select(
            col(TicketEvent.ticket_id),
            col(TicketEvent.at),
            col(TicketEvent.to_status),
            col(TicketEvent.to_hold),
            is_handed,
            col(TicketEvent.changes)[_OWNER],
            col(TicketEvent.changes)[_SUBMITTED].astext,
        )
        .where(
            col(TicketEvent.ticket_id).in_(list(due)),
            sa.or_(
                col(TicketEvent.seq) == 1,
                col(TicketEvent.from_status).is_distinct_from(col(TicketEvent.to_status)),
                col(TicketEvent.from_hold).is_distinct_from(col(TicketEvent.to_hold)),
                is_handed,
            ),
        )
        .order_by(col(TicketEvent.ticket_id), col(TicketEvent.seq))
    )
    rows = (await session.exec(statement)).all()  # type: ignore[call-overload]
    found: dict[uuid.UUID, Sequence[Turn]] = {
        ticket_id: [
            Turn(
                at,
                status,
                hold,
                ({_OWNER: owner} if handed else {})
                | ({_SUBMITTED: submitted} if submitted else {}),
            )
            for _, at, status, hold, handed, owner, submitted in group
        ]
        for ticket_id, group in groupby(rows, key=lambda row: row[0])
    }
    return {ticket_id: spans_of(turns, due[ticket_id], now) for ticket_id, turns in found.items()}
