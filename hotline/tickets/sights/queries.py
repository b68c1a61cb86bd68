"""Reading for open pages: whose tickets have changed, and how they stand now."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.live import ChangedTicket
from hotline.people.principal import Principal
from hotline.sla.policy import Level
from hotline.tickets.access import OUT_OF_SIGHT, readable_each
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.meeting_models import MeetingUnit
from hotline.tickets.models import Assignment, Ticket

JUST_NOW = timedelta(minutes=1)
"""A department that lost a ticket so lately may still have it on its screens."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands, as a line of a list shows it; nothing of what it is about, or of whom."""

    number: str
    status: Status
    hold: Hold | None
    level: Level
    due_at: datetime | None
    version: int


async def changed_tickets(
    session: AsyncSession, numbers: Collection[str], now: datetime
) -> Sequence[ChangedTicket]:
    """Return tickets with the departments that may see them, or could until a moment ago.

    The condition is that of `hotline.tickets.access.readable`, asked from the other end.
    """
    units = sa.union_all(
        sa.select(
            col(Assignment.ticket_id).label("ticket_id"),
            col(Assignment.department_id).label("department_id"),
            col(Assignment.state).not_in(OUT_OF_SIGHT).label("sees"),
        ).where(
            sa.or_(
                col(Assignment.state).not_in(OUT_OF_SIGHT),
                col(Assignment.ended_at) > now - JUST_NOW,
            )
        ),
        sa.select(
            col(MeetingUnit.ticket_id),
            col(MeetingUnit.department_id),
            col(MeetingUnit.sight_ended_at).is_(None),
        ).where(
            sa.or_(
                col(MeetingUnit.sight_ended_at).is_(None),
                col(MeetingUnit.sight_ended_at) > now - JUST_NOW,
            )
        ),
    ).subquery()
    rows = await session.exec(
        sa.select(  # type: ignore[call-overload]
            col(Ticket.number),
            sa.func.array_agg(units.c.department_id).filter(units.c.sees),
            sa.func.array_agg(units.c.department_id).filter(sa.not_(units.c.sees)),
        )
        .outerjoin_from(Ticket, units, units.c.ticket_id == col(Ticket.id))
        .where(col(Ticket.number).in_(numbers))
        .group_by(col(Ticket.number))
        .order_by(col(Ticket.number))
    )
    return [
        ChangedTicket(
            number, tuple(sorted(sees := {*(see or ())})), tuple(sorted({*(gone or ())} - sees))
        )
        for number, see, gone in rows
    ]


async def standings(session: AsyncSession, numbers: Collection[str]) -> Mapping[str, Standing]:
    """Return how tickets stand now."""
    rows = await session.exec(
        sa.select(  # type: ignore[call-overload]
            *(col(Ticket.number), col(Ticket.status), col(Ticket.hold), col(Ticket.level)),
            *(col(Ticket.due_at), col(Ticket.version)),
        ).where(col(Ticket.number).in_(numbers))
    )
    return {row[0]: Standing(*row) for row in rows}


async def readable_numbers(
    session: AsyncSession, principal: Principal, numbers: Collection[str]
) -> frozenset[str]:
    """Return those of some tickets that this person may read."""
    rows = await session.exec(
        sa.select(col(Ticket.number)).where(  # type: ignore[call-overload]
            col(Ticket.number).in_(numbers), readable_each(principal, col(Ticket.id))
        )
    )
    return frozenset(rows.scalars())


async def numbers_of_matter(session: AsyncSession, ticket_id: uuid.UUID) -> frozenset[str]:
    """Return the numbers whose news are news of a requester's matter: its own, and of what it follows."""
    parent = aliased(Ticket)
    rows = await session.exec(
        sa.select(col(Ticket.number), col(parent.number))  # type: ignore[call-overload]
        .outerjoin(parent, col(parent.id) == col(Ticket.parent_id))
        .where(col(Ticket.id) == ticket_id)
    )
    return frozenset(found for row in rows for found in row if found is not None)
