"""When matters ended, for whoever keeps account of them without knowing tickets."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.tickets.models import Ticket


async def ended_instants(
    session: AsyncSession, ticket_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, datetime]:
    """Return when each of these tickets was closed; one that is open, or open again, is left out."""
    rows = await session.exec(
        select(Ticket.id, Ticket.closed_at).where(
            col(Ticket.id).in_(ticket_ids), col(Ticket.closed_at).is_not(None)
        )
    )
    return {ticket_id: at for ticket_id, at in rows.all() if at is not None}
