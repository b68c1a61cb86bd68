"""Reading bulletins, and counting what they say."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_departments, users_by_id
from hotline.supervision.bulletins.rules import (
    BulletinState,
    Counted,
    UnitFigures,
    figures_of,
    instants_of,
)
from hotline.supervision.errors import BulletinNotFound
from hotline.supervision.models import Bulletin

_OUT = (BulletinState.PUBLISHED, BulletinState.RECALLED)


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a bulletin exists for this person.

    Whoever writes bulletins sees all; the hotline's people what was published; a department's what was
    published for all or for it.
    """
    if Permission.PUBLISH_BULLETIN in principal.permissions:
        return sa.true()
    is_out = col(Bulletin.state).in_(_OUT)
    if principal.sees_every_ticket:
        return is_out
    if principal.is_department:
        mine = sa.cast([principal.department_code], JSONB)
        return sa.and_(
            is_out,
            sa.or_(col(Bulletin.units) == sa.cast([], JSONB), col(Bulletin.units).op("@>")(mine)),
        )
    return sa.false()


@dataclass(frozen=True, slots=True)
class BulletinDetail:
    """A bulletin with the names of who wrote, reviewed, published and recalled it."""

    bulletin: Bulletin
    names: dict[str, str]


async def list_bulletins(
    session: AsyncSession,
    principal: Principal,
    *,
    state: tuple[BulletinState, ...] = (),
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[Bulletin]:
    """Return a page of the bulletins that this person may read, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = select(Bulletin).where(readable(principal))
    if state:
        statement = statement.where(col(Bulletin.state).in_(state))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Bulletin.drafted_at), col(Bulletin.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = (
        await session.exec(
            statement.order_by(col(Bulletin.drafted_at).desc(), col(Bulletin.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    return page_of(found, limit, lambda row: (row.drafted_at, row.id))


async def read_bulletin(
    session: AsyncSession, principal: Principal, bulletin_id: uuid.UUID
) -> BulletinDetail:
    """Return a bulletin.

    Raises:
        BulletinNotFound: there is none for him.
    """
    bulletin = (
        await session.exec(select(Bulletin).where(Bulletin.id == bulletin_id, readable(principal)))
    ).first()
    if bulletin is None:
        raise BulletinNotFound
    parts = ("drafted_by", "reviewed_by", "published_by", "recalled_by")
    users = await users_by_id(session, {getattr(bulletin, part) for part in parts})
    return BulletinDetail(
        bulletin,
        {
            part: users[getattr(bulletin, part)].display_name
            for part in parts
            if getattr(bulletin, part) in users
        },
    )


async def count_unpublished(session: AsyncSession) -> tuple[int, int]:
    """Return how many bulletins wait for a review, and how many for being published."""
    drafted = col(Bulletin.state) == BulletinState.DRAFT
    reviewed = col(Bulletin.state) == BulletinState.REVIEWED
    row = (
        await session.exec(
            select(sa.func.count().filter(drafted), sa.func.count().filter(reviewed))
            .select_from(Bulletin)
            .where(sa.or_(drafted, reviewed))
        )
    ).one()
    return row[0], row[1]


_WORK = "kind IN ('complete', 'rework_complete', 'bad_rating_fix')"
_COUNT = sa.text(
    "SELECT 'received', department_id, count(*) FROM assignments "
    "WHERE role = 'lead' AND assigned_at >= :since AND assigned_at < :until GROUP BY 2 "
    "UNION ALL "
    # Late is what was not done at its limit: missed since, or running still.
    "SELECT 'late', department_id, count(*) FROM sla_clocks "
    f"WHERE {_WORK} AND department_id IS NOT NULL AND due_at >= :since AND due_at < :until "
    "AND due_at <= :now AND state IN ('missed', 'running') GROUP BY 2 "
    "UNION ALL "
    "SELECT 'returned', department_id, count(*) FROM ticket_events "
    "WHERE action = 'request_return' AND department_id IS NOT NULL "
    "AND at >= :since AND at < :until GROUP BY 2 "
    "UNION ALL "
    "SELECT 'reworked', department_id, count(*) FROM sla_clocks "
    "WHERE kind IN ('rework_complete', 'bad_rating_fix') AND department_id IS NOT NULL "
    "AND started_at >= :since AND started_at < :until GROUP BY 2 "
    "UNION ALL "
    "SELECT 'unanswered', department_id, count(*) FROM sla_clocks "
    "WHERE kind = 'supervision_reply' AND department_id IS NOT NULL "
    "AND due_at >= :since AND due_at < :until AND due_at <= :now "
    "AND state IN ('missed', 'running') GROUP BY 2 "
    "UNION ALL "
    "SELECT 'listed', department_id, count(*) FROM listings "
    "WHERE listed_at < :until AND (delisted_at IS NULL OR delisted_at >= :since) GROUP BY 2"
)
"""Six figures in one statement; what each counts is said at `UnitFigures`."""


async def count_figures(
    session: AsyncSession, begins: date, ends: date, now: datetime
) -> Sequence[UnitFigures]:
    """Return what a period looked like, unit by unit, as far as it is over by `now`."""
    since, until = instants_of(begins, ends)
    rows: Any = await session.exec(  # type: ignore[call-overload]
        _COUNT, params={"since": since, "until": until, "now": now}
    )
    units = {
        unit.id: (unit.code, unit.name, unit.name_en)
        for unit in await list_departments(session)
        if not unit.is_hotline
    }
    return figures_of((Counted(*row) for row in rows), units)
