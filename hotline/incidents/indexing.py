"""Keeping the index of like matters: a row for each ticket, and what words tell."""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.models import LikenessWeight, TicketLikeness
from hotline.incidents.queries import Row, newest_texts, text_of, texts_after
from hotline.incidents.words import (
    KEPT_WORDS,
    Portrait,
    Weights,
    bucket_of,
    keys_of,
    portray,
    weigh,
)
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, copy_rows
from hotline.kernel.tx import Transaction
from hotline.tickets.models import Ticket

WEIGHED_TICKETS = 20_000
"""So many of the latest tickets say how much words tell; the words of a city change slowly."""

_LEAST_COUNT = 2
_BATCH = 2_000
_REMEMBERED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Text:
    """A ticket as it was taken down."""

    id: uuid.UUID
    title: str
    content: str
    address: str | None
    area: str | None
    category: str | None
    lat: float | None
    long: float | None
    at: datetime

    def portray(self, weights: Weights, most: int | None = KEPT_WORDS) -> Portrait:
        return portray(
            title=self.title,
            content=self.content,
            address=self.address,
            area=self.area,
            category=self.category,
            lat=self.lat,
            long=self.long,
            at=self.at,
            weights=weights,
            most=most,
        )


# -- what words tell -------------------------------------------------------------------------------


class WeightBook:
    """Remembers what words tell, and reads it anew now and then: it changes once a night."""

    def __init__(self) -> None:
        self._weights = Weights()
        self._read_at: datetime | None = None

    async def read(self, session: AsyncSession, now: datetime) -> Weights:
        """Return what words tell."""
        if self._read_at is None or not timedelta() <= now - self._read_at < _REMEMBERED:
            rows = await session.exec(
                select(LikenessWeight.word, LikenessWeight.is_total, LikenessWeight.ticket_count)
            )
            counts: dict[int, int] = {}
            total = 0
            for word, is_total, count in rows:
                if is_total:
                    total = count
                else:
                    counts[word] = count
            self._weights, self._read_at = Weights(counts, total), now
        return self._weights

    def forget(self) -> None:
        """Read anew the next time."""
        self._read_at = None


WEIGHTS = WeightBook()
"""One memory of the words serves the whole process."""


async def weigh_words(tx: Transaction) -> int:
    """Measure what words tell among the latest tickets; return of how many tickets."""
    texts = [_Text(*row) for row in await newest_texts(tx.session, WEIGHED_TICKETS)]
    weights = await asyncio.to_thread(_weigh, texts)
    kept = [
        (word, False, count)
        for word, count in sorted(weights.counts.items())
        if count >= _LEAST_COUNT
    ]
    await tx.session.exec(delete(LikenessWeight))
    await copy_rows(
        tx.session,
        "likeness_weights",
        ("word", "is_total", "ticket_count"),
        [(0, True, weights.total), *kept],
    )
    WEIGHTS.forget()
    return weights.total


def _weigh(texts: Sequence[_Text]) -> Weights:
    blind = Weights()
    return weigh(text.portray(blind, most=None) for text in texts)


# -- the index -------------------------------------------------------------------------------------


async def index_ticket(tx: Transaction, ticket_id: uuid.UUID) -> Portrait | None:
    """Write how a ticket is compared, and return it; None for one that is secret.

    It may run twice: the row is written over.
    """
    row = await text_of(tx.session, ticket_id)
    if row is None:
        await tx.session.exec(
            delete(TicketLikeness).where(col(TicketLikeness.ticket_id) == ticket_id)
        )
        return None
    weights = await WEIGHTS.read(tx.session, tx.now)
    portrait = _Text(*row).portray(weights)
    values = _values(ticket_id, portrait, weights)
    await tx.session.exec(
        insert(TicketLikeness)
        .values(**values)
        .on_conflict_do_update(index_elements=["ticket_id"], set_=values)
    )
    return portrait


def _values(ticket_id: uuid.UUID, portrait: Portrait, weights: Weights) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "area": portrait.area,
        "category_code": portrait.category,
        "submitted_at": portrait.at,
        "title_words": list(portrait.title),
        "body_words": list(portrait.body),
        "places": list(portrait.places),
        "spot": portrait.spot,
        "lat": portrait.lat,
        "long": portrait.long,
        "keys": keys_of(portrait, weights, [bucket_of(portrait.at)]).all,
    }


def rows_of(texts: Iterable[Row], weights: Weights) -> list[tuple[uuid.UUID, dict[str, Any]]]:
    """Return the rows of tickets as they were taken down: id, title, content, address, area, ..."""
    return [
        (text.id, _values(text.id, text.portray(weights), weights))
        for text in (_Text(*row) for row in texts)
    ]


async def reindex(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Write the index of every ticket anew, a transaction for each batch; return how many.

    What comes meanwhile is written by its own fact, so nothing stands still.
    """
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, "incidents:reindex")
        await weigh_words(tx)
        await session.exec(
            delete(TicketLikeness).where(
                col(TicketLikeness.ticket_id).in_(
                    select(Ticket.id).where(col(Ticket.is_secret).is_(True))
                )
            )
        )
    done, last = 0, uuid.UUID(int=0)
    while True:
        async with session_maker() as session, session.begin():
            tx = Transaction(session, now, cipher, "incidents:reindex")
            batch = await _index_batch(tx, last)
        if not batch:
            return done
        done, last = done + len(batch), batch[-1]


async def _index_batch(tx: Transaction, last: uuid.UUID) -> Sequence[uuid.UUID]:
    texts = await texts_after(tx.session, last, _BATCH)
    if not texts:
        return ()
    weights = await WEIGHTS.read(tx.session, tx.now)
    rows = await asyncio.to_thread(rows_of, texts, weights)
    ids = [ticket_id for ticket_id, _ in rows]
    await tx.session.exec(delete(TicketLikeness).where(col(TicketLikeness.ticket_id).in_(ids)))
    names = tuple(rows[0][1])
    await copy_rows(
        tx.session,
        "ticket_likenesses",
        names,
        [tuple(values[name] for name in names) for _, values in rows],
    )
    return ids
