"""Facts whose jobs were lost with Redis: found by their missing receipts, and relayed once more."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from hotline.kernel.db import SessionMaker

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
                    "oldest": _first_id(now - _REACH),
                    "newest": _first_id(now),
                    "topic": topic,
                    "before": now - GRACE,
                    "subscribers": list(names),
                    "receipts": len(names),
                },
            )
            count += done.rowcount
    return count


def _first_id(instant: datetime) -> uuid.UUID:
    """Return the least time-ordered id of an instant, so that the primary key finds the rows."""
    return uuid.UUID(int=int(instant.timestamp() * 1000) << 80)
