"""Bringing entries into force whose term has passed: rows, so that no standstill loses one."""

import uuid
from datetime import datetime

from sqlmodel import col, select

from credit.bookkeeping import find_entry, lock_ledger, state_of
from credit.entries.entering import bring_into_force, settle_term
from credit.entries.models import EntryTerm
from credit.entries.rules import ChangeReason
from credit.ledger import EntryState
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.tx import Transaction


async def confirm_due(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Bring every entry into force whose term has passed; return how many came into force.

    Each is a transaction of its own: whoever is cut short leaves nothing half done, and any number may
    run at once. An entry that was objected to or taken back meanwhile is left as it is.
    """
    count = 0
    while True:
        async with session_maker() as session, session.begin():
            tx = Transaction(session, now, cipher, f"credit-terms:{now.isoformat()}")
            entry_id = await _next_due(tx)
            if entry_id is None:
                return count
            count += await _confirm(tx, entry_id)


async def _next_due(tx: Transaction) -> uuid.UUID | None:
    return (
        await tx.session.exec(
            select(EntryTerm.entry_id)
            .where(col(EntryTerm.settled_at).is_(None), col(EntryTerm.confirm_by) <= tx.now)
            .order_by(col(EntryTerm.confirm_by), col(EntryTerm.entry_id))
            .limit(1)
        )
    ).first()


async def _confirm(tx: Transaction, entry_id: uuid.UUID) -> bool:
    entry = await find_entry(tx, entry_id)
    await lock_ledger(tx, entry.department_id)  # the ledger first, as everywhere; then its term
    if await state_of(tx, entry) is not EntryState.PROVISIONAL:
        await settle_term(tx, entry_id)
        return False
    await bring_into_force(tx, entry, ChangeReason.TERM_PASSED)
    return True
