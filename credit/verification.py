"""Holding every department's chain against its rows: is a row changed, dropped, swapped, inserted?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.bookkeeping import change_hash, entry_hash
from credit.ledger import GENESIS
from credit.models import CreditChain, CreditEntry, CreditEntryChange
from hotline.people.models import Department


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Where a department's chain breaks.

    Attributes:
        department: its code.
        seq: the place in the chain.
        said: what is wrong there.
    """

    department: str
    seq: int
    said: str


async def verify_chains(session: AsyncSession) -> AsyncIterator[ChainFault]:
    """Look at every chain, department by department, and name the first fault of each."""
    chains = await session.exec(
        select(CreditChain, Department.code)
        .join(Department, col(Department.id) == col(CreditChain.department_id))
        .order_by(col(Department.code))
    )
    for chain, code in chains.all():
        fault = await _first_fault(session, chain, code)
        if fault is not None:
            yield fault


async def _first_fault(session: AsyncSession, chain: CreditChain, code: str) -> ChainFault | None:
    entries = await session.exec(
        select(CreditEntry).where(CreditEntry.department_id == chain.department_id)
    )
    changes = await session.exec(
        select(CreditEntryChange).where(CreditEntryChange.department_id == chain.department_id)
    )
    rows: list[CreditEntry | CreditEntryChange] = [*entries.all(), *changes.all()]
    rows.sort(key=lambda row: row.seq)
    head = GENESIS
    for place, row in enumerate(rows, start=1):
        if row.seq != place:
            return ChainFault(code, place, "a row is missing")
        made = entry_hash(row) if isinstance(row, CreditEntry) else change_hash(row)
        if row.previous_hash != head:
            return ChainFault(code, place, "it does not follow the row before it")
        if row.hash != made:
            return ChainFault(code, place, "the row was changed")
        head = row.hash
    if (chain.count, chain.head) != (len(rows), head):
        return ChainFault(code, len(rows), "rows are missing at the end")
    return None
