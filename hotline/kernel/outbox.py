"""The one road by which facts leave a transaction: a row written with it, relayed after it.

The relay asks the table instead of listening to NOTIFY: a notifying transaction takes a lock of the
whole server while it commits, so that every commit would wait for the one before it.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, col, select, update

from hotline.kernel.db import SessionMaker
from hotline.kernel.facts import Fact
from hotline.kernel.ids import uuid7
from hotline.kernel.tables import TableModel
from hotline.kernel.tx import Transaction


class OutboxMessage(TableModel, table=True):
    """A fact on its way to its subscribers."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index(
            "ix_outbox_waiting",
            "id",
            postgresql_where=sa.text("relayed_at IS NULL AND parked_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    topic: str = Field(max_length=64)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    trace_id: str = Field(max_length=64)
    created_at: datetime
    relayed_at: datetime | None = None
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    last_error: str | None = None
    parked_at: datetime | None = None


class InboxReceipt(TableModel, table=True):
    """Proof that a subscriber has dealt with a fact, written in the subscriber's transaction."""

    __tablename__ = "inbox_receipts"

    subscriber: str = Field(primary_key=True, max_length=64)
    fact_id: uuid.UUID = Field(primary_key=True)
    received_at: datetime


def outbox_values(tx: Transaction, fact: Fact) -> dict[str, Any]:
    """Return `fact` as a row of the outbox."""
    return {
        "id": uuid7(tx.now),
        "topic": fact.topic,
        "payload": fact.payload(),
        "trace_id": tx.trace_id,
        "created_at": tx.now,
    }


async def emit(tx: Transaction, *facts: Fact) -> None:
    """Write `facts` so that they leave if, and only if, this transaction commits."""
    if facts:
        await tx.session.exec(
            sa.insert(OutboxMessage), params=[outbox_values(tx, fact) for fact in facts]
        )


async def first_time(tx: Transaction, subscriber: str, fact_id: uuid.UUID) -> bool:
    """Write the receipt of a fact and tell whether this is its first delivery."""
    done = await tx.session.exec(
        insert(InboxReceipt)
        .values(subscriber=subscriber, fact_id=fact_id, received_at=tx.now)
        .on_conflict_do_nothing()
    )
    return done.rowcount == 1


Enqueue = Callable[[str, str, str], Awaitable[object]]
"""Takes a job's name, its id and the id of the fact."""


@dataclass(frozen=True, slots=True)
class WaitingFact:
    """A fact that the relay has in hand, as far as open pages are to be told of it.

    Attributes:
        id: its key.
        topic: what kind of fact.
        ticket_number: of which ticket, if of one.
        action: what was done to it, if that is what the fact says.
    """

    id: uuid.UUID
    topic: str
    ticket_number: str | None = None
    action: str | None = None


_OF_WAITING = (
    col(OutboxMessage.id),
    col(OutboxMessage.topic),
    col(OutboxMessage.payload)["ticket_number"].astext,
    col(OutboxMessage.payload)["action"].astext,
)
_IS_WAITING = (col(OutboxMessage.relayed_at).is_(None), col(OutboxMessage.parked_at).is_(None))

Tell = Callable[[Sequence[WaitingFact]], Awaitable[object]]
"""Takes the facts of a round, none in a quiet one; must not fail."""


async def relay_once(
    session_maker: SessionMaker,
    enqueue: Enqueue,
    subscribers: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    limit: int = 500,
    tell: Tell | None = None,
) -> int:
    """Hand the oldest waiting facts to their subscribers' jobs and return how many there were.

    Rows claimed by another relay are skipped. Should the process die between enqueuing and its
    commit, the same job ids are enqueued again: subscribers are idempotent by receipt.
    Pages are told first, for they wait while jobs need not.
    """
    async with session_maker() as session, session.begin():
        waiting = (
            await session.exec(
                select(*_OF_WAITING)
                .where(*_IS_WAITING)
                .order_by(col(OutboxMessage.id))
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        ).all()
        if tell is not None:
            await tell([WaitingFact(*row) for row in waiting])
        for fact_id, topic, _, _ in waiting:
            for job in subscribers.get(topic, ()):
                await enqueue(job, f"{fact_id}:{job}", str(fact_id))
        if waiting:
            await session.exec(
                update(OutboxMessage)
                .where(col(OutboxMessage.id).in_([fact_id for fact_id, *_ in waiting]))
                .values(relayed_at=now)
            )
        return len(waiting)


async def newest_waiting(session_maker: SessionMaker, limit: int) -> Sequence[WaitingFact]:
    """Return the facts that wait and came last: what is old has been told of, or is of no haste."""
    async with session_maker() as session:
        rows = await session.exec(
            select(*_OF_WAITING)
            .where(*_IS_WAITING)
            .order_by(col(OutboxMessage.id).desc())
            .limit(limit)
        )
        return [WaitingFact(*row) for row in rows]
