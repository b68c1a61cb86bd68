"""Urging many tickets: looked at first, done once, each by itself, and told to whoever has them."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Notice
from hotline.people.models import User
from hotline.people.principal import REQUESTER, PermissionDenied
from hotline.supervision.actions import issue_order
from hotline.supervision.errors import NothingToUrge, UrgeRunNotFound
from hotline.supervision.events import UrgeRequested
from hotline.supervision.models import UrgeItem, UrgeRun
from hotline.supervision.queries import UrgePreview, UrgeProgress, preview_urging, read_progress
from hotline.supervision.rules import OrderReason, UrgeState
from hotline.supervision.urging import request_urging, work_off
from hotline.tickets.actions.handling import urge_ticket
from hotline.tickets.events import UnitCalled
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import TicketEvent
from hotline.tickets.queries import ClockWait, TicketFilter
from tests.support.builders import Build
from web.run.subscribers import escalation_tell_unit, supervision_urge_many

NOTE = "请抓紧办理"


def late(build: Build) -> TicketFilter:
    return TicketFilter(clock=ClockWait(due_to=build.clock.now()))


async def _preview(build: Build, maker: SessionMaker) -> UrgePreview:
    async with maker() as session:
        return await preview_urging(
            session, build.city.people["supervisor"], late(build), build.clock.now()
        )


async def _request(build: Build, run_id: uuid.UUID, by: str = "supervisor") -> UrgeRun:
    async with build.acting(by) as tx:
        return await request_urging(tx, run_id, late(build), asked="/tickets?due=late", note=NOTE)


async def _work(build: Build, run_id: uuid.UUID) -> int:
    return await work_off(build.session_maker, build.cipher, build.clock, run_id, trace_id="tests")


async def _progress(build: Build, run_id: uuid.UUID, by: str = "supervisor") -> UrgeProgress:
    async with build.session_maker() as session:
        return await read_progress(session, build.city.people[by], run_id)


async def _urges(maker: SessionMaker, number: str, build: Build) -> list[TicketEvent]:
    ticket = await build.find(number)
    async with maker() as session:
        rows = await session.exec(
            select(TicketEvent)
            .where(TicketEvent.ticket_id == ticket.id, TicketEvent.action == Action.URGE)
            .order_by(col(TicketEvent.seq))
        )
        return list(rows)


async def _late_tickets(build: Build, count: int = 3) -> list[str]:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(count)]
    build.clock.move(hours=25)
    return numbers


async def test_the_preview_says_who_would_be_told_and_who_is_left_out(
    build: Build, maker: SessionMaker
) -> None:
    assert await _preview(build, maker) == UrgePreview([], is_cut=False)
    numbers = await _late_tickets(build)
    await build.do(Action.URGE, numbers[0])
    await build.do(Action.URGE, numbers[1], by=REQUESTER)
    preview = await _preview(build, maker)
    assert {item.number for item in preview.items} == set(numbers)
    assert [item.number for item in preview.left_out] == [numbers[0]]
    assert {item.number for item in preview.to_urge} == set(numbers[1:])
    for item in preview.items:
        assert item.unit is not None
        assert item.holder is not None
        assert (item.unit.code, item.holder.username) == ("chengguan", "handler.chengguan")
    build.clock.move(hours=2, seconds=1)
    assert (await _preview(build, maker)).left_out == []


async def test_a_closed_ticket_whose_rating_is_checked_may_be_urged(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.CLOSED, Hold.RATING_CHECK)
    build.clock.move(days=5)
    preview = await _preview(build, maker)
    assert [item.number for item in preview.to_urge] == [number]


async def test_each_is_urged_once_however_often_it_is_sent(
    build: Build, maker: SessionMaker
) -> None:
    numbers = await _late_tickets(build)
    await build.do(Action.URGE, numbers[0])
    run_id = uuid.uuid4()
    first, again = await _request(build, run_id), await _request(build, run_id)
    assert first.id == again.id
    async with maker() as session:
        facts = await session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == UrgeRequested.topic)
        )
        assert len(facts.all()) == 1
    progress = await _progress(build, run_id)
    assert len(progress.of(UrgeState.WAITING)) == 2
    assert progress.run.finished_at is None
    assert await _work(build, run_id) == 2
    assert await _work(build, run_id) == 0
    progress = await _progress(build, run_id)
    assert {item.ticket_number for item in progress.of(UrgeState.URGED)} == set(numbers[1:])
    [left] = progress.of(UrgeState.LEFT_OUT)
    assert (left.ticket_number, left.reason) == (numbers[0], "urged_lately")
    assert progress.run.finished_at == build.clock.now()
    for number in numbers[1:]:
        [event] = await _urges(maker, number, build)
        assert (event.text, event.actor, event.role) == (NOTE, "supervisor", "supervisor")
    with pytest.raises(NothingToUrge):
        await _request(build, uuid.uuid4())


async def test_what_refuses_does_not_stop_the_others(build: Build) -> None:
    numbers = await _late_tickets(build)
    run_id = uuid.uuid4()
    await _request(build, run_id)
    await build.follow(
        numbers[0],
        Action.CONTACT,
        Action.SUBMIT_FEEDBACK,
        Action.PASS_AUDIT,
        Action.RECORD_VISIT,
    )
    await build.do(Action.URGE, numbers[1])
    await _work(build, run_id)
    progress = await _progress(build, run_id)
    assert [(item.ticket_number, item.reason) for item in progress.of(UrgeState.FAILED)] == [
        (numbers[0], "illegal-transition")
    ]
    assert [item.ticket_number for item in progress.of(UrgeState.LEFT_OUT)] == [numbers[1]]
    assert [item.ticket_number for item in progress.of(UrgeState.URGED)] == [numbers[2]]


async def test_a_fault_of_ours_is_marked_and_the_rest_goes_on(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = await _late_tickets(build)
    run_id = uuid.uuid4()
    await _request(build, run_id)

    async def failing(tx: Any, number: str, **words: Any) -> Any:
        if number == min(numbers):
            raise RuntimeError("broken")
        return await urge_ticket(tx, number, **words)

    monkeypatch.setattr("hotline.supervision.urging.urge_ticket", failing)
    await _work(build, run_id)
    progress = await _progress(build, run_id)
    assert [(i.ticket_number, i.reason) for i in progress.of(UrgeState.FAILED)] == [
        (min(numbers), "internal-error")
    ]
    assert len(progress.of(UrgeState.URGED)) == 2


async def test_a_closed_account_urges_nobody(build: Build, maker: SessionMaker) -> None:
    await _late_tickets(build, 1)
    run_id = uuid.uuid4()
    await _request(build, run_id)
    async with maker() as session, session.begin():
        user = (await session.exec(select(User).where(User.username == "supervisor"))).one()
        user.is_active = False
        session.add(user)
    await _work(build, run_id)
    [item] = (await _progress(build, run_id)).items
    assert (item.state, item.reason) == (UrgeState.FAILED, "account_closed")


async def test_who_may(build: Build) -> None:
    await _late_tickets(build, 1)
    for by in ("operator", "dispatcher", "authority", "admin", "handler.chengguan"):
        with pytest.raises(PermissionDenied):
            await _request(build, uuid.uuid4(), by)
    run_id = uuid.uuid4()
    await _request(build, run_id)
    with pytest.raises(UrgeRunNotFound):
        await _request(build, run_id, "supervisor.second")
    with pytest.raises(UrgeRunNotFound):
        await _progress(build, run_id, "supervisor.second")


async def test_whoever_has_the_ticket_is_told(build: Build, maker: SessionMaker) -> None:
    [number] = await _late_tickets(build, 1)
    await _request(build, uuid.uuid4())
    ctx = {"session_maker": maker, "clock": build.clock, "cipher": build.cipher}

    async def facts(topic: str) -> list[str]:
        async with maker() as session:
            rows = await session.exec(
                select(OutboxMessage.id)
                .where(OutboxMessage.topic == topic)
                .order_by(col(OutboxMessage.id))
            )
            return [str(row) for row in rows]

    for fact in await facts(UrgeRequested.topic) * 2:
        await supervision_urge_many(ctx, fact)
    [urged] = await facts(UnitCalled.topic)
    for _ in range(2):
        await escalation_tell_unit(ctx, urged)

    async def told(kind: str) -> list[str]:
        async with maker() as session:
            rows = await session.exec(
                select(User.username)
                .join(Notice, col(Notice.user_id) == col(User.id))
                .where(Notice.kind == kind, Notice.ticket_number == number)
                .order_by(col(User.username))
            )
            return list(rows)

    assert await told("called_urge") == ["handler.chengguan", "leader.chengguan"]
    build.clock.move(minutes=1)  # facts of one instant have no order of their own
    async with build.acting("supervisor") as tx:
        await issue_order(tx, number, level=3, reason=OrderReason.BY_HAND, demand="查明原因")
    # Two facts of one instant have no order among themselves.
    [ordered] = {*await facts(UnitCalled.topic)} - {urged}
    await escalation_tell_unit(ctx, ordered)
    assert await told("called_listing") == [
        "authority",
        "authority.second",
        "handler.chengguan",
        "leader.chengguan",
    ]


async def test_a_restart_goes_on_where_it_was(build: Build, maker: SessionMaker) -> None:
    numbers = await _late_tickets(build)
    run_id = uuid.uuid4()
    await _request(build, run_id)
    async with maker() as session, session.begin():
        item = await session.get_one(UrgeItem, (run_id, numbers[0]))
        item.state = UrgeState.URGED
        item.done_at = build.clock.now() - timedelta(seconds=1)
        session.add(item)
    assert await _work(build, run_id) == 2
    assert await _urges(maker, numbers[0], build) == []
