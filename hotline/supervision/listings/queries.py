"""Reading the list of supervision: what stands on it, and what stood on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.models import Department, User
from hotline.supervision.models import Listing, SupervisionOrder
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Ticket, TicketEvent


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A listed matter. The title is as it was written: mask it, and leave a secret one out."""

    listing: Listing
    demand: str
    due_at: datetime
    answered_at: datetime | None
    ticket_number: str
    ticket_title: str
    is_secret: bool
    status: Status
    department: Department
    delisted_by: str | None
    last_progress: str | None


_LAST_PROGRESS = (
    sa.select(col(TicketEvent.text))
    .where(
        col(TicketEvent.ticket_id) == col(Ticket.id),
        col(TicketEvent.action).in_((Action.PROGRESS.value, Action.ANSWER_ORDER.value)),
    )
    .order_by(col(TicketEvent.seq).desc())
    .limit(1)
    .correlate(Ticket)
    .scalar_subquery()
)
_BY = aliased(User)
_COLUMNS: Sequence[Any] = (
    Listing,
    col(SupervisionOrder.demand),
    col(SupervisionOrder.due_at),
    col(SupervisionOrder.answered_at),
    col(Ticket.number),
    col(Ticket.title),
    col(Ticket.is_secret),
    col(Ticket.status),
    Department,
    _BY.display_name,
    _LAST_PROGRESS,
)


async def list_listings(
    session: AsyncSession,
    *,
    is_over: bool = False,
    department: str | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ListingRow]:
    """Return a page of the list, the newest first: it is there for everybody at work to see.

    Args:
        session: where to read.
        is_over: what was taken off instead of what stands on it.
        department: code of the department that answers for it.
        cursor: where to go on.
        limit: rows at most.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    delisted = col(Listing.delisted_at)
    statement: sa.Select[Any] = (
        sa.select(*_COLUMNS)
        .select_from(Listing)
        .join(SupervisionOrder, col(SupervisionOrder.id) == col(Listing.order_id))
        .join(Ticket, col(Ticket.id) == col(Listing.ticket_id))
        .join(Department, col(Department.id) == col(Listing.department_id))
        .outerjoin(_BY, col(_BY.id) == col(Listing.delisted_by))
        .where(delisted.is_not(None) if is_over else delisted.is_(None))
    )
    if department:
        statement = statement.where(col(Department.code) == department)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Listing.listed_at), col(Listing.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = await session.exec(  # type: ignore[call-overload]
        statement.order_by(col(Listing.listed_at).desc(), col(Listing.id).desc()).limit(limit + 1)
    )
    rows = [ListingRow(*row) for row in found]
    return page_of(rows, limit, lambda row: (row.listing.listed_at, row.listing.id))


async def count_listed(session: AsyncSession) -> int:
    """Return how many matters stand on the list."""
    return (
        await session.exec(
            select(sa.func.count()).select_from(Listing).where(col(Listing.delisted_at).is_(None))
        )
    ).one()
