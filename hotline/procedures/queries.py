"""Reading requests about tickets."""

import uuid
from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.procedures.models import Procedure
from hotline.procedures.rules import DECIDED_BY, ProcedureState
from hotline.tickets.lifecycle import Action


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
        (DECIDED_BY[procedure.kind], person)
        for procedure in procedures
        if procedure.state is ProcedureState.PENDING and procedure.kind in DECIDED_BY
        for person in _asked_by(procedure)
    )


def _asked_by(procedure: Procedure) -> tuple[uuid.UUID | None, ...]:
    """Return who may not decide: whoever asked for it, and whoever proposed how to decide it."""
    proposer = procedure.details.get("proposed_by")
    opener = procedure.opened_by
    return (opener, uuid.UUID(proposer)) if isinstance(proposer, str) else (opener,)
