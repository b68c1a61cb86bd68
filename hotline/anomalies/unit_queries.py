"""Reading what units say of themselves and ask for: a fixed number of statements for a day."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.anomalies.queries import Span
from hotline.anomalies.rules import (
    OWN_VISIT_DAYS,
    RESPITE_DAYS,
    SELF_RAISED_DAYS,
    OwnVisits,
    Respites,
    SelfRaised,
)
from hotline.followup.queries import compare_units
from hotline.kernel.crypto import FieldCipher
from hotline.notices.models import UserContact
from hotline.people.models import Department, User
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureKind
from hotline.tickets.actions.intake import clean_phone
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.models import Assignment, Ticket, TicketRequester

_RESPITES = (ProcedureKind.SUSPENSION, ProcedureKind.EXTENSION, ProcedureKind.RECTIFICATION)


async def read_own_visits(session: AsyncSession, span: Span) -> list[OwnVisits]:
    """Return units whose own visits flatter them by more than the hotline's allow."""
    since = span.end - timedelta(days=OWN_VISIT_DAYS)
    return [
        OwnVisits(
            row.department.id,
            row.heard.own.unsatisfied_share or 0.0,
            row.heard.hotline.unsatisfied_share or 0.0,
            row.heard.own.answers,
        )
        for row in await compare_units(session, since, span.end)
        if row.heard.is_marked
    ]


async def read_respites(session: AsyncSession, span: Span) -> list[Respites]:
    """Return how often each unit asked for each kind of respite, and of how many works."""
    since = span.end - timedelta(days=RESPITE_DAYS)
    works = dict(
        (
            await session.exec(
                select(Assignment.department_id, sa.func.count())
                .where(
                    Assignment.role == AssignmentRole.LEAD,
                    col(Assignment.assigned_at) >= since,
                    col(Assignment.assigned_at) < span.end,
                )
                .group_by(col(Assignment.department_id))
            )
        ).all()
    )
    asked = await session.exec(
        select(Procedure.opened_department_id, Procedure.kind, Procedure.ticket_id).where(
            col(Procedure.kind).in_(_RESPITES),
            col(Procedure.opened_at) >= since,
            col(Procedure.opened_at) < span.end,
            col(Procedure.opened_department_id).is_not(None),
        )
    )
    by_unit: dict[tuple[int, ProcedureKind], list[object]] = {}
    for unit, kind, ticket_id in asked:
        if unit is not None:
            by_unit.setdefault((unit, ProcedureKind(kind)), []).append(ticket_id)
    groups = await session.exec(
        select(Department.id, Department.peer_group).where(col(Department.is_active))
    )
    return [
        Respites(unit, kind.value, group, works.get(unit, 0), tuple(by_unit.get((unit, kind), ())))
        for unit, group in groups
        for kind in _RESPITES
    ]


async def read_self_raised(
    session: AsyncSession, span: Span, cipher: FieldCipher
) -> list[SelfRaised]:
    """Return the tickets of a month whose requester has a number of the unit that got them."""
    own = await _own_numbers(session, cipher)
    if not own:
        return []
    rows = await session.exec(
        select(Ticket.id, Ticket.lead_department_id, TicketRequester.phone_index)
        .join(TicketRequester, col(TicketRequester.ticket_id) == col(Ticket.id))
        .where(
            col(Ticket.submitted_at) >= span.end - timedelta(days=SELF_RAISED_DAYS),
            col(Ticket.submitted_at) < span.end,
            col(Ticket.lead_department_id).is_not(None),
            col(TicketRequester.phone_index).in_({index for _, index in own}),
        )
    )
    return [
        SelfRaised(ticket_id, unit)
        for ticket_id, unit, index in rows
        if unit is not None and (unit, index) in own
    ]


async def _own_numbers(session: AsyncSession, cipher: FieldCipher) -> set[tuple[int, bytes]]:
    """Return the digests of the numbers of each unit: its own, and those of its people."""
    units = await session.exec(
        select(Department.id, Department.phone).where(
            col(Department.phone).is_not(None), col(Department.is_hotline).is_(False)
        )
    )
    people = await session.exec(
        select(User.department_id, UserContact.phone)
        .join(UserContact, col(UserContact.user_id) == col(User.id))
        .join(Department, col(Department.id) == col(User.department_id))
        .where(col(UserContact.phone).is_not(None), col(Department.is_hotline).is_(False))
    )
    numbers = [(unit, phone) for unit, phone in units]
    numbers += [(unit, cipher.decrypt(phone)) for unit, phone in people if phone is not None]
    return {
        (unit, index)
        for unit, phone in numbers
        if unit is not None and (index := cipher.blind_index(clean_phone(phone)))
    }
