"""Appeals on PostgreSQL: who, when, how often, and what becomes of the ledger and of frozen periods."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from credit.appeals import actions as appeals
from credit.appeals.errors import (
    AlreadyHeard,
    AppealMoveRefused,
    AppealNotFound,
    AppealOpen,
    AppealTooLate,
    NotAppealable,
    NothingNew,
    NotInNotice,
    OtherLevelDecides,
    TicketNotCounted,
)
from credit.appeals.models import CreditAppeal
from credit.appeals.previewing import effects_of
from credit.appeals.rules import AppealGrounds, AppealState
from credit.appeals.working_in import work_in
from credit.bookkeeping import change_entry, find_entry, state_of
from credit.cases.events import CreditCaseMoved, CreditCorrected
from credit.cases.models import CreditDeadline
from credit.cases.queries import steps_of_entry
from credit.cases.rules import CaseStep
from credit.cases.telling import remind_of_cases, tell_case
from credit.errors import DeciderInvolved, EntryNotFound, StaleCase
from credit.freezing import begin_notice, freeze, publish_period
from credit.ledger import EntryState, Measure
from credit.models import CreditEntry
from credit.period_errors import ObjectionsOpen
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore
from credit.periods import Period
from credit.rulebook import Indicator
from credit.scoring import score_all, write_live_scores
from credit.verification import verify_chains
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Notice
from hotline.people.actions import save_department
from hotline.people.models import User
from hotline.people.principal import SYSTEM, PermissionDenied, Tx
from tests.support.builders import Build
from tests.support.credit_rows import as_peers, happened, shanghai, worked

LEADER = "leader.chengguan"
CASE: Mapping[str, Any] = {"grounds": AppealGrounds.FACTS_WRONG, "text": "现场照片早于通报"}
DAY = timedelta(days=1)


async def appeal(build: Build, entry: CreditEntry, *, by: str = LEADER, **more: Any) -> uuid.UUID:
    async with build.acting(by) as tx:
        return (await appeals.open_appeal(tx, entry.id, **{**CASE, **more})).id


async def decide(
    build: Build, key: uuid.UUID, *, uphold: bool, by: str = "auditor", **more: Any
) -> None:
    async with build.acting(by) as tx:
        await appeals.decide_appeal(tx, key, uphold=uphold, explanation="经核", **more)


async def standing(build: Build, entry: CreditEntry) -> EntryState:
    async with build.acting("supervisor") as tx:
        return await state_of(tx, await find_entry(tx, entry.id))


async def go_on(build: Build, key: uuid.UUID) -> None:
    async with build.acting(LEADER) as tx:
        await appeals.open_second_level(tx, key, text="请上级复核")


async def follow_facts(build: Build) -> int:
    """Do what the subscribers would do; return how many periods have another revision."""
    async with build.session_maker() as session, session.begin():
        rows = await session.exec(
            select(OutboxMessage)
            .where(
                OutboxMessage.topic == CreditCorrected.topic,
                col(OutboxMessage.relayed_at).is_(None),
            )
            .order_by(col(OutboxMessage.id))
        )
        tx = Tx(session, build.clock.now(), build.cipher, "tests", SYSTEM)
        count = 0
        for message in rows.all():
            message.relayed_at = build.clock.now()
            count += await work_in(tx, CreditCorrected.from_payload(message.payload))
        return count


async def ledger_now(build: Build, unit: str = "chengguan") -> Any:
    async with build.session_maker() as session:
        scored = await score_all(session, build.clock.now())
    return next(one for one in scored if one.department.code == unit).score.ledger


async def test_an_appeal_is_marked_at_once_and_upheld_takes_the_event_back(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    build.clock.set(build.clock.now() + DAY)
    assert await ledger_now(build) == -2
    key = await appeal(build, entry)
    assert await standing(build, entry) is EntryState.OBJECTED
    build.clock.set(build.clock.now() + timedelta(hours=1))
    assert await ledger_now(build) == 0
    await decide(build, key, uphold=True)
    build.clock.set(build.clock.now() + timedelta(hours=1))
    assert await standing(build, entry) is EntryState.REVOKED
    assert await ledger_now(build) == 0
    async with build.session_maker() as session:
        reversal = (
            await session.exec(select(CreditEntry).where(CreditEntry.reverses_id == entry.id))
        ).one()
        assert reversal.points == -entry.points
        assert [fault async for fault in verify_chains(session)] == []
        steps = [one.step for one in await steps_of_entry(session, entry.id)]
    assert steps == [CaseStep.APPEALED, CaseStep.MARKED, CaseStep.UPHELD]


async def test_refused_twice_it_counts_again_and_is_over(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    key = await appeal(build, entry)
    await decide(build, key, uphold=False)
    assert await standing(build, entry) is EntryState.IN_FORCE
    await go_on(build, key)
    assert await standing(build, entry) is EntryState.OBJECTED
    with pytest.raises(OtherLevelDecides):
        await decide(build, key, uphold=True, by="supervisor")
    await decide(build, key, uphold=False, by="authority")
    assert await standing(build, entry) is EntryState.IN_FORCE
    with pytest.raises(AlreadyHeard):
        await go_on(build, key)
    with pytest.raises(AlreadyHeard):
        await appeal(build, entry)


async def test_who_may_not(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed", state=None)
    with pytest.raises(PermissionDenied):
        await appeal(build, entry, by="handler.chengguan")
    with pytest.raises(EntryNotFound):
        await appeal(build, entry, by="leader.huanbao")
    key = await appeal(build, entry)
    for by in ("visitor", LEADER):
        with pytest.raises(PermissionDenied):
            await decide(build, key, uphold=True, by=by)
    with pytest.raises(OtherLevelDecides):
        await decide(build, key, uphold=True, by="authority")
    async with build.acting("leader.huanbao") as tx:
        with pytest.raises(AppealNotFound):
            await appeals.withdraw_appeal(tx, key)


async def test_nobody_decides_what_he_had_a_part_in(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed", state=None)
    async with build.acting("auditor") as tx:
        await change_entry(tx, entry, EntryState.IN_FORCE, reason="查实", by=tx.actor.user_id)
    key = await appeal(build, entry)
    with pytest.raises(DeciderInvolved):
        await decide(build, key, uphold=False, by="auditor")
    await decide(build, key, uphold=False, by="auditor.second")
    # New evidence is heard by others than those who refused it before.
    build.clock.set(build.clock.now() + 30 * DAY)
    late = await appeal(build, entry, new_evidence=True, evidence=["监控录像"])
    with pytest.raises(DeciderInvolved):
        await decide(build, late, uphold=True, by="auditor.second")
    await decide(build, late, uphold=True, by="supervisor")


async def test_decided_twice(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    key = await appeal(build, entry)
    async with build.session_maker() as session:
        version = (await session.get_one(CreditAppeal, key)).version
    await decide(build, key, uphold=True, expected_version=version)
    with pytest.raises(StaleCase):
        await decide(build, key, uphold=False, by="supervisor", expected_version=version)
    with pytest.raises(AppealMoveRefused):
        await decide(build, key, uphold=False, by="auditor")


async def test_from_two_tabs_at_once(own_build: Build) -> None:
    build = own_build
    entry = await happened(build, "chengguan", "milestone_missed")

    async def tried(doing: Any) -> object:
        try:
            return await doing
        except (AppealOpen, AppealMoveRefused) as refusal:
            return refusal

    opened = await asyncio.gather(*(tried(appeal(build, entry)) for _ in range(3)))
    (key,) = [one for one in opened if isinstance(one, uuid.UUID)]
    decided = await asyncio.gather(
        *(
            tried(decide(build, key, uphold=up, by=by))
            for up, by in ((True, "auditor"), (False, "supervisor"))
        )
    )
    assert sum(isinstance(one, AppealMoveRefused) for one in decided) == 1


async def test_late_evidence_is_heard_once_within_a_year(build: Build) -> None:
    entry = await happened(build, "chengguan", "privacy_leak")
    noticed = build.clock.now()
    build.clock.set(noticed + 30 * DAY)
    with pytest.raises(NothingNew):
        await appeal(build, entry)
    with pytest.raises(NothingNew):
        await appeal(build, entry, new_evidence=True)  # it says so and brings nothing
    key = await appeal(build, entry, new_evidence=True, evidence=["系统日志"])
    await decide(build, key, uphold=False)
    with pytest.raises(AlreadyHeard):
        await appeal(build, entry, new_evidence=True, evidence=["又一份日志"])
    other = await happened(build, "chengguan", "privacy_leak")
    build.clock.set(build.clock.now() + 366 * DAY)
    with pytest.raises(AppealTooLate):
        await appeal(build, other, new_evidence=True, evidence=["日志"])


async def test_withdrawn_within_the_time_it_may_be_made_again(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    key = await appeal(build, entry)
    async with build.acting(LEADER) as tx:
        await appeals.withdraw_appeal(tx, key)
    assert await standing(build, entry) is EntryState.IN_FORCE
    again = await appeal(build, entry)
    assert again != key
    with pytest.raises(AppealOpen):
        await appeal(build, entry)


@pytest.mark.parametrize("state", [EntryState.ENDED, EntryState.REPAIRED, EntryState.REVOKED])
async def test_what_weighs_no_more_is_not_appealed_against(build: Build, state: EntryState) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    async with build.acting("supervisor") as tx:
        await change_entry(tx, entry, state, reason="到期")
    with pytest.raises(NotAppealable):
        await appeal(build, entry)
    praised = await happened(build, "chengguan", "praise_verified")
    with pytest.raises(NotAppealable):
        await appeal(build, praised)


async def test_a_department_that_was_closed_meanwhile(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    key = await appeal(build, entry)
    async with build.acting("admin") as tx:
        await save_department(
            tx, code="chengguan", name="城市管理局", name_en="Urban Management", is_active=False
        )
    await decide(build, key, uphold=True)
    assert await standing(build, entry) is EntryState.REVOKED


async def told(maker: SessionMaker, kind: str) -> list[str]:
    async with maker() as session:
        rows = await session.exec(
            select(User.username)
            .join(Notice, col(Notice.user_id) == col(User.id))
            .where(Notice.kind == kind)
            .order_by(col(User.username))
        )
        return list(rows.all())


async def test_each_step_and_each_deadline_is_told_once(build: Build, maker: SessionMaker) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    key = await appeal(build, entry)
    async with build.acting("system") as tx:
        moved = (
            await tx.session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == CreditCaseMoved.topic)
            )
        ).one()
        for _ in range(2):
            await tell_case(tx, moved.id, CreditCaseMoved.from_payload(moved.payload))
    deciders = ["auditor", "auditor.second", "supervisor", "supervisor.second"]
    assert await told(maker, "credit_appeal_waits") == deciders
    assert await told(maker, "credit_appeal_marked") == []  # he did it himself
    async with maker() as session:
        due = (await session.exec(select(CreditDeadline.due_at))).one()

    async def remind(at: datetime) -> int:
        return await remind_of_cases(maker, build.cipher, at)

    assert [await remind(due - timedelta(hours=1)), await remind(due + 3 * DAY)] == [0, 1]
    assert await remind(due + 4 * DAY) == 0
    assert await told(maker, "credit_case_overdue") == deciders
    await decide(build, key, uphold=False)
    assert await remind(due + 9 * DAY) == 0


async def test_after_publication_there_is_a_new_revision_with_its_reason(build: Build) -> None:
    await as_peers(build)
    build.clock.set(shanghai(2026, 3, 10))
    entry = await happened(build, "chengguan", "false_closure")
    await worked(build, "chengguan", shanghai(2026, 3, 12), done=40)
    build.clock.set(shanghai(2026, 4, 1, 1))
    async with build.acting("supervisor") as tx:
        await freeze(tx, Period.parse("2026-03"))
        await publish_period(tx, "2026-03")
    build.clock.set(shanghai(2026, 4, 2))
    key = await appeal(build, entry, new_evidence=True, evidence=["照片"])
    async with build.acting("auditor") as tx:
        await write_live_scores(tx, tx.now)
    async with build.session_maker() as session:
        row = await session.get_one(CreditAppeal, key)
        live, month = await effects_of(session, row, build.clock.now())
        kept = await session.get_one(PeriodScore, ("2026-03", 1, row.department_id))
    assert (live.period, month.period, month.is_public) == (None, "2026-03", True)
    assert month.refused.score == kept.score
    await decide(build, key, uphold=True)
    assert await follow_facts(build) == 1
    async with build.session_maker() as session:
        period = await session.get_one(CreditPeriod, "2026-03")
        assert (period.revision, period.published_revision) == (2, 2)
        revision = await session.get_one(PeriodRevision, ("2026-03", 2))
        assert str(key) in revision.reason
        made = await session.get_one(PeriodScore, ("2026-03", 2, kept.department_id))
        assert (made.score, made.ledger) == (month.upheld.score, Decimal(0))
        steps = await steps_of_entry(session, entry.id)
    assert (steps[-1].step, steps[-1].words) == (CaseStep.RECALCULATED, "2026-03 (2)")


async def test_an_objection_to_a_figure_holds_the_publication_up(build: Build) -> None:
    await as_peers(build)
    build.clock.set(shanghai(2026, 3, 10))
    made = await worked(
        build,
        "chengguan",
        shanghai(2026, 3, 12),
        done=19,
        failed=1,
        measures=(Measure.BASE, Measure.PROMISE),
    )
    await worked(build, "zhujian", shanghai(2026, 3, 12), done=190, failed=10)
    late = [one for one in made if one.measure is Measure.PROMISE and not one.k]
    build.clock.set(shanghai(2026, 4, 1, 1))
    objection: Mapping[str, Any] = {
        **CASE,
        "indicator": Indicator.PROMISE,
        "tickets": [late[0].ticket_number],
    }
    async with build.acting("supervisor") as tx:
        await freeze(tx, Period.parse("2026-Q1"))
    async with build.acting(LEADER) as tx:
        with pytest.raises(NotInNotice):
            await appeals.open_objection(tx, "2026-Q1", **objection)
    async with build.acting("supervisor") as tx:
        until = (await begin_notice(tx, "2026-Q1")).notice_until
    assert until is not None
    async with build.acting(LEADER) as tx:
        with pytest.raises(TicketNotCounted):
            await appeals.open_objection(
                tx, "2026-Q1", **{**objection, "tickets": ["2603019999999"]}
            )
        key = (await appeals.open_objection(tx, "2026-Q1", **objection)).id
        with pytest.raises(AppealOpen):
            await appeals.open_objection(tx, "2026-Q1", **objection)
    build.clock.set(until + timedelta(hours=1))
    async with build.acting("supervisor") as tx:
        with pytest.raises(ObjectionsOpen):
            await publish_period(tx, "2026-Q1")
    async with build.session_maker() as session:
        (effect,) = await effects_of(
            session, await session.get_one(CreditAppeal, key), build.clock.now()
        )
    await decide(build, key, uphold=True)
    async with build.acting("supervisor") as tx:
        with pytest.raises(ObjectionsOpen):  # decided, but not worked in yet
            await publish_period(tx, "2026-Q1")
    assert await follow_facts(build) == 1
    async with build.acting("supervisor") as tx:
        period = await publish_period(tx, "2026-Q1")
        assert period.published_revision == 2
        score = await tx.session.get_one(
            PeriodScore, ("2026-Q1", 2, build.city.departments["chengguan"])
        )
        assert score.score is not None
        assert effect.refused.score is not None
        assert effect.upheld.score is not None
        assert score.score > effect.refused.score
        # The peers' rate, in which the ticket was counted too, is another by now.
        assert abs(score.score - effect.upheld.score) < 2
        row = await tx.session.get_one(CreditAppeal, key)
        assert row.state is AppealState.UPHELD
    build.clock.set(build.clock.now() + DAY)
    async with build.acting(LEADER) as tx:
        with pytest.raises(NotInNotice):
            await appeals.open_objection(tx, "2026-Q1", **objection)
