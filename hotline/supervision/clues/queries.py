"""Reading clues: all of them for the discipline inspection, their bare state for who handed them over."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, encode_cursor
from hotline.people.models import Department, User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.supervision.clues.rules import ClueGrounds, ClueState
from hotline.supervision.models import Clue, ClueQuestion, ClueRead, ClueTicket
from hotline.supervision.queries import OrderRow, orders_of_ticket
from hotline.tickets.models import Ticket
from hotline.tickets.queries import TimelineRow, list_timeline


@dataclass(frozen=True, slots=True)
class ClueRow:
    """A line of the list.

    Attributes:
        grounds: what it is about; None for whoever handed it over.
        question: what he is asked about it and has not answered, sealed; None for the inspection.
    """

    number: str
    state: ClueState
    transferred_at: datetime
    grounds: ClueGrounds | None
    question: bytes | None


_OPEN_QUESTION = (
    sa.select(col(ClueQuestion.question))
    .where(col(ClueQuestion.clue_id) == col(Clue.id), col(ClueQuestion.answered_at).is_(None))
    .limit(1)
    .correlate(Clue)
    .scalar_subquery()
)


async def list_clues(
    session: AsyncSession,
    principal: Principal,
    *,
    state: tuple[ClueState, ...] = (),
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ClueRow]:
    """Return a page of clues, the newest first: all for the inspection, else those handed over.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    is_inspection = Permission.READ_CLUES in principal.permissions
    own = sa.true() if is_inspection else col(Clue.transferred_by) == principal.user_id
    columns: Sequence[Any] = (
        col(Clue.id),
        col(Clue.number),
        col(Clue.state),
        col(Clue.transferred_at),
        col(Clue.grounds) if is_inspection else sa.null(),
        sa.null() if is_inspection else _OPEN_QUESTION,
    )
    statement = sa.select(*columns).where(own)
    if state:
        statement = statement.where(col(Clue.state).in_(state))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Clue.transferred_at), col(Clue.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = (
        await session.exec(  # type: ignore[call-overload]
            statement.order_by(col(Clue.transferred_at).desc(), col(Clue.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    rows = [ClueRow(*row[1:]) for row in found[:limit]]
    if len(found) <= limit:
        return Page(rows, None)
    last = found[limit - 1]
    return Page(rows, encode_cursor(last[3].isoformat(), str(last[0])))


@dataclass(frozen=True, slots=True)
class ClueTicketDetail:
    """A ticket that goes with a clue: read here, nowhere else. Mask its words before showing."""

    ticket: Ticket
    department: str | None
    department_en: str | None
    orders: Sequence[OrderRow]
    timeline: Sequence[TimelineRow]


@dataclass(frozen=True, slots=True)
class ClueDetail:
    """What goes with a clue.

    Attributes:
        sender: who handed it over.
        questions: what was asked about it.
        tickets: the tickets with their orders and timelines.
        reads: who read it and when, the latest first.
    """

    sender: User
    questions: Sequence[ClueQuestion]
    tickets: Sequence[ClueTicketDetail]
    reads: Sequence[tuple[str, datetime]]


MOST_READS = 50


async def read_detail(session: AsyncSession, principal: Principal, clue: Clue) -> ClueDetail:
    """Return what goes with a clue that its reader has been given."""
    return ClueDetail(
        await session.get_one(User, clue.transferred_by),
        (
            await session.exec(
                select(ClueQuestion)
                .where(ClueQuestion.clue_id == clue.id)
                .order_by(col(ClueQuestion.nth))
            )
        ).all(),
        await _tickets(session, principal, clue.id),
        (
            await session.exec(
                select(User.display_name, ClueRead.read_at)
                .join(User, col(User.id) == col(ClueRead.user_id))
                .where(ClueRead.clue_id == clue.id)
                .order_by(col(ClueRead.read_at).desc())
                .limit(MOST_READS)
            )
        ).all(),
    )


async def _tickets(
    session: AsyncSession, principal: Principal, clue_id: uuid.UUID
) -> list[ClueTicketDetail]:
    rows = await session.exec(
        select(Ticket, Department.name, Department.name_en)
        .join(ClueTicket, col(ClueTicket.ticket_id) == col(Ticket.id))
        .outerjoin(Department, col(Department.id) == col(Ticket.lead_department_id))
        .where(ClueTicket.clue_id == clue_id)
        .order_by(col(Ticket.number))
    )
    return [
        ClueTicketDetail(
            ticket,
            name,
            name_en,
            await orders_of_ticket(session, principal, ticket.id),
            await list_timeline(session, principal, ticket.id),
        )
        for ticket, name, name_en in rows.all()
    ]
