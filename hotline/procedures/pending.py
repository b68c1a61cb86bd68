"""Reading what a department has asked for and nobody has decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.principal import Principal
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureState
from hotline.tickets.access import readable_each
from hotline.tickets.models import Ticket

MOST_PENDING = 30


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A request that waits, with its ticket's title as it was written: mask it before showing."""

    procedure: Procedure
    number: str
    title: str


async def pending_of_department(
    session: AsyncSession, principal: Principal
) -> Sequence[PendingRow]:
    """Return what the reader's department has asked for and waits for, the longest waiting first."""
    rows = await session.exec(
        select(Procedure, Ticket.number, Ticket.title)
        .join(Ticket, col(Ticket.id) == col(Procedure.ticket_id))
        .where(
            Procedure.opened_department_id == principal.department_id,
            Procedure.state == ProcedureState.PENDING,
            readable_each(principal, col(Procedure.ticket_id)),
        )
        .order_by(col(Procedure.opened_at))
        .limit(MOST_PENDING)
    )
    return [PendingRow(*row) for row in rows]
