"""Urges as rows: counted, merged, answered, and ordered when nobody answers."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.people.principal import REQUESTER, SYSTEM
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.supervision.queries import orders_of_ticket
from hotline.supervision.reworks import order_rework
from hotline.supervision.rules import OrderReason
from hotline.supervision.urges.queries import (
    TicketUrges,
    count_waiting_urges,
    list_waiting_urges,
    urges_of_ticket,
)
from hotline.tickets.errors import NothingUrged, TicketNotFound
from hotline.tickets.events import UnitCalled, WorkBegunAgain
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Urgency
from tests.support.builders import Build


async def _urges(build: Build, number: str) -> TicketUrges:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return await urges_of_ticket(session, ticket.id)


async def test_an_urge_owes_an_answer_and_progress_is_one(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.URGE, number)
    urges = await _urges(build, number)
    assert urges.due_at == build.clock.now() + timedelta(hours=24)
    assert len(urges.waiting) == 1
    build.clock.move(hours=1)
    await build.do(Action.URGE, number)  # another one runs with the first: one answer does
    assert (await _urges(build, number)).due_at == urges.due_at
    await build.do(Action.PROGRESS, number)
    answered = await _urges(build, number)
    assert (answered.due_at, answered.waiting, answered.pending) == (None, (), ())
    assert {one.answered_as for one in answered.urges} == {"progress"}


async def test_words_answer_an_urge_once(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(NothingUrged):
        await build.do(Action.ANSWER_URGE, number)
    await build.do(Action.URGE, number)
    with pytest.raises(TicketNotFound):
        await build.do(Action.ANSWER_URGE, number, by="handler.huanbao")
    await build.do(Action.ANSWER_URGE, number)
    [urge] = (await _urges(build, number)).urges
    assert urge.answered_as == "answer_urge"
    with pytest.raises(NothingUrged):
        await build.do(Action.ANSWER_URGE, number)


async def test_a_co_handler_does_not_answer_for_the_lead(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, number, co_departments=["zhujian"])
    await build.do(Action.SIGN, number)
    await build.do(Action.URGE, number)
    for action in (Action.CONTACT, Action.PROGRESS):
        await build.do(action, number, by="handler.zhujian")
        assert (await _urges(build, number)).waiting
    await build.do(Action.CONTACT, number)
    assert not (await _urges(build, number)).waiting


async def test_what_a_requester_asks_again_is_merged(build: Build, maker: SessionMaker) -> None:
    number = await build.ticket(Status.PROCESSING)
    for minutes in (0, 30, 60):
        build.clock.move(minutes=minutes)
        await build.do(Action.URGE, number, by=REQUESTER)
    [urge] = (await _urges(build, number)).urges
    assert (urge.is_requester, urge.merged_count) == (True, 2)
    assert (await _urges(build, number)).requester_count == 3
    async with maker() as session:
        calls = await session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == UnitCalled.topic)
        )
        assert len(calls.all()) == 1
    build.clock.move(minutes=31)
    await build.do(Action.URGE, number, by=REQUESTER)
    assert len((await _urges(build, number)).urges) == 2


async def test_at_the_desk_nothing_is_owed_and_who_gives_it_away_is_free(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(Action.URGE, number)
    assert (await _urges(build, number)).due_at is None
    await build.follow(number, Action.DISPATCH, Action.SIGN, Action.URGE)
    assert (await _urges(build, number)).due_at is not None
    await build.follow(
        number,
        Action.REQUEST_RETURN,
        (Action.DECIDE_RETURN, {"uphold": True, "department": "jiaotong"}),
    )
    urges = await _urges(build, number)
    assert (urges.due_at, urges.waiting) == (None, ())
    assert all(one.answered_at is None for one in urges.urges)


async def test_unanswered_for_a_day_it_is_ordered(build: Build, maker: SessionMaker) -> None:
    number = await build.ticket(Status.PROCESSING, urgency=Urgency.P3)  # fifteen days for the work
    await build.do(Action.URGE, number)
    async with maker() as session:
        assert [row.number for row in await list_waiting_urges(session)] == [number]
        assert await count_waiting_urges(session, build.clock.now()) == (1, 0)
    now = build.clock.move(hours=24, seconds=1)
    await sweep_once(maker, build.cipher, now=now)
    while await act_once(maker, build.cipher, now=now):
        pass
    ticket = await build.find(number)
    async with maker() as session:
        assert await count_waiting_urges(session, now) == (1, 1)
        [row] = await orders_of_ticket(session, SYSTEM, ticket.id)
    assert (row.order.level, row.order.reason) == (2, OrderReason.URGE_UNANSWERED)
    await build.do(Action.ANSWER_URGE, number)
    async with maker() as session:
        [clock] = await session.exec(
            select(Clock).where(
                Clock.ticket_id == ticket.id, col(Clock.kind) == ClockKind.URGE_REPLY
            )
        )
    assert clock.state is ClockState.MISSED


async def test_rework_again_and_again_is_ordered_then_listed(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    unsolved = (Action.RECORD_VISIT, {"solved": False, "rating": None})
    found = []
    for _ in range(3):
        await build.follow(
            number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT, unsolved
        )
        async with maker() as session:
            messages = await session.exec(
                select(OutboxMessage)
                .where(OutboxMessage.topic == WorkBegunAgain.topic)
                .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
            )
            fact = WorkBegunAgain.from_payload(messages.all()[-1].payload)
        for _ in range(2):  # told twice it is done once
            async with build.acting(SYSTEM) as tx:
                found.append(await order_rework(tx, fact))
        build.clock.move(minutes=1)
    assert found == [False, False, True, False, True, False]
    ticket = await build.find(number)
    async with maker() as session:
        orders = await orders_of_ticket(session, SYSTEM, ticket.id)
    assert [(row.order.level, row.order.reason.value) for row in orders] == [
        (3, "rework"),
        (2, "rework"),
    ]
