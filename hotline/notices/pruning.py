"""What has served its time is deleted, a little at a time, so that tables do not grow for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import first_id
from hotline.kernel.settings import Settings

BATCH = 2000
_MOST_BATCHES = 50
"""So that one round ends in time for the next; what is left over is deleted then."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept.

    Attributes:
        facts: after they were relayed; longer than lost jobs are looked for, which is three days.
        receipts: of facts that are gone.
        keys: idempotency keys, after which the same request would make a second ticket.
        deliveries: messages that came to their end.
        drafts: of matters that nobody went on with.
    """

    facts: timedelta = timedelta(days=30)
    receipts: timedelta = timedelta(days=30)
    keys: timedelta = timedelta(days=7)
    deliveries: timedelta = timedelta(days=180)
    drafts: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of each kind were deleted."""

    facts: int
    receipts: int
    keys: int
    deliveries: int
    drafts: int = 0


def retention_of(settings: Settings) -> Retention:
    """Return how long an installation keeps things."""
    return Retention(
        facts=timedelta(days=settings.keep_facts_days),
        receipts=timedelta(days=settings.keep_receipts_days),
        keys=timedelta(days=settings.keep_keys_days),
        deliveries=timedelta(days=settings.keep_deliveries_days),
        drafts=timedelta(days=settings.keep_drafts_days),
    )


# Ids begin with their instant, so that the primary keys find what is old.
_FACTS = sa.text(
    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE id < :first "
    "AND relayed_at < :before AND parked_at IS NULL ORDER BY id LIMIT :batch "
    "FOR UPDATE SKIP LOCKED)"
)
# A receipt outlives its fact: should a fact that was set aside be sent again, whoever has dealt with
# it must still know so.
_RECEIPTS = sa.text(
    "DELETE FROM inbox_receipts WHERE (subscriber, fact_id) IN (SELECT subscriber, fact_id "
    "FROM inbox_receipts AS r WHERE fact_id < :first "
    "AND received_at < :before "
    "AND NOT EXISTS (SELECT FROM outbox WHERE outbox.id = r.fact_id) LIMIT :batch "
    "FOR UPDATE SKIP LOCKED)"
)
_KEYS = sa.text(
    "DELETE FROM idempotency_keys WHERE (user_id, key) IN (SELECT user_id, key "
    "FROM idempotency_keys WHERE created_at < :before LIMIT :batch FOR UPDATE SKIP LOCKED)"
)
_DELIVERIES = sa.text(
    "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE id < :first "
    "AND state IN ('sent', 'delivered', 'suppressed', 'dead') ORDER BY id LIMIT :batch "
    "FOR UPDATE SKIP LOCKED)"
)
_DRAFTS = sa.text(
    "DELETE FROM intake_drafts WHERE id IN (SELECT id FROM intake_drafts "
    "WHERE saved_at < :before LIMIT :batch FOR UPDATE SKIP LOCKED)"
)


async def prune_once(
    session_maker: SessionMaker,
    now: datetime,
    retention: Retention = Retention(),
    *,
    batch: int = BATCH,
) -> Pruned:
    """Delete what is older than it need be, in transactions of `batch` rows."""
    return Pruned(
        facts=await _delete(session_maker, _FACTS, now - retention.facts, batch),
        receipts=await _delete(session_maker, _RECEIPTS, now - retention.receipts, batch),
        keys=await _delete(session_maker, _KEYS, now - retention.keys, batch),
        deliveries=await _delete(session_maker, _DELIVERIES, now - retention.deliveries, batch),
        drafts=await _delete(session_maker, _DRAFTS, now - retention.drafts, batch),
    )


async def _delete(
    session_maker: SessionMaker, statement: sa.TextClause, before: datetime, batch: int
) -> int:
    values = {"before": before, "first": first_id(before), "batch": batch}
    count = 0
    for _ in range(_MOST_BATCHES):
        async with session_maker() as session, session.begin():
            done = await session.exec(  # type: ignore[call-overload]
                statement,
                params={name: values[name] for name in statement.compile().params},
            )
        count += done.rowcount
        if done.rowcount < batch:
            break
    return count
