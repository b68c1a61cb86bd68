"""Rows of credit for tests: observations, events, and a past that periods are frozen out of."""

import itertools
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from credit.bookkeeping import NewEntry, NewObservation, change_entry, observe, record_entry
from credit.books import book_at
from credit.ledger import EntryState, Measure
from credit.models import CreditEntry
from hotline.kernel.clock import SHANGHAI
from hotline.people.actions import save_department, save_peer_group
from tests.support.builders import DEPARTMENTS, Build

_NUMBERS = itertools.count(1)


def shanghai(year: int, month: int, day: int, hour: int = 12) -> datetime:
    """Return an instant by the clocks of Shanghai."""
    return datetime(year, month, day, hour, tzinfo=SHANGHAI).astimezone(UTC)


async def as_peers(build: Build) -> None:
    """Let the departments of the city be compared with one another."""
    async with build.acting("admin") as tx:
        await save_peer_group(tx, code="bureaus", name="市直部门", name_en="City bureaus")
        for code, (name, english) in DEPARTMENTS.items():
            await save_department(tx, code=code, name=name, name_en=english, peer_group="bureaus")


async def worked(
    build: Build,
    unit: str,
    finished_at: datetime,
    *,
    done: int = 1,
    failed: int = 0,
    measures: tuple[Measure, ...] = tuple(Measure),
    category: str = "urban",
) -> list[NewObservation]:
    """Let a department finish tickets, known at the clock's instant; return what was observed."""
    made = [
        NewObservation(
            source_key=f"row:{next(_NUMBERS)}",
            department_id=build.city.departments[unit],
            ticket_id=ticket,
            ticket_number=f"26{next(_NUMBERS):011}",
            hop=1,
            round=1,
            measure=measure,
            category=category,
            k=Decimal(0 if measure is Measure.BASE or number >= done else 1),
            n=1,
            finished_at=finished_at,
        )
        for number in range(done + failed)
        for ticket in (uuid.uuid4(),)
        for measure in measures
    ]
    async with build.acting("supervisor") as tx:
        await observe(tx, made)
    return made


async def counted(
    build: Build,
    number: str,
    unit: str,
    *,
    k: int = 0,
    hop: int = 1,
    measures: Any = tuple(Measure),
) -> None:
    """Let a real ticket count for a department, finished at the clock's instant."""
    ticket = await build.find(number)
    async with build.acting("supervisor") as tx:
        await observe(
            tx,
            [
                NewObservation(
                    source_key=f"row:{next(_NUMBERS)}",
                    department_id=build.city.departments[unit],
                    ticket_id=ticket.id,
                    ticket_number=number,
                    hop=hop,
                    round=1,
                    measure=measure,
                    category="urban",
                    k=Decimal(0 if measure is Measure.BASE else k),
                    n=1,
                    finished_at=build.clock.now(),
                )
                for measure in measures
            ],
        )


async def happened(
    build: Build, unit: str, code: str, state: EntryState | None = EntryState.IN_FORCE
) -> CreditEntry:
    """Write an event into a department's ledger at the clock's instant, by default in force."""
    async with build.acting("supervisor") as tx:
        entry = await record_entry(
            tx,
            NewEntry(
                department_id=build.city.departments[unit],
                code=code,
                source_key=f"row:{next(_NUMBERS)}",
                occurred_at=build.clock.now(),
            ),
            await book_at(tx.session, build.clock.now()),
        )
        if entry is None:
            raise AssertionError("it has a key of its own")
        if state is not None:
            await change_entry(tx, entry, state, reason="查实")
    return entry


async def became(build: Build, entry: CreditEntry, state: EntryState) -> None:
    """Let an event come to another state at the clock's instant."""
    async with build.acting("supervisor") as tx:
        await change_entry(tx, entry, state, reason="查实")
