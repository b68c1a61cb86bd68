"""Co-handlers: own sign, own clock, what they say on the way, silence, asking again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.meetings.queries import co_reports, parts_waiting
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.tickets.actions.feedback import submit_feedback
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.errors import (
    AlreadyOnTicket,
    AskedAgainAlready,
    DepartmentInactive,
    NoCoHandler,
    NothingOwed,
    NotYourTask,
    OpinionOutstanding,
    TicketNotFound,
)
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.meetings import ReportKind, WorkStage
from hotline.tickets.models import Assignment, Feedback
from hotline.tickets.queries import open_assignments
from tests.support.builders import Build


async def _with_parts(build: Build, *codes: str) -> str:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, number, co_departments=list(codes))
    await build.do(Action.SIGN, number)
    await build.do(Action.CONTACT, number)
    return number


async def _task(build: Build, maker: SessionMaker, number: str, code: str) -> Assignment:
    ticket = await build.find(number)
    async with maker() as session:
        return (
            await session.exec(
                select(Assignment)
                .where(
                    Assignment.ticket_id == ticket.id,
                    Assignment.department_id == build.city.departments[code],
                )
                .order_by(col(Assignment.assigned_at).desc())
            )
        ).first() or pytest.fail("no task")


async def _clocks(build: Build, maker: SessionMaker, number: str, code: str) -> list[ClockState]:
    ticket = await build.find(number)
    async with maker() as session:
        rows = await session.exec(
            select(Clock.state)
            .where(
                Clock.ticket_id == ticket.id,
                Clock.kind == ClockKind.CO_OPINION,
                Clock.department_id == build.city.departments[code],
            )
            .order_by(col(Clock.started_at))
        )
        return [ClockState(state) for state in rows]


async def _said(build: Build, maker: SessionMaker, number: str) -> list[ReportKind]:
    ticket = await build.find(number)
    async with maker() as session:
        return [row.report.kind for row in await co_reports(session, ticket.id)]


async def test_a_co_handler_signs_reports_explains_and_answers(
    build: Build, maker: SessionMaker
) -> None:
    number = await _with_parts(build, "zhujian")
    before = await build.find(number)
    await build.do(Action.SIGN_CO, number)
    after = await build.find(number)
    assert (after.status, after.holder_user_id) == (before.status, before.holder_user_id)
    task = await _task(build, maker, number, "zhujian")
    assert task.state is AssignmentState.SIGNED
    assert task.handler_id == build.city.people["handler.zhujian"].user_id
    with pytest.raises(NothingOwed):
        await build.do(Action.SIGN_CO, number)
    build.clock.move(hours=1)
    await build.do(Action.REPORT_STAGE, number, evidence=["照片1"])
    build.clock.move(hours=1)
    await build.do(Action.EXPLAIN_DELAY, number)
    assert await _clocks(build, maker, number, "zhujian") == [ClockState.RUNNING]
    build.clock.move(hours=1)
    await build.do(Action.SUBMIT_OPINION, number)
    assert await _clocks(build, maker, number, "zhujian") == [ClockState.MET]
    assert await _said(build, maker, number) == ["stage", "delay", "opinion"]
    with pytest.raises(NothingOwed):
        await build.do(Action.REPORT_STAGE, number)
    with pytest.raises(NotYourTask):
        await build.do(Action.REPORT_STAGE, number, by="handler.chengguan")
    with pytest.raises(TicketNotFound):
        await build.do(Action.REPORT_STAGE, number, by="handler.jiaotong")


async def test_a_stage_reported_unsigned_is_signed_with_it(
    build: Build, maker: SessionMaker
) -> None:
    number = await _with_parts(build, "zhujian")
    await build.do(Action.REPORT_STAGE, number, stage=WorkStage.STARTED)
    task = await _task(build, maker, number, "zhujian")
    assert (task.state, task.signed_at) == (AssignmentState.WORKING, build.clock.now())


async def test_silence_is_consent_and_stays_marked(build: Build, maker: SessionMaker) -> None:
    number = await _with_parts(build, "zhujian", "jiaotong")
    with pytest.raises(OpinionOutstanding):
        await build.do(Action.SUBMIT_FEEDBACK, number)
    await build.do(Action.SUBMIT_OPINION, number)
    build.clock.move(hours=12, seconds=1)
    now = build.clock.now()
    await sweep_once(maker, build.cipher, now=now)
    while await act_once(maker, build.cipher, now=now):
        pass
    silent = await _task(build, maker, number, "jiaotong")
    assert (silent.state, silent.defaulted_at) == (AssignmentState.DEFAULT_CONSENT, now)
    assert await _clocks(build, maker, number, "jiaotong") == [ClockState.MISSED]
    # Whoever speaks after all is heard, and was silent all the same.
    await build.do(Action.SUBMIT_OPINION, number, by="handler.jiaotong")
    late = await _task(build, maker, number, "jiaotong")
    assert (late.state, late.defaulted_at) == (AssignmentState.OPINION_SUBMITTED, now)
    await build.do(Action.SUBMIT_FEEDBACK, number)


async def test_the_lead_s_own_submission_takes_silence_as_consent(
    build: Build, maker: SessionMaker
) -> None:
    number = await _with_parts(build, "zhujian")
    build.clock.move(hours=12, seconds=1)
    await build.do(Action.SUBMIT_FEEDBACK, number)
    task = await _task(build, maker, number, "zhujian")
    assert (task.state, task.defaulted_at) == (
        AssignmentState.DEFAULT_CONSENT,
        build.clock.now(),
    )


async def test_asking_again_starts_a_fresh_clock_once(build: Build, maker: SessionMaker) -> None:
    number = await _with_parts(build, "zhujian")
    with pytest.raises(NothingOwed):
        await build.do(Action.ASK_AGAIN, number)
    with pytest.raises(NoCoHandler):
        await build.do(Action.ASK_AGAIN, number, department="jiaotong")
    await build.do(Action.SUBMIT_OPINION, number)
    build.clock.move(hours=2)
    await build.do(Action.ASK_AGAIN, number)
    assert await _clocks(build, maker, number, "zhujian") == [ClockState.MET, ClockState.RUNNING]
    with pytest.raises(OpinionOutstanding):
        await build.do(Action.SUBMIT_FEEDBACK, number)
    build.clock.move(hours=1)
    await build.do(Action.SUBMIT_OPINION, number, opinion="补充如下")
    with pytest.raises(AskedAgainAlready):
        await build.do(Action.ASK_AGAIN, number)
    assert await _said(build, maker, number) == ["opinion", "asked_again", "opinion"]


async def test_the_reply_keeps_which_opinions_it_was_made_from(
    build: Build, maker: SessionMaker
) -> None:
    number = await _with_parts(build, "zhujian", "jiaotong")
    await build.do(Action.SUBMIT_OPINION, number, opinion="管线由我局修复")
    build.clock.move(hours=13)
    words: dict[str, Any] = {"result": "已办", "reply": "管线已修复", "resolved": True}
    for wrong in ("jiaotong", "chengguan", "nobody"):
        with pytest.raises(NoCoHandler):
            async with build.acting("handler.chengguan") as tx:
                await submit_feedback(tx, number, used_opinions=[wrong], **words)
    async with build.acting("handler.chengguan") as tx:
        await submit_feedback(tx, number, used_opinions=["zhujian"], **words)
    ticket = await build.find(number)
    async with maker() as session:
        feedback = (
            await session.exec(select(Feedback).where(Feedback.ticket_id == ticket.id))
        ).one()
        [opinion] = await co_reports(session, ticket.id)
    assert feedback.used_reports == [str(opinion.report.id)]


async def test_the_dispatcher_adds_and_releases_on_the_way(
    build: Build, maker: SessionMaker
) -> None:
    number = await _with_parts(build)
    await build.do(Action.PROPOSE_CO_DEPARTMENT, number, department="zhujian")
    await build.do(Action.ADD_CO_DEPARTMENT, number)
    assert await _clocks(build, maker, number, "zhujian") == [ClockState.RUNNING]
    for action in (Action.ADD_CO_DEPARTMENT, Action.PROPOSE_CO_DEPARTMENT):
        with pytest.raises(AlreadyOnTicket):
            await build.do(action, number, department="zhujian")
    with pytest.raises(AlreadyOnTicket):
        await build.do(Action.ADD_CO_DEPARTMENT, number, department="chengguan")
    with pytest.raises(DepartmentInactive):
        await build.do(Action.ADD_CO_DEPARTMENT, number, department="hotline")
    await build.do(Action.SIGN_CO, number)
    await build.do(Action.RELEASE_CO_DEPARTMENT, number)
    assert await _clocks(build, maker, number, "zhujian") == [ClockState.CANCELLED]
    with pytest.raises(TicketNotFound):
        await build.do(Action.SUBMIT_OPINION, number)
    with pytest.raises(NoCoHandler):
        await build.do(Action.RELEASE_CO_DEPARTMENT, number)
    await build.do(Action.ADD_CO_DEPARTMENT, number)
    build.clock.move(hours=13)
    await build.do(Action.RELEASE_CO_DEPARTMENT, number)
    assert await _clocks(build, maker, number, "zhujian") == [
        ClockState.CANCELLED,
        ClockState.MISSED,
    ]
    await build.do(Action.SUBMIT_FEEDBACK, number)


async def test_what_the_parts_wait_for(build: Build, maker: SessionMaker) -> None:
    number = await _with_parts(build, "zhujian")
    ticket = await build.find(number)

    async def waits(by: str) -> set[Action]:
        async with maker() as session:
            tasks = await open_assignments(session, ticket.id)
        return {action for action, _ in parts_waiting(tasks, build.city.people[by])}

    release = Action.RELEASE_CO_DEPARTMENT
    own = {Action.SIGN_CO, Action.REPORT_STAGE, Action.EXPLAIN_DELAY}
    assert await waits("handler.zhujian") == {release} | own
    assert await waits("handler.chengguan") == {release}
    await build.do(Action.SUBMIT_OPINION, number)
    assert await waits("handler.zhujian") == {release, Action.EXPLAIN_DELAY}
    assert await waits("handler.chengguan") == {release, Action.ASK_AGAIN}
    build.clock.set(build.clock.now() + timedelta(minutes=1))
    await build.do(Action.ASK_AGAIN, number)
    assert await waits("handler.chengguan") == {release}
