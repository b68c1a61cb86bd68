"""Leaders are told when their figures go on notice and when they are published, each once."""

from typing import Any

import pytest
from sqlmodel import col, select

from credit.freezing import begin_notice, freeze, publish_period
from credit.period_events import PeriodOnNotice, PeriodPublished
from credit.periods import Period
from credit.rulebook import Grade
from hotline.kernel.facts import Fact
from hotline.kernel.outbox import OutboxMessage, emit
from hotline.notices.models import Notice
from hotline.people.models import User
from hotline.people.principal import SYSTEM
from tests.support.builders import Build
from tests.support.credit_rows import as_peers, shanghai, worked
from tests.support.graded import grade
from web.run.subscribers import JOBS, SUBSCRIBERS


async def deliver(build: Build, fact: type[Fact]) -> None:
    """Do every job of every fact of a kind, twice."""
    jobs = {job.name: job.func for job in JOBS}
    context: dict[str, Any] = {
        "session_maker": build.session_maker,
        "clock": build.clock,
        "cipher": build.cipher,
    }
    async with build.session_maker() as session:
        rows = await session.exec(select(OutboxMessage.id).where(OutboxMessage.topic == fact.topic))
        facts = rows.all()
    for fact_id in facts:
        for name in (*SUBSCRIBERS[fact.topic], *SUBSCRIBERS[fact.topic]):
            await jobs[name](context, str(fact_id))


async def told(build: Build, *kinds: str, **params: str) -> dict[str, dict[str, Any]]:
    """Return who was told something of some kinds, with what belongs to it."""
    async with build.session_maker() as session:
        rows = await session.exec(
            select(User.username, Notice.params)
            .join(Notice, col(Notice.user_id) == col(User.id))
            .where(col(Notice.kind).in_(kinds), col(Notice.params).contains(params))
            .order_by(col(User.username))
        )
        found = rows.all()
    assert len({name for name, _ in found}) == len(found)
    return {name: dict(given) for name, given in found}


@pytest.fixture
async def quarter(build: Build) -> Build:
    """A quarter in which one department did well, one badly, and the others nothing."""
    await as_peers(build)
    await worked(build, "chengguan", shanghai(2026, 11, 9), done=40)
    await worked(build, "zhujian", shanghai(2026, 11, 9), done=10, failed=30)
    build.clock.set(shanghai(2027, 1, 1, 1))
    async with build.acting(SYSTEM) as tx:
        await freeze(tx, Period.parse("2026-Q4"))
        await begin_notice(tx, "2026-Q4")
    return build


async def test_leaders_of_scored_departments_may_object_in_time(quarter: Build) -> None:
    await deliver(quarter, PeriodOnNotice)
    found = await told(quarter, "credit_on_notice")
    assert set(found) == {"leader.chengguan", "leader.zhujian"}
    until = found["leader.zhujian"]["due_at"]
    assert found["leader.zhujian"] == {"period": "2026-Q4", "unit": "zhujian", "due_at": until}
    assert until.startswith("2027-01-")


async def test_they_are_told_what_was_published_and_whether_their_grade_has_changed(
    quarter: Build,
) -> None:
    build = quarter
    build.clock.set(shanghai(2027, 1, 20))
    async with build.acting(SYSTEM) as tx:
        await publish_period(tx, "2026-Q4")
    await deliver(build, PeriodPublished)
    first = await told(build, "credit_grade_changed")
    assert set(first) == {"leader.chengguan", "leader.zhujian"}
    assert {row["grade_before"] for row in first.values()} == {None}
    # The next quarter: one as before, the other one better.
    before = {"chengguan": Grade.A, "zhujian": Grade.D}
    await grade(build, "2027-Q1", before | {"zhujian": Grade.C}, before=before)
    async with build.acting(SYSTEM) as tx:
        await emit(tx, PeriodPublished(period="2027-Q1", revision=1, by_user_id=None))
    await deliver(build, PeriodPublished)
    later = {"period": "2027-Q1"}
    assert set(await told(build, "credit_published", **later)) == {"leader.chengguan"}
    found = await told(build, "credit_grade_changed", **later)
    assert found == {
        "leader.zhujian": {**later, "unit": "zhujian", "grade": "C", "grade_before": "D"}
    }


async def test_of_a_month_only_those_are_told_whose_grade_has_changed(build: Build) -> None:
    await as_peers(build)
    for month in (11, 12):
        await worked(build, "chengguan", shanghai(2026, month, 9), done=40)
    for key, now in (("2026-11", shanghai(2026, 12, 2)), ("2026-12", shanghai(2027, 1, 2))):
        build.clock.set(now)
        async with build.acting("supervisor") as tx:
            await freeze(tx, Period.parse(key))
            await publish_period(tx, key)
    await deliver(build, PeriodPublished)
    found = await told(build, "credit_published", "credit_grade_changed")
    assert {name: row["period"] for name, row in found.items()} == {"leader.chengguan": "2026-11"}
