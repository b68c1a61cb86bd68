"""Telling credit the facts that the loop has written, as the relay and its job do."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from credit.entries.queries import EntryFilter, EntryRow, list_entries
from credit.intake.facts import ToldFact
from credit.intake.posting import post_fact
from hotline.kernel.outbox import OutboxMessage
from tests.support.builders import Build
from web.run.subscribers import SUBSCRIBERS


async def facts_of(build: Build, topic: str) -> Sequence[dict[str, Any]]:
    """Return what was told under a topic, oldest first."""
    async with build.session_maker() as session:
        rows = await session.exec(
            select(OutboxMessage.payload)
            .where(OutboxMessage.topic == topic)
            .order_by(col(OutboxMessage.id))
        )
        return [dict(row) for row in rows]


async def tell_credit(build: Build, *, backwards: bool = False, times: int = 1) -> None:
    """Post every fact that credit subscribes to; what it knows already changes nothing."""
    async with build.session_maker() as session:
        rows = (await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all()
        told = [
            ToldFact(row.id, row.topic, row.payload, row.created_at)
            for row in rows
            if "credit.post" in SUBSCRIBERS.get(row.topic, ())
        ]
    for _ in range(times):
        for fact in reversed(told) if backwards else told:
            async with build.acting("system") as tx:
                await post_fact(tx, fact)


async def ledger(build: Build, unit: str | None = "chengguan") -> list[EntryRow]:
    """Return a department's entries, or everybody's, newest first."""
    async with build.session_maker() as session:
        found = await list_entries(
            session, build.city.people["supervisor"], EntryFilter(department=unit), limit=200
        )
    return list(found.items)


async def standing(build: Build, unit: str | None = "chengguan") -> list[tuple[str, str]]:
    """Return code and state of every entry that takes no other one back, oldest first."""
    rows = [row for row in await ledger(build, unit) if row.entry.reverses_id is None]
    return [(row.entry.code, row.state.value) for row in reversed(rows)]


async def only_entry(build: Build, unit: str | None = "chengguan") -> EntryRow:
    """Return the one entry that there is."""
    [row] = await ledger(build, unit)
    return row


def some_id() -> uuid.UUID:
    """Return an id of nothing."""
    return uuid.UUID("00000000-0000-7000-8000-000000000000")
