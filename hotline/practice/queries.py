"""What somebody has practised, by the facts of his own acts."""

import uuid
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.practice.models import PracticeCity, PracticeMark
from hotline.practice.rules import Mark, OwnActs
from hotline.tickets.models import TicketEvent


async def practice_city(session: AsyncSession) -> PracticeCity | None:
    """Return the mark of an invented city; None in every other house."""
    return await session.get(PracticeCity, 1)


async def own_acts(session: AsyncSession, user_id: uuid.UUID, founded_at: datetime) -> OwnActs:
    """Return what a person has done since he began to practise."""
    marks = {
        row.mark: row.at
        for row in await session.exec(select(PracticeMark).where(PracticeMark.user_id == user_id))
    }
    since = marks.get(Mark.BEGAN, founded_at)
    rows = await session.exec(
        select(TicketEvent.action, func.count())
        .where(TicketEvent.actor_id == user_id, TicketEvent.at > since)
        .group_by(col(TicketEvent.action))
    )
    return OwnActs(dict(rows.all()), {mark.value for mark, at in marks.items() if at >= since})
