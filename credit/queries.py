"""Reading the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.models import PromiseOutcome, PromiseRecord


@dataclass(frozen=True, slots=True)
class PromiseTally:
    """Promises of a department that have ended."""

    kept: int
    broken: int


async def tally_promises(
    session: AsyncSession, department_id: int, since: datetime
) -> PromiseTally:
    """Return how many of a department's promises ended kept and broken since an instant."""
    rows = await session.exec(
        select(PromiseRecord.outcome, sa.func.count())
        .where(
            PromiseRecord.department_id == department_id,
            col(PromiseRecord.outcome_at) >= since,
        )
        .group_by(col(PromiseRecord.outcome))
    )
    counts = dict(rows.all())
    return PromiseTally(counts.get(PromiseOutcome.KEPT, 0), counts.get(PromiseOutcome.BROKEN, 0))


async def list_promises(
    session: AsyncSession, department_id: int, limit: int = 50
) -> Sequence[PromiseRecord]:
    """Return a department's promises that have ended, the latest first."""
    rows = await session.exec(
        select(PromiseRecord)
        .where(PromiseRecord.department_id == department_id)
        .order_by(col(PromiseRecord.outcome_at).desc(), col(PromiseRecord.id))
        .limit(limit)
    )
    return rows.all()
