"""Reading who looked for a person."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import Page, decode_place, page_of
from hotline.people.models import User
from hotline.search.models import PersonLookup


@dataclass(frozen=True, slots=True)
class LookupRow:
    """A search for a person with the name of whoever searched."""

    lookup: PersonLookup
    username: str


async def list_lookups(
    session: AsyncSession, *, user: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[LookupRow]:
    """Return a page of the searches for persons, the latest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    statement = select(PersonLookup, User.username).join(
        User, col(User.id) == col(PersonLookup.user_id)
    )
    if user is not None:
        statement = statement.where(User.username == user)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(PersonLookup.at), col(PersonLookup.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = await session.exec(
        statement.order_by(col(PersonLookup.at).desc(), col(PersonLookup.id).desc()).limit(
            limit + 1
        )
    )
    found = [LookupRow(lookup, name) for lookup, name in rows]
    return page_of(found, limit, lambda row: (row.lookup.at, row.lookup.id))
