"""Supplements, extensions, suspensions, plans and final replies: chains, caps, clocks and ends."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.kernel.errors import DomainError
from hotline.kernel.outbox import OutboxMessage
from hotline.people.principal import REQUESTER
from hotline.procedures.errors import (
    ApproverNeeded,
    AskedByLeader,
    CloseOutNeeded,
    EvidenceNeeded,
    InvalidPlan,
    MilestonesOpen,
    NoSuchMilestone,
    NothingProvided,
    NothingToDecide,
    RequesterNotTold,
    SupplementLimit,
    SuspensionLimit,
)
from hotline.procedures.lifespans import has_lapsed
from hotline.procedures.models import PlanMilestone, Procedure, ProcedureStep
from hotline.procedures.rules import (
    ExtensionReason,
    Milestone,
    PauseReason,
    ProcedureKind,
    ProcedureState,
)
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.supervision.models import SupervisionOrder
from hotline.tickets.errors import NotYourTask, SecondPersonNeeded, StaleTicket
from hotline.tickets.events import RequesterConcerned
from hotline.tickets.lifecycle import (
    TRANSITIONS,
    Action,
    ActionForbidden,
    ClosureCode,
    Hold,
    IllegalTransition,
    State,
    Status,
)
from hotline.tickets.models import Commitment, CommitmentState, Post, Ticket
from tests.support.builders import DOINGS, ROADS, Build

_A = Action
LIVE = (ProcedureState.PENDING, ProcedureState.RUNNING)


async def requests(build: Build, number: str) -> Sequence[Procedure]:
    async with build.session_maker() as session:
        rows = await session.exec(
            select(Procedure)
            .join(Ticket, col(Ticket.id) == col(Procedure.ticket_id))
            .where(Ticket.number == number)
            .order_by(col(Procedure.id))
        )
        return rows.all()


async def clocks(build: Build, kind: ClockKind) -> Sequence[Clock]:
    async with build.session_maker() as session:
        rows = await session.exec(
            select(Clock).where(Clock.kind == kind).order_by(col(Clock.due_at))
        )
        return rows.all()


async def told(build: Build) -> list[str]:
    """What the requester was told, in order where time has passed between."""
    async with build.session_maker() as session:
        facts = await session.exec(
            select(OutboxMessage)
            .where(OutboxMessage.topic == RequesterConcerned.topic)
            .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
        )
        return [str(fact.payload["news"]) for fact in facts]


async def run(build: Build, **amount: float) -> None:
    """Let time pass and the worker do what falls due."""
    build.clock.move(**amount)
    now, busy = build.clock.now(), True
    while busy:
        busy = (await sweep_once(build.session_maker, build.cipher, now=now)).may_be_more
        busy = await act_once(build.session_maker, build.cipher, now=now) or busy


# -- supplement ------------------------------------------------------------------------------------


async def test_a_second_checklist_waits_for_consent_and_a_third_is_refused(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.SUPPLEMENT)
    build.clock.move(hours=2)
    await build.do(_A.PROVIDE_SUPPLEMENT, number)
    before = len(await told(build))
    ticket = await build.do(_A.REQUEST_SUPPLEMENT, number, items=["发票"])
    assert (ticket.hold, len(await told(build))) == (None, before)
    with pytest.raises(DomainError):
        await build.do(_A.REQUEST_SUPPLEMENT, number, items=["合同"])
    ticket = await build.do(_A.DECIDE_SUPPLEMENT, number)
    assert ticket.hold is Hold.SUPPLEMENT
    assert (await told(build))[before:] == ["supplement_asked"]
    await build.do(_A.PROVIDE_SUPPLEMENT, number, by=REQUESTER, items=["发票已传"], text=None)
    with pytest.raises(SupplementLimit):
        await build.do(_A.REQUEST_SUPPLEMENT, number)


async def test_a_second_checklist_refused_may_be_asked_for_again(build: Build) -> None:
    number = await build.ticket(Status.SUBMITTED, Hold.SUPPLEMENT)
    await build.do(_A.PROVIDE_SUPPLEMENT, number)
    await build.do(_A.REQUEST_SUPPLEMENT, number)
    ticket = await build.do(_A.DECIDE_SUPPLEMENT, number, approve=False)
    assert State(ticket.status, ticket.hold) == State(Status.SUBMITTED)
    await build.do(_A.REQUEST_SUPPLEMENT, number)
    assert (await build.do(_A.DECIDE_SUPPLEMENT, number)).hold is Hold.SUPPLEMENT


async def test_a_matter_that_has_waited_long_needs_the_authority(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.SUPPLEMENT)
    build.clock.move(days=3)  # and three more would be six working days
    await build.do(_A.PROVIDE_SUPPLEMENT, number)
    await build.do(_A.REQUEST_SUPPLEMENT, number)
    with pytest.raises(ApproverNeeded):
        await build.do(_A.DECIDE_SUPPLEMENT, number, by="supervisor")
    assert (await build.do(_A.DECIDE_SUPPLEMENT, number, by="authority")).hold is Hold.SUPPLEMENT


async def test_item_by_item_and_back_to_the_operator_who_asked(build: Build) -> None:
    number = await build.ticket()
    await build.do(_A.REQUEST_SUPPLEMENT, number, by="operator.second", items=["照片", "发票"])
    for nothing in ({"items": ["", " "], "text": None}, {"items": [], "text": ""}):
        with pytest.raises(NothingProvided):
            await build.do(_A.PROVIDE_SUPPLEMENT, number, by=REQUESTER, **nothing)
    ticket = await build.do(
        _A.PROVIDE_SUPPLEMENT, number, by=REQUESTER, items=["", "发票已传"], text=None
    )
    assert ticket.hold is Hold.SUPPLEMENT
    ticket = await build.do(
        _A.PROVIDE_SUPPLEMENT, number, by="operator", items=["照片两张"], text=None
    )
    asker = build.city.people["operator.second"]
    assert (ticket.hold, ticket.holder_user_id) == (None, asker.user_id)
    (supplement,) = await requests(build, number)
    assert supplement.details["provided"] == {"0": "照片两张", "1": "发票已传"}
    assert supplement.state is ProcedureState.ENDED


# -- extension -------------------------------------------------------------------------------------


async def test_the_second_extension_is_the_authoritys(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    due = build.clock.now() + timedelta(hours=24)
    for nth, hours in ((1, 12), (2, 24)):
        await build.do(_A.REQUEST_EXTENSION, number, until=due + timedelta(hours=hours))
        if nth == 2:
            with pytest.raises(ApproverNeeded):
                await build.do(_A.DECIDE_EXTENSION, number, by="supervisor")
        decider = "supervisor" if nth == 1 else "authority"
        ticket = await build.do(_A.DECIDE_EXTENSION, number, by=decider)
        assert ticket.due_at == due + timedelta(hours=hours)
    assert (await told(build)).count("extended") == 2
    assert {one.reason for one in await requests(build, number)} == {
        ExtensionReason.AWAITING_PARTS.value
    }


async def test_the_requester_is_told_of_an_extension_first(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    for told_at in (
        build.clock.now() + timedelta(seconds=1),
        build.clock.now() - timedelta(days=1),
    ):
        with pytest.raises(RequesterNotTold):
            await build.do(_A.REQUEST_EXTENSION, number, told_at=told_at)


async def test_a_request_that_nobody_decides_stops_no_clock(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(_A.REQUEST_EXTENSION, number)
    await run(build, hours=25)
    ticket = await build.find(number)
    assert ticket.level.value == "red"
    (request,) = await requests(build, number)
    assert request.state is ProcedureState.PENDING


# -- suspension ------------------------------------------------------------------------------------


async def test_what_depends_on_others_the_leader_asks_for(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    outside = {"reason": PauseReason.EXTERNAL_DEPENDENCY}
    with pytest.raises(AskedByLeader):
        await build.do(_A.REQUEST_SUSPENSION, number, **outside)
    with pytest.raises(EvidenceNeeded):
        await build.do(_A.REQUEST_SUSPENSION, number, evidence=[])
    await build.do(_A.REQUEST_SUSPENSION, number, by="leader.chengguan", **outside)


async def test_a_supervisor_allows_days_the_authority_weeks(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(_A.REQUEST_SUSPENSION, number)
    now = build.clock.now()
    by = {"by": "supervisor"}
    for days in (0, 31):
        with pytest.raises(SuspensionLimit):
            await build.do(_A.DECIDE_SUSPENSION, number, review_at=now + timedelta(days=days), **by)
    with pytest.raises(ApproverNeeded):
        await build.do(_A.DECIDE_SUSPENSION, number, review_at=now + timedelta(days=14), **by)
    ticket = await build.do(_A.DECIDE_SUSPENSION, number, review_at=now + timedelta(days=4), **by)
    assert ticket.due_at == now + timedelta(days=4)
    build.clock.move(days=4)
    with pytest.raises(ApproverNeeded):
        await build.do(_A.REVIEW_SUSPENSION, number, **by)
    ticket = await build.do(_A.REVIEW_SUSPENSION, number, by="authority")
    assert ticket.due_at == build.clock.now() + timedelta(days=30)
    assert (await told(build))[-1] == "suspension_continued"


async def test_180_days_in_all_and_then_the_work_goes_on(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    for _ in range(5):
        build.clock.move(days=30)
        await build.do(_A.REVIEW_SUSPENSION, number)
    build.clock.move(days=29)
    with pytest.raises(SuspensionLimit):
        await build.do(
            _A.REVIEW_SUSPENSION, number, review_at=build.clock.now() + timedelta(days=2)
        )
    await build.do(_A.REVIEW_SUSPENSION, number)
    await run(build, days=1, seconds=1)
    ticket = await build.find(number)
    assert State(ticket.status, ticket.hold) == State(Status.PROCESSING)
    (suspension,) = await requests(build, number)
    assert suspension.state is ProcedureState.ENDED
    await build.do(_A.REQUEST_SUSPENSION, number)
    with pytest.raises(SuspensionLimit):
        await build.do(_A.DECIDE_SUSPENSION, number)
    async with build.session_maker() as session:
        steps = (await session.exec(select(ProcedureStep))).all()
    assert len(steps) == 6


async def test_a_review_may_end_it(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    ticket = await build.do(_A.REVIEW_SUSPENSION, number, by="supervisor", goes_on=False)
    assert ticket.hold is None
    assert {"suspended", "suspension_ended"} <= set(await told(build))


# -- plan ------------------------------------------------------------------------------------------


async def plan(build: Build, *days: int) -> str:
    """A ticket whose plan runs, with milestones so many days ahead."""
    number = await build.ticket(Status.PROCESSING)
    now = build.clock.now()
    steps = [Milestone(f"第{day}天", now + timedelta(days=day, hours=1), "李工") for day in days]
    await build.do(_A.REQUEST_RECTIFICATION, number, milestones=steps)
    await build.do(_A.DECIDE_RECTIFICATION, number)
    return number


async def test_every_milestone_has_its_own_clock(build: Build) -> None:
    number = await plan(build, 10, 21, 39)
    running = await clocks(build, ClockKind.MILESTONE)
    days = [(clock.due_at - build.clock.now()).days for clock in running]
    assert days == [10, 21, 39]
    assert {clock.state for clock in running} == {ClockState.RUNNING}
    ticket = await build.find(number)
    assert ticket.due_at == running[0].due_at
    async with build.session_maker() as session:
        promise = (
            await session.exec(select(Commitment).where(Commitment.state == CommitmentState.ACTIVE))
        ).one()
    assert promise.due_at == running[-1].due_at
    build.clock.move(days=3)
    ticket = await build.do(_A.COMPLETE_MILESTONE, number, milestone=2)
    assert ticket.due_at == running[0].due_at
    ticket = await build.do(_A.COMPLETE_MILESTONE, number, milestone=1)
    assert ticket.due_at == running[2].due_at
    states = [clock.state for clock in await clocks(build, ClockKind.MILESTONE)]
    assert states == [ClockState.MET, ClockState.MET, ClockState.RUNNING]
    assert (await told(build))[-2:] == ["milestone_done", "milestone_done"]
    assert "plan_approved" in await told(build)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"milestone": 9}, NoSuchMilestone),
        ({"evidence": []}, EvidenceNeeded),
        ({"told_at": None}, RequesterNotTold),
        ({"by": "handler.zhujian"}, DomainError),
        ({"by": "supervisor"}, ActionForbidden),
    ],
    ids=str,
)
async def test_a_milestone_is_done_with_evidence_and_the_requester_told(
    build: Build, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    number = await plan(build, 10, 21)
    if "told_at" in wrong:
        wrong = {"told_at": build.clock.now() + timedelta(minutes=1)}
    with pytest.raises(refusal):
        await build.do(_A.COMPLETE_MILESTONE, number, **wrong)
    await build.do(_A.COMPLETE_MILESTONE, number)
    with pytest.raises(NoSuchMilestone):
        await build.do(_A.COMPLETE_MILESTONE, number)


@pytest.mark.parametrize("days", [(), (5,), (-1, 5), (5, 5), (9, 4), range(1, 14)], ids=str)
async def test_a_plan_that_nobody_could_follow(build: Build, days: Sequence[int]) -> None:
    number = await build.ticket(Status.PROCESSING)
    now = build.clock.now()
    steps = [Milestone("节点", now + timedelta(days=day), "李工") for day in days]
    with pytest.raises(InvalidPlan):
        await build.do(_A.REQUEST_RECTIFICATION, number, milestones=steps)


async def test_a_plan_with_nobody_to_answer_for_it_or_that_came_too_late(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    now = build.clock.now()
    steps = [
        Milestone("节点", now + timedelta(days=day), who) for day, who in ((1, "李"), (2, " "))
    ]
    with pytest.raises(InvalidPlan):
        await build.do(_A.REQUEST_RECTIFICATION, number, milestones=steps)
    steps = [Milestone("节点", now + timedelta(days=day), "李工") for day in (1, 2)]
    await build.do(_A.REQUEST_RECTIFICATION, number, milestones=steps)
    build.clock.move(days=1)
    with pytest.raises(InvalidPlan):
        await build.do(_A.DECIDE_RECTIFICATION, number)
    await build.do(_A.DECIDE_RECTIFICATION, number, approve=False)


async def test_one_slip_is_an_order_two_are_the_end_of_the_plan(build: Build) -> None:
    number = await plan(build, 3, 8, 30)
    await run(build, days=4)
    async with build.session_maker() as session:
        orders = (await session.exec(select(SupervisionOrder))).all()
        (promise,) = (
            await session.exec(select(Commitment).where(Commitment.state == CommitmentState.ACTIVE))
        ).all()
    assert [(order.level, order.reason.value) for order in orders] == [(2, "milestone_missed")]
    ticket = await build.find(number)
    assert ticket.hold is Hold.RECTIFICATION
    await build.do(_A.COMPLETE_MILESTONE, number)  # late: the slip stays a slip
    await run(build, days=5)
    ticket = await build.find(number)
    assert State(ticket.status, ticket.hold) == State(Status.PROCESSING)
    async with build.session_maker() as session:
        broken = await session.get_one(Commitment, promise.id)
    assert broken.state is CommitmentState.BROKEN
    states = [clock.state for clock in await clocks(build, ClockKind.MILESTONE)]
    assert states == [ClockState.MISSED, ClockState.MISSED, ClockState.CANCELLED]
    assert [clock.state for clock in await clocks(build, ClockKind.REWORK_COMPLETE)] == [
        ClockState.RUNNING
    ]
    (failed,) = await requests(build, number)
    assert failed.state is ProcedureState.FAILED
    assert "plan_failed" in await told(build)


async def test_a_plan_is_struck_off_by_the_supervisor_on_the_departments_request(
    build: Build,
) -> None:
    number = await plan(build, 10, 21)
    await build.do(_A.COMPLETE_MILESTONE, number)
    with pytest.raises(MilestonesOpen):
        await build.do(_A.REQUEST_CLOSE_OUT, number)
    done: dict[str, Any] = {"completed": True}
    with pytest.raises(CloseOutNeeded):
        await build.do(_A.END_RECTIFICATION, number, **done)
    await build.do(_A.COMPLETE_MILESTONE, number, milestone=2)
    (asking,) = await clocks(build, ClockKind.CLOSE_OUT)
    assert asking.department_id == build.city.departments["chengguan"]
    with pytest.raises(CloseOutNeeded):
        await build.do(_A.END_RECTIFICATION, number, **done)
    with pytest.raises(EvidenceNeeded):
        await build.do(_A.REQUEST_CLOSE_OUT, number, evidence=[])
    await build.do(_A.REQUEST_CLOSE_OUT, number)
    for own in ("leader.chengguan", "handler.chengguan"):
        with pytest.raises(ActionForbidden):
            await build.do(_A.END_RECTIFICATION, number, by=own, **done)
    (checking,) = await clocks(build, ClockKind.CLOSE_OUT_REVIEW)
    assert checking.department_id == build.city.departments["hotline"]
    await build.do(_A.REFUSE_CLOSE_OUT, number)
    with pytest.raises(NothingToDecide):
        await build.do(_A.REFUSE_CLOSE_OUT, number)
    await build.do(_A.REQUEST_CLOSE_OUT, number)
    ticket = await build.do(_A.END_RECTIFICATION, number, **done)
    assert State(ticket.status, ticket.hold) == State(Status.PROCESSING)
    await build.follow(number, _A.CONTACT, _A.SUBMIT_FEEDBACK, _A.PASS_AUDIT, _A.RECORD_VISIT)
    assert (await build.find(number)).closure_code is ClosureCode.PLANNED_DONE
    async with build.session_maker() as session:
        states = (await session.exec(select(Commitment.state))).all()
    assert set(states) == {CommitmentState.REPLACED, CommitmentState.KEPT}


async def test_a_plan_of_an_earlier_round_closes_nothing_as_planned(build: Build) -> None:
    number = await plan(build, 10, 21)
    await build.follow(
        number,
        _A.COMPLETE_MILESTONE,
        (_A.COMPLETE_MILESTONE, {"milestone": 2}),
        _A.REQUEST_CLOSE_OUT,
        (_A.END_RECTIFICATION, {"completed": True}),
        _A.CONTACT,
        _A.SUBMIT_FEEDBACK,
        _A.PASS_AUDIT,
        (_A.RECORD_VISIT, {"solved": False, "rating": None}),
        _A.CONTACT,
        _A.SUBMIT_FEEDBACK,
        _A.PASS_AUDIT,
        _A.RECORD_VISIT,
    )
    assert (await build.find(number)).closure_code is ClosureCode.SOLVED


# -- final reply -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.PENDING_VISIT])
async def test_department_hotline_authority_each_another_person(
    build: Build, status: Status
) -> None:
    number = await build.ticket(status, Hold.FINAL_REPLY)
    assert (await build.find(number)).holder_post is Post.SUPERVISION_DESK
    with pytest.raises(ApproverNeeded):
        await build.do(_A.DECIDE_FINAL_REPLY, number)
    ticket = await build.do(_A.REVIEW_FINAL_REPLY, number)
    assert ticket.holder_post is Post.AUTHORITY
    (clock,) = await clocks(build, ClockKind.FINAL_REPLY)
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, ticket.due_at)
    with pytest.raises(ApproverNeeded):
        await build.do(_A.REVIEW_FINAL_REPLY, number, by="supervisor.second")
    (request,) = await requests(build, number)
    assert request.reviewed_by == build.city.people["supervisor"].user_id
    ticket = await build.do(_A.DECIDE_FINAL_REPLY, number)
    assert (ticket.status, ticket.closure_code) == (Status.CLOSED, ClosureCode.FINAL_REPLY)
    assert "final_replied" in await told(build)
    assert "closed" not in await told(build)


@pytest.mark.parametrize("level", [_A.REVIEW_FINAL_REPLY, _A.DECIDE_FINAL_REPLY])
async def test_refused_at_any_level_it_goes_back(build: Build, level: Action) -> None:
    number = await build.ticket(Status.PENDING_VISIT, Hold.FINAL_REPLY)
    if level is _A.DECIDE_FINAL_REPLY:
        await build.do(_A.REVIEW_FINAL_REPLY, number)
    ticket = await build.do(level, number, approve=False)
    assert State(ticket.status, ticket.hold) == State(Status.PENDING_VISIT)
    (request,) = await requests(build, number)
    assert request.state is ProcedureState.REFUSED
    (visit,) = await clocks(build, ClockKind.VISIT)
    assert visit.state is ClockState.RUNNING


async def test_who_reviewed_cannot_decide(build: Build) -> None:
    """Somebody of both roles does one of the two steps, never both."""
    number = await build.ticket(Status.PROCESSING, Hold.FINAL_REPLY)
    both = build.city.people["supervisor"]
    both = type(both)(
        both.roles | build.city.people["authority"].roles,
        both.user_id,
        both.username,
        department_id=both.department_id,
    )
    await build.do(_A.REVIEW_FINAL_REPLY, number, by=both)
    with pytest.raises(SecondPersonNeeded):
        await build.do(_A.DECIDE_FINAL_REPLY, number, by=both)
    await build.do(_A.DECIDE_FINAL_REPLY, number)


# -- every request ends with its state -------------------------------------------------------------

ASKS = {
    State(Status.SUBMITTED): (_A.REFUSE,),
    State(Status.PROCESSING): (
        *(_A.REQUEST_EXTENSION, _A.REQUEST_SUSPENSION, _A.REQUEST_RECTIFICATION),
    ),
}
"""What may wait on a ticket that is not held up; the rest holds it up."""

REFUSALS = (DomainError, IllegalTransition)


async def _leave(build: Build, number: str, action: Action, chance: random.Random) -> None:
    words: dict[str, Any] = {}
    if action is _A.DECIDE_SUPPLEMENT:
        words = {"by": "authority"}
    if len(TRANSITIONS[action].moves) > 1 and "approve" in DOINGS[action].words:
        words |= {"approve": chance.random() < 0.6}
    try:
        await build.do(action, number, **words)
    except REFUSALS:
        return


@pytest.mark.parametrize("state", list(ROADS), ids=str)
async def test_no_request_outlives_its_state(build: Build, state: State) -> None:
    """From every state, with everything asked for that can wait there, every way out is taken."""
    ways = [action for action in DOINGS if state in TRANSITIONS[action].sources]
    for action in ways:
        number = await build.ticket(*state)
        for asked in ASKS.get(state, ()):
            await build.do(asked, number)
        await _leave(build, number, action, random.Random(action))  # noqa: S311  # repeatable
        ticket = await build.find(number)
        here = State(ticket.status, ticket.hold)
        for request in await requests(build, number):
            lives = request.state in LIVE
            assert not (lives and has_lapsed(request.kind, request.state, here)), (
                f"{state} {action} {request.kind}"
            )
            assert lives is (request.ended_at is None), f"{action} {request.kind}"


async def test_what_lapsed_is_said_to_have_lapsed(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(number, _A.REQUEST_EXTENSION, _A.CONTACT, _A.SUBMIT_FEEDBACK)
    (request,) = await requests(build, number)
    assert (request.state, request.ended_at) == (ProcedureState.LAPSED, build.clock.now())
    await build.do(_A.REJECT_AUDIT, number)
    with pytest.raises(NothingToDecide):
        await build.do(_A.DECIDE_EXTENSION, number)


# -- two at once -----------------------------------------------------------------------------------

AT_ONCE = [
    (Status.PROCESSING, None, _A.REQUEST_EXTENSION, _A.DECIDE_EXTENSION, "supervisor.second"),
    (Status.PROCESSING, None, _A.REQUEST_SUSPENSION, _A.DECIDE_SUSPENSION, "authority.second"),
    (
        *(Status.PROCESSING, None, _A.REQUEST_RECTIFICATION, _A.DECIDE_RECTIFICATION),
        "supervisor.second",
    ),
    (
        *(Status.PROCESSING, Hold.FINAL_REPLY, None, _A.REVIEW_FINAL_REPLY),
        "supervisor.second",
    ),
]


async def test_two_decisions_at_once_are_one(own_build: Build) -> None:
    for status, hold, asked, decision, second in AT_ONCE:
        number = await own_build.ticket(status, hold)
        if asked is not None:
            await own_build.do(asked, number)
        answers = await asyncio.gather(
            own_build.do(decision, number),
            own_build.do(decision, number, by=second, approve=False),
            return_exceptions=True,
        )
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        assert len(failed) == 1, decision
        assert isinstance(failed[0], DomainError | StaleTicket | NotYourTask), decision
        async with own_build.session_maker() as session:
            made = await session.exec(  # type: ignore[call-overload]
                sa.text(
                    "SELECT count(*) FROM ticket_events e JOIN tickets t ON t.id = e.ticket_id "
                    "WHERE t.number = :number AND e.action = :action"
                ),
                params={"number": number, "action": decision.value},
            )
            assert made.scalar_one() == 1
        live = [one for one in await requests(own_build, number) if one.state in LIVE]
        assert len(live) <= 1


async def test_a_milestone_is_done_once_however_often_it_is_reported(own_build: Build) -> None:
    number = await plan(own_build, 10, 21)
    answers = await asyncio.gather(
        *(own_build.do(_A.COMPLETE_MILESTONE, number) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(answer, NoSuchMilestone) for answer in answers) == 2
    async with own_build.session_maker() as session:
        done = await session.exec(
            select(PlanMilestone).where(col(PlanMilestone.done_at).is_not(None))
        )
        assert len(done.all()) == 1
    assert (await requests(own_build, number))[0].kind is ProcedureKind.RECTIFICATION
