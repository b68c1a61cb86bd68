"""Whistles: called, reported in, decided, done; scored by the hotline; ended with the ticket."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from hotline.dispatching.models import Precedent
from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.meetings.errors import (
    AlreadyAnswered,
    AlreadyScored,
    CannotAddCoHandlers,
    MeetingExists,
    NoMeeting,
    NotDecidedYet,
    NoUnitsCalled,
    OwnUnitCalled,
    UnitNotCalled,
)
from hotline.meetings.gathering import TaskGiven
from hotline.meetings.queries import (
    MeetingRow,
    WhistleFilter,
    calls_waiting,
    list_whistles,
    meetings_of_ticket,
    response_figures,
    waiting,
)
from hotline.notices.models import Notice
from hotline.people.models import User
from hotline.people.principal import SYSTEM
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.tickets.errors import NotYourTask, TicketNotFound
from hotline.tickets.events import UnitCalled
from hotline.tickets.lifecycle import Action, ActionForbidden, IllegalTransition, Status
from hotline.tickets.meetings import MeetingState
from hotline.tickets.models import TicketEvent, Urgency
from tests.support.builders import Build
from web.run.subscribers import escalation_tell_unit


async def _row(build: Build, maker: SessionMaker, number: str) -> MeetingRow:
    ticket = await build.find(number)
    async with maker() as session:
        return (await meetings_of_ticket(session, ticket.id))[0]


async def _clocks(
    build: Build, maker: SessionMaker, number: str, kind: ClockKind
) -> dict[str, Clock]:
    ticket = await build.find(number)
    units = {key: code for code, key in build.city.departments.items()}
    async with maker() as session:
        rows = await session.exec(
            select(Clock)
            .where(Clock.ticket_id == ticket.id, Clock.kind == kind)
            .order_by(col(Clock.started_at))
        )
        return {units[clock.department_id or 0]: clock for clock in rows}


async def test_a_whistle_from_the_call_to_the_last_task(build: Build, maker: SessionMaker) -> None:
    number = await build.ticket(Status.PROCESSING)
    before = await build.find(number)
    await build.do(Action.BLOW_WHISTLE, number, place="现场")
    after = await build.find(number)
    assert (after.status, after.hold, after.due_at) == (before.status, None, before.due_at)
    row = await _row(build, maker, number)
    assert (row.meeting.number, row.meeting.state) == (f"{number}-W1", MeetingState.CALLED)
    clocks = await _clocks(build, maker, number, ClockKind.REPORT_IN)
    assert {code: clock.due_at for code, clock in clocks.items()} == {
        one.department.code: one.unit.due_at for one in row.units
    }
    assert set(clocks) == {"zhujian", "jiaotong"}
    with pytest.raises(MeetingExists):
        await build.do(Action.BLOW_WHISTLE, number)
    build.clock.move(minutes=30)
    await build.do(Action.REPORT_IN, number)
    with pytest.raises(AlreadyAnswered):
        await build.do(Action.REPORT_IN, number)
    with pytest.raises(NotYourTask):
        await build.do(Action.REPORT_IN, number, by="handler.chengguan")
    with pytest.raises(TicketNotFound):
        await build.do(Action.REPORT_IN, number, by="handler.huanbao")
    build.clock.move(hours=2)
    await build.do(Action.REPORT_IN, number, by="leader.jiaotong", attendee="科长")
    clocks = await _clocks(build, maker, number, ClockKind.REPORT_IN)
    assert clocks["zhujian"].state is ClockState.MET
    assert clocks["jiaotong"].state is ClockState.MISSED
    assert (await _row(build, maker, number)).meeting.state is MeetingState.REPORTED_IN
    with pytest.raises(NotDecidedYet):
        await build.do(Action.SCORE_WHISTLE, number)
    due = build.clock.now() + timedelta(days=2)
    await build.do(
        Action.DECIDE_WHISTLE,
        number,
        attended=["zhujian"],
        tasks=[TaskGiven("住房建设局", "加固围挡", due), TaskGiven("jiaotong", "恢复标线", due)],
        co_departments=["jiaotong"],
        duty="zhujian",
        minutes="现场查看",
    )
    with pytest.raises(NoMeeting):
        await build.do(Action.DECIDE_WHISTLE, number)
    with pytest.raises(NoMeeting):
        await build.do(Action.REPORT_IN, number, by="leader.jiaotong")
    tasks = await _clocks(build, maker, number, ClockKind.MEETING_TASK)
    assert {code: clock.due_at for code, clock in tasks.items()} == dict.fromkeys(
        ("zhujian", "jiaotong"), due
    )
    assert set(await _clocks(build, maker, number, ClockKind.CO_OPINION)) == {"jiaotong"}
    async with maker() as session:
        [precedent] = (await session.exec(select(Precedent))).all()
        assert precedent.department_id == build.city.departments["zhujian"]
        [call] = await calls_waiting(session, build.city.people["handler.zhujian"])
    assert (call.is_task, call.due_at) == (True, due)
    await build.do(Action.FINISH_MEETING_TASK, number, evidence=["照片"])
    with pytest.raises(NotYourTask):
        await build.do(Action.FINISH_MEETING_TASK, number)
    assert (await _row(build, maker, number)).meeting.state is MeetingState.DECIDED
    await build.do(Action.FINISH_MEETING_TASK, number, by="handler.jiaotong")
    row = await _row(build, maker, number)
    assert (row.meeting.state, row.meeting.ended_at) == (MeetingState.DONE, build.clock.now())


async def test_only_the_hotline_scores_once_and_after_the_decision(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.BLOW_WHISTLE, number)
    await build.do(Action.REPORT_IN, number)
    await build.do(Action.DECIDE_WHISTLE, number, tasks=[])
    for by in ("leader.chengguan", "operator", "auditor"):
        with pytest.raises((ActionForbidden, NotYourTask)):
            await build.do(Action.SCORE_WHISTLE, number, by=by)
    with pytest.raises(TicketNotFound):
        await build.do(Action.SCORE_WHISTLE, number, by="leader.zhujian")
    with pytest.raises(UnitNotCalled):
        await build.do(Action.SCORE_WHISTLE, number, department="huanbao")
    await build.do(Action.SCORE_WHISTLE, number, by="authority")
    with pytest.raises(AlreadyScored):
        await build.do(Action.SCORE_WHISTLE, number)
    row = await _row(build, maker, number)
    assert {one.department.code: one.unit.score for one in row.units} == {
        "zhujian": 4,
        "jiaotong": None,
    }
    person = build.city.people["supervisor"]
    assert {action for action, _ in waiting([row], person)} == {Action.SCORE_WHISTLE}


async def test_the_leader_of_the_lead_blows_for_his_ticket(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(ActionForbidden):
        await build.do(Action.BLOW_WHISTLE, number, by="handler.chengguan")
    for departments, error in (
        (["chengguan", "zhujian"], OwnUnitCalled),
        ([], NoUnitsCalled),
    ):
        with pytest.raises(error):
            await build.do(
                Action.BLOW_WHISTLE, number, by="leader.chengguan", departments=departments
            )
    await build.do(Action.BLOW_WHISTLE, number, by="leader.chengguan")
    with pytest.raises(ActionForbidden):
        await build.do(Action.DECIDE_WHISTLE, number, by="leader.chengguan")
    since = build.clock.now() - timedelta(days=1)
    async with maker() as session:
        figures = await response_figures(
            session, build.city.people["supervisor"], since, build.clock.now()
        )
    assert {line.department.code: line.whistles for line in figures} == {
        "chengguan": 1,
        "jiaotong": 0,
        "zhujian": 0,
    }


async def test_an_urgent_whistle_gives_half_an_hour_by_night(
    build: Build, maker: SessionMaker
) -> None:
    build.clock.move(hours=14)
    number = await build.ticket(Status.PROCESSING, urgency=Urgency.P1)
    await build.do(Action.BLOW_WHISTLE, number)
    due = {
        clock.due_at
        for clock in (await _clocks(build, maker, number, ClockKind.REPORT_IN)).values()
    }
    assert due == {build.clock.now() + timedelta(minutes=30)}


async def test_calling_off_and_what_cannot_be_done_then(build: Build, maker: SessionMaker) -> None:
    number = await build.ticket(Status.ACCEPTED)
    with pytest.raises(NoMeeting):
        await build.do(Action.CALL_OFF_WHISTLE, number)
    await build.do(Action.BLOW_WHISTLE, number, by="dispatcher")
    with pytest.raises(CannotAddCoHandlers):
        await build.do(Action.DECIDE_WHISTLE, number, tasks=[], co_departments=["zhujian"])
    await build.do(Action.CALL_OFF_WHISTLE, number)
    clocks = await _clocks(build, maker, number, ClockKind.REPORT_IN)
    assert {clock.state for clock in clocks.values()} == {ClockState.CANCELLED}
    with pytest.raises(TicketNotFound):
        await build.do(Action.REPORT_IN, number)
    await build.do(Action.BLOW_WHISTLE, number, by="authority")
    assert (await _row(build, maker, number)).meeting.number == f"{number}-W2"


async def test_nobody_is_whistled_for_what_is_over(build: Build) -> None:
    for status in (Status.SUBMITTED, Status.PENDING_VISIT, Status.CLOSED, Status.CANCELLED):
        number = await build.ticket(status)
        with pytest.raises(IllegalTransition):
            await build.do(Action.BLOW_WHISTLE, number)


async def test_with_the_ticket_ends_what_a_whistle_still_owes(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.BLOW_WHISTLE, number)
    await build.do(Action.DECIDE_WHISTLE, number)  # zhujian has a task
    await build.do(Action.BLOW_WHISTLE, number, departments=["jiaotong"])
    for action in (
        Action.CONTACT,
        Action.SUBMIT_FEEDBACK,
        Action.PASS_AUDIT,
        Action.RECORD_VISIT,
    ):
        await build.do(action, number)
    ticket = await build.find(number)
    async with maker() as session:
        rows = await meetings_of_ticket(session, ticket.id)
        last = (
            await session.exec(
                select(TicketEvent)
                .where(TicketEvent.ticket_id == ticket.id)
                .order_by(col(TicketEvent.seq).desc())
            )
        ).first()
    assert last is not None
    assert last.details["lapsed"] == [f"{number}-W1", f"{number}-W2"]
    for row in rows:
        assert row.meeting.state is MeetingState.LAPSED
        assert all(one.task.dropped_at == build.clock.now() for one in row.tasks)
    for by, action in (
        ("handler.jiaotong", Action.REPORT_IN),
        ("handler.zhujian", Action.FINISH_MEETING_TASK),
    ):
        with pytest.raises((IllegalTransition, TicketNotFound)):
            await build.do(action, number, by=by)
    # A new round may give the same unit a task again.
    await build.do(Action.REOPEN, number)
    await build.do(Action.BLOW_WHISTLE, number)
    await build.do(Action.DECIDE_WHISTLE, number)


async def test_the_list_and_the_figures(build: Build, maker: SessionMaker) -> None:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(3)]
    for number in numbers:
        await build.do(Action.BLOW_WHISTLE, number)
        build.clock.move(minutes=10)
    await build.do(Action.REPORT_IN, numbers[0])
    await build.do(Action.DECIDE_WHISTLE, numbers[0])
    await build.do(Action.SCORE_WHISTLE, numbers[0])
    await build.do(Action.CALL_OFF_WHISTLE, numbers[2])
    people = build.city.people
    async with maker() as session:
        first = await list_whistles(session, people["supervisor"], WhistleFilter(), limit=2)
        rest = await list_whistles(
            session, people["supervisor"], WhistleFilter(), cursor=first.next_cursor
        )
        found = [line.ticket_number for line in (*first.items, *rest.items)]
        assert found == list(reversed(numbers))
        called = await list_whistles(session, people["handler.jiaotong"], WhistleFilter())
        titles = {line.ticket_number: line.ticket_title for line in called.items}
        assert {number for number, title in titles.items() if title} == {numbers[1]}
        assert not (await list_whistles(session, people["handler.huanbao"], WhistleFilter())).items
        for wanted, expected in (
            (WhistleFilter(is_unanswered=True), [numbers[1]]),
            (WhistleFilter(state=(MeetingState.CALLED_OFF,)), [numbers[2]]),
            (WhistleFilter(department="huanbao"), []),
            (WhistleFilter(ticket=numbers[0]), [numbers[0]]),
        ):
            page = await list_whistles(session, people["supervisor"], wanted)
            assert [line.ticket_number for line in page.items] == expected
        since = build.clock.now() - timedelta(days=1)
        build.clock.move(hours=5)
        now = build.clock.now()
        lines = await response_figures(session, people["supervisor"], since, now)
        own = await response_figures(session, people["leader.zhujian"], since, now)
    figures = {line.department.code: line for line in lines}
    assert [line.department.code for line in own] == ["zhujian"]
    zhujian, jiaotong = figures["zhujian"], figures["jiaotong"]
    assert (zhujian.called, zhujian.in_time, zhujian.late, zhujian.silent) == (2, 1, 0, 1)
    assert (zhujian.came, zhujian.mean_score, zhujian.scored) == (1, Decimal(4), 1)
    assert (jiaotong.called, jiaotong.silent, jiaotong.absent) == (2, 2, 1)


async def test_units_called_are_told_and_silence_climbs_the_ladder(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.BLOW_WHISTLE, number)
    ctx = {"session_maker": maker, "clock": build.clock, "cipher": build.cipher}
    async with maker() as session:
        facts = (
            await session.exec(
                select(OutboxMessage.id).where(OutboxMessage.topic == UnitCalled.topic)
            )
        ).all()
    for fact in facts:
        await escalation_tell_unit(ctx, str(fact))
    build.clock.move(hours=2, seconds=1)
    await sweep_once(maker, build.cipher, now=build.clock.now())
    async with maker() as session:
        rows = (
            await session.exec(
                select(User.username, Notice.kind, Notice.rung)
                .join(Notice, col(Notice.user_id) == col(User.id))
                .where(Notice.ticket_number == number)
            )
        ).all()
        listed = await list_whistles(session, SYSTEM, WhistleFilter(is_unanswered=True))
    told = {username for username, kind, _ in rows if kind == "called_whistle"}
    assert told == {
        f"{role}.{unit}" for role in ("handler", "leader") for unit in ("zhujian", "jiaotong")
    }
    warned = {username for username, _, rung in rows if rung == "red"}
    assert {"leader.zhujian", "leader.jiaotong", "supervisor"} <= warned
    assert [line.ticket_number for line in listed.items] == [number]
