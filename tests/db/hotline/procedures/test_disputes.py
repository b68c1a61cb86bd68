"""Disputed assignments: asked, decided, disputed, designated; whose time it was, and what is kept."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.dispatching.models import Precedent
from hotline.escalation.acts import act_once
from hotline.escalation.explaining import explain_ticket
from hotline.escalation.models import Escalation
from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import DomainError
from hotline.kernel.outbox import OutboxMessage
from hotline.people.actions import change_user, save_department
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.procedures.errors import (
    DisputeWindowClosed,
    LeaderNeeded,
    NothingToDispute,
    ReturnAskedBefore,
    ReturnForbidden,
    ReturnNeedsContact,
    ReturnToSelf,
    ReturnWindowClosed,
    ReturnWithAuthority,
)
from hotline.procedures.events import TicketDesignated
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureKind, ProcedureState, ReturnReason
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, Rung
from hotline.supervision.models import SupervisionOrder
from hotline.supervision.rules import OrderReason
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.errors import (
    AlreadyReturned,
    DepartmentInactive,
    NotYourTask,
    SecondPersonNeeded,
    TicketNotFound,
    UnknownCode,
)
from hotline.tickets.lifecycle import (
    Action,
    ActionForbidden,
    Hold,
    IllegalTransition,
    State,
    Status,
)
from hotline.tickets.models import Assignment, Commitment, Post, Urgency
from hotline.tickets.queries import read_holdings
from tests.support.builders import Build
from tests.support.clock import MONDAY
from tests.support.credit_facts import causes_of, deliver, rates_of
from web.run.subscribers import supervision_list_bounced

_A = Action


async def _rows(build: Build, table: type[Any], *where: Any) -> Sequence[Any]:
    async with build.session_maker() as session:
        return (await session.exec(select(table).where(*where))).all()


async def _clock(build: Build, kind: ClockKind, hop: int | None = None) -> Clock:
    """The latest clock of a kind, or that of a hop."""
    found: Sequence[Clock] = await _rows(build, Clock, Clock.kind == kind)
    found = [one for one in found if hop in {None, one.hop}]
    return max(found, key=lambda clock: (clock.started_at, clock.id))


async def _request(build: Build, kind: ProcedureKind = ProcedureKind.RETURN) -> Procedure:
    found: Sequence[Procedure] = await _rows(build, Procedure, Procedure.kind == kind)
    return max(found, key=lambda one: one.nth)


async def _ask(build: Build, number: str, unit: str, suggested: str = "zhujian") -> None:
    await build.do(_A.REQUEST_RETURN, number, by=f"handler.{unit}", suggested_department=suggested)


async def _bounce(build: Build, number: str, unit: str, following: str | None) -> None:
    await _ask(build, number, unit)
    await build.do(_A.DECIDE_RETURN, number, uphold=True, department=following)


async def _bounce_thrice(build: Build, number: str) -> None:
    await _bounce(build, number, "chengguan", "jiaotong")
    await _bounce(build, number, "jiaotong", "huanbao")
    await _bounce(build, number, "huanbao", None)


# -- asking ----------------------------------------------------------------------------------------


async def test_what_is_asked_is_kept_whole(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    build.clock.move(minutes=30)
    await build.do(
        _A.REQUEST_RETURN,
        number,
        legal_basis="城市道路管理条例第六条",
        evidence=["权责清单第12项", "现场照片1"],
        leader="王副局长",
    )
    asked = await _request(build)
    assert (asked.reason, asked.text) == ("not_my_duty", "属于交通部门")
    assert asked.opened_department_id == build.city.departments["chengguan"]
    assert asked.details == {
        "suggested_department": "jiaotong",
        "leader": "王副局长",
        "legal_basis": "城市道路管理条例第六条",
        "evidence": ["权责清单第12项", "现场照片1"],
        "hop": 1,
        "bounce": 1,
        "assigned_at": MONDAY.isoformat(),
        "window_closes_at": (MONDAY + timedelta(hours=2)).isoformat(),
    }


@pytest.mark.parametrize("by", ["leader.chengguan", "handler.chengguan"])
async def test_somebody_always_answers_for_it(build: Build, by: str) -> None:
    await build.do(_A.REQUEST_RETURN, await build.ticket(Status.DISPATCHED), by=by)
    assert (await _request(build)).details["leader"] == "leader.chengguan先生"


async def test_where_nobody_leads_a_name_must_be_given(build: Build) -> None:
    async with build.acting("admin") as tx:
        await change_user(
            tx,
            username="leader.chengguan",
            display_name="离任",
            roles=[Role.LEADER],
            department="chengguan",
            is_active=False,
        )
    number = await build.ticket(Status.DISPATCHED)
    with pytest.raises(LeaderNeeded):
        await build.do(_A.REQUEST_RETURN, number)
    await build.do(_A.REQUEST_RETURN, number, leader="李局长")


async def test_the_suggested_department_is_another_that_takes_tickets(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    async with build.acting("admin") as tx:
        await save_department(
            tx, code="huanbao", name="生态环境局", name_en="Environment", is_active=False
        )
    refusals: dict[str, type[DomainError]] = {
        "chengguan": ReturnToSelf,
        "huanbao": DepartmentInactive,
        "hotline": DepartmentInactive,
        "nobody": UnknownCode,
    }
    for suggested, refusal in refusals.items():
        with pytest.raises(refusal):
            await build.do(_A.REQUEST_RETURN, number, suggested_department=suggested)
    assert await _rows(build, Procedure) == []


async def test_only_the_lead_asks_and_only_while_it_may(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(_A.DISPATCH, number, co_departments=["zhujian"])
    with pytest.raises(NotYourTask):
        await build.do(_A.REQUEST_RETURN, number, by="handler.zhujian")
    with pytest.raises(TicketNotFound):
        await build.do(_A.REQUEST_RETURN, number, by="handler.huanbao")
    with pytest.raises(ActionForbidden):
        await build.do(_A.REQUEST_RETURN, number, by="dispatcher")
    held = await build.ticket(Status.PROCESSING, Hold.SUPPLEMENT)
    with pytest.raises(IllegalTransition):
        await build.do(_A.REQUEST_RETURN, held)
    build.clock.move(hours=2, microseconds=1)
    with pytest.raises(ReturnWindowClosed):
        await build.do(_A.REQUEST_RETURN, number)


async def test_more_time_for_the_work_is_no_more_time_to_dispute_it(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, urgency=Urgency.P3)
    work = await _clock(build, ClockKind.COMPLETE)
    await build.do(_A.REQUEST_EXTENSION, number, until=work.due_at + timedelta(days=3))
    await build.do(_A.DECIDE_EXTENSION, number)
    await build.do(_A.REQUEST_RETURN, number)
    first = (await _request(build)).details["window_closes_at"]
    other = await build.ticket(Status.PROCESSING, urgency=Urgency.P3)
    await build.do(_A.REQUEST_RETURN, other)
    second = max(
        await _rows(build, Procedure, Procedure.kind == ProcedureKind.RETURN),
        key=lambda one: one.id,
    )
    assert {first, second.details["window_closes_at"]} == {first}


@pytest.mark.parametrize("reached", [True, False])
async def test_what_is_unclear_must_be_asked_first(build: Build, reached: bool) -> None:
    number = await build.ticket(Status.DISPATCHED)
    with pytest.raises(ReturnNeedsContact):
        await build.do(_A.REQUEST_RETURN, number, reason=ReturnReason.UNCLEAR)
    await build.do(_A.CONTACT, number, reached=reached)
    await build.do(_A.REQUEST_RETURN, number, reason=ReturnReason.UNCLEAR)


async def test_another_departments_call_is_no_call(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(_A.CONTACT, number, reached=False)
    await _bounce(build, number, "chengguan", "jiaotong")
    with pytest.raises(ReturnNeedsContact):
        await build.do(
            _A.REQUEST_RETURN,
            number,
            by="handler.jiaotong",
            suggested_department="huanbao",
            reason=ReturnReason.UNCLEAR,
        )


@pytest.mark.parametrize("end", [_A.DECIDE_RETURN, _A.WITHDRAW_RETURN])
async def test_who_was_heard_once_is_not_heard_again(build: Build, end: Action) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.follow(number, _A.REQUEST_RETURN, end)
    with pytest.raises(ReturnAskedBefore):
        await build.do(_A.REQUEST_RETURN, number)


# -- deciding --------------------------------------------------------------------------------------


async def test_nobody_decides_what_he_asked_for(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    handler = build.city.people["handler.chengguan"]
    both = Principal(
        frozenset({Role.HANDLER, Role.DISPATCHER}),
        handler.user_id,
        handler.username,
        department_id=handler.department_id,
        department_code=handler.department_code,
    )
    await build.do(_A.REQUEST_RETURN, number)
    with pytest.raises(SecondPersonNeeded):
        await build.do(_A.DECIDE_RETURN, number, by=both)
    for by in ("handler.chengguan", "leader.chengguan", "supervisor", "operator"):
        with pytest.raises(ActionForbidden):
            await build.do(_A.DECIDE_RETURN, number, by=by)
    await build.do(_A.DECIDE_RETURN, number)
    with pytest.raises(IllegalTransition):
        await build.do(_A.DECIDE_RETURN, number, by="dispatcher.second")


async def test_a_matter_does_not_go_back_to_whoever_gave_it_back(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await _ask(build, number, "chengguan")
    with pytest.raises(ReturnToSelf):
        await build.do(_A.DECIDE_RETURN, number, uphold=True, department="chengguan")
    await build.do(_A.DECIDE_RETURN, number, uphold=True, department="jiaotong")
    await _ask(build, number, "jiaotong")
    with pytest.raises(AlreadyReturned):
        await build.do(_A.DECIDE_RETURN, number, uphold=True, department="chengguan")
    ticket = await build.do(_A.DECIDE_RETURN, number, uphold=True)
    assert (ticket.status, ticket.bounce_count) == (Status.ACCEPTED, 2)
    with pytest.raises(AlreadyReturned):
        await build.do(_A.DISPATCH, number, department="jiaotong")
    await build.do(_A.REQUEST_CONSULTATION, number)
    ticket = await build.do(_A.DECIDE_CONSULTATION, number, department="jiaotong")
    assert ticket.status is Status.DISPATCHED


async def test_what_was_not_decided_in_time_is_the_authoritys(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(hours=3)
    while await sweep_and_act(build):
        pass
    ticket = await build.find(number)
    assert (ticket.hold, ticket.holder_post) == (Hold.RETURN_REVIEW, Post.AUTHORITY)
    with pytest.raises(ReturnWithAuthority):
        await build.do(_A.DECIDE_RETURN, number)
    await build.do(_A.DECIDE_RETURN, number, by="authority")
    assert (await _request(build)).details["level"] == "authority"
    with pytest.raises(NothingToDispute):
        await build.do(_A.DISPUTE_RETURN, number)  # two levels, not three


async def test_what_lies_before_the_authority_is_not_forgotten(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.follow(number, _A.REQUEST_RETURN, _A.RAISE_RETURN)
    build.clock.move(days=2)
    while await sweep_and_act(build):
        pass
    urged = await _rows(build, Escalation, Escalation.rung == Rung.URGE)
    assert {row.kind for row in urged} >= {ClockKind.DISPUTE_REVIEW}


async def sweep_and_act(build: Build) -> bool:
    now = build.clock.now()
    swept = await sweep_once(build.session_maker, build.cipher, now=now)
    acted = await act_once(build.session_maker, build.cipher, now=now)
    return bool(swept.fired) or acted


async def test_of_two_decisions_at_once_one_is_made(own_build: Build) -> None:
    """Real connections: the second waits for the ticket's row, and finds it decided."""
    number = await own_build.ticket(Status.DISPATCHED)
    await own_build.do(_A.REQUEST_RETURN, number)
    version = (await own_build.find(number)).version
    both = await asyncio.gather(
        own_build.do(_A.DECIDE_RETURN, number, expected_version=version),
        own_build.do(
            _A.DECIDE_RETURN,
            number,
            by="authority",
            uphold=True,
            department="jiaotong",
            expected_version=version,
        ),
        return_exceptions=True,
    )
    lost = [one for one in both if isinstance(one, BaseException)]
    assert [getattr(one, "code", one) for one in lost] == ["stale-ticket"]
    asked = await _request(own_build)
    assert asked.state in {ProcedureState.GRANTED, ProcedureState.REFUSED}
    ticket = await own_build.find(number)
    assert (ticket.version, ticket.hold) == (version + 1, None)
    assert ticket.bounce_count == (asked.state is ProcedureState.GRANTED)


# -- time ------------------------------------------------------------------------------------------


async def test_a_hopeless_return_buys_nothing_even_when_withdrawn(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=1)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(minutes=90)
    ticket = await build.do(_A.WITHDRAW_RETURN, number, note="经核对属本单位职责")
    assert State(ticket.status, ticket.hold) == State(Status.PROCESSING)
    assert (await _clock(build, ClockKind.COMPLETE)).due_at == MONDAY + timedelta(hours=24)
    assert (await _request(build)).state is ProcedureState.WITHDRAWN
    (lead,) = await _rows(build, Assignment)
    assert lead.state is AssignmentState.SIGNED


async def test_what_is_given_back_is_given_to_the_promise_too(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(hours=9)
    await build.do(_A.DECIDE_RETURN, number)
    (promise,) = await _rows(build, Commitment)
    assert promise.due_at == (await _clock(build, ClockKind.COMPLETE)).due_at
    assert promise.due_at == MONDAY + timedelta(hours=24 + 7)


async def test_nobody_of_the_department_is_warned_while_it_is_disputed(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(_A.ISSUE_ORDER, number)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(days=3)
    while await sweep_and_act(build):
        pass
    ours = build.city.departments["chengguan"]
    warned = await _rows(build, Escalation, Escalation.department_id == ours)
    assert warned == []
    with pytest.raises(IllegalTransition):
        await build.do(_A.ISSUE_ORDER, number, level=3)
    reply = await _clock(build, ClockKind.SUPERVISION_REPLY)
    assert (reply.state, reply.used_microseconds) == (ClockState.PAUSED, 0)
    await build.do(_A.DECIDE_RETURN, number, by="authority")
    reply = await _clock(build, ClockKind.SUPERVISION_REPLY)
    assert reply.state is ClockState.RUNNING
    assert reply.used_microseconds == 2 * 3_600_000_000


async def test_the_requesters_time_never_stops(build: Build, maker: SessionMaker) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(hours=9)
    await build.do(_A.DECIDE_RETURN, number, uphold=True, department="jiaotong")
    build.clock.move(hours=1)
    ticket = await build.find(number)
    async with maker() as session:
        held = await read_holdings(session, ticket.id, build.clock.now())
    assert held.total == 10 * 3_600_000_000


async def test_an_upheld_return_leaves_no_trace_on_the_department(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=1)
    await _bounce(build, number, "chengguan", "jiaotong")
    ours = build.city.departments["chengguan"]
    for clock in await _rows(build, Clock, Clock.department_id == ours, col(Clock.hop) == 1):
        assert clock.state is ClockState.CANCELLED or clock.kind is ClockKind.SIGN
    topics = [row.topic for row in await _rows(build, OutboxMessage)]
    assert "promise_ended" not in topics
    await deliver(build)
    assert await rates_of(build) == {}
    assert await causes_of(build) == {("base", "misdispatch"), ("sign", "misdispatch")}
    work = await _clock(build, ClockKind.COMPLETE)
    assert (work.hop, work.used_microseconds) == (2, 0)
    assert work.due_at == build.clock.now() + timedelta(hours=24)


async def test_a_co_handler_is_heard_while_the_lead_argues(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(_A.DISPATCH, number, co_departments=["zhujian", "huanbao"])
    await build.do(_A.REQUEST_RETURN, number)
    await build.do(_A.SUBMIT_OPINION, number, by="handler.zhujian")
    await build.do(_A.DECIDE_RETURN, number, uphold=True, department="jiaotong")
    states = {
        task.department_id: task.state
        for task in await _rows(build, Assignment, Assignment.hop == 1)
    }
    units = build.city.departments
    assert states == {
        units["chengguan"]: AssignmentState.RETURNED,
        units["zhujian"]: AssignmentState.WITHDRAWN,
        units["huanbao"]: AssignmentState.WITHDRAWN,
    }
    opinions = await _rows(build, Clock, Clock.kind == ClockKind.CO_OPINION)
    assert {(clock.department_id, clock.state) for clock in opinions} == {
        (units["zhujian"], ClockState.MET),
        (units["huanbao"], ClockState.CANCELLED),
    }


# -- the second level ------------------------------------------------------------------------------


async def _rejected(build: Build, **overrides: Any) -> str:
    number = await build.ticket(Status.PROCESSING, **overrides)
    await build.follow(number, _A.REQUEST_RETURN, _A.DECIDE_RETURN)
    return number


async def test_only_the_leader_disputes_once_and_soon(build: Build) -> None:
    number = await _rejected(build)
    with pytest.raises(ActionForbidden):
        await build.do(_A.DISPUTE_RETURN, number, by="handler.chengguan")
    with pytest.raises(TicketNotFound):
        await build.do(_A.DISPUTE_RETURN, number, by="leader.jiaotong")
    build.clock.move(hours=2, microseconds=1)
    with pytest.raises(DisputeWindowClosed):
        await build.do(_A.DISPUTE_RETURN, number)
    build.clock.move(microseconds=-1)
    ticket = await build.do(_A.DISPUTE_RETURN, number)
    assert State(ticket.status, ticket.hold) == State(Status.PROCESSING, Hold.ARBITRATION)
    assert ticket.holder_post is Post.AUTHORITY
    with pytest.raises(IllegalTransition):
        await build.do(_A.DISPUTE_RETURN, number)


async def test_what_was_never_rejected_cannot_be_disputed(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(NothingToDispute):
        await build.do(_A.DISPUTE_RETURN, number)


async def test_a_hopeless_dispute_buys_nothing(build: Build) -> None:
    number = await _rejected(build)
    await build.do(_A.DISPUTE_RETURN, number)
    build.clock.move(hours=1)
    assert (await _clock(build, ClockKind.COMPLETE)).state is ClockState.PAUSED
    ticket = await build.do(_A.DECIDE_ARBITRATION, number)
    assert (ticket.status, ticket.hold, ticket.hop) == (Status.PROCESSING, None, 1)
    assert ticket.is_designated
    assert ticket.bounce_count == 0
    assert ticket.owner_department_id == build.city.departments["chengguan"]
    assert (await _clock(build, ClockKind.COMPLETE)).due_at == MONDAY + timedelta(hours=24)
    with pytest.raises(ReturnForbidden):
        await build.do(_A.REQUEST_RETURN, number)
    with pytest.raises(NothingToDispute):
        await build.do(_A.DISPUTE_RETURN, number)


async def test_a_dispute_that_was_right_frees_the_department(build: Build) -> None:
    number = await _rejected(build)
    await build.do(_A.DISPUTE_RETURN, number)
    build.clock.move(hours=1)
    ticket = await build.do(_A.DECIDE_ARBITRATION, number, department="jiaotong")
    assert (ticket.status, ticket.hop, ticket.bounce_count) == (Status.DISPATCHED, 2, 1)
    assert ticket.is_designated
    first, second = (
        await _clock(build, ClockKind.COMPLETE, 1),
        await _clock(build, ClockKind.COMPLETE, 2),
    )
    assert first.state is ClockState.CANCELLED
    assert second.due_at == build.clock.now() + timedelta(hours=24)
    with pytest.raises(TicketNotFound):
        await build.do(_A.PROGRESS, number)
    with pytest.raises(ReturnForbidden):
        await build.do(_A.REQUEST_RETURN, number, by="handler.jiaotong")


@pytest.mark.parametrize("urgency", [Urgency.P2, Urgency.P1])
@pytest.mark.parametrize(("designated", "minutes"), [("jiaotong", 0), ("chengguan", 40)])
async def test_whose_time_it_was_after_all(
    build: Build, urgency: Urgency, designated: str, minutes: int
) -> None:
    """Nobody answers for a minute of a matter that was none of his; a dispute in vain counts whole."""
    number = await build.ticket(Status.PROCESSING, urgency=urgency)
    for action in (_A.REQUEST_RETURN, _A.DECIDE_RETURN, _A.DISPUTE_RETURN):
        build.clock.move(minutes=10)
        await build.do(action, number)
    build.clock.move(minutes=10)
    ticket = await build.do(_A.DECIDE_ARBITRATION, number, department=designated)
    async with build.session_maker() as session:
        told = await explain_ticket(session, ticket, build.clock.now())
    ours = build.city.departments["chengguan"]
    [responsible] = [share.responsible for share in told.shares if share.department_id == ours]
    assert responsible == minutes * 60_000_000


async def test_who_rejected_does_not_judge_his_own_decision(build: Build) -> None:
    dispatcher = build.city.people["dispatcher"]
    both = Principal(
        frozenset({Role.DISPATCHER, Role.AUTHORITY}), dispatcher.user_id, dispatcher.username
    )
    number = await _rejected(build)
    await build.do(_A.DISPUTE_RETURN, number)
    with pytest.raises(SecondPersonNeeded):
        await build.do(_A.DECIDE_ARBITRATION, number, by=both)
    thrice = await build.ticket(Status.ACCEPTED, Hold.ARBITRATION)
    with pytest.raises(SecondPersonNeeded):
        await build.do(_A.DECIDE_ARBITRATION, thrice, by=both)
    await build.do(_A.DECIDE_ARBITRATION, thrice)


async def test_urgent_matters_are_acted_upon_first_and_argued_over_later(build: Build) -> None:
    """At night as well: half an hour, and the department's clock runs on meanwhile."""
    build.clock.move(hours=13)  # ten in the evening
    number = await _rejected(build, urgency=Urgency.P1)
    ticket = await build.do(_A.DISPUTE_RETURN, number)
    assert ticket.hold is Hold.ARBITRATION
    assert ticket.due_at == build.clock.now() + timedelta(minutes=30)
    assert (await _clock(build, ClockKind.COMPLETE)).state is ClockState.RUNNING
    await build.do(_A.CONTACT, number)
    await build.do(_A.PROGRESS, number)
    build.clock.move(minutes=20)
    await build.do(_A.DECIDE_ARBITRATION, number, department="jiaotong")
    assert (await _clock(build, ClockKind.COMPLETE, 1)).state is ClockState.CANCELLED
    kept = await _rejected(build, urgency=Urgency.P1)
    due_at = (await _clock(build, ClockKind.COMPLETE)).due_at
    await build.do(_A.DISPUTE_RETURN, kept)
    build.clock.move(minutes=20)
    await build.do(_A.DECIDE_ARBITRATION, kept)
    assert (await _clock(build, ClockKind.COMPLETE)).due_at == due_at


@pytest.mark.parametrize("urgency", [Urgency.P2, Urgency.P1])
async def test_a_referral_leaves_the_ticket_where_it_is(build: Build, urgency: Urgency) -> None:
    number = await build.ticket(Status.DISPATCHED, urgency=urgency)
    due_at = (await _clock(build, ClockKind.COMPLETE)).due_at
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(minutes=20)
    ticket = await build.do(_A.REFER_ARBITRATION, number)
    assert State(ticket.status, ticket.hold) == State(Status.PROCESSING, Hold.ARBITRATION)
    assert (ticket.bounce_count, ticket.hop) == (0, 1)
    is_running = (await _clock(build, ClockKind.COMPLETE)).state is ClockState.RUNNING
    assert is_running is (urgency is Urgency.P1)
    build.clock.move(minutes=20)
    await build.do(_A.DECIDE_ARBITRATION, number)
    assert (await _clock(build, ClockKind.COMPLETE)).due_at == due_at


# -- three bounces ---------------------------------------------------------------------------------


async def test_a_third_bounce_ends_in_a_designation_and_on_the_board(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await _bounce_thrice(build, number)
    asked = await _request(build, ProcedureKind.ARBITRATION)
    assert asked.details["suggested_department"] == "zhujian"
    ticket = await build.do(_A.DECIDE_ARBITRATION, number, department="jiaotong")
    assert (ticket.status, ticket.is_designated) == (Status.DISPATCHED, True)
    [fact] = await _rows(build, OutboxMessage, OutboxMessage.topic == TicketDesignated.topic)
    ctx = {"session_maker": maker, "clock": build.clock, "cipher": build.cipher}
    for _ in range(2):
        await supervision_list_bounced(ctx, str(fact.id))
    [order] = await _rows(build, SupervisionOrder)
    assert (order.level, order.reason) == (3, OrderReason.THREE_BOUNCES)
    assert (order.issued_by, order.department_id) == (None, build.city.departments["jiaotong"])
    told = await _rows(build, OutboxMessage, OutboxMessage.topic == "unit_called")
    assert [row.payload["call"] for row in told] == ["listing"]


@pytest.mark.parametrize("meanwhile", [_A.ISSUE_ORDER, None])
async def test_a_listing_that_comes_too_late_is_left_out(
    build: Build, maker: SessionMaker, meanwhile: Action | None
) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await _bounce_thrice(build, number)
    await build.do(_A.DECIDE_ARBITRATION, number)
    if meanwhile is None:
        await build.follow(number, _A.SIGN, _A.CONTACT, _A.SUBMIT_FEEDBACK, _A.PASS_AUDIT)
    else:
        await build.do(meanwhile, number, level=4)
    [fact] = await _rows(build, OutboxMessage, OutboxMessage.topic == TicketDesignated.topic)
    ctx = {"session_maker": maker, "clock": build.clock, "cipher": build.cipher}
    await supervision_list_bounced(ctx, str(fact.id))
    assert len(await _rows(build, SupervisionOrder)) == (meanwhile is not None)


async def test_few_bounces_are_not_listed(build: Build, maker: SessionMaker) -> None:
    number = await _rejected(build)
    await build.follow(number, _A.DISPUTE_RETURN, _A.DECIDE_ARBITRATION)
    [fact] = await _rows(build, OutboxMessage, OutboxMessage.topic == TicketDesignated.topic)
    ctx = {"session_maker": maker, "clock": build.clock, "cipher": build.cipher}
    await supervision_list_bounced(ctx, str(fact.id))
    assert await _rows(build, SupervisionOrder) == []


async def test_bounces_and_designation_outlive_the_round(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await _bounce_thrice(build, number)
    await build.do(_A.DECIDE_ARBITRATION, number)
    await build.follow(
        number,
        _A.SIGN,
        _A.CONTACT,
        _A.SUBMIT_FEEDBACK,
        _A.PASS_AUDIT,
        (_A.RECORD_VISIT, {"solved": False}),
    )
    ticket = await build.find(number)
    assert (ticket.round, ticket.bounce_count, ticket.is_designated) == (2, 3, True)
    with pytest.raises(ReturnForbidden):
        await build.do(_A.REQUEST_RETURN, number)


# -- precedents ------------------------------------------------------------------------------------


async def test_what_was_decided_is_kept_and_the_latest_holds(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    units = {number: code for code, number in build.city.departments.items()}

    async def kept() -> list[tuple[str, str, bool]]:
        found = await _rows(build, Precedent)
        return [
            (one.source.value, units[one.department_id], one.ended_at is None)
            for one in sorted(found, key=lambda one: one.decided_at)
        ]

    await _bounce(build, number, "chengguan", "jiaotong")
    assert await kept() == [("return", "jiaotong", True)]
    build.clock.move(minutes=1)
    await _ask(build, number, "jiaotong")
    await build.do(_A.DECIDE_RETURN, number, explanation="公路养护归交通部门")
    build.clock.move(minutes=1)
    assert await kept() == [("return", "jiaotong", False), ("return", "jiaotong", True)]
    await build.do(_A.DISPUTE_RETURN, number, by="leader.jiaotong")
    build.clock.move(minutes=1)
    await build.do(_A.DECIDE_ARBITRATION, number, department="huanbao")
    assert await kept() == [
        ("return", "jiaotong", False),
        ("return", "jiaotong", False),
        ("arbitration", "huanbao", True),
    ]


async def test_an_upheld_return_that_names_nobody_only_overrules(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await _bounce(build, number, "chengguan", "jiaotong")
    await _bounce(build, number, "jiaotong", None)
    assert [one.ended_at is None for one in await _rows(build, Precedent)] == [False]
