"""Reading hand-overs."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import DEFAULT_LIMIT, Page, decode_place, page_of
from hotline.people.models import User
from hotline.shifts.models import HandOver


@dataclass(frozen=True, slots=True)
class HandOverRow:
    """A hand-over with the names of both."""

    hand_over: HandOver
    given_by: str
    taken_by: str | None


_TAKER = aliased(User, name="taker")


def _rows() -> sa.Select[tuple[HandOver, str, str | None]]:
    return (
        select(HandOver, User.display_name, col(_TAKER.display_name))  # type: ignore[return-value]
        .join(User, col(User.id) == col(HandOver.given_by))
        .join(_TAKER, col(_TAKER.id) == col(HandOver.taken_by), isouter=True)
    )


async def waiting_hand_overs(session: AsyncSession) -> Sequence[HandOverRow]:
    """Return the desks that wait to be taken, the oldest first; one of each at most."""
    statement = _rows().where(col(HandOver.taken_at).is_(None)).order_by(col(HandOver.given_at))
    return [HandOverRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]


async def list_hand_overs(
    session: AsyncSession, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[HandOverRow]:
    """Return what was handed over and taken, newest first.

    Raises:
        InvalidCursor: the cursor is none of ours.
    """
    key = (col(HandOver.given_at), col(HandOver.id))
    statement = (
        _rows()
        .where(col(HandOver.taken_at).is_not(None))
        .order_by(*(column.desc() for column in key))
        .limit(limit + 1)
    )
    if cursor:
        place = sa.tuple_(*(sa.literal(part) for part in decode_place(cursor)))
        statement = statement.where(sa.tuple_(*key) < place)
    found = [
        HandOverRow(*row)
        for row in await session.exec(statement)  # type: ignore[call-overload]
    ]
    return page_of(found, limit, lambda row: (row.hand_over.given_at, row.hand_over.id))
