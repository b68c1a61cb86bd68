"""Intervals in which no sweeper ran: found by the gap in its heartbeat when one runs again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.models import Outage
from hotline.kernel.db import SessionMaker
from hotline.kernel.heartbeat import Heartbeat

SWEEPER = "sweeper"
"""The heartbeat of the sweeper; several sweepers share it."""

OUTAGE_AFTER = timedelta(seconds=60)
"""A gap longer than this is an outage: a stopped sweeper is worse than any overdue order."""


class Interval(NamedTuple):
    """An outage, as firings refer to it."""

    id: int
    began_at: datetime
    ended_at: datetime


async def note_outage(session_maker: SessionMaker, now: datetime) -> datetime | None:
    """Write down the outage that ends now, if the last heartbeat is long ago; return its begin."""
    async with session_maker() as session, session.begin():
        last = (
            await session.exec(select(Heartbeat.beat_at).where(Heartbeat.name == SWEEPER))
        ).first()
        if last is None or now - last <= OUTAGE_AFTER:
            return None
        await session.exec(
            insert(Outage).values(began_at=last, ended_at=now).on_conflict_do_nothing()
        )
        return last


async def outages_since(session: AsyncSession, instant: datetime) -> Sequence[Interval]:
    """Return the outages that ended at `instant` or later."""
    rows = await session.exec(
        select(Outage.id, Outage.began_at, Outage.ended_at)
        .where(col(Outage.ended_at) >= instant)
        .order_by(sa.desc(col(Outage.began_at)))
    )
    return [Interval(*row) for row in rows.all()]
