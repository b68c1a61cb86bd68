"""What the facts of credit set going: each once, however often it is delivered."""

from typing import Any

import pytest
from sqlmodel import col, select

from credit.consequences.events import ConsequencesTurned
from credit.consequences.queries import standing_rows
from credit.events import CreditEntryMoved
from credit.period_events import PeriodPublished, PeriodRevised
from credit.platform.models import CreditPush
from credit.rulebook import Grade
from hotline.kernel.outbox import OutboxMessage, emit
from hotline.notices.models import Notice
from hotline.supervision.interviews.proposals import open_proposals
from tests.support.builders import Build
from tests.support.credit_rows import happened
from tests.support.graded import grade
from web.run.subscribers import JOBS, SUBSCRIBERS


async def _deliver(
    build: Build, topic: str, *, tells_platform: bool = True, backwards: bool = False
) -> None:
    """Do every job of every fact of a topic, twice, in the order of their ids or against it."""
    ctx: dict[str, Any] = {
        "session_maker": build.session_maker,
        "clock": build.clock,
        "cipher": build.cipher,
        "tells_platform": tells_platform,
    }
    jobs = {job.name: job.func for job in JOBS}
    async with build.session_maker() as session:
        written = select(OutboxMessage.id).where(OutboxMessage.topic == topic)
        facts = (await session.exec(written.order_by(col(OutboxMessage.id)))).all()
    for fact_id in reversed(facts) if backwards else facts:
        for _ in range(2):
            for name in SUBSCRIBERS[topic]:
                await jobs[name](ctx, str(fact_id))


async def test_a_publication_lets_grades_act_and_people_be_told(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.D})
    async with build.acting("supervisor") as tx:
        await emit(tx, PeriodPublished(period="2026-09", revision=1, by_user_id=None))
    await _deliver(build, PeriodPublished.topic)
    await _deliver(build, ConsequencesTurned.topic)
    async with build.session_maker() as session:
        assert set(await standing_rows(session)) == {build.city.departments["chengguan"]}
        assert len(await open_proposals(session)) == 1
        leader = build.city.people["leader.chengguan"].user_id
        notices = (await session.exec(select(Notice).where(Notice.user_id == leader))).all()
        kinds = {one.kind for one in notices}
        assert kinds == {"credit_plan_asked", "credit_grade_changed"}
        pushes = (await session.exec(select(CreditPush))).all()
        assert [one.payload["grade"] for one in pushes] == ["D"]


async def test_a_revision_is_followed_like_a_publication(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.C})
    async with build.acting("supervisor") as tx:
        await emit(tx, PeriodRevised(period="2026-09", revision=1, is_published=True))
    await _deliver(build, PeriodRevised.topic)
    async with build.session_maker() as session:
        assert len(await standing_rows(session)) == 1


async def test_without_a_platform_nothing_is_queued(build: Build) -> None:
    await happened(build, "chengguan", "rude_service")
    await _deliver(build, CreditEntryMoved.topic, tells_platform=False)
    async with build.session_maker() as session:
        assert (await session.exec(select(CreditPush))).all() == []


@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
async def test_with_one_every_state_is_queued_once_and_in_order(
    build: Build, backwards: bool
) -> None:
    await happened(build, "chengguan", "rude_service")
    await _deliver(build, CreditEntryMoved.topic, backwards=backwards)
    async with build.session_maker() as session:
        rows = (await session.exec(select(CreditPush).order_by(col(CreditPush.position)))).all()
    assert [row.payload["state"] for row in rows] == ["provisional", "in_force"]
