"""Reading notices."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.notices.models import Notice


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much a person has not seen.

    Attributes:
        unread: notices not read.
        unacknowledged: notices that ask for a word and have none.
    """

    unread: int
    unacknowledged: int


_UNACKNOWLEDGED = (col(Notice.needs_ack).is_(True), col(Notice.acknowledged_at).is_(None))


async def list_notices(
    session: AsyncSession, user_id: uuid.UUID, limit: int = 50, *, only_waiting: bool = False
) -> Sequence[Notice]:
    """Return a person's latest notices, or only those that wait for a word.

    Those that wait for one come first, then the newest.
    """
    statement = select(Notice).where(Notice.user_id == user_id)
    if only_waiting:
        statement = statement.where(*_UNACKNOWLEDGED)
    waits = sa.case((sa.and_(*_UNACKNOWLEDGED), 0), else_=1)
    rows = await session.exec(
        statement.order_by(waits, col(Notice.created_at).desc(), col(Notice.id).desc()).limit(limit)
    )
    return rows.all()


async def count_waiting(session: AsyncSession, user_id: uuid.UUID) -> Waiting:
    """Return how many notices a person has not read, and how many he has not acknowledged."""
    row = (
        await session.exec(
            select(
                sa.func.count().filter(col(Notice.read_at).is_(None)),
                sa.func.count().filter(*_UNACKNOWLEDGED),
            ).where(
                Notice.user_id == user_id,
                sa.or_(col(Notice.read_at).is_(None), sa.and_(*_UNACKNOWLEDGED)),
            )
        )
    ).one()
    return Waiting(*row)


async def count_unread(session: AsyncSession, user_id: uuid.UUID) -> int:
    """Return how many notices a person has not read."""
    return (await count_waiting(session, user_id)).unread
