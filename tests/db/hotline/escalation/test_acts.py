"""What is done by itself: each act once, by the system, in its place on the ladder, or its reason."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.escalation import acts
from hotline.escalation.acknowledgement import raise_unacknowledged
from hotline.escalation.acts import act_once
from hotline.escalation.models import Escalation
from hotline.escalation.sweep import sweep_once
from hotline.kernel.alarms import AlarmKind, open_alarms
from hotline.notices.models import Notice
from hotline.people.actions import set_duty_holder
from hotline.people.models import User
from hotline.sla.models import Clock, Threshold, ThresholdState
from hotline.sla.policy import ClockKind, Rung
from hotline.supervision.models import SupervisionOrder
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.lifecycle import Action, ClosureCode, Hold, State, Status
from hotline.tickets.models import Assignment, Post, TicketEvent, Urgency
from tests.support.builders import Build
from tests.support.clock import MONDAY


async def run(build: Build, **amount: float) -> None:
    """Let time pass, and everything happen that is due by then."""
    now = build.clock.move(**amount)
    busy = True
    while busy:
        busy = (await sweep_once(build.session_maker, build.cipher, now=now)).may_be_more
        busy = await act_once(build.session_maker, build.cipher, now=now) or busy
        busy = bool(await raise_unacknowledged(build.session_maker, build.cipher, now=now)) or busy


async def rows(build: Build, what: Any, *where: Any) -> Sequence[Any]:
    async with build.session_maker() as session:
        return (await session.exec(select(what).where(*where))).all()


async def events(build: Build, number: str) -> list[tuple[str, str]]:
    ticket = await build.find(number)
    found = await rows(build, TicketEvent, TicketEvent.ticket_id == ticket.id)
    return [(row.actor, row.action) for row in sorted(found, key=lambda row: row.seq)]


@pytest.fixture
async def duty(build: Build) -> Build:
    """The city with somebody on duty everywhere."""
    async with build.acting("admin") as tx:
        await set_duty_holder(tx, department="hotline", username="supervisor.second")
        await set_duty_holder(tx, department="chengguan", username="second.chengguan")
    return build


async def test_what_nobody_accepts_goes_to_the_duty_head_by_name(duty: Build) -> None:
    number = await duty.ticket()
    await run(duty, minutes=44, seconds=59)
    assert (await duty.find(number)).holder_post is Post.ACCEPTANCE_DESK
    await run(duty, seconds=1)
    ticket = await duty.find(number)
    head = duty.city.people["supervisor.second"]
    assert (ticket.holder_user_id, ticket.holder_post) == (head.user_id, None)
    assert (await events(duty, number))[-1] == ("system", "hand_to_duty_head")
    # He keeps it through words that move nothing, and whoever accepts it takes it from him.
    await duty.do(Action.NOTE, number)
    assert (await duty.find(number)).holder_user_id == head.user_id
    await duty.do(Action.ACCEPT, number)
    assert (await duty.find(number)).holder_post is Post.DISPATCH_DESK


async def test_without_a_duty_head_the_reason_is_written(build: Build) -> None:
    await build.ticket()
    await run(build, minutes=45)
    (act,) = await rows(build, Threshold, Threshold.rung == Rung.ACT)
    assert (act.state, act.reason) == (ThresholdState.SKIPPED, "no_duty_holder")
    (escalation,) = await rows(build, Escalation, Escalation.rung == Rung.ACT)
    assert (escalation.outcome, escalation.told) == ("no_duty_holder", [])


async def test_what_nobody_dispatches_goes_into_consultation(duty: Build) -> None:
    number = await duty.ticket(Status.ACCEPTED)
    await run(duty, minutes=90)
    ticket = await duty.find(number)
    assert State(ticket.status, ticket.hold) == State(Status.ACCEPTED, Hold.CONSULTATION)
    assert ("system", "request_consultation") in await events(duty, number)


async def test_who_does_not_sign_has_signed_when_the_window_ends(duty: Build) -> None:
    number = await duty.ticket(Status.DISPATCHED)
    await run(duty, minutes=119)
    assert (await duty.find(number)).status is Status.DISPATCHED
    await run(duty, minutes=1)
    ticket = await duty.find(number)
    assert (ticket.status, ticket.holder_post) == (Status.PROCESSING, Post.DEPARTMENT_DUTY)


async def test_silence_of_a_co_handler_is_consent_and_marked(duty: Build) -> None:
    number = await duty.ticket(Status.ACCEPTED)
    await duty.do(Action.DISPATCH, number, co_departments=["zhujian"])
    await run(duty, hours=12)
    unit = duty.city.departments["zhujian"]
    (task,) = await rows(duty, Assignment, Assignment.department_id == unit)
    assert task.state is AssignmentState.DEFAULT_CONSENT
    (clock,) = await rows(duty, Clock, Clock.kind == ClockKind.CO_OPINION)
    assert clock.state.value == "met"  # ended at its very limit; the mark is what counts against it
    assert ("system", "default_consent") in await events(duty, number)


async def test_a_return_not_judged_in_time_goes_to_the_authority_and_never_up(duty: Build) -> None:
    number = await duty.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    await run(duty, hours=2)
    ticket = await duty.find(number)
    assert State(ticket.status, ticket.hold) == State(Status.DISPATCHED, Hold.RETURN_REVIEW)
    assert ticket.holder_post is Post.AUTHORITY
    await run(duty, days=3)
    ticket = await duty.find(number)
    assert (ticket.hold, ticket.holder_post) == (Hold.RETURN_REVIEW, Post.AUTHORITY)
    second = await rows(duty, Threshold, Threshold.rung == Rung.ACT)
    assert {row.reason for row in second} >= {"already_with_authority"}
    await duty.do(Action.DECIDE_RETURN, number, by="authority", uphold=False)
    assert (await duty.find(number)).status is Status.PROCESSING


async def test_papers_asked_for_twice_and_not_brought_end_the_matter(duty: Build) -> None:
    number = await duty.ticket(Status.SUBMITTED, Hold.SUPPLEMENT)
    await run(duty, days=2)
    assert (await duty.find(number)).hold is Hold.SUPPLEMENT
    await run(duty, days=3)
    ticket = await duty.find(number)
    assert (ticket.status, ticket.closure_code) == (Status.CANCELLED, ClosureCode.CANCELLED)


async def test_a_suspension_that_nobody_reviews_ends_by_itself(duty: Build) -> None:
    number = await duty.ticket(Status.PROCESSING, Hold.SUSPENSION)
    await run(duty, days=29)
    assert (await duty.find(number)).hold is Hold.SUSPENSION
    await run(duty, days=1)
    assert (await duty.find(number)).hold is None


async def test_the_ladder_of_overdue_work(duty: Build) -> None:
    """Urged at the limit, ordered at half as much again, listed at twice; never higher by itself."""
    number = await duty.ticket(Status.PROCESSING)
    await run(duty, hours=35)
    assert not await rows(duty, SupervisionOrder)
    await run(duty, hours=1)
    (order,) = await rows(duty, SupervisionOrder)
    assert (order.level, order.issued_by, order.reason.value) == (2, None, "overdue_half")
    await run(duty, hours=12)
    orders = await rows(duty, SupervisionOrder)
    assert sorted(order.level for order in orders) == [2, 3]
    await run(duty, days=10)
    assert sorted(order.level for order in await rows(duty, SupervisionOrder)) == [2, 3]
    work = (await rows(duty, Clock, Clock.kind == ClockKind.COMPLETE))[0]
    fired = await rows(duty, Threshold, Threshold.clock_id == work.id)
    order_of = [(row.rung, row.nth) for row in sorted(fired, key=lambda row: row.due_at)]
    assert order_of.index((Rung.RED, 1)) < order_of.index((Rung.ORDER, 1))
    assert {row.state for row in fired} == {ThresholdState.FIRED}
    top = await rows(duty, Threshold, Threshold.reason == "supervision-order-at-top")
    assert len(top) == 1
    assert (await duty.find(number)).status is Status.PROCESSING


async def test_the_second_round_gets_its_order_at_once(duty: Build) -> None:
    await duty.follow(
        await duty.ticket(Status.PENDING_VISIT),
        (Action.RECORD_VISIT, {"solved": False, "rating": 1}),
    )
    await run(duty, hours=24)
    (order,) = await rows(duty, SupervisionOrder)
    assert (order.level, order.reason.value) == (2, "rework")


async def test_what_is_settled_in_time_climbs_no_further(duty: Build) -> None:
    number = await duty.ticket(Status.PROCESSING)
    await run(duty, hours=25)
    await duty.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    await run(duty, days=5)
    assert not await rows(duty, SupervisionOrder)
    work = (await rows(duty, Clock, Clock.kind == ClockKind.COMPLETE))[0]
    beyond = await rows(
        duty,
        Threshold,
        Threshold.clock_id == work.id,
        col(Threshold.rung).in_((Rung.URGE, Rung.ORDER, Rung.LISTING)),
    )
    assert {row.state for row in beyond} == {ThresholdState.DISARMED}


async def test_an_extension_granted_after_red_moves_what_follows(duty: Build) -> None:
    number = await duty.ticket(Status.PROCESSING)
    await duty.do(Action.REQUEST_EXTENSION, number)  # to 36 hours
    await run(duty, hours=25)
    await duty.do(Action.DECIDE_EXTENSION, number)
    work = (await rows(duty, Clock, Clock.kind == ClockKind.COMPLETE))[0]
    assert work.due_at == MONDAY + timedelta(hours=36)
    (order,) = await rows(
        duty, Threshold, Threshold.clock_id == work.id, Threshold.rung == Rung.ORDER
    )
    assert order.due_at == MONDAY + timedelta(hours=48)


async def test_an_act_that_fails_is_set_aside_with_an_alarm(
    duty: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, other = await duty.ticket(), await duty.ticket()

    async def fail(_tx: object, due: acts.DueAct) -> None:
        if due.number == number:
            raise RuntimeError("this one cannot be done")

    monkeypatch.setattr(acts, "act_for", lambda _kind, _rung: fail)
    await run(duty, minutes=45)
    states = {
        row.ticket_id: (row.state, row.reason)
        for row in await rows(duty, Threshold, Threshold.rung == Rung.ACT)
    }
    assert states[(await duty.find(number)).id] == (ThresholdState.PARKED, "RuntimeError")
    assert states[(await duty.find(other)).id] == (ThresholdState.FIRED, None)
    async with duty.session_maker() as session:
        (alarm,) = await open_alarms(session)
    assert (alarm.kind, alarm.subject) == (AlarmKind.TICKET_PARKED, number)


# -- acknowledgement -------------------------------------------------------------------------------


async def red(build: Build, rung: Rung = Rung.RED) -> Escalation:
    (escalation,) = await rows(
        build, Escalation, Escalation.rung == rung, Escalation.kind == ClockKind.COMPLETE
    )
    assert isinstance(escalation, Escalation)
    return escalation


async def test_red_that_nobody_acknowledges_goes_up_one_level_once(duty: Build) -> None:
    await duty.ticket(Status.PROCESSING, urgency=Urgency.P1)
    await run(duty, hours=24)
    assert (await red(duty)).ack_due_at == MONDAY + timedelta(hours=26)
    await run(duty, hours=1, minutes=59, seconds=59)
    assert (await red(duty)).raised_at is None
    await run(duty, seconds=1)
    assert (await red(duty)).raised_at == MONDAY + timedelta(hours=26)
    about = (Notice.kind == "escalation_raised", Notice.clock == "complete")
    raised = await rows(duty, Notice, *about)
    people = {person.user_id: name for name, person in duty.city.people.items()}
    assert sorted(people[row.user_id] for row in raised) == [
        "authority",
        "authority.second",
        "supervisor.second",
    ]
    await run(duty, hours=1)
    assert len(await rows(duty, Notice, *about)) == 3


async def test_red_that_somebody_acknowledges_stays_where_it_is(duty: Build) -> None:
    await duty.ticket(Status.PROCESSING, urgency=Urgency.P1)
    await run(duty, hours=24)
    escalation = await red(duty)
    leader = duty.city.people["leader.chengguan"].user_id
    assert leader in escalation.told
    async with duty.session_maker() as session, session.begin():
        notice = (
            await session.exec(
                select(Notice).where(
                    Notice.escalation_id == escalation.id, Notice.user_id == leader
                )
            )
        ).one()
        assert notice.needs_ack
        notice.acknowledged_at = duty.clock.now()
    await run(duty, hours=2)
    settled = await red(duty)
    assert (settled.acknowledged_by, settled.raised_at) == (leader, None)


async def test_what_was_done_meanwhile_needs_nobody_to_say_so(duty: Build) -> None:
    number = await duty.ticket(Status.PROCESSING, urgency=Urgency.P1)
    await run(duty, hours=24)
    await duty.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    await run(duty, hours=3)
    assert (await red(duty)).raised_at is None


# -- receivers, as written -------------------------------------------------------------------------


async def test_who_was_told_and_who_was_passed_over_is_written(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await run(build, minutes=15)
    (escalation,) = await rows(build, Escalation, Escalation.ticket_number == number)
    assert (escalation.kind, escalation.rung) == (ClockKind.SIGN, Rung.YELLOW)
    workers = {
        build.city.people[name].user_id for name in ("handler.chengguan", "second.chengguan")
    }
    assert set(escalation.told) == workers
    assert escalation.skipped == [{"receiver": "holder", "reason": "no_holder"}]
    notices = await rows(build, Notice)
    assert {row.user_id for row in notices} == workers
    assert {row.escalation_id for row in notices} == {escalation.id}


async def test_nobody_at_all_is_an_alarm(build: Build) -> None:
    number = await build.ticket()
    async with build.session_maker() as session, session.begin():
        for user in (await session.exec(select(User))).all():
            user.is_active = False
    await run(build, minutes=18)
    async with build.session_maker() as session:
        (alarm,) = await open_alarms(session)
    assert alarm.kind is AlarmKind.NOBODY_ON_DUTY
    (escalation,) = await rows(build, Escalation, Escalation.ticket_number == number)
    assert escalation.told == []
    assert {skip["reason"] for skip in escalation.skipped} == {
        "no_holder",
        "nobody",
        "no_duty_holder",
    }


async def test_one_alert_for_one_clock_however_many_levels_are_late(build: Build) -> None:
    await build.ticket()
    await run(build, minutes=59)
    fired = await rows(build, Escalation, Escalation.kind == ClockKind.ACCEPT)
    collapsed = {row.rung: row.is_collapsed for row in fired if row.rung is not Rung.ACT}
    assert collapsed == {Rung.YELLOW: True, Rung.ORANGE: True, Rung.RED: False}
    notices = await rows(build, Notice)
    assert {row.rung for row in notices} == {"red"}
    per_person: dict[uuid.UUID, int] = {}
    for row in notices:
        per_person[row.user_id] = per_person.get(row.user_id, 0) + 1
    assert set(per_person.values()) == {1}
