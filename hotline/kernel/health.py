"""How the loops are doing, in one statement."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

_ACTED = "rung IN ('act', 'order', 'listing')"
"""Rungs that are done one by one have an index of their own."""

_PULSE = sa.text(
    "SELECT extract(epoch FROM :now - (SELECT min(created_at) FROM outbox "
    "WHERE relayed_at IS NULL AND parked_at IS NULL)), "
    "extract(epoch FROM :now - least((SELECT min(due_at) FROM sla_thresholds "
    f"WHERE state = 'armed' AND NOT ({_ACTED}) AND due_at < :now), "
    "(SELECT min(due_at) FROM sla_thresholds "
    f"WHERE state = 'armed' AND {_ACTED} AND due_at < :now))), "
    "(SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL), "
    "(SELECT coalesce(json_object_agg(name, extract(epoch FROM :now - beat_at)), '{}') "
    "FROM heartbeats)"
)


@dataclass(frozen=True, slots=True)
class Health:
    """Seconds that things are behind.

    Attributes:
        outbox_age: age of the oldest fact not relayed; 0 when there is none.
        clock_lateness: how long the oldest due level has waited; 0 when there is none.
        parked_facts: facts that a job could not deal with.
        heartbeats: seconds since each loop went round.
    """

    outbox_age: float
    clock_lateness: float
    parked_facts: int
    heartbeats: dict[str, float]


async def read_health(session: AsyncSession, now: datetime) -> Health:
    """Return how far behind the loops are."""
    row = (await session.exec(_PULSE, params={"now": now})).one()  # type: ignore[call-overload]
    return Health(
        max(0.0, float(row[0] or 0)),
        max(0.0, float(row[1] or 0)),
        int(row[2]),
        {name: float(seconds) for name, seconds in row[3].items()},
    )
