"""Consultations: who is asked, who may read meanwhile, what is kept of the decision."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from hotline.dispatching.models import Precedent, PrecedentSource
from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.meetings.errors import (
    AlreadyAnswered,
    InvalidTask,
    NoUnitsCalled,
    TooManyUnits,
    UnitNotCalled,
)
from hotline.meetings.gathering import TaskGiven
from hotline.meetings.queries import MeetingRow, calls_waiting, consultation_of, waiting
from hotline.people.actions import save_department
from hotline.tickets.access import find_readable
from hotline.tickets.actions.revealing import CalledOnly, reveal_requester
from hotline.tickets.errors import (
    DepartmentInactive,
    NotYourTask,
    TicketNotFound,
    UnknownCode,
)
from hotline.tickets.lifecycle import Action, Hold, IllegalTransition, Status
from hotline.tickets.meetings import DutyOpinion, MeetingState
from hotline.tickets.queries import TicketFilter, list_tickets
from tests.support.builders import Build


async def _row(build: Build, maker: SessionMaker, number: str) -> MeetingRow:
    ticket = await build.find(number)
    async with maker() as session:
        return await consultation_of(session, ticket.id)


async def _sees(build: Build, maker: SessionMaker, number: str, by: str) -> bool:
    person = build.city.people[by]
    async with maker() as session:
        listed = await list_tickets(session, person, TicketFilter())
        try:
            await find_readable(session, person, number)
        except TicketNotFound:
            assert number not in [row.number for row in listed.items]
            return False
    assert number in [row.number for row in listed.items]
    return True


async def test_three_units_are_asked_and_one_stays_silent(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.ACCEPTED)
    assert not await _sees(build, maker, number, "handler.zhujian")
    await build.do(
        Action.REQUEST_CONSULTATION,
        number,
        departments=["chengguan", "zhujian", "jiaotong", "zhujian"],
        held_at=build.clock.now() + timedelta(hours=1),
        place="线上会议",
    )
    for unit in ("chengguan", "zhujian", "jiaotong"):
        assert await _sees(build, maker, number, f"handler.{unit}")
        async with maker() as session:
            [call] = await calls_waiting(session, build.city.people[f"leader.{unit}"])
        assert (call.ticket_number, call.is_task, call.place) == (number, False, "线上会议")
    assert not await _sees(build, maker, number, "handler.huanbao")
    build.clock.move(minutes=20)
    await build.do(Action.RESPOND_CONSULTATION, number)
    with pytest.raises(AlreadyAnswered):
        await build.do(Action.RESPOND_CONSULTATION, number)
    with pytest.raises(TicketNotFound):
        await build.do(Action.RESPOND_CONSULTATION, number, by="handler.huanbao")
    build.clock.move(minutes=20)
    await build.do(
        Action.RESPOND_CONSULTATION,
        number,
        by="leader.chengguan",
        opinion=DutyOpinion.OURS,
        explanation="路灯归我局",
    )
    row = await _row(build, maker, number)
    assert row.meeting.state is MeetingState.CALLED
    build.clock.move(minutes=30)
    await build.do(
        Action.DECIDE_CONSULTATION,
        number,
        co_departments=["zhujian"],
        attended=["chengguan", "zhujian"],
        tasks=[TaskGiven("jiaotong", "提供道路图纸", build.clock.now() + timedelta(days=1))],
    )
    row = await _row(build, maker, number)
    used = {
        one.department.code: one.unit.answered_at - one.unit.called_at
        for one in row.units
        if one.unit.answered_at
    }
    assert used == {"zhujian": timedelta(minutes=20), "chengguan": timedelta(minutes=40)}
    assert {one.department.code: one.unit.attended for one in row.units} == {
        "chengguan": True,
        "zhujian": True,
        "jiaotong": False,
    }
    assert row.meeting.state is MeetingState.DECIDED
    assert row.duty is not None
    assert row.duty.code == "chengguan"
    async with maker() as session:
        [precedent] = (await session.exec(select(Precedent))).all()
    assert (precedent.source, precedent.ticket_number) == (PrecedentSource.CONSULTATION, number)
    assert precedent.department_id == build.city.departments["chengguan"]
    # The silent unit has a task, and with it sight; answering is over for everybody.
    assert await _sees(build, maker, number, "handler.jiaotong")
    with pytest.raises(IllegalTransition):
        await build.do(Action.RESPOND_CONSULTATION, number, by="handler.jiaotong")
    with pytest.raises(IllegalTransition):
        await build.do(Action.DECIDE_CONSULTATION, number)
    await build.do(Action.FINISH_MEETING_TASK, number, by="handler.jiaotong")
    assert (await _row(build, maker, number)).meeting.state is MeetingState.DONE


async def test_a_consulted_unit_may_answer_and_nothing_else(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.ACCEPTED, Hold.CONSULTATION)
    for action in (Action.SIGN, Action.CONTACT, Action.SUBMIT_OPINION, Action.BLOW_WHISTLE):
        with pytest.raises(NotYourTask):
            await build.do(action, number, by="leader.zhujian")
    async with build.acting("handler.zhujian") as tx:
        with pytest.raises(CalledOnly):
            await reveal_requester(tx, number, reason="想联系诉求人")
    row = await _row(build, maker, number)
    person = build.city.people["handler.zhujian"]
    assert {action for action, _ in waiting([row], person)} == {Action.RESPOND_CONSULTATION}
    await build.do(Action.DECIDE_CONSULTATION, number)
    assert not await _sees(build, maker, number, "handler.zhujian")
    assert await _sees(build, maker, number, "handler.chengguan")
    async with build.acting("handler.chengguan") as tx:
        assert (await reveal_requester(tx, number, reason="联系诉求人")).phone


async def test_who_cannot_be_called(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    async with build.acting("admin") as tx:
        await save_department(
            tx, code="huanbao", name="生态环境局", name_en="Environment", is_active=False
        )
    for departments, error in (
        ([], NoUnitsCalled),
        (["hotline"], DepartmentInactive),
        (["huanbao"], DepartmentInactive),
        (["nowhere"], UnknownCode),
    ):
        with pytest.raises(error):
            await build.do(Action.REQUEST_CONSULTATION, number, departments=departments)
    async with build.acting("admin") as tx:
        for n in range(21):
            await save_department(tx, code=f"unit{n}", name=f"单位{n}", name_en=f"Unit {n}")
    with pytest.raises(TooManyUnits):
        await build.do(
            Action.REQUEST_CONSULTATION, number, departments=[f"unit{n}" for n in range(21)]
        )
    assert (await build.find(number)).hold is None


async def test_units_are_called_into_the_one_that_the_system_forced(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.ACCEPTED)
    build.clock.move(hours=2)
    now = build.clock.now()
    await sweep_once(maker, build.cipher, now=now)
    while await act_once(maker, build.cipher, now=now):
        pass
    assert (await build.find(number)).hold is Hold.CONSULTATION
    assert (await _row(build, maker, number)).units == []
    await build.do(Action.CALL_UNITS, number, departments=["zhujian"], place="三楼会议室")
    await build.do(Action.RESPOND_CONSULTATION, number)
    assert (await _row(build, maker, number)).meeting.state is MeetingState.REPORTED_IN
    await build.do(Action.CALL_UNITS, number, departments=["zhujian", "jiaotong"])
    row = await _row(build, maker, number)
    assert row.meeting.state is MeetingState.CALLED
    assert (row.meeting.place, len(row.units)) == ("三楼会议室", 2)
    with pytest.raises(NoUnitsCalled):
        await build.do(Action.CALL_UNITS, number, departments=["zhujian"])


async def test_what_a_decision_cannot_say(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED, Hold.CONSULTATION)
    tomorrow = build.clock.now() + timedelta(days=1)
    cases: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"attended": ["huanbao"]}, UnitNotCalled),
        ({"tasks": [TaskGiven("huanbao", "监测", tomorrow)]}, UnitNotCalled),
        ({"tasks": [TaskGiven("zhujian", "抢修", build.clock.now())]}, InvalidTask),
        ({"tasks": [TaskGiven("zhujian", "抢修", tomorrow)] * 2}, InvalidTask),
    ]
    for words, error in cases:
        with pytest.raises(error):
            await build.do(Action.DECIDE_CONSULTATION, number, **words)
    assert (await build.find(number)).hold is Hold.CONSULTATION
