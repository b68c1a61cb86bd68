"""Reading requests about tickets."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Role
from hotline.procedures.dispute_rules import PastReturn, ReturnLevel, may_dispute, may_return
from hotline.procedures.models import Procedure
from hotline.procedures.rules import DECIDED_BY, ProcedureKind, ProcedureState
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Post, Ticket
from hotline.workdays.workcalendar import Calendar


async def list_procedures(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[Procedure]:
    """Return every request about a ticket, oldest first."""
    rows = await session.exec(
        select(Procedure)
        .where(Procedure.ticket_id == ticket_id)
        .order_by(col(Procedure.opened_at), col(Procedure.id))
    )
    return rows.all()


def waiting(procedures: Sequence[Procedure]) -> tuple[tuple[Action, uuid.UUID | None], ...]:
    """Return which decisions wait, each with who asked for it."""
    return tuple(
        (DECIDED_BY[procedure.kind], procedure.opened_by)
        for procedure in procedures
        if procedure.state is ProcedureState.PENDING and procedure.kind in DECIDED_BY
    )


def past_return(procedure: Procedure) -> PastReturn:
    """Return a return as the rules look at it."""
    level = procedure.details.get("level")
    return PastReturn(
        hop=procedure.details.get("hop", 0),
        state=procedure.state,
        level=ReturnLevel(level) if level else None,
        decided_at=procedure.decided_at,
        is_disputed="disputed_at" in procedure.details,
    )


def is_raised(ticket: Ticket) -> bool:
    """Tell whether the time for the hotline's decision has passed: the authority decides."""
    return ticket.holder_post is Post.AUTHORITY


def closed_actions(
    procedures: Sequence[Procedure],
    ticket: Ticket,
    roles: Collection[Role],
    now: datetime,
    working: Calendar,
) -> frozenset[Action]:
    """Return what the machine allows but the rules of disputes would refuse: it is not offered.

    Args:
        procedures: every request about the ticket.
        ticket: the ticket.
        roles: the reader's.
        now: when he reads.
        working: the calendar of working hours.
    """
    past = [past_return(one) for one in procedures if one.kind is ProcedureKind.RETURN]
    hop, is_designated = ticket.hop, ticket.is_designated
    closed = set()
    if not may_return(past, hop=hop, is_designated=is_designated):
        closed.add(Action.REQUEST_RETURN)
    if not may_dispute(past, hop=hop, is_designated=is_designated, now=now, working=working):
        closed.add(Action.DISPUTE_RETURN)
    if is_raised(ticket) and Role.AUTHORITY not in roles:
        closed.add(Action.DECIDE_RETURN)
    return frozenset(closed)
