"""What was known when: an instant up to which everything is written, for whoever counts as of it.

A transaction that began earlier may commit later. Without care its rows would carry an instant that a
score has already been made as of, and the same score made again would have other digits. So whoever
counts closes the books up to an instant: he waits for those who write, and who writes after him is
recorded after it.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import select

from credit.period_models import KnownUntil
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.tx import Transaction

_SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(hashtext('credit_knowledge'))")
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtext('credit_knowledge'))")
_TICK = timedelta(microseconds=1)


async def recording_instant(tx: Transaction) -> datetime:
    """Return the instant at which what is written now is known: after everything that was counted."""
    await tx.session.exec(_SHARED)  # type: ignore[call-overload]
    known = (await tx.session.exec(select(KnownUntil.instant))).first()
    return tx.now if known is None else max(tx.now, known + _TICK)


async def close_books(tx: Transaction) -> datetime:
    """Return the instant as of which may be counted: nothing will be recorded at or before it any more.

    Writers wait until this transaction ends, so it had better be short.
    """
    await tx.session.exec(_ALONE)  # type: ignore[call-overload]
    row = (await tx.session.exec(select(KnownUntil).with_for_update())).first()
    if row is None:
        tx.session.add(KnownUntil(id=1, instant=tx.now))
        await tx.session.flush()  # what is written later in this transaction must be recorded later
        return tx.now
    row.instant = max(tx.now, row.instant + _TICK)
    await tx.session.flush()  # likewise
    return row.instant


async def closed_books(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> datetime:
    """Close the books in a short transaction of its own, so that writers do not wait for the counting."""
    async with session_maker() as session, session.begin():
        return await close_books(Transaction(session, now, cipher, "credit"))
