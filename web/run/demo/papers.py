"""Papers of the demo city: what an office would have on its desk of matters at several stages."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.papers.actions import issue_paper
from hotline.papers.kinds import PaperKind
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureKind, ProcedureState
from hotline.supervision.models import SupervisionOrder
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Ticket
from web.run.demo.directory import Cast

_ISSUERS: Mapping[PaperKind, Role] = {
    PaperKind.COMMITMENT: Role.OPERATOR,
    PaperKind.SERVICE_LIST: Role.DISPATCHER,
    PaperKind.ORDER: Role.SUPERVISOR,
    PaperKind.RECTIFICATION_NOTICE: Role.SUPERVISOR,
    PaperKind.RETURN_RULING: Role.DISPATCHER,
    PaperKind.FINAL_REPLY: Role.SUPERVISOR,
}


async def issue_papers(
    session: AsyncSession, cipher: FieldCipher, cast: Cast, *, now: datetime
) -> None:
    """Issue a paper of every kind, on the latest matter that has come so far."""
    at_work = await _at_work(session)
    subjects = {
        PaperKind.COMMITMENT: at_work,
        PaperKind.SERVICE_LIST: at_work,
        PaperKind.FIELD_TASK: at_work,
        PaperKind.ORDER: await _ordered(session),
        PaperKind.RECTIFICATION_NOTICE: await _decided(
            session, ProcedureKind.RECTIFICATION, ProcedureState.RUNNING
        ),
        PaperKind.RETURN_RULING: await _decided(
            session, ProcedureKind.RETURN, ProcedureState.REFUSED
        ),
        PaperKind.FINAL_REPLY: await _decided(
            session, ProcedureKind.FINAL_REPLY, ProcedureState.GRANTED
        ),
    }
    for kind, ticket in subjects.items():
        if ticket is not None:
            tx = Tx(session, now, cipher, f"demo:{kind.value}", _issuer(cast, kind, ticket))
            await issue_paper(tx, ticket.number, kind=kind)


def _issuer(cast: Cast, kind: PaperKind, ticket: Ticket) -> Principal:
    role = _ISSUERS.get(kind, Role.HANDLER)
    return next(
        person
        for person in cast.people.values()
        if role in person.roles
        and (role is not Role.HANDLER or person.department_id == ticket.lead_department_id)
    )


async def _at_work(session: AsyncSession) -> Ticket | None:
    return (
        await session.exec(
            select(Ticket)
            .where(
                Ticket.status == Status.PROCESSING,
                col(Ticket.hold).is_(None),
                col(Ticket.is_secret).is_(False),
            )
            .order_by(col(Ticket.submitted_at).desc())
            .limit(1)
        )
    ).first()


async def _ordered(session: AsyncSession) -> Ticket | None:
    found = await session.exec(
        select(SupervisionOrder.ticket_id)
        .order_by(col(SupervisionOrder.issued_at).desc(), col(SupervisionOrder.id).desc())
        .limit(1)
    )
    return await _ticket(session, found.first())


async def _decided(
    session: AsyncSession, kind: ProcedureKind, state: ProcedureState
) -> Ticket | None:
    found = await session.exec(
        select(Procedure.ticket_id)
        .where(Procedure.kind == kind, Procedure.state == state)
        .order_by(col(Procedure.decided_at).desc())
        .limit(1)
    )
    return await _ticket(session, found.first())


async def _ticket(session: AsyncSession, ticket_id: uuid.UUID | None) -> Ticket | None:
    return await session.get(Ticket, ticket_id) if ticket_id else None
