"""Reading the index: the tickets that may be alike, found by keys and held against one another."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.clusters import Item
from hotline.incidents.models import TicketLikeness
from hotline.incidents.words import BUCKET_DAYS, Portrait, Weights, bucket_of, keys_of
from hotline.tickets.models import Ticket

Row = Sequence[Any]

_INDEXED = sa.select(
    col(TicketLikeness.ticket_id),
    col(TicketLikeness.title_words),
    col(TicketLikeness.body_words),
    col(TicketLikeness.places),
    col(TicketLikeness.spot),
    col(TicketLikeness.area),
    col(TicketLikeness.category_code),
    col(TicketLikeness.lat),
    col(TicketLikeness.long),
    col(TicketLikeness.submitted_at),
)

_MOST_BY_KEY = 120
_KEYED = (
    "(SELECT ticket_id FROM (SELECT ticket_id, submitted_at FROM ticket_likenesses "
    "WHERE keys && CAST(:{name} AS int[]) AND submitted_at >= :since OFFSET 0) AS by_{name} "
    "ORDER BY submitted_at DESC, ticket_id DESC LIMIT :most)"
)
FIND_BY_KEYS = (
    "WITH found AS MATERIALIZED ("
    + " UNION ".join(_KEYED.format(name=name) for name in ("places", "words", "subjects"))
    + ") SELECT l.ticket_id, l.title_words, l.body_words, l.places, l.spot, l.area, "
    "l.category_code, l.lat, l.long, l.submitted_at "
    "FROM found JOIN ticket_likenesses l USING (ticket_id)"
)
"""Each kind of key has its own share, so that a common word does not crowd out the same street.
The inner query is fenced off: the planner would walk along the instants for the sake of the limit."""


_TEXT = sa.select(
    col(Ticket.id),
    col(Ticket.title),
    col(Ticket.content),
    col(Ticket.address),
    col(Ticket.area),
    col(Ticket.category_code),
    col(Ticket.lat),
    col(Ticket.long),
    col(Ticket.submitted_at),
).where(col(Ticket.is_secret).is_(False))


async def newest_texts(session: AsyncSession, most: int) -> Sequence[Row]:
    """Return the latest tickets as they were taken down, secret ones left out."""
    rows = await session.exec(  # type: ignore[call-overload]
        _TEXT.order_by(col(Ticket.submitted_at).desc(), col(Ticket.id).desc()).limit(most)
    )
    return list(rows)


async def texts_after(session: AsyncSession, last: uuid.UUID, most: int) -> Sequence[Row]:
    """Return tickets as they were taken down, in the order of their ids."""
    rows = await session.exec(  # type: ignore[call-overload]
        _TEXT.where(col(Ticket.id) > last).order_by(col(Ticket.id)).limit(most)
    )
    return list(rows)


async def text_of(session: AsyncSession, ticket_id: uuid.UUID) -> Row | None:
    """Return a ticket as it was taken down; None for one that is secret."""
    rows = await session.exec(_TEXT.where(col(Ticket.id) == ticket_id))  # type: ignore[call-overload]
    found: Row | None = rows.first()
    return found


def item_of(row: Sequence[Any]) -> Item:
    """Return a row of the index as it is compared."""
    ticket_id, title, body, places, spot, area, category, lat, long, at = row
    portrait = Portrait(
        title=tuple(title),
        body=tuple(body),
        places=tuple(places),
        spot=spot,
        area=area,
        category=category,
        lat=lat,
        long=long,
        at=at,
    )
    return Item(ticket_id, portrait)


async def candidates(
    session: AsyncSession,
    portrait: Portrait,
    weights: Weights,
    *,
    since: datetime,
    most: int = _MOST_BY_KEY,
) -> list[Item]:
    """Return the tickets since an instant that share a key with a matter, the latest of each kind."""
    keys = keys_of(portrait, weights, _buckets(since, portrait.at))
    rows = await session.exec(  # type: ignore[call-overload]
        sa.text(FIND_BY_KEYS),
        params={
            "places": list(keys.places),
            "words": list(keys.words),
            "subjects": list(keys.subjects),
            "since": since,
            "most": most,
        },
    )
    return sorted((item_of(row) for row in rows), key=lambda item: (item.portrait.at, item.id))


def _buckets(since: datetime, until: datetime) -> list[int]:
    first, last = bucket_of(since), bucket_of(until + timedelta(days=1))
    return list(range(max(first, last - _MOST_BUCKETS), last + 1))


_MOST_BUCKETS = 366 // BUCKET_DAYS


async def items_by_id(session: AsyncSession, ids: Sequence[uuid.UUID]) -> list[Item]:
    """Return these tickets as they are compared; a secret one is not there."""
    rows = await session.exec(  # type: ignore[call-overload]
        _INDEXED.where(col(TicketLikeness.ticket_id).in_(ids)).order_by(
            col(TicketLikeness.submitted_at), col(TicketLikeness.ticket_id)
        )
    )
    return [item_of(row) for row in rows]


async def items_between(
    session: AsyncSession, since: datetime, until: datetime, most: int
) -> list[Item]:
    """Return the latest tickets of a span as they are compared."""
    rows = await session.exec(  # type: ignore[call-overload]
        _INDEXED.where(
            col(TicketLikeness.submitted_at) >= since, col(TicketLikeness.submitted_at) <= until
        )
        .order_by(col(TicketLikeness.submitted_at).desc(), col(TicketLikeness.ticket_id).desc())
        .limit(most)
    )
    return [item_of(row) for row in rows]
