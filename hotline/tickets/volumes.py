"""How many matters of each category departments had to handle in a span of time."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Ticket

_NOT_COUNTED = (Status.MERGED, Status.CANCELLED, Status.NOT_ACCEPTED, Status.TRANSFERRED_OUT)


async def volumes_between(
    session: AsyncSession, since: datetime, until: datetime
) -> Mapping[tuple[int, str], int]:
    """Return how many matters were brought, by leading department and category."""
    rows = await session.exec(
        select(Ticket.lead_department_id, Ticket.category_code, sa.func.count())
        .where(
            col(Ticket.submitted_at) >= since,
            col(Ticket.submitted_at) < until,
            col(Ticket.lead_department_id).is_not(None),
            col(Ticket.category_code).is_not(None),
            col(Ticket.status).not_in(_NOT_COUNTED),
        )
        .group_by(col(Ticket.lead_department_id), col(Ticket.category_code))
    )
    return {
        (unit, category): count
        for unit, category, count in rows
        if unit is not None and category is not None
    }
