"""Frozen periods follow a change by the worker's hand, many changes at one go, each period once."""

import uuid

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from credit.bookkeeping import Undoing
from credit.books import book_at
from credit.entries.entering import take_back
from credit.freezing import freeze
from credit.ledger import EntryState
from credit.models import Observation
from credit.period_models import PeriodRevision
from credit.periods import Period
from credit.recalculating import make_again, outdate_frozen, recalculations_of
from credit.recalculation_models import Recalculation
from credit.recomputing import recompute
from hotline.people.principal import SYSTEM
from tests.support.builders import Build
from tests.support.credit_facts import make_frozen_again
from tests.support.credit_rows import as_peers, happened, shanghai, worked


async def frozen_months(build: Build) -> Build:
    """October and November with work, both frozen."""
    await as_peers(build)
    for month in (10, 11):
        await worked(build, "chengguan", shanghai(2026, month, 9), done=30, failed=5)
    build.clock.set(shanghai(2026, 11, 20))
    await happened(build, "chengguan", "plan_failed")
    build.clock.set(shanghai(2026, 12, 1, 1))
    async with build.acting("supervisor") as tx:
        for key in ("2026-10", "2026-11"):
            await freeze(tx, Period.parse(key))
    build.clock.set(shanghai(2026, 12, 3))
    return build


@pytest.fixture
async def months(build: Build) -> Build:
    return await frozen_months(build)


async def reasons(build: Build) -> list[tuple[str, int, str]]:
    async with build.session_maker() as session:
        rows = await session.exec(
            select(PeriodRevision)
            .where(PeriodRevision.revision > 1)
            .order_by(col(PeriodRevision.period), col(PeriodRevision.revision))
        )
        return [(row.period, row.revision, row.reason) for row in rows]


async def change(build: Build, month: int, reason: str) -> uuid.UUID:
    """Tell of work late, and that frozen periods have to follow."""
    subject, at = uuid.uuid4(), shanghai(2026, month, 25)
    await worked(build, "zhujian", at, done=1)
    async with build.acting("supervisor") as tx:
        await outdate_frozen(tx, subject, at, reason=reason)
    build.clock.move(minutes=1)
    return subject


async def test_changes_that_wait_together_make_one_revision(months: Build) -> None:
    build = months
    november = await change(build, 11, "second")
    october = await change(build, 10, "first")
    idle = await change(build, 12, "of a month that is not frozen")
    assert await reasons(build) == []
    assert await make_frozen_again(build) == 3
    assert await reasons(build) == [("2026-10", 2, "first"), ("2026-11", 2, "second; first")]
    async with build.session_maker() as session:
        found = await recalculations_of(session, {october, november, idle})
        assert found[october].revised == ["2026-10/2", "2026-11/2"]
        assert found[november].revised == ["2026-11/2"]
        assert found[idle].revised == []
        for key in ("2026-10", "2026-11"):
            assert [one.faults async for one in recompute(session, key)] == [[], []]
    build.clock.move(hours=1)
    await make_frozen_again(build)  # told again
    assert len(await reasons(build)) == 2


async def test_what_comes_later_is_another_revision(months: Build) -> None:
    for reason in ("one", "two"):
        await change(months, 11, reason)
        months.clock.move(minutes=1)
        await make_frozen_again(months)
        months.clock.move(minutes=1)
    assert await reasons(months) == [("2026-11", 2, "one"), ("2026-11", 3, "two")]


async def test_an_event_that_had_counted_is_taken_back(months: Build) -> None:
    build = months
    build.clock.set(shanghai(2026, 12, 4))
    entry = await happened(build, "zhujian", "milestone_missed", EntryState.IN_FORCE)
    async with build.acting(SYSTEM) as tx:
        rules = await book_at(tx.session, tx.now)
        await take_back(tx, entry, rules, Undoing(reason="wrong"))
    async with build.session_maker() as session:
        (row,) = (await session.exec(select(Recalculation))).all()
    assert (row.subject_id, row.since) == (entry.id, build.clock.now())
    assert row.reason == f"milestone_missed {entry.id}"


async def test_writers_do_not_wait_for_the_counting(own_build: Build) -> None:
    """The books are closed in a transaction of their own: what is written meanwhile is known later."""
    build = await frozen_months(own_build)
    await change(build, 11, "one")
    async with build.acting(SYSTEM) as tx:
        await make_again(tx, build.session_maker)
        await worked(build, "zhujian", shanghai(2026, 11, 26))
        made = await tx.session.get_one(PeriodRevision, ("2026-11", 2))
        last = (await tx.session.exec(select(sa.func.max(Observation.recorded_at)))).one()
        assert made.as_of < last
    async with build.session_maker() as session:
        assert [one.faults async for one in recompute(session, "2026-11")] == [[], []]
