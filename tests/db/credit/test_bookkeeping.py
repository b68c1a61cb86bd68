"""The ledger on PostgreSQL: once each, in one chain, as of any instant."""

import asyncio
import contextlib
import random
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from credit.bookkeeping import (
    NewEntry,
    NewObservation,
    change_entry,
    find_entry,
    observe,
    record_entry,
    state_of,
)
from credit.books import book_at, list_books, publish_rules
from credit.errors import EntryMoveRefused, EntryNotFound, UnknownEventCode
from credit.explaining import score_to_json
from credit.ledger import EntryState, Measure
from credit.models import CreditEntry, CreditFact, LiveScore, Observation
from credit.rulebook import DEFAULT_BOOK
from credit.scoring import score_all, write_live_scores
from credit.verification import verify_chains
from tests.support.builders import Build

UNITS = ("chengguan", "zhujian", "jiaotong", "huanbao")


async def _write(build: Build, code: str, key: str, unit: str = "chengguan") -> uuid.UUID | None:
    async with build.acting("supervisor") as tx:
        entry = await record_entry(
            tx,
            NewEntry(
                department_id=build.city.departments[unit],
                code=code,
                source_key=key,
                occurred_at=build.clock.now(),
            ),
            await book_at(tx.session, build.clock.now()),
        )
    return entry.id if entry else None


async def _change(build: Build, entry_id: uuid.UUID, state: EntryState) -> None:
    async with build.acting("supervisor") as tx:
        await change_entry(tx, await find_entry(tx, entry_id), state, reason="查实")


def _observation(
    build: Build, unit: str, key: str, finished_at: datetime, **more: Any
) -> NewObservation:
    values: dict[str, Any] = {
        "source_key": key,
        "department_id": build.city.departments[unit],
        "ticket_id": uuid.uuid4(),
        "ticket_number": "2611300000015",
        "hop": 1,
        "round": 1,
        "measure": Measure.SIGN,
        "category": "urban",
        "k": Decimal(1),
        "n": 1,
        "finished_at": finished_at,
    } | more
    return NewObservation(**values)


async def test_a_cause_is_written_once_and_begins_provisional(build: Build) -> None:
    first = await _write(build, "false_closure", "check:1")
    assert first is not None
    assert await _write(build, "false_closure", "check:1") is None
    async with build.acting("supervisor") as tx:
        assert await state_of(tx, await find_entry(tx, first)) is EntryState.PROVISIONAL
        with pytest.raises(UnknownEventCode):
            await record_entry(
                tx,
                NewEntry(
                    department_id=build.city.departments["chengguan"],
                    code="invented",
                    source_key="x",
                    occurred_at=build.clock.now(),
                ),
                await book_at(tx.session, build.clock.now()),
            )
        with pytest.raises(EntryNotFound):
            await find_entry(tx, uuid.uuid4())


async def test_an_entry_ends_once(build: Build) -> None:
    entry = await _write(build, "plan_failed", "plan:1")
    assert entry is not None
    with pytest.raises(EntryMoveRefused):
        await _change(build, entry, EntryState.REPAIRED)
    await _change(build, entry, EntryState.IN_FORCE)
    await _change(build, entry, EntryState.OBJECTED)
    await _change(build, entry, EntryState.REVOKED)
    for state in EntryState:
        with pytest.raises(EntryMoveRefused):
            await _change(build, entry, state)


async def test_a_chain_is_whole_and_every_tampering_is_found(build: Build) -> None:
    for number, unit in enumerate(UNITS * 3):
        entry = await _write(build, "co_timeout", f"co:{number}", unit)
        assert entry is not None
        await _change(build, entry, EntryState.IN_FORCE)
    async with build.session_maker() as session:
        assert [one async for one in verify_chains(session)] == []
    tampering = {
        "UPDATE credit_entries SET points = points + 1 WHERE seq = 4": (4, "the row was changed"),
        "UPDATE credit_entry_changes SET state = 'revoked' WHERE seq = 5": (
            5,
            "the row was changed",
        ),
        "UPDATE credit_entries SET seq = 40 WHERE seq = 4": (4, "a row is missing"),
        "DELETE FROM credit_entry_changes WHERE seq = 5": (5, "a row is missing"),
        "DELETE FROM credit_entry_changes WHERE seq = 9": (8, "rows are missing at the end"),
        "UPDATE credit_chains SET count = count + 1": (9, "rows are missing at the end"),
    }
    own = build.city.departments["chengguan"]
    for statement, (seq, said) in tampering.items():
        async with build.session_maker() as session, session.begin() as outer:
            where = " AND" if "WHERE" in statement else " WHERE"
            for table in ("credit_entries", "credit_entry_changes"):
                await session.exec(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))  # type: ignore[call-overload]
            await session.exec(sa.text(f"{statement}{where} department_id = {own}"))  # type: ignore[call-overload]
            (fault,) = [one async for one in verify_chains(session)]
            assert (fault.department, fault.seq, fault.said) == ("chengguan", seq, said)
            await outer.rollback()


async def test_two_at_once_stand_in_one_chain(own_build: Build) -> None:
    written = await asyncio.gather(
        *(_write(own_build, "co_timeout", f"co:{number}") for number in range(8))
    )
    assert None not in written
    again = await asyncio.gather(*(_write(own_build, "co_timeout", "same") for _ in range(4)))
    assert sum(one is not None for one in again) == 1
    async with own_build.session_maker() as session:
        assert [one async for one in verify_chains(session)] == []
        seqs = (await session.exec(select(CreditEntry.seq).order_by(sa.text("seq")))).all()
    assert seqs == [1 + 2 * place for place in range(9)]


async def test_what_was_told_stays_told(build: Build) -> None:
    async with build.acting("supervisor") as tx:
        assert await observe(tx, [_observation(build, "zhujian", "a", build.clock.now())]) == 1
        assert await observe(tx, [_observation(build, "zhujian", "a", build.clock.now())]) == 0
        tx.session.add(
            CreditFact(id=uuid.uuid4(), topic="x", payload={}, told_at=tx.now, recorded_at=tx.now)
        )
    await _write(build, "co_timeout", "co:1")
    for table in ("facts", "observations", "entries", "entry_changes", "rule_books"):
        for statement in (f"DELETE FROM credit_{table}", f"TRUNCATE credit_{table} CASCADE"):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"):
                async with build.session_maker() as session, session.begin():
                    await session.exec(sa.text(statement))  # type: ignore[call-overload]


class _Course:
    """Lets things be observed, taken back, recorded, confirmed and revoked, as it comes."""

    def __init__(self, build: Build, seed: int) -> None:
        self.build = build
        self.chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self._seen: list[NewObservation] = []
        self._entries: list[uuid.UUID] = []
        self._number = 0

    async def run(self, steps: int) -> None:
        for _ in range(steps):
            self._number += 1
            self.build.clock.move(hours=self.chance.randrange(1, 90))
            await self.chance.choices(
                [self._observe, self._take_back, self._record, self._change], [12, 1, 2, 3]
            )[0]()

    async def _observe(self) -> None:
        measure = self.chance.choice(list(Measure))
        new = _observation(
            self.build,
            self.chance.choice(UNITS),
            f"o:{self._number}",
            self.build.clock.now() - timedelta(hours=self.chance.randrange(200)),
            measure=measure,
            category=self.chance.choice(["urban", "housing"]),
            k=Decimal(self.chance.choice(["0", "1", "0.9"])),
        )
        self._seen.append(new)
        async with self.build.acting("supervisor") as tx:
            assert await observe(tx, [new]) == 1

    async def _take_back(self) -> None:
        if not self._seen:
            return
        old = self._seen.pop(self.chance.randrange(len(self._seen)))
        back = replace(old, source_key=f"{old.source_key}:back", k=-old.k, n=-1, cause="malicious")
        async with self.build.acting("supervisor") as tx:
            assert await observe(tx, [back]) == 1

    async def _record(self) -> None:
        code = self.chance.choice([c for c, rule in DEFAULT_BOOK.events.items() if rule.points])
        entry = await _write(self.build, code, f"e:{self._number}", self.chance.choice(UNITS))
        assert entry is not None
        self._entries.append(entry)

    async def _change(self) -> None:
        if self._entries:
            with contextlib.suppress(EntryMoveRefused):
                state = self.chance.choice(list(EntryState))
                await _change(self.build, self.chance.choice(self._entries), state)


async def test_every_past_score_can_be_made_again(build: Build) -> None:
    course = _Course(build, 7)
    shown: dict[datetime, list[Any]] = {}

    async def look() -> list[Any]:
        async with build.session_maker() as session:
            return [
                (one.department.code, one.digest, score_to_json(one.score))
                for one in await score_all(session, build.clock.now())
            ]

    for _ in range(12):
        await course.run(60)
        shown[build.clock.now()] = await look()
    for instant, then in shown.items():
        async with build.session_maker() as session:
            again = [
                (one.department.code, one.digest, score_to_json(one.score))
                for one in await score_all(session, instant)
            ]
        assert again == then, instant


async def test_a_nights_scores_are_written_once_a_day(build: Build) -> None:
    await _Course(build, 3).run(80)
    for _ in range(2):
        async with build.acting("supervisor") as tx:
            assert await write_live_scores(tx, build.clock.now()) == len(UNITS)
    async with build.session_maker() as session:
        rows = (await session.exec(select(LiveScore))).all()
        seen = (await session.exec(select(sa.func.count()).select_from(Observation))).one()
    assert len(rows) == len(UNITS)
    assert seen > 0
    for row in rows:
        assert row.explanation["score"] == (str(row.score) if row.score is not None else None)


async def test_rules_hold_from_their_day_on(build: Build) -> None:
    now = build.clock.now()
    async with build.acting("admin") as tx:
        await publish_rules(tx, DEFAULT_BOOK, valid_from=now + timedelta(days=30), note="新办法")
    async with build.session_maker() as session:
        assert [row.version for row in await list_books(session)] == [2, 1]
        assert (await book_at(session, now + timedelta(days=29))).version == 1
        assert (await book_at(session, now + timedelta(days=30))).version == 2
        assert (await book_at(session, now)).book == DEFAULT_BOOK
