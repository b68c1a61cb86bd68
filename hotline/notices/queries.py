"""Reading notices."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.notices.models import Notice


async def list_notices(
    session: AsyncSession, user_id: uuid.UUID, limit: int = 50
) -> Sequence[Notice]:
    """Return a person's latest notices, newest first."""
    rows = await session.exec(
        select(Notice)
        .where(Notice.user_id == user_id)
        .order_by(col(Notice.created_at).desc(), col(Notice.id).desc())
        .limit(limit)
    )
    return rows.all()


async def count_unread(session: AsyncSession, user_id: uuid.UUID) -> int:
    """Return how many notices a person has not read."""
    return (
        await session.exec(
            select(sa.func.count())
            .select_from(Notice)
            .where(col(Notice.user_id) == user_id, col(Notice.read_at).is_(None))
        )
    ).one()
