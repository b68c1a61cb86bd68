"""What every action leaves behind: state, clocks, tasks, promise, timeline and facts."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.escalation.sweep import sweep_once
from hotline.kernel.outbox import OutboxMessage
from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER
from hotline.procedures.errors import (
    AlreadyRequested,
    ExtensionLimit,
    ExtensionTooLate,
    NothingToDecide,
    ReturnForbidden,
    ReturnWindowClosed,
    SupplementNotReminded,
    SupplementStillRunning,
)
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, Limit
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.errors import (
    ArchiveTooEarly,
    ContactNeeded,
    DepartmentInactive,
    MergeImpossible,
    NotYourTask,
    ObjectionWindowClosed,
    OpinionOutstanding,
    ReopenWindowClosed,
    SecondPersonNeeded,
    StaleTicket,
    TicketNotFound,
    UnknownCode,
)
from hotline.tickets.lifecycle import Action, Hold, Outcome, State, Status
from hotline.tickets.models import (
    Assignment,
    Commitment,
    CommitmentState,
    Post,
    ServiceItem,
    TicketEvent,
)
from tests.support.builders import ROADS, Build
from tests.support.clock import MONDAY

_A = Action


async def clocks(build: Build, *kinds: ClockKind) -> dict[ClockKind, Clock]:
    """The latest clock of each kind."""
    async with build.session_maker() as session:
        rows = await session.exec(select(Clock).order_by(col(Clock.started_at), col(Clock.id)))
        return {clock.kind: clock for clock in rows if not kinds or clock.kind in kinds}


async def promises(build: Build) -> list[Commitment]:
    async with build.session_maker() as session:
        rows = await session.exec(select(Commitment).order_by(col(Commitment.promised_at)))
        return list(rows.all())


async def tasks(build: Build) -> dict[str, Assignment]:
    units = {number: code for code, number in build.city.departments.items()}
    async with build.session_maker() as session:
        rows = await session.exec(select(Assignment).order_by(col(Assignment.assigned_at)))
        return {units[task.department_id]: task for task in rows}


async def facts(build: Build) -> list[dict[str, Any]]:
    async with build.session_maker() as session:
        rows = await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))
        return [{"topic": row.topic, **row.payload} for row in rows]


@pytest.mark.parametrize("state", [s for s, road in ROADS.items() if road], ids=str)
async def test_every_action_writes_one_row_and_one_fact(build: Build, state: State) -> None:
    number = (await build.create()).number
    *before, last = ROADS[state]
    await build.follow(number, *before)
    earlier, told = await build.find(number), await facts(build)
    await build.follow(number, last)
    action = last[0] if isinstance(last, tuple) else last
    ticket = await build.find(number)
    assert ticket.version == earlier.version + 1
    assert ticket.history_count == earlier.history_count + 1
    async with build.session_maker() as session:
        row = (
            await session.exec(
                select(TicketEvent).where(
                    TicketEvent.ticket_id == ticket.id,
                    col(TicketEvent.seq) == ticket.history_count,
                )
            )
        ).one()
    assert (row.action, row.at) == (action, build.clock.now())
    assert (row.from_status, row.from_hold) == (earlier.status, earlier.hold)
    assert (row.to_status, row.to_hold) == (ticket.status, ticket.hold)
    assert row.hash == ticket.history_head
    assert row.role is not None
    new = [fact for fact in await facts(build) if fact not in told]
    own = [
        fact for fact in new if (fact["topic"], fact["ticket_number"]) == ("ticket_moved", number)
    ]
    assert [fact["action"] for fact in own] == [action]
    assert own[0]["to_state"] == str(state)
    assert own[0]["version"] == ticket.version


async def test_accepting_promises_and_hands_on(build: Build) -> None:
    build_number = await build.ticket()
    build.clock.move(minutes=5)
    ticket = await build.do(_A.ACCEPT, build_number, promise="明天修好")
    assert ticket.holder_post is Post.DISPATCH_DESK
    (promise,) = await promises(build)
    assert (promise.content, promise.state) == ("明天修好", CommitmentState.ACTIVE)
    assert promise.due_at == MONDAY + timedelta(hours=25, minutes=5)
    assert promise.number.startswith(build_number)
    running = await clocks(build)
    assert running[ClockKind.ACCEPT].state is ClockState.MET
    assert running[ClockKind.DISPATCH].state is ClockState.RUNNING
    async with build.session_maker() as session:
        steps = (await session.exec(select(ServiceItem.step))).all()
    assert list(steps) == ["看", "办"]


async def test_dispatching_starts_the_clocks_of_every_department(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    ticket = await build.do(_A.DISPATCH, number, co_departments=["zhujian", "zhujian", "chengguan"])
    assert ticket.hop == 1
    assert ticket.holder_post is Post.DEPARTMENT_DUTY
    running = await clocks(build)
    assert {kind for kind, clock in running.items() if clock.state is ClockState.RUNNING} == {
        ClockKind.SIGN,
        ClockKind.FIRST_CONTACT,
        ClockKind.COMPLETE,
        ClockKind.CO_OPINION,
    }
    assert running[ClockKind.CO_OPINION].department_id == build.city.departments["zhujian"]
    assert running[ClockKind.COMPLETE].department_id == build.city.departments["chengguan"]
    assert ticket.due_at == MONDAY + timedelta(hours=24)
    assert set(await tasks(build)) == {"chengguan", "zhujian"}


async def test_a_promised_limit_is_the_clock(build: Build) -> None:
    number = (await build.create()).number
    await build.do(_A.ACCEPT, number, handler_limit=Limit.parse("PT6H"))
    build.clock.move(minutes=30)
    await build.do(_A.DISPATCH, number)
    assert (await clocks(build))[ClockKind.COMPLETE].due_at == MONDAY + timedelta(hours=6.5)
    assert (await promises(build))[0].due_at == MONDAY + timedelta(hours=6.5)


async def test_a_stale_version_changes_nothing(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(StaleTicket) as caught:
        await build.do(_A.PROGRESS, number, expected_version=3)
    assert caught.value.params["version"] == 4
    await build.do(_A.PROGRESS, number, expected_version=4)


@pytest.mark.parametrize(
    ("by", "sees"),
    [
        *((role, True) for role in ("operator", "dispatcher", "auditor", "visitor", "admin")),
        ("observer", False),
        ("handler.chengguan", True),
        ("leader.chengguan", True),
        ("handler.zhujian", True),
        ("handler.jiaotong", False),
        ("leader.huanbao", False),
    ],
)
async def test_who_sees_a_ticket(build: Build, by: str, sees: bool) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(_A.DISPATCH, number, co_departments=["zhujian"])
    if sees:
        with pytest.raises(StaleTicket):
            await build.do(_A.NOTE, number, by=by, expected_version=99)
    else:
        with pytest.raises(TicketNotFound):
            await build.do(_A.NOTE, number, by=by)


async def test_a_department_that_gave_a_ticket_back_sees_it_no_more(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    await build.do(_A.DECIDE_RETURN, number, uphold=True, department="jiaotong")
    with pytest.raises(TicketNotFound):
        await build.do(_A.SIGN, number)
    await build.do(_A.SIGN, number, by="handler.jiaotong")


@pytest.mark.parametrize(
    ("road", "decides", "who", "other"),
    [
        ((_A.REFUSE,), _A.DECIDE_REFUSAL, "operator", "supervisor"),
        (
            (*ROADS[State(Status.CLOSED)], _A.OPEN_RATING_CHECK, _A.CONTACT_RATER),
            _A.DECIDE_RATING_CHECK,
            "auditor",
            "auditor.second",
        ),
    ],
)
async def test_nobody_decides_what_he_asked_for(
    build: Build, road: tuple[Any, ...], decides: Action, who: str, other: str
) -> None:
    number = (await build.create()).number
    await build.follow(number, *road)
    both = build.city.people[who]
    double = type(both)(
        both.roles | {Role.SUPERVISOR},
        both.user_id,
        both.username,
        department_id=both.department_id,
    )
    with pytest.raises(SecondPersonNeeded):
        await build.do(decides, number, by=double)
    await build.do(decides, number, by=other)


async def test_a_pause_keeps_what_remains(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=4)
    await build.do(_A.REQUEST_SUSPENSION, number)
    await build.do(_A.DECIDE_SUSPENSION, number)
    paused = (await clocks(build))[ClockKind.COMPLETE]
    assert paused.state is ClockState.PAUSED
    build.clock.move(days=10)
    await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
    await build.do(_A.END_SUSPENSION, number)
    resumed = (await clocks(build))[ClockKind.COMPLETE]
    assert resumed.due_at == build.clock.now() + timedelta(hours=20)
    assert (await promises(build))[0].state is CommitmentState.ACTIVE


async def test_a_rejected_result_goes_on_as_if_it_had_never_stopped(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    before = (await clocks(build))[ClockKind.COMPLETE].due_at
    build.clock.move(hours=5)
    await build.follow(number, _A.CONTACT, _A.SUBMIT_FEEDBACK)
    assert (await clocks(build))[ClockKind.COMPLETE].state is ClockState.SUBMITTED
    build.clock.move(hours=3)
    await build.do(_A.REJECT_AUDIT, number)
    again = (await clocks(build))[ClockKind.COMPLETE]
    assert (again.state, again.due_at) == (ClockState.RUNNING, before)
    assert (await tasks(build))["chengguan"].state is AssignmentState.REJECTED


async def test_work_is_judged_by_when_it_was_handed_in(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=23)
    await build.follow(number, _A.CONTACT, _A.SUBMIT_FEEDBACK)
    build.clock.move(hours=9)
    await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
    await build.do(_A.PASS_AUDIT, number)
    done = (await clocks(build))[ClockKind.COMPLETE]
    assert (done.state, done.ended_at) == (ClockState.MET, MONDAY + timedelta(hours=23))
    (promise,) = await promises(build)
    assert promise.state is CommitmentState.KEPT
    ended = [fact for fact in await facts(build) if fact["topic"] == "promise_ended"]
    assert [fact["outcome"] for fact in ended] == ["kept"]


@pytest.mark.parametrize(("late", "state"), [(0, "kept"), (1, "broken")])
async def test_a_promise_is_kept_to_the_microsecond(build: Build, late: int, state: str) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(_A.CONTACT, number)
    build.clock.set(MONDAY + timedelta(hours=24, microseconds=late))
    await build.follow(number, _A.SUBMIT_FEEDBACK, _A.PASS_AUDIT)
    assert (await promises(build))[0].state.value == state


async def test_a_return_in_vain_is_charged_back(build: Build) -> None:
    """The review counts as the department's time up to the review's own limit."""
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=1)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(hours=1)
    await build.do(_A.DECIDE_RETURN, number, uphold=False)
    assert (await clocks(build))[ClockKind.COMPLETE].due_at == MONDAY + timedelta(hours=24)


async def test_only_the_review_beyond_its_limit_is_given_back(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(hours=9)  # two working hours of review are seven hours ago
    await build.do(_A.DECIDE_RETURN, number, uphold=False)
    work = (await clocks(build))[ClockKind.COMPLETE]
    assert work.due_at == MONDAY + timedelta(hours=24 + 7)
    assert (await tasks(build))["chengguan"].state is AssignmentState.SIGNED


async def test_an_upheld_return_gives_the_next_department_a_full_limit(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=1)
    await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(hours=1)
    ticket = await build.do(_A.DECIDE_RETURN, number, uphold=True, department="jiaotong")
    assert ticket.bounce_count == 1
    assert (await clocks(build))[ClockKind.COMPLETE].due_at == MONDAY + timedelta(hours=26)
    (promise,) = await promises(build)
    assert promise.department_id == build.city.departments["jiaotong"]
    found = await tasks(build)
    assert found["chengguan"].state is AssignmentState.RETURNED
    assert found["jiaotong"].state is AssignmentState.PENDING_SIGN


async def test_a_return_has_a_window_and_a_designation_has_none(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=2, microseconds=1)
    with pytest.raises(ReturnWindowClosed):
        await build.do(_A.REQUEST_RETURN, number)
    build.clock.move(microseconds=-1)
    await build.do(_A.REQUEST_RETURN, number)
    await build.do(_A.REFER_ARBITRATION, number)
    ticket = await build.do(_A.DECIDE_ARBITRATION, number)
    assert ticket.is_designated
    with pytest.raises(ReturnForbidden):
        await build.do(_A.REQUEST_RETURN, number)


async def test_the_third_bounce_goes_to_the_authority(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    for unit, following in (("chengguan", "jiaotong"), ("jiaotong", "huanbao")):
        await build.do(
            _A.REQUEST_RETURN, number, by=f"handler.{unit}", suggested_department="zhujian"
        )
        await build.do(_A.DECIDE_RETURN, number, uphold=True, department=following)
    await build.do(_A.REQUEST_RETURN, number, by="handler.huanbao")
    ticket = await build.do(_A.DECIDE_RETURN, number, uphold=True, department="zhujian")
    assert State(ticket.status, ticket.hold) == State(Status.ACCEPTED, Hold.ARBITRATION)
    assert (ticket.bounce_count, ticket.holder_post) == (3, Post.AUTHORITY)


async def test_the_lead_waits_for_opinions_until_silence_is_consent(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(_A.DISPATCH, number, co_departments=["zhujian"])
    await build.follow(number, _A.SIGN, _A.CONTACT)
    build.clock.set(MONDAY + timedelta(hours=12))
    with pytest.raises(OpinionOutstanding):
        await build.do(_A.SUBMIT_FEEDBACK, number)
    build.clock.move(microseconds=1)
    await build.do(_A.SUBMIT_FEEDBACK, number)
    assert (await tasks(build))["zhujian"].state is AssignmentState.DEFAULT_CONSENT
    assert (await clocks(build))[ClockKind.CO_OPINION].state is ClockState.MISSED
    with pytest.raises(NotYourTask):
        await build.do(_A.SUBMIT_FEEDBACK, number, by="handler.zhujian")


async def test_nothing_is_handed_in_without_a_word_with_the_requester(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(_A.CONTACT, number, reached=False)
    with pytest.raises(ContactNeeded):
        await build.do(_A.SUBMIT_FEEDBACK, number)
    await build.do(_A.CONTACT, number)
    await build.do(_A.SUBMIT_FEEDBACK, number)


@pytest.mark.parametrize(
    ("road", "states"),
    [
        ((_A.WITHDRAW,), ["void"]),
        ((_A.MERGE,), ["void"]),
        ((_A.MERGE, _A.SPLIT), ["active"]),
        ((_A.ANSWER,), ["kept"]),
        (
            (_A.DISPATCH, _A.SIGN, _A.REQUEST_RECTIFICATION, _A.DECIDE_RECTIFICATION),
            ["replaced", "active"],
        ),
        ((_A.DISPATCH, _A.SIGN, _A.REQUEST_SUPPLEMENT, _A.CANCEL_UNSUPPLEMENTED), ["void"]),
        (
            (
                *(_A.DISPATCH, _A.SIGN, _A.REQUEST_FINAL_REPLY, _A.REVIEW_FINAL_REPLY),
                _A.DECIDE_FINAL_REPLY,
            ),
            ["kept"],
        ),
    ],
    ids=str,
)
async def test_what_becomes_of_a_promise(
    build: Build, road: tuple[Action, ...], states: list[str]
) -> None:
    number = await build.ticket(Status.ACCEPTED)
    for action in road:
        build.clock.move(minutes=1)
        if action is _A.CANCEL_UNSUPPLEMENTED:
            await _silence(build)
        await build.do(action, number)
    assert [promise.state.value for promise in await promises(build)] == states


async def _silence(build: Build) -> None:
    """Three working days without a word, the second telling at half of them."""
    build.clock.move(days=2)
    await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
    build.clock.move(days=5)


async def test_nobody_ends_a_matter_by_asking_for_papers(build: Build) -> None:
    number = await build.ticket()
    await build.do(_A.REQUEST_SUPPLEMENT, number)
    with pytest.raises(SupplementStillRunning):
        await build.do(_A.CANCEL_UNSUPPLEMENTED, number)
    await _silence(build)
    await build.do(_A.CANCEL_UNSUPPLEMENTED, number)


async def test_nobody_ends_a_matter_whose_requester_was_told_only_once(build: Build) -> None:
    number = await build.ticket()
    await build.do(_A.REQUEST_SUPPLEMENT, number)
    build.clock.move(days=7)
    with pytest.raises(SupplementNotReminded):
        await build.do(_A.CANCEL_UNSUPPLEMENTED, number)
    # Told late, he still has time after it.
    await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
    with pytest.raises(SupplementNotReminded):
        await build.do(_A.CANCEL_UNSUPPLEMENTED, number)
    build.clock.move(days=1)
    await build.do(_A.CANCEL_UNSUPPLEMENTED, number)


async def test_a_plan_that_fails_breaks_its_promise(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(number, _A.REQUEST_RECTIFICATION, _A.DECIDE_RECTIFICATION)
    await build.do(_A.END_RECTIFICATION, number, completed=False)
    # Made in one instant: their order says nothing.
    states = {promise.state.value for promise in await promises(build)}
    assert states == {"replaced", "broken"}


async def test_splitting_never_wakes_a_promise_that_was_kept(build: Build) -> None:
    """Answered, told unsolved, put together with another, parted again: the old promise stays."""
    number = await build.ticket(Status.ACCEPTED)
    await build.do(_A.ANSWER, number)
    await build.do(_A.RECORD_VISIT, number, solved=False)
    await build.follow(number, _A.MERGE, _A.SPLIT)
    ticket = await build.find(number)
    assert ticket.status is Status.SUBMITTED
    assert [promise.state.value for promise in await promises(build)] == ["kept"]


async def test_every_round_has_its_own_promise(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    build.clock.move(hours=1)
    ticket = await build.do(_A.RECORD_VISIT, number, solved=False, rating=1)
    assert (ticket.status, ticket.round) == (Status.PROCESSING, 2)
    assert [promise.state.value for promise in await promises(build)] == ["kept", "active"]
    assert (await promises(build))[1].due_at == ticket.due_at


async def test_an_answer_without_a_department_comes_back_to_the_desk(build: Build) -> None:
    number = (await build.create()).number
    await build.do(_A.ANSWER, number)
    ticket = await build.do(_A.RECORD_VISIT, number, solved=False)
    assert (ticket.status, ticket.round) == (Status.SUBMITTED, 2)
    assert ticket.holder_post is Post.ACCEPTANCE_DESK


async def test_an_extension_is_asked_for_before_it_is_late(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    due = MONDAY + timedelta(hours=24)
    until = due + timedelta(hours=12)
    build.clock.set(due)
    await build.do(_A.REQUEST_EXTENSION, number, until=until)
    with pytest.raises(AlreadyRequested):
        await build.do(_A.REQUEST_EXTENSION, number, until=until)
    ticket = await build.do(_A.DECIDE_EXTENSION, number)
    assert ticket.due_at == until == (await promises(build))[0].due_at
    build.clock.set(until + timedelta(microseconds=1))
    with pytest.raises(ExtensionTooLate):
        await build.do(_A.REQUEST_EXTENSION, number, until=until + timedelta(hours=1))


@pytest.mark.parametrize("more", [timedelta(0), timedelta(hours=24, seconds=1)])
async def test_an_extension_is_no_longer_than_the_first_limit(
    build: Build, more: timedelta
) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(ExtensionLimit):
        await build.do(_A.REQUEST_EXTENSION, number, until=MONDAY + timedelta(hours=24) + more)


async def test_the_second_extension_is_measured_by_the_first_limit_too(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    due = MONDAY + timedelta(hours=24)
    await build.do(_A.REQUEST_EXTENSION, number, until=due + timedelta(hours=24))
    await build.do(_A.DECIDE_EXTENSION, number)
    with pytest.raises(ExtensionLimit):
        await build.do(_A.REQUEST_EXTENSION, number, until=due + timedelta(hours=50))
    await build.do(_A.REQUEST_EXTENSION, number, until=due + timedelta(hours=48))
    await build.do(_A.DECIDE_EXTENSION, number, by="authority")
    with pytest.raises(ExtensionLimit):
        await build.do(_A.REQUEST_EXTENSION, number, until=due + timedelta(hours=49))


async def test_an_extension_granted_late_gives_no_more_than_was_asked(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    due = MONDAY + timedelta(hours=24)
    await build.do(_A.REQUEST_EXTENSION, number, until=due + timedelta(hours=1))
    build.clock.set(due + timedelta(hours=5))
    ticket = await build.do(_A.DECIDE_EXTENSION, number)
    assert ticket.due_at is not None
    assert ticket.due_at <= due + timedelta(hours=1)


async def test_a_supplement_is_asked_for_once(build: Build) -> None:
    number = await build.ticket(Status.SUBMITTED, Hold.SUPPLEMENT)
    assert (await clocks(build))[ClockKind.ACCEPT].state is ClockState.PAUSED
    build.clock.move(days=1)
    await build.do(_A.PROVIDE_SUPPLEMENT, number, by=REQUESTER)
    running = (await clocks(build))[ClockKind.ACCEPT]
    assert running.due_at == build.clock.now() + timedelta(minutes=30)
    # A second checklist is another matter: it waits for consent, and does not reach him yet.
    assert (await build.do(_A.REQUEST_SUPPLEMENT, number)).hold is None


def _after(**amount: float) -> datetime:
    return MONDAY + timedelta(**amount)


@pytest.mark.parametrize(
    ("status", "action", "last", "refusal"),
    [
        (Status.CLOSED, _A.REOPEN, _after(days=15), ReopenWindowClosed),
        (Status.NOT_ACCEPTED, _A.OBJECT, _after(days=4, hours=8), ObjectionWindowClosed),
    ],
)
async def test_a_window_closes_a_microsecond_after_its_end(
    build: Build, status: Status, action: Action, last: datetime, refusal: type[Exception]
) -> None:
    number = await build.ticket(status)
    build.clock.set(last + timedelta(microseconds=1))
    with pytest.raises(refusal):
        await build.do(action, number)
    build.clock.set(last)
    await build.do(action, number)


async def test_a_ticket_rests_thirty_days_before_it_is_archived(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    build.clock.set(MONDAY + timedelta(days=30, microseconds=-1))
    with pytest.raises(ArchiveTooEarly):
        await build.do(_A.ARCHIVE, number)
    build.clock.move(microseconds=1)
    assert (await build.do(_A.ARCHIVE, number)).archived_at == build.clock.now()


async def test_what_cannot_be_merged(build: Build) -> None:
    number, other = await build.ticket(), await build.ticket(Status.CANCELLED)
    for parent in (number, other):
        with pytest.raises(MergeImpossible):
            await build.do(_A.MERGE, number, parent=parent)
    with pytest.raises(TicketNotFound):
        await build.do(_A.MERGE, number, parent="2603029999990")


async def test_where_nothing_can_be_sent(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    for department, refusal in (("nowhere", UnknownCode), ("hotline", DepartmentInactive)):
        with pytest.raises(refusal):
            await build.do(_A.DISPATCH, number, department=department)
        with pytest.raises(refusal):
            await build.do(_A.DISPATCH, number, co_departments=[department])


async def test_nothing_is_decided_that_was_not_asked_for(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    for action in (_A.DECIDE_EXTENSION, _A.DECIDE_SUSPENSION, _A.DECIDE_RECTIFICATION):
        with pytest.raises(NothingToDecide):
            await build.do(action, number)


async def test_a_refusal_overruled_leaves_the_ticket_at_the_desk(build: Build) -> None:
    number = await build.ticket()
    await build.do(_A.REFUSE, number)
    ticket = await build.do(_A.DECIDE_REFUSAL, number, approve=False)
    assert ticket.status is Status.SUBMITTED
    await build.do(_A.ACCEPT, number)


async def test_a_second_acceptance_does_not_double_the_service_list(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(_A.ANSWER, number)
    await build.do(_A.RECORD_VISIT, number, solved=False)
    await build.do(_A.ACCEPT, number)
    async with build.session_maker() as session:
        places = (await session.exec(select(ServiceItem.position))).all()
    assert sorted(places) == [1, 2]


async def test_a_requester_may_say_that_it_is_solved(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    ticket = await build.do(_A.RECORD_VISIT, number, by=REQUESTER)
    assert ticket.status is Status.CLOSED
    async with build.session_maker() as session:
        row = (
            await session.exec(
                select(TicketEvent).where(TicketEvent.action == _A.RECORD_VISIT.value)
            )
        ).one()
    assert (row.role, row.outcome, row.details["by_requester"]) == (
        "requester",
        Outcome.SOLVED,
        True,
    )
