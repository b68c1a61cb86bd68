"""How far tickets are, for those who may know that and nothing else of them."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.principal import REQUESTER
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.models import Ticket
from hotline.tickets.queries import TimelineRow, list_timeline


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a ticket is; of one that was merged, how far the joint one is.

    Attributes:
        worked_on: the ticket that is worked on, itself or the one it was merged into.
    """

    number: str
    status: Status
    hold: Hold | None
    due_at: datetime | None
    worked_on: uuid.UUID


async def standings(
    session: AsyncSession, ticket_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Standing]:
    """Return how far tickets are, by their ids, in one statement."""
    joint = aliased(Ticket)
    rows = await session.exec(
        select(Ticket, joint)
        .outerjoin(joint, col(joint.id) == col(Ticket.parent_id))
        .where(col(Ticket.id).in_(ticket_ids))
    )
    return {ticket.id: _standing(ticket, parent) for ticket, parent in rows}


def _standing(ticket: Ticket, parent: Ticket | None) -> Standing:
    worked_on = ticket if parent is None else parent
    return Standing(ticket.number, worked_on.status, worked_on.hold, worked_on.due_at, worked_on.id)


async def public_steps(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[TimelineRow]:
    """Return what was done about a ticket as its requester may know it; show no words of it to others."""
    return await list_timeline(session, REQUESTER, ticket_id)
