"""Hints for pages that are open: told exactly when, and only if, the transaction commits.

A hint says where to look, never what is there: topics, ticket numbers, ids of departments, at most whom
it concerns. Whoever misses one finds the same state in the database.
"""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

CHANNEL = "hotline_live"
"""The one channel that every web process listens to."""

LONGEST = 7900
"""Bytes of one payload; PostgreSQL takes less than 8000."""

MOST_TICKETS = 500
MOST_PEOPLE = 1000
"""Beyond these everybody looks: cheaper than to tell each of them."""

_PEOPLE_AT_ONCE = 180
_NOTIFY = sa.text("SELECT pg_notify(:channel, :payload)")


@dataclass(frozen=True, slots=True)
class ChangedTicket:
    """A ticket that open pages show otherwise by now.

    Attributes:
        number: which.
        departments: ids of those that may see it.
        lost: ids of those that could a moment ago, and have to notice that they cannot.
    """

    number: str
    departments: Sequence[int] = ()
    lost: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What is told of at once.

    Attributes:
        id: by which a web process knows whether it has heard of it.
        tickets: those that have changed.
        topics: what else has; with the departments that it concerns, None for all.
    """

    id: str
    tickets: Sequence[ChangedTicket] = ()
    topics: Mapping[str, Collection[int] | None] = field(default_factory=dict)


def packed(batch: Batch) -> list[str]:
    """Return a batch as payloads, each short enough: one, unless there is much to tell."""
    if len(batch.tickets) > MOST_TICKETS:
        return [_text({"batch": batch.id, "all": True})]
    topics = {
        topic: None if units is None else sorted(units)
        for topic, units in sorted(batch.topics.items())
    }
    rows = [[row.number, sorted(row.departments), sorted(row.lost)] for row in batch.tickets]
    return [
        _text({"batch": batch.id, "topics": topics if first else {}, "tickets": part})
        for first, part in _parts(rows, LONGEST - len(_text({"batch": batch.id, "topics": topics})))
    ]


def _parts(rows: Iterable[list[Any]], room: int) -> Iterable[tuple[bool, list[list[Any]]]]:
    """Yield rows in portions that fit, and whether it is the first; one at least."""
    part: list[list[Any]] = []
    length, first = 20, True
    for row in rows:
        size = len(_text(row)) + 1
        if part and length + size > room:
            yield first, part
            part, length, first = [], 20, False
        part.append(row)
        length += size
    yield first, part


def _text(told: object) -> str:
    return json.dumps(told, separators=(",", ":"))


async def hint(session: AsyncSession, topic: str, *, user_id: uuid.UUID | None = None) -> None:
    """Let open pages look again after this transaction.

    Args:
        session: in a transaction.
        topic: a word that pages ask for.
        user_id: whom it concerns; None for everybody who may know of the topic.
    """
    await _notify(session, [_text({"topic": topic, "user": str(user_id) if user_id else None})])


async def hint_people(session: AsyncSession, topic: str, people: Collection[uuid.UUID]) -> None:
    """Let the open pages of many people look again after this transaction, all told in few words."""
    if len(people) > MOST_PEOPLE:
        await hint(session, topic)
        return
    users = sorted(map(str, people))
    await _notify(
        session,
        [
            _text({"topic": topic, "users": users[start : start + _PEOPLE_AT_ONCE]})
            for start in range(0, len(users), _PEOPLE_AT_ONCE)
        ],
    )


async def hint_batch(session: AsyncSession, batch: Batch) -> None:
    """Let open pages look again after this transaction, for whatever has changed since the last time."""
    await _notify(session, packed(batch))


async def _notify(session: AsyncSession, payloads: Sequence[str]) -> None:
    for payload in payloads:
        await session.exec(_NOTIFY, params={"channel": CHANNEL, "payload": payload})  # type: ignore[call-overload]
