"""What an exclusion does to the rates: credit tells itself a fact, and counts the ticket anew."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.exclusions.models import Exclusion
from credit.intake.facts import ExclusionEnded, WorkExcluded
from credit.intake.posting import tell_credit
from credit.models import Observation
from hotline.kernel.tx import Transaction


async def counts_for(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[int]:
    """Return the departments for which something of a ticket counts."""
    rows = await session.exec(
        select(Observation.department_id)
        .where(Observation.ticket_id == ticket_id)
        .group_by(col(Observation.department_id))
        .having(sa.func.sum(Observation.n) > 0)
        .order_by(col(Observation.department_id))
    )
    return rows.all()


async def take_out(tx: Transaction, exclusion: Exclusion) -> datetime | None:
    """Let nothing of the ticket count for the department, whatever else becomes of it.

    Returns:
        The earliest instant at which something that is taken back was finished; None for nothing.
    """
    return await tell_credit(
        tx,
        WorkExcluded(
            exclusion_id=str(exclusion.id),
            ticket_id=str(exclusion.ticket_id),
            ticket_number=exclusion.ticket_number,
            cause=exclusion.code.value,
            department_id=exclusion.department_id,
        ),
    )


async def put_back(tx: Transaction, exclusion: Exclusion) -> datetime | None:
    """Let everything count again that the exclusion took out; return when the first of it was done."""
    return await tell_credit(
        tx,
        ExclusionEnded(
            exclusion_id=str(exclusion.id),
            ticket_id=str(exclusion.ticket_id),
            ticket_number=exclusion.ticket_number,
        ),
    )
