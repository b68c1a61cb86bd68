"""The only doors to a ticket: what may be read, and what is locked to be acted on."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import Department
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.errors import StaleTicket, TicketNotFound
from hotline.tickets.meeting_models import MeetingUnit
from hotline.tickets.models import Assignment, Ticket

_HOTLINE = select(Department.id).where(col(Department.is_hotline).is_(True)).scalar_subquery()
OUT_OF_SIGHT = (AssignmentState.RETURNED, AssignmentState.WITHDRAWN)
"""Tasks that were taken away: their departments do not see the ticket for them any more."""


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a row of `tickets` exists for this person.

    A department sees the tickets it has or had a task on, until it gave the task back, and those it
    was called to a meeting about, until the meeting is over for it.
    """
    if Role.REQUESTER in principal.roles or principal.sees_every_ticket:
        # A requester reaches one ticket only, by number and query code, checked before this.
        return sa.true()
    if principal.is_department and Permission.READ_TICKETS in principal.permissions:
        # One list of ids and not two conditions joined by OR: the planner can begin with either end.
        return col(Ticket.id).in_(
            sa.union_all(
                select(Assignment.ticket_id).where(
                    col(Assignment.department_id) == principal.department_id,
                    col(Assignment.state).not_in(OUT_OF_SIGHT),
                ),
                select(MeetingUnit.ticket_id).where(
                    col(MeetingUnit.department_id) == principal.department_id,
                    col(MeetingUnit.sight_ended_at).is_(None),
                ),
            )
        )
    return sa.false()


def readable_each(
    principal: Principal, ticket_id: sa.ColumnElement[uuid.UUID] | Mapped[uuid.UUID]
) -> sa.ColumnElement[bool]:
    """Return the same condition as `readable` for a few tickets that are known: each is asked for.

    Args:
        principal: the reader.
        ticket_id: the column that names a ticket.
    """
    if Role.REQUESTER in principal.roles or principal.sees_every_ticket:
        return sa.true()
    if principal.is_department and Permission.READ_TICKETS in principal.permissions:
        return sa.or_(
            _each(
                col(Assignment.ticket_id) == ticket_id,
                col(Assignment.department_id) == principal.department_id,
                col(Assignment.state).not_in(OUT_OF_SIGHT),
            ),
            _each(
                col(MeetingUnit.ticket_id) == ticket_id,
                col(MeetingUnit.department_id) == principal.department_id,
                col(MeetingUnit.sight_ended_at).is_(None),
            ),
        )
    return sa.false()


def _each(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return that such a row exists; OFFSET keeps the planner from reading all of them beforehand."""
    return sa.exists(select(sa.literal(1)).where(*conditions).offset(0))


MANY = 3000
"""A department with so many tasks or more meets one of its own soon, whatever list it walks along."""


async def cheaper_sight(session: AsyncSession, principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition of `readable` in the form that costs a list of tickets least.

    The tickets of a small department are gathered and then looked through; of a large one, which may
    be a tenth of all, the list is walked along and each row asked about until a page is full.
    """
    if not principal.is_department:
        return readable(principal)
    some = (
        select(sa.literal(1))
        .where(col(Assignment.department_id) == principal.department_id)
        .limit(MANY)
        .subquery()
    )
    count = (await session.exec(select(sa.func.count()).select_from(some))).one()
    if count < MANY:
        return readable(principal)
    return readable_each(principal, col(Ticket.id))


async def is_called(session: AsyncSession, principal: Principal, ticket_id: uuid.UUID) -> bool:
    """Tell whether a meeting gives this person's department sight of a ticket."""
    if not principal.is_department:
        return False
    found = await session.exec(
        select(MeetingUnit.id).where(
            MeetingUnit.ticket_id == ticket_id,
            MeetingUnit.department_id == principal.department_id,
            col(MeetingUnit.sight_ended_at).is_(None),
        )
    )
    return found.first() is not None


async def has_task(session: AsyncSession, principal: Principal, ticket_id: uuid.UUID) -> bool:
    """Tell whether this person's department has, or had and did not give back, a task on a ticket."""
    found = await session.exec(
        select(Assignment.id).where(
            Assignment.ticket_id == ticket_id,
            Assignment.department_id == principal.department_id,
            col(Assignment.state).not_in(OUT_OF_SIGHT),
        )
    )
    return found.first() is not None


async def find_readable(session: AsyncSession, principal: Principal, number: str) -> Ticket:
    """Return a ticket that this person may read.

    Raises:
        TicketNotFound: there is none, or none for him.
    """
    ticket = (
        await session.exec(select(Ticket).where(Ticket.number == number, readable(principal)))
    ).first()
    if ticket is None:
        raise TicketNotFound(number=number)
    return ticket


async def lock_for_action(
    session: AsyncSession, principal: Principal, number: str, expected_version: int | None
) -> tuple[Ticket, int]:
    """Return a ticket that this person may read and the hotline's own department.

    The ticket's row is locked until the transaction ends.

    Args:
        session: the session of the acting transaction.
        principal: who acts.
        number: the ticket's number.
        expected_version: the version he has read, when he says so.

    Raises:
        TicketNotFound: there is none, or none for him.
        StaleTicket: it has changed since he read it.
    """
    row = (
        await session.exec(
            select(Ticket, _HOTLINE)
            .where(Ticket.number == number, readable(principal))
            .with_for_update(of=Ticket)
            .execution_options(populate_existing=True)
        )
    ).first()
    if row is None:
        raise TicketNotFound(number=number)
    ticket, hotline_id = row
    if expected_version is not None and expected_version != ticket.version:
        raise StaleTicket(number=number, expected_version=expected_version, version=ticket.version)
    return ticket, hotline_id
