"""Facts and observations as rows: reading those of some tickets, writing many at once."""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.intake.facts import KeptFact, ToldFact
from credit.intake.rates import (
    KINDS,
    Contribution,
    Correction,
    Read,
    Standing,
    read_fact,
    standing_of,
)
from credit.ledger import Measure
from credit.models import CreditFact
from hotline.kernel.db import copy_rows
from hotline.kernel.facts import Fact

_COLUMNS = (
    *("source_key", "fact_id", "department_id", "ticket_id", "ticket_number", "hop", "round"),
    *("measure", "category", "k", "n", "cause", "finished_at", "recorded_at"),
)
_KEEP = sa.text(
    "INSERT INTO credit_facts (id, topic, payload, ticket_id, told_at, recorded_at) "
    "SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:topics AS text[]), CAST(:payloads AS jsonb[]), "
    "CAST(:tickets AS uuid[]), CAST(:told AS timestamptz[]), CAST(:recorded AS timestamptz[])) "
    "ON CONFLICT (id) DO NOTHING RETURNING id"
)


async def keep_facts(session: AsyncSession, facts: Sequence[KeptFact]) -> list[KeptFact]:
    """Keep facts for good and return those that were not kept before, in their order."""
    rows = await session.exec(  # type: ignore[call-overload]
        _KEEP,
        params={
            "ids": [one.told.id for one in facts],
            "topics": [one.told.topic for one in facts],
            "payloads": [json.dumps(dict(one.told.payload)) for one in facts],
            "tickets": [one.told.ticket_id for one in facts],
            "told": [one.told.told_at for one in facts],
            "recorded": [one.recorded_at for one in facts],
        },
    )
    new = {fact_id for (fact_id,) in rows}
    kept = []
    for one in facts:
        if one.told.id in new:
            new.remove(one.told.id)  # told twice in one batch
            kept.append(one)
    return kept


async def last_recorded(session: AsyncSession, ticket_id: uuid.UUID) -> datetime | None:
    """Return since when the newest fact of a ticket is known."""
    found = await session.exec(
        select(sa.func.max(col(CreditFact.recorded_at))).where(CreditFact.ticket_id == ticket_id)
    )
    return found.one()


_FACTS = sa.text(
    "SELECT ticket_id, id, topic, payload, told_at, recorded_at FROM credit_facts "
    "WHERE ticket_id = ANY(CAST(:tickets AS uuid[])) AND topic = ANY(CAST(:topics AS text[])) "
    "ORDER BY recorded_at, id"
).columns(
    *(
        sa.column("ticket_id", sa.Uuid()),
        sa.column("id", sa.Uuid()),
        sa.column("topic", sa.String()),
    ),
    sa.column("payload", JSONB()),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("told_at", "recorded_at")),
)


async def read_histories(
    session: AsyncSession, tickets: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[tuple[Read[Fact], datetime]]]:
    """Return the facts that the rates of some tickets are made of, in the order they became known."""
    rows = await session.exec(  # type: ignore[call-overload]
        _FACTS, params={"tickets": list(tickets), "topics": list(KINDS)}
    )
    found: defaultdict[uuid.UUID, list[tuple[Read[Fact], datetime]]] = defaultdict(list)
    for ticket_id, fact_id, topic, payload, told_at, recorded_at in rows:
        found[ticket_id].append(
            (read_fact(ToldFact(fact_id, topic, payload, told_at)), recorded_at)
        )
    return found


Row = tuple[Correction, datetime]
"""A row with the instant since which it is known."""


_ROWS = sa.text(
    f"SELECT {', '.join(_COLUMNS)} FROM credit_observations "
    "WHERE ticket_id = ANY(CAST(:tickets AS uuid[])) ORDER BY id"
)


async def read_rows(
    session: AsyncSession, tickets: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Row]]:
    """Return the observations of some tickets that were made from facts, in the order of writing."""
    rows = await session.exec(_ROWS, params={"tickets": list(tickets)})  # type: ignore[call-overload]
    found: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    for row in rows:
        key, sign, nth = row.source_key.rpartition("#")
        if sign:
            correction = Correction(key, int(nth), _contribution(row))
            found[row.ticket_id].append((correction, row.recorded_at))
    return found


async def read_standings(
    session: AsyncSession, tickets: Collection[uuid.UUID]
) -> dict[uuid.UUID, dict[str, Standing]]:
    """Return what stands for some tickets."""
    found = await read_rows(session, tickets)
    return {ticket: standing_of(row for row, _ in rows) for ticket, rows in found.items()}


def _contribution(row: sa.Row[Any]) -> Contribution:
    return Contribution(
        department_id=row.department_id,
        ticket_id=row.ticket_id,
        ticket_number=row.ticket_number,
        hop=row.hop,
        round=row.round,
        measure=Measure(row.measure),
        category=row.category,
        k=row.k,
        n=row.n,
        cause=row.cause,
        finished_at=row.finished_at,
        fact_id=row.fact_id,
    )


async def write_rows(session: AsyncSession, rows: Iterable[Row]) -> None:
    """Write observations with COPY; the session has run another statement before."""
    await copy_rows(
        session,
        "credit_observations",
        _COLUMNS,
        [_values(row, recorded_at) for row, recorded_at in rows],
    )


def _values(row: Correction, recorded_at: datetime) -> tuple[object, ...]:
    one = row.contribution
    return (
        *(row.source_key, one.fact_id, one.department_id, one.ticket_id, one.ticket_number),
        *(one.hop, one.round, one.measure.value, one.category, one.k, one.n, one.cause),
        *(one.finished_at, recorded_at),
    )


def by_ticket(facts: Iterable[KeptFact]) -> Mapping[uuid.UUID, Sequence[KeptFact]]:
    """Return facts that rates are made of by their tickets."""
    found: defaultdict[uuid.UUID, list[KeptFact]] = defaultdict(list)
    for one in facts:
        ticket_id = one.told.ticket_id
        if one.told.topic in KINDS and ticket_id is not None:
            found[ticket_id].append(one)
    return found
