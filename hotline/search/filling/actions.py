"""Filling the index: what of a ticket can be found is read anew and written when it has changed."""

import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.tx import Transaction
from hotline.search.documents import is_sample
from hotline.search.filling.queries import BATCH, Read, digests_of, next_stretch, read_documents
from hotline.tickets.grams import RULES
from hotline.tickets.text_models import TicketKey, TicketText


def _values(key: uuid.UUID, read: Read, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "ticket_id": key,
            "tier": row.tier,
            "submitted_at": read.submitted_at,
            "is_sample": is_sample(key),
            "grams": list(row.grams),
            "text": row.text,
            "digest": row.digest,
            "seen_count": read.history_count,
            "rules": RULES,
            "filled_at": now,
        }
        for row in read.document.rows()
    ]


async def fill_tickets(tx: Transaction, ids: Iterable[uuid.UUID]) -> int:
    """Write what these tickets are found by, and return for how many it had changed.

    Whoever fills the same ticket waits for the other and reads it after him: the later reading stays.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return 0
    # In one order, so that two that fill many never wait for each other.
    await tx.session.exec(
        sa.text(  # type: ignore[call-overload]
            "SELECT pg_advisory_xact_lock(hashtextextended('search:' || id, 0)) "
            "FROM unnest(CAST(:ids AS text[])) WITH ORDINALITY AS t(id, place) ORDER BY place"
        ),
        params={"ids": [str(key) for key in wanted]},
    )
    reads = await read_documents(tx.session, tx.cipher, wanted)
    stood = await digests_of(tx.session, wanted)
    changed: list[uuid.UUID] = []
    unchanged: list[uuid.UUID] = []
    for key, read in reads.items():
        same = {row.tier: row.digest for row in read.document.rows()} == stood.get(key)
        (unchanged if same else changed).append(key)
    await _write(tx, {key: reads[key] for key in changed})
    await _note_seen(tx, {key: reads[key].history_count for key in unchanged})
    return len(changed)


async def _write(tx: Transaction, reads: Mapping[uuid.UUID, Read]) -> None:
    if not reads:
        return
    ids = list(reads)
    await tx.session.exec(delete(TicketText).where(col(TicketText.ticket_id).in_(ids)))
    await tx.session.exec(delete(TicketKey).where(col(TicketKey.ticket_id).in_(ids)))
    await tx.session.exec(
        sa.insert(TicketText),
        params=[value for key, read in reads.items() for value in _values(key, read, tx.now)],
    )
    keys = [
        {"ticket_id": ticket_id, "kind": key.kind, "key": key.digest}
        for ticket_id, read in reads.items()
        for key in sorted(read.document.keys, key=lambda one: (one.kind, one.digest))
    ]
    if keys:
        await tx.session.exec(insert(TicketKey), params=keys)


async def _note_seen(tx: Transaction, counts: Mapping[uuid.UUID, int]) -> None:
    """Note that histories that have grown hold nothing new to be found."""
    if not counts:
        return
    await tx.session.exec(
        sa.text(  # type: ignore[call-overload]
            "UPDATE ticket_texts SET seen_count = t.seen FROM unnest(CAST(:ids AS uuid[]), "
            "CAST(:counts AS int[])) AS t(id, seen) WHERE ticket_id = t.id AND seen_count <> t.seen"
        ),
        params={"ids": list(counts), "counts": list(counts.values())},
    )


@dataclass(slots=True)
class Progress:
    """How far a run is.

    Attributes:
        looked_at: tickets so far.
        changed: of them written, or found different.
        differing: numbers of the first that differ.
    """

    looked_at: int = 0
    changed: int = 0
    differing: list[str] = field(default_factory=list)


async def fill_missing(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, *, every: bool = False
) -> AsyncIterator[Progress]:
    """Fill what is missing or behind, some tickets in each transaction; started again it goes on.

    Args:
        session_maker: of the database.
        cipher: of the installation.
        now: written on the rows.
        every: fill all of them, whatever they hold.

    Yields:
        How far it is, after each transaction.
    """
    progress = Progress()
    after: uuid.UUID | None = uuid.UUID(int=0)
    while after is not None:
        async with session_maker() as session, session.begin():
            wanted, ends = await next_stretch(session, after, every=every)
        for begin in range(0, len(wanted), BATCH):
            part = [key for key, _ in wanted[begin : begin + BATCH]]
            async with session_maker() as session, session.begin():
                tx = Transaction(session, now, cipher, "reindex")
                progress.changed += await fill_tickets(tx, part)
            progress.looked_at += len(part)
            yield progress
        after = ends


LINES_SHOWN = 20


async def check_index(session_maker: SessionMaker, cipher: FieldCipher) -> AsyncIterator[Progress]:
    """Compare the index with the tickets, some at a time; nothing is written.

    Yields:
        How far it is, after each part.
    """
    progress = Progress()
    after: uuid.UUID | None = uuid.UUID(int=0)
    while after is not None:
        async with session_maker() as session, session.begin():
            wanted, after = await next_stretch(session, after, every=True)
            ids = [key for key, _ in wanted]
            reads = await read_documents(session, cipher, ids)
            stood = await digests_of(session, ids)
            for key, number in wanted:
                rows = {row.tier: row.digest for row in reads[key].document.rows()}
                if rows != stood.get(key):
                    progress.changed += 1
                    progress.differing[LINES_SHOWN:] = []
                    progress.differing.append(number)
        progress.looked_at += len(ids)
        yield progress
