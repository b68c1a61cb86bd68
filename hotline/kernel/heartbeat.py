"""Signs of life of the loops that must never stop in silence."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field

from hotline.kernel.db import SessionMaker
from hotline.kernel.tables import TableModel


class Heartbeat(TableModel, table=True):
    """When a loop last went round."""

    __tablename__ = "heartbeats"

    name: str = Field(primary_key=True, max_length=32)
    beat_at: datetime


async def beat(session_maker: SessionMaker, name: str, now: datetime) -> None:
    """Write that the loop `name` went round at `now`."""
    async with session_maker() as session, session.begin():
        await session.exec(
            insert(Heartbeat)
            .values(name=name, beat_at=now)
            .on_conflict_do_update(index_elements=["name"], set_={"beat_at": now})
        )
