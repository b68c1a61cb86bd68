"""Repairs on PostgreSQL: by class, by two persons, by themselves; false statements; what ends."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from credit.appeals import actions as appeals
from credit.appeals.errors import NotAppealable
from credit.appeals.rules import AppealGrounds
from credit.bookkeeping import NewEntry, change_entry, find_entry, record_entry, state_of
from credit.books import book_at
from credit.cases.models import CreditDeadline
from credit.cases.telling import remind_of_cases
from credit.errors import DeciderInvolved, EntryNotFound, StaleCase
from credit.ledger import EntrySource, EntryState
from credit.models import CreditEntry
from credit.repairs import actions as repairs
from credit.repairs.errors import (
    AlreadyPutOff,
    CheckMissing,
    FalseStatementOpen,
    NothingReported,
    NotRepairable,
    ProofMissing,
    RepairBanned,
    RepairMoveRefused,
    RepairNotFound,
    RepairOpen,
    RepairTooEarly,
)
from credit.repairs.jobs import settle_entries
from credit.repairs.models import CreditRepair
from credit.repairs.rules import FALSE_STATEMENT, RepairState
from credit.scoring import score_all
from credit.verification import verify_chains
from hotline.kernel.db import SessionMaker
from hotline.people.principal import PermissionDenied
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.credit_rows import happened

LEADER = "leader.chengguan"
DAY = timedelta(days=1)
PROOF: Mapping[str, Any] = {
    "cure": "已更换责任人并复查",
    "evidence": ["验收单"],
    "pledge": "保证不再发生",
}
SEEN: Mapping[str, Any] = {"passed": True, "visit": "回访记录", "finding": "整改属实"}


async def ask(build: Build, entry: CreditEntry, *, by: str = LEADER, **more: Any) -> uuid.UUID:
    async with build.acting(by) as tx:
        return (await repairs.request_repair(tx, entry.id, **{**PROOF, **more})).id


async def check(build: Build, key: uuid.UUID, *, by: str = "visitor", **more: Any) -> None:
    async with build.acting(by) as tx:
        await repairs.check_repair(tx, key, **{**SEEN, **more})


async def decide(
    build: Build, key: uuid.UUID, *, approve: bool = True, by: str = "supervisor", **more: Any
) -> None:
    async with build.acting(by) as tx:
        await repairs.decide_repair(tx, key, approve=approve, explanation="同意", **more)


async def standing(build: Build, entry: CreditEntry) -> EntryState:
    async with build.acting("supervisor") as tx:
        return await state_of(tx, await find_entry(tx, entry.id))


async def ledger_now(build: Build) -> Any:
    async with build.session_maker() as session:
        scored = await score_all(session, build.clock.now())
    return next(one for one in scored if one.department.code == "chengguan").score.ledger


def later(build: Build, days: float) -> None:
    build.clock.set(build.clock.now() + timedelta(days=days))


async def test_a_general_event_is_repaired_by_check_and_decision(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    later(build, 89)
    with pytest.raises(RepairTooEarly):
        await ask(build, entry)
    later(build, 1)
    with pytest.raises(EntryNotFound):
        await ask(build, entry, by="leader.huanbao")
    with pytest.raises(PermissionDenied):
        await ask(build, entry, by="handler.chengguan")
    with pytest.raises(ProofMissing):
        await ask(build, entry, pledge=None)
    key = await ask(build, entry)
    with pytest.raises(RepairOpen):
        await ask(build, entry)
    with pytest.raises(CheckMissing):
        await decide(build, key)
    with pytest.raises(PermissionDenied):
        await check(build, key, by="supervisor")
    await check(build, key)
    with pytest.raises(RepairMoveRefused):
        await check(build, key, by="auditor")
    with pytest.raises(PermissionDenied):
        await decide(build, key, by="auditor")
    assert await ledger_now(build) == -2
    await decide(build, key)
    later(build, 0.1)
    assert await standing(build, entry) is EntryState.REPAIRED
    assert await ledger_now(build) == 0
    with pytest.raises(RepairMoveRefused):
        await decide(build, key, approve=False)
    async with build.session_maker() as session:
        assert [fault async for fault in verify_chains(session)] == []
    async with build.acting(LEADER) as tx:
        with pytest.raises(NotAppealable):
            await appeals.open_appeal(tx, entry.id, grounds=AppealGrounds.OTHER, text="晚了")


async def test_a_severe_event_is_checked_by_a_second_team(build: Build) -> None:
    people = build.city.people
    async with build.acting("supervisor") as tx:
        entry = await record_entry(
            tx,
            NewEntry(
                department_id=build.city.departments["chengguan"],
                code="false_closure",
                source_key="check:1",
                occurred_at=build.clock.now(),
                source=EntrySource.PERSON,
                recorded_by=people["auditor"].user_id,
                second_by=people["supervisor"].user_id,
            ),
            await book_at(tx.session, build.clock.now()),
        )
        assert entry is not None
        await change_entry(
            tx, entry, EntryState.IN_FORCE, reason="查实", by=people["supervisor"].user_id
        )
    later(build, 366)
    with pytest.raises(ProofMissing):
        await ask(build, entry)
    key = await ask(build, entry, training="培训签到表")
    with pytest.raises(DeciderInvolved):
        await check(build, key, by="auditor")
    await check(build, key, by="auditor.second")
    async with build.session_maker() as session:
        version = (await session.get_one(CreditRepair, key)).version
    await decide(build, key, expected_version=version)
    with pytest.raises(StaleCase):
        await decide(build, key, approve=False, expected_version=version)
    assert await standing(build, entry) is EntryState.REPAIRED


async def test_a_check_that_failed_leaves_only_a_refusal(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    later(build, 100)
    key = await ask(build, entry)
    await check(build, key, passed=False)
    with pytest.raises(CheckMissing):
        await decide(build, key)
    await decide(build, key, approve=False)
    assert await standing(build, entry) is EntryState.IN_FORCE
    again = await ask(build, entry)
    async with build.acting(LEADER) as tx:
        await repairs.withdraw_repair(tx, again)
    async with build.acting("leader.huanbao") as tx:
        with pytest.raises(RepairNotFound):
            await repairs.withdraw_repair(tx, again)


async def test_three_days_and_three_more_with_a_reason(build: Build, maker: SessionMaker) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    later(build, 100)
    key = await ask(build, entry)

    async def due() -> Any:
        async with maker() as session:
            return (
                await session.exec(
                    select(CreditDeadline).where(
                        CreditDeadline.remedy_id == key, col(CreditDeadline.settled_at).is_(None)
                    )
                )
            ).one()

    first = (await due()).due_at
    assert await remind_of_cases(maker, build.cipher, first) == 1
    async with build.acting("supervisor") as tx:
        await repairs.put_off_repair(tx, key, reason="需要现场复核")
    second = (await due()).due_at
    assert second > first + 2 * DAY
    async with build.acting("supervisor.second") as tx:
        with pytest.raises(AlreadyPutOff):
            await repairs.put_off_repair(tx, key, reason="再延")
    assert await remind_of_cases(maker, build.cipher, second - timedelta(hours=1)) == 0
    assert await remind_of_cases(maker, build.cipher, second) == 1
    assert await remind_of_cases(maker, build.cipher, second + DAY) == 0


async def test_a_false_statement_is_a_severe_event_by_two_persons(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    later(build, 100)
    key = await ask(build, entry)
    await check(build, key)

    async def report(by: str) -> None:
        async with build.acting(by) as tx:
            await repairs.report_false_statement(tx, key, words="验收单系伪造")

    async def settle(by: str, *, confirm: bool) -> None:
        async with build.acting(by) as tx:
            await repairs.decide_false_statement(tx, key, confirm=confirm, explanation="查实")

    with pytest.raises(NothingReported):
        await settle("supervisor", confirm=True)
    await report("supervisor")
    with pytest.raises(FalseStatementOpen):
        await report("visitor")
    with pytest.raises(FalseStatementOpen):
        await decide(build, key)
    async with build.acting(LEADER) as tx:
        with pytest.raises(FalseStatementOpen):
            await repairs.withdraw_repair(tx, key)
    with pytest.raises(DeciderInvolved):
        await settle("supervisor", confirm=True)
    await settle("supervisor.second", confirm=False)
    await report("visitor")
    await settle("supervisor.second", confirm=True)
    async with build.session_maker() as session:
        repair = await session.get_one(CreditRepair, key)
        assert repair.state is RepairState.FALSE
        event = await session.get_one(CreditEntry, repair.false_entry_id)
    people = build.city.people
    assert (event.code, event.severity) == (FALSE_STATEMENT, "severe")
    assert event.recorded_by == people["visitor"].user_id
    assert event.second_by == people["supervisor.second"].user_id
    assert await standing(build, event) is EntryState.IN_FORCE
    later(build, 364)
    other = await happened(build, "chengguan", "co_timeout")
    with pytest.raises(RepairBanned):
        await ask(build, other)
    later(build, 1)
    await ask(build, other)


async def test_a_minor_event_repairs_itself_when_it_is_cured_and_clean(
    build: Build, maker: SessionMaker
) -> None:
    told = await happened(build, "chengguan", "co_timeout")
    key = await ask(build, told, evidence=[], pledge=None)
    unknown = await happened(build, "chengguan", "kb_stale")  # nobody has told of a cure
    later(build, 29)

    async def night() -> tuple[int, int]:
        return await settle_entries(maker, build.cipher, build.clock.now())

    assert await night() == (0, 0)
    with pytest.raises(CheckMissing):
        await decide(build, key)
    later(build, 1)
    assert [await night(), await night()] == [(1, 0), (0, 0)]
    assert await standing(build, told) is EntryState.REPAIRED
    assert await standing(build, unknown) is EntryState.IN_FORCE
    later(build, 60)
    assert [await night(), await night()] == [(0, 1), (0, 0)]
    assert await standing(build, unknown) is EntryState.ENDED
    with pytest.raises(NotRepairable):
        await ask(build, unknown)


async def test_the_end_of_its_ticket_cures_a_minor_event_unless_it_comes_back(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    ticket = await build.find(number)

    async def lapse(key: str) -> CreditEntry:
        async with build.acting("system") as tx:
            entry = await record_entry(
                tx,
                NewEntry(
                    department_id=build.city.departments["chengguan"],
                    code="unfounded_return",
                    source_key=key,
                    occurred_at=build.clock.now(),
                    ticket_id=ticket.id,
                    ticket_number=number,
                ),
                await book_at(tx.session, build.clock.now()),
            )
            assert entry is not None
            await change_entry(tx, entry, EntryState.IN_FORCE, reason="认定")
            return entry

    first = await lapse("return:1")
    later(build, 20)
    await build.follow(
        number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT, Action.RECORD_VISIT
    )
    second = await lapse("return:2")
    later(build, 29)
    assert await settle_entries(maker, build.cipher, build.clock.now()) == (0, 0)
    later(build, 1)
    assert await settle_entries(maker, build.cipher, build.clock.now()) == (2, 0)
    assert await standing(build, first) is EntryState.REPAIRED
    assert await standing(build, second) is EntryState.REPAIRED


async def test_a_request_ends_with_what_it_was_for(build: Build, maker: SessionMaker) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    later(build, 364)
    key = await ask(build, entry)
    later(build, 1)
    assert await settle_entries(maker, build.cipher, build.clock.now()) == (0, 1)
    async with maker() as session:
        assert (await session.get_one(CreditRepair, key)).state is RepairState.WITHDRAWN
    with pytest.raises(RepairMoveRefused):
        await check(build, key)
