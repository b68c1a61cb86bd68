"""Facts whose jobs were lost with Redis: found by their missing receipts, and relayed once more."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import first_id

GRACE = timedelta(minutes=2)
"""A job that has not left its receipt by then is looked after; if it still waits, nothing happens."""

_REACH = timedelta(days=3)
_AGAIN = sa.text(
    "UPDATE outbox SET relayed_at = NULL "
    "WHERE id BETWEEN :oldest AND :newest AND topic = :topic "
    "AND relayed_at < :before AND parked_at IS NULL "
    "AND (SELECT count(*) FROM inbox_receipts AS receipts "
    "WHERE receipts.subscriber = ANY(:subscribers) AND receipts.fact_id = outbox.id) "
    "< :receipts"
)


async def redeliver(
    session_maker: SessionMaker, subscribers: Mapping[str, Sequence[str]], *, now: datetime
) -> int:
    """Send facts of the last days again that lack a subscriber's receipt; return how many.

    Whoever has had one already is not disturbed: his receipt says so.
    """
    count = 0
    async with session_maker() as session, session.begin():
        for topic, names in subscribers.items():
            done = await session.exec(  # type: ignore[call-overload]
                _AGAIN,
                params={
                    "oldest": first_id(now - _REACH),
                    "newest": first_id(now),
                    "topic": topic,
                    "before": now - GRACE,
                    "subscribers": list(names),
                    "receipts": len(names),
                },
            )
            count += done.rowcount
    return count
