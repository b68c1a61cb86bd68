"""The only doors to a ticket: what may be read, and what is locked to be acted on."""

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import Department
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.errors import StaleTicket, TicketNotFound
from hotline.tickets.models import Assignment, Ticket

_HOTLINE = select(Department.id).where(col(Department.is_hotline).is_(True)).scalar_subquery()
_OUT_OF_SIGHT = (AssignmentState.RETURNED, AssignmentState.WITHDRAWN)


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a row of `tickets` exists for this person.

    A department sees the tickets it has or had a task on, until it gave the task back.
    """
    if Role.REQUESTER in principal.roles or principal.sees_every_ticket:
        # A requester reaches one ticket only, by number and query code, checked before this.
        return sa.true()
    if principal.is_department and Permission.READ_TICKETS in principal.permissions:
        return sa.exists().where(
            col(Assignment.ticket_id) == col(Ticket.id),
            col(Assignment.department_id) == principal.department_id,
            col(Assignment.state).not_in(_OUT_OF_SIGHT),
        )
    return sa.false()


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
