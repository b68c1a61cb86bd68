"""Letting frozen periods follow what has changed: asked for by whoever changes it, done by the worker.

To make a period again takes some seconds: nobody who decides something waits for that.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.freezing import Change, recalculate, wait_for_turn
from credit.period_events import FrozenOutdated
from credit.period_models import CreditPeriod
from credit.recalculation_models import Recalculation
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.kernel.tx import Transaction
from hotline.people.principal import Tx


async def outdate_frozen(
    tx: Transaction, subject_id: uuid.UUID, since: datetime, *, reason: str
) -> Recalculation:
    """Say that what frozen periods rest on has changed; they follow when this transaction has ended.

    Args:
        tx: the transaction in which the change is written.
        subject_id: what it comes from.
        since: when what has changed happened: a ticket finished, an event came into force.
        reason: what changed, for the revisions; never personal data.
    """
    row = Recalculation(
        id=uuid7(tx.now), subject_id=subject_id, since=since, reason=reason, asked_at=tx.now
    )
    tx.session.add(row)
    await emit(tx, FrozenOutdated(recalculation_id=str(row.id), since=since.isoformat()))
    return row


async def make_again(tx: Tx, session_maker: SessionMaker) -> Sequence[CreditPeriod]:
    """Make every frozen period again that a waiting change touches, all changes at one go.

    Returns:
        The periods that have another revision.
    """
    await wait_for_turn(tx)
    waiting = (
        await tx.session.exec(
            select(Recalculation)
            .where(col(Recalculation.done_at).is_(None))
            .order_by(col(Recalculation.asked_at), col(Recalculation.id))
        )
    ).all()
    if not waiting:
        return ()  # whoever had his turn before has done it along with his own
    changes = {one.id: Change(one.since, one.reason) for one in waiting}
    revised = await recalculate(tx, list(changes.values()), closing=session_maker)
    for one in waiting:
        one.done_at = tx.now
        one.revised = [
            f"{period.key}/{period.revision}"
            for period in revised
            if changes[one.id].touches(period)
        ]
    return revised


async def recalculations_of(
    session: AsyncSession, subject_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Recalculation]:
    """Return the latest change that each of some subjects has brought, waiting or done."""
    rows = await session.exec(
        select(Recalculation)
        .where(col(Recalculation.subject_id).in_(subject_ids))
        .order_by(col(Recalculation.asked_at), col(Recalculation.id))
    )
    return {row.subject_id: row for row in rows}
