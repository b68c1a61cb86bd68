"""What the worker does for credit: in time, once, and after a standstill at once."""

import asyncio
import random
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from credit.explaining import score_to_json
from credit.freezing import freeze, publish_period
from credit.jobs import freeze_due, publish_due, score_due, score_now
from credit.knowledge import closed_books, recording_instant
from credit.ledger import EntryState, Measure
from credit.models import LiveScore, Observation
from credit.period_errors import FreezingUnderway, PeriodIsFrozen
from credit.period_models import CreditPeriod, PeriodState
from credit.periods import Period
from credit.recomputing import recompute
from credit.scoring import score_all
from hotline.people.actions import save_department
from hotline.people.principal import SYSTEM
from tests.db.credit.test_bookkeeping import _Course
from tests.support.builders import Build
from tests.support.credit_rows import as_peers, became, happened, shanghai, worked


async def states(build: Build) -> dict[str, str]:
    async with build.session_maker() as session:
        rows = await session.exec(select(CreditPeriod).order_by(col(CreditPeriod.until)))
        return {row.key: row.state.value for row in rows}


async def freezes(build: Build) -> list[str]:
    return list(await freeze_due(build.session_maker, build.cipher, build.clock.now()))


async def publishes(build: Build) -> list[str]:
    return list(await publish_due(build.session_maker, build.cipher, build.clock.now()))


async def scores(build: Build) -> int:
    return await score_due(build.session_maker, build.cipher, build.clock.now())


async def test_a_day_is_scored_once_and_a_missed_one_is_not_made_up(build: Build) -> None:
    await as_peers(build)
    build.clock.set(shanghai(2026, 11, 10, 23))
    assert await scores(build) == 4
    assert await scores(build) == 0
    build.clock.set(shanghai(2026, 11, 11, 0))
    assert await scores(build) == 4
    build.clock.set(shanghai(2026, 11, 20))
    assert await scores(build) == 4
    async with build.session_maker() as session:
        days = (await session.exec(select(col(LiveScore.day)).distinct())).all()
    assert len(days) == 3


async def test_the_grade_before_is_the_one_in_force(build: Build) -> None:
    await as_peers(build)
    build.clock.set(shanghai(2026, 11, 10))
    await worked(build, "chengguan", shanghai(2026, 11, 9), done=40)
    build.clock.set(shanghai(2026, 12, 1, 1))
    await freezes(build)
    async with build.acting("supervisor") as tx:
        await publish_period(tx, "2026-11")
    build.clock.set(shanghai(2026, 12, 2))
    # 89.5: a B by itself, and not far enough below the line to lose the A.
    for _ in range(2):
        await happened(build, "chengguan", "plan_failed")
    await happened(build, "chengguan", "co_timeout")
    await happened(build, "chengguan", "no_contact_close")
    await scores(build)
    async with build.session_maker() as session:
        row = (await session.exec(select(LiveScore).where(col(LiveScore.n) > 0))).one()
    assert (str(row.score), row.grade) == ("89.50", "A")


async def test_a_standstill_over_new_year_is_made_good_at_once(build: Build) -> None:
    build.clock.set(shanghai(2026, 11, 10))
    await worked(build, "chengguan", shanghai(2026, 11, 9))
    build.clock.set(shanghai(2027, 1, 12))
    # Credit begins with its first rules: in March, when the city was founded.
    assert await freezes(build) == [
        *("2026-03", "2026-Q1"),
        *("2026-04", "2026-05", "2026-06", "2026-Q2"),
        *("2026-07", "2026-08", "2026-09", "2026-Q3"),
        *("2026-10", "2026-11", "2026-12", "2026-Q4", "2026"),
    ]
    assert await freezes(build) == []
    found = await states(build)
    assert {found[key] for key in ("2026-Q4", "2026")} == {"notice"}
    assert found["2026-12"] == "frozen"
    assert await publishes(build) == []
    build.clock.set(shanghai(2027, 1, 25))
    published = await publishes(build)
    assert published == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2026"]
    assert (await states(build))["2026-12"] == "frozen"


async def test_an_objection_lets_the_notice_wait(build: Build) -> None:
    build.clock.set(shanghai(2026, 12, 10))
    entry = await happened(build, "chengguan", "plan_failed")
    build.clock.set(shanghai(2027, 1, 1, 1))
    async with build.acting(SYSTEM) as tx:
        await freeze(tx, Period.parse("2026-Q4"))
    async with build.session_maker() as session, session.begin():
        period = await session.get_one(CreditPeriod, "2026-Q4")
        period.state, period.notice_until = PeriodState.NOTICE, shanghai(2027, 1, 8)
    build.clock.set(shanghai(2027, 1, 5))
    await became(build, entry, EntryState.OBJECTED)
    build.clock.set(shanghai(2027, 1, 9))
    assert await publishes(build) == []
    await became(build, entry, EntryState.IN_FORCE)
    assert await publishes(build) == ["2026-Q4"]


async def test_of_two_that_freeze_at_once_one_does(own_build: Build) -> None:
    build = own_build
    build.clock.set(shanghai(2026, 12, 1, 1))

    async def one() -> bool:
        try:
            async with build.acting(SYSTEM) as tx:
                await freeze(tx, Period.parse("2026-11"))
        except (FreezingUnderway, PeriodIsFrozen):
            return False
        return True

    assert sum(await asyncio.gather(*(one() for _ in range(6)))) == 1


async def test_what_began_before_a_freeze_and_ended_after_it_is_known_after_it(
    own_build: Build,
) -> None:
    """A slow writer's row is not slipped under a month that was counted without it."""
    build = own_build
    build.clock.set(shanghai(2026, 12, 1, 1))
    early = build.clock.now()
    build.clock.move(minutes=5)
    async with build.acting(SYSTEM) as tx:
        await freeze(tx, Period.parse("2026-11"))
    later = build.clock.now()
    build.clock.set(early)
    await worked(build, "chengguan", shanghai(2026, 11, 9))
    entry = await happened(build, "chengguan", "plan_failed")
    async with build.session_maker() as session:
        known = (await session.exec(select(Observation.recorded_at).distinct())).all()
    assert all(one > later for one in (*known, entry.recorded_at))
    async with build.session_maker() as session:
        assert [one.faults async for one in recompute(session, "2026-11")] == [[]]


async def test_a_writer_is_waited_for(own_build: Build) -> None:
    """Whoever closes the books sees what is being written at that moment."""
    build, order = own_build, []

    async def write() -> None:
        async with build.acting("supervisor") as tx:
            await recording_instant(tx)
            order.append("writes")
            await asyncio.sleep(0.3)
            order.append("has written")

    async def close() -> None:
        await asyncio.sleep(0.1)
        await closed_books(build.session_maker, build.cipher, build.clock.now())
        order.append("closed")

    await asyncio.gather(write(), close())
    assert order == ["writes", "has written", "closed"]


@pytest.mark.parametrize("seed", [11])
async def test_a_thousand_past_instants_say_what_they_said_then(build: Build, seed: int) -> None:
    """Whatever happens later: events revoked, work taken back, departments renamed and regrouped."""
    chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
    await as_peers(build)
    course = _Course(build, seed)
    shown: dict[datetime, Any] = {}

    async def look(instant: datetime) -> Any:
        async with build.session_maker() as session:
            return [
                (one.department, one.digest, one.place, score_to_json(one.score))
                for one in await score_all(session, instant)
            ]

    for number in range(125):
        await course.run(3)
        if number % 25 == 0:
            async with build.acting("admin") as tx:
                await save_department(
                    tx,
                    code="huanbao",
                    name=f"环境局{number}",
                    name_en="Environment",
                    peer_group=chance.choice([None, "bureaus"]),
                    is_active=chance.random() < 0.7,
                )
        for _ in range(8):
            build.clock.move(seconds=chance.randrange(1, 20_000))
            shown[build.clock.now()] = await look(build.clock.now())
    assert len(shown) == 1000
    for instant in chance.sample(sorted(shown), len(shown)):
        assert await look(instant) == shown[instant], instant


async def test_scores_do_not_count_what_is_written_meanwhile(build: Build) -> None:
    build.clock.set(shanghai(2026, 11, 10))
    await worked(build, "chengguan", shanghai(2026, 11, 9), measures=(Measure.SIGN,))
    assert await score_now(build.session_maker, build.cipher, build.clock.now()) == 4
    as_of = build.clock.now()
    await worked(build, "chengguan", shanghai(2026, 11, 9), measures=(Measure.SIGN,), failed=3)
    async with build.session_maker() as session:
        row = (await session.exec(select(LiveScore).where(col(LiveScore.score).is_not(None)))).one()
        scored = {one.department.id: one for one in await score_all(session, row.as_of)}
    assert row.as_of == as_of
    assert scored[row.department_id].digest == row.input_digest
