"""What an exclusion does to the rates: everything of the ticket is taken back, or put in again.

Observations are never changed. What stands is worked out from all rows of the ticket, and rows of the
opposite sign are written until nothing stands, each with the code as its cause.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.bookkeeping import NewObservation, observe
from credit.exclusions.models import Exclusion
from credit.ledger import Measure
from credit.models import Observation
from hotline.kernel.tx import Transaction


@dataclass(frozen=True, slots=True)
class _Standing:
    """One contribution that counts, as its row says it."""

    measure: Measure
    hop: int
    round: int
    category: str
    finished_at: datetime
    k: Decimal


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
    """Take back whatever of the ticket counts for the department; return when the first of it was done.

    Returns:
        The earliest instant at which something that is taken back was finished; None for nothing.
    """
    standing = await _standing(tx.session, exclusion)
    return await _write(tx, exclusion, standing, -1)


async def put_back(tx: Transaction, exclusion: Exclusion) -> datetime | None:
    """Let everything count again that the exclusion took out; return when the first of it was done."""
    rows = await tx.session.exec(
        select(Observation).where(
            Observation.ticket_id == exclusion.ticket_id,
            col(Observation.source_key).startswith(f"{_prefix(exclusion)}"),
        )
    )
    taken = Counter[_Standing]()
    for row in rows:
        taken[_of(row)] -= row.n
    return await _write(tx, exclusion, +taken, 1)


async def _standing(session: AsyncSession, exclusion: Exclusion) -> Counter[_Standing]:
    rows = await session.exec(
        select(Observation).where(
            Observation.ticket_id == exclusion.ticket_id,
            Observation.department_id == exclusion.department_id,
        )
    )
    standing = Counter[_Standing]()
    for row in rows:
        standing[_of(row)] += row.n
    return +standing


def _of(row: Observation) -> _Standing:
    k = row.k if row.n >= 0 else -row.k
    return _Standing(Measure(row.measure), row.hop, row.round, row.category, row.finished_at, k)


def _prefix(exclusion: Exclusion) -> str:
    return f"exclusion:{exclusion.id}:"


async def _write(
    tx: Transaction, exclusion: Exclusion, what: Counter[_Standing], sign: int
) -> datetime | None:
    rows = [
        NewObservation(
            source_key=f"{_prefix(exclusion)}{'out' if sign < 0 else 'in'}:{nth}",
            department_id=exclusion.department_id,
            ticket_id=exclusion.ticket_id,
            ticket_number=exclusion.ticket_number,
            hop=one.hop,
            round=one.round,
            measure=one.measure,
            category=one.category,
            k=sign * one.k,
            n=sign,
            cause=exclusion.code.value,
            finished_at=one.finished_at,
        )
        for nth, one in enumerate(what.elements())
    ]
    await observe(tx, rows)
    return min((row.finished_at for row in rows), default=None)
