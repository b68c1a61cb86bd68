"""Supervision orders: issued, answered, verified by somebody else, raised, ended with the task."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.kernel.db import SessionMaker
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Principal
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, Limit
from hotline.supervision.actions import (
    acknowledge_order,
    answer_order,
    issue_order,
    raise_order,
    verify_order,
)
from hotline.supervision.errors import (
    InvalidOrderLevel,
    NoOrder,
    OrderAtTop,
    OrderExists,
    OrderMoveRefused,
)
from hotline.supervision.queries import OrderFilter, list_orders, orders_of_ticket, waiting
from hotline.supervision.rules import OrderReason, OrderState
from hotline.tickets.errors import NotYourTask, SecondPersonNeeded
from hotline.tickets.lifecycle import Action, ActionForbidden, IllegalTransition, Status
from hotline.tickets.models import Ticket, TicketEvent
from tests.support.builders import Build

DEMAND = "三日内修复并说明原因"


class Desk:
    """Does what is done about orders, each by whom it usually is."""

    def __init__(self, build: Build) -> None:
        self.build = build

    async def _do(
        self,
        by: str | Principal,
        action: Callable[..., Awaitable[Ticket]],
        *args: str,
        **words: Any,
    ) -> Ticket:
        async with self.build.acting(by) as tx:
            return await action(tx, *args, **words)

    async def issue(
        self, number: str, level: int = 2, *, by: str | Principal = "supervisor", **words: Any
    ) -> Ticket:
        given = {"reason": OrderReason.BY_HAND, "demand": DEMAND} | words
        return await self._do(by, issue_order, number, level=level, **given)

    async def acknowledge(self, number: str, by: str = "handler.chengguan") -> Ticket:
        return await self._do(by, acknowledge_order, number)

    async def answer(self, number: str, by: str = "leader.chengguan") -> Ticket:
        return await self._do(by, answer_order, number, reply="已派抢修队")

    async def verify(
        self, number: str, accept: bool = True, by: str | Principal = "supervisor"
    ) -> Ticket:
        return await self._do(by, verify_order, number, accept=accept, explanation="已核实")

    async def raised(self, number: str, by: str | Principal = "supervisor") -> Ticket:
        return await self._do(by, raise_order, number, reason="逾期未回复")

    async def states(self, number: str) -> list[tuple[int, OrderState]]:
        """Level and state of every order on a ticket, oldest first."""
        ticket = await self.build.find(number)
        async with self.build.session_maker() as session:
            rows = await orders_of_ticket(session, SYSTEM, ticket.id)
        return [(row.order.level, row.state) for row in reversed(rows)]


@pytest.fixture
def desk(build: Build) -> Desk:
    return Desk(build)


async def _clock(maker: SessionMaker, ticket: Ticket) -> Clock:
    async with maker() as session:
        return (
            await session.exec(
                select(Clock)
                .where(Clock.ticket_id == ticket.id, Clock.kind == ClockKind.SUPERVISION_REPLY)
                .order_by(col(Clock.started_at).desc(), col(Clock.id).desc())
                .limit(1)
            )
        ).one()


async def test_from_issue_to_close(build: Build, maker: SessionMaker, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)
    ticket = await desk.issue(number)
    clock = await _clock(maker, ticket)
    assert (clock.limit_seconds, clock.state) == (24 * 3600, ClockState.RUNNING)
    assert clock.department_id == build.city.departments["chengguan"]
    async with maker() as session:
        [row] = await orders_of_ticket(session, SYSTEM, ticket.id)
        event = (
            await session.exec(
                select(TicketEvent).where(
                    TicketEvent.ticket_id == ticket.id, TicketEvent.action == Action.ISSUE_ORDER
                )
            )
        ).one()
    assert row.order.number == f"{number}-D1"
    assert row.order.due_at == clock.due_at
    assert row.issuer is not None
    assert row.department.code == "chengguan"
    assert (event.reason, event.text) == ("by_hand", DEMAND)
    assert event.details == {"order": f"{number}-D1", "level": 2}
    assert await desk.states(number) == [(2, OrderState.ISSUED)]
    await desk.acknowledge(number)
    assert await desk.states(number) == [(2, OrderState.ACKNOWLEDGED)]
    await desk.answer(number)
    assert (await _clock(maker, ticket)).state is ClockState.MET
    await desk.verify(number)
    assert await desk.states(number) == [(2, OrderState.VERIFIED)]
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    assert await desk.states(number) == [(2, OrderState.CLOSED)]


async def test_each_level_has_its_own_time_for_a_reply(
    build: Build, maker: SessionMaker, desk: Desk
) -> None:
    for level, seconds in ((2, 86400), (3, 3 * 86400), (4, 3 * 86400)):
        ticket = await desk.issue(await build.ticket(Status.PROCESSING), level)
        assert (await _clock(maker, ticket)).limit_seconds == seconds
    number = await build.ticket(Status.PROCESSING)
    ticket = await desk.issue(number, reply_limit=Limit.parse("PT2H"))
    assert (await _clock(maker, ticket)).limit_seconds == 7200


async def test_one_order_at_a_time(build: Build, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)
    await desk.issue(number)
    with pytest.raises(OrderExists) as refusal:
        await desk.issue(number, by=SYSTEM, reason=OrderReason.OVERDUE_HALF)
    assert refusal.value.params["number"] == f"{number}-D1"
    await desk.issue(number, 3, by=SYSTEM, reason=OrderReason.OVERDUE_DOUBLE)
    assert await desk.states(number) == [(2, OrderState.ESCALATED), (3, OrderState.ISSUED)]
    with pytest.raises(OrderExists):
        await desk.issue(number, 2)
    await desk.answer(number)
    with pytest.raises(OrderExists):
        await desk.issue(number, 3)
    await desk.verify(number)
    await desk.issue(number)
    assert [state for _, state in await desk.states(number)] == [
        OrderState.ESCALATED,
        OrderState.VERIFIED,
        OrderState.ISSUED,
    ]


async def test_a_refused_reply_begins_anew(build: Build, maker: SessionMaker, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)
    await desk.issue(number, reply_limit=Limit.parse("PT6H"))
    build.clock.move(hours=1)
    await desk.answer(number)
    build.clock.move(hours=1)
    ticket = await desk.verify(number, accept=False)
    clock = await _clock(maker, ticket)
    assert clock.state is ClockState.RUNNING
    assert clock.due_at == build.clock.now() + timedelta(hours=6)
    async with maker() as session:
        [row] = await orders_of_ticket(session, SYSTEM, ticket.id)
    assert (row.state, row.order.due_at) == (OrderState.ACKNOWLEDGED, clock.due_at)
    assert row.order.verification == "已核实"
    await desk.answer(number)
    await desk.verify(number)
    assert await desk.states(number) == [(2, OrderState.VERIFIED)]


async def test_nobody_verifies_his_own_reply(build: Build, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)
    await desk.issue(number)
    leader = build.city.people["leader.chengguan"]
    both = Principal(
        leader.roles | {Role.SUPERVISOR},
        user_id=leader.user_id,
        username=leader.username,
        department_id=leader.department_id,
    )
    await desk.answer(number)
    with pytest.raises(SecondPersonNeeded):
        await desk.verify(number, by=both)
    await desk.verify(number, by="supervisor.second")


async def test_who_may(build: Build, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)
    for by in ("operator", "auditor", "handler.chengguan"):
        with pytest.raises(ActionForbidden):
            await desk.issue(number, by=by)
    await desk.issue(number, by="authority")
    with pytest.raises(ActionForbidden):
        await desk.answer(number, by="supervisor")
    other = await build.ticket(Status.PROCESSING)
    await build.do(Action.NOTE, other)
    with pytest.raises(NoOrder):
        await desk.acknowledge(other)
    with pytest.raises(OrderMoveRefused):
        await desk.verify(number)
    await desk.acknowledge(number)
    with pytest.raises(OrderMoveRefused):
        await desk.acknowledge(number)
    with_co = await build.create()
    await build.do(Action.ACCEPT, with_co.number)
    await build.do(Action.DISPATCH, with_co.number, co_departments=["zhujian"])
    await desk.issue(with_co.number)
    with pytest.raises(NotYourTask):
        await desk.answer(with_co.number, by="handler.zhujian")


async def test_raising(build: Build, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(NoOrder):
        await desk.raised(number, by=SYSTEM)
    await desk.issue(number, by=SYSTEM, reason=OrderReason.OVERDUE_HALF)
    build.clock.move(hours=25)
    ticket = await desk.raised(number, by=SYSTEM)
    async with build.session_maker() as session:
        newest = (await orders_of_ticket(session, SYSTEM, ticket.id))[0]
    assert (newest.order.level, newest.order.reason) == (3, OrderReason.ORDER_UNANSWERED)
    assert newest.order.demand == DEMAND
    with pytest.raises(OrderAtTop):
        await desk.raised(number, by=SYSTEM)
    await desk.raised(number)
    assert await desk.states(number) == [
        (2, OrderState.ESCALATED),
        (3, OrderState.ESCALATED),
        (4, OrderState.ISSUED),
    ]
    with pytest.raises(OrderAtTop):
        await desk.raised(number)


async def test_levels(build: Build, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(OrderAtTop):
        await desk.issue(number, 4, by=SYSTEM)
    for level in (0, 5):
        with pytest.raises(InvalidOrderLevel):
            await desk.issue(number, level)
    with pytest.raises(IllegalTransition):
        await desk.issue(await build.ticket(Status.ACCEPTED))


async def test_an_order_ends_with_the_departments_task(build: Build, desk: Desk) -> None:
    returned = await build.ticket(Status.PROCESSING)
    await desk.issue(returned)
    await build.follow(
        returned,
        Action.REQUEST_RETURN,
        (Action.DECIDE_RETURN, {"uphold": True, "department": "jiaotong"}),
    )
    assert await desk.states(returned) == [(2, OrderState.VOID)]
    await desk.issue(returned)
    assert await desk.states(returned) == [(2, OrderState.VOID), (2, OrderState.ISSUED)]
    passed = await build.ticket(Status.FEEDBACK_SUBMITTED)
    await desk.issue(passed)
    await build.do(Action.PASS_AUDIT, passed)
    assert await desk.states(passed) == [(2, OrderState.CLOSED)]
    with pytest.raises(IllegalTransition):
        await desk.answer(passed)
    await build.do(Action.RECORD_VISIT, passed, reached=True, solved=False)
    assert await desk.states(passed) == [(2, OrderState.CLOSED)]
    with pytest.raises(NoOrder):
        await desk.answer(passed)
    await desk.issue(passed, reason=OrderReason.REWORK)
    assert await desk.states(passed) == [(2, OrderState.CLOSED), (2, OrderState.ISSUED)]


async def test_lists(build: Build, maker: SessionMaker, desk: Desk) -> None:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(3)]
    for level, number in enumerate(numbers, start=2):
        build.clock.move(minutes=1)
        await desk.issue(number, level)
    await desk.answer(numbers[0])
    supervisor = build.city.people["supervisor"]

    async def listed(wanted: OrderFilter, person: Principal = supervisor) -> list[str]:
        async with maker() as session:
            found: list[str] = []
            cursor = None
            while True:
                page = await list_orders(session, person, wanted, cursor=cursor, limit=1)
                found += [row.ticket_number for row in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    return found

    assert await listed(OrderFilter()) == numbers[::-1]
    assert await listed(OrderFilter(state=(OrderState.ANSWERED,))) == [numbers[0]]
    assert await listed(OrderFilter(level=(3, 4))) == [numbers[2], numbers[1]]
    assert await listed(OrderFilter(department="jiaotong")) == []
    people = build.city.people
    assert await listed(OrderFilter(), people["handler.chengguan"]) == numbers[::-1]
    assert await listed(OrderFilter(), people["handler.jiaotong"]) == []
    assert await listed(OrderFilter(), people["observer"]) == []
    await build.follow(numbers[1], Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    assert await listed(OrderFilter(state=(OrderState.CLOSED,))) == [numbers[1]]
    assert await listed(OrderFilter(state=(OrderState.ISSUED,))) == [numbers[2]]


async def test_what_waits(build: Build, maker: SessionMaker, desk: Desk) -> None:
    number = await build.ticket(Status.PROCESSING)

    async def steps() -> list[Action]:
        ticket = await build.find(number)
        async with maker() as session:
            return [a for a, _ in waiting(await orders_of_ticket(session, SYSTEM, ticket.id))]

    assert await steps() == []
    await desk.issue(number)
    assert await steps() == [Action.ACKNOWLEDGE_ORDER, Action.ANSWER_ORDER, Action.RAISE_ORDER]
    await desk.acknowledge(number)
    assert await steps() == [Action.ANSWER_ORDER, Action.RAISE_ORDER]
    await desk.answer(number)
    assert await steps() == [Action.VERIFY_ORDER, Action.RAISE_ORDER]
    await desk.verify(number)
    assert await steps() == []
