"""The same again without new facts: explained by two persons, linked, and open to an objection."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER
from hotline.procedures.errors import NothingToDecide
from hotline.tickets.errors import (
    NothingToObjectTo,
    RepeatImpossible,
    SecondPersonNeeded,
    TicketNotFound,
)
from hotline.tickets.grouping import RepeatProblem
from hotline.tickets.lifecycle import Action, ClosureCode, Status
from hotline.tickets.queries import ticket_detail
from tests.support.builders import Build

_A = Action


async def _repeat(build: Build, **overrides: Any) -> tuple[str, str]:
    earlier = await build.ticket(Status.CLOSED)
    build.clock.move(days=1)
    return earlier, await build.ticket(**overrides)


async def test_a_repeat_is_explained_by_two_and_linked_both_ways(build: Build) -> None:
    earlier, number = await _repeat(build)
    await build.do(_A.EXPLAIN_REPEAT, number, earlier=earlier)
    with pytest.raises(NothingToDecide):
        await build.do(_A.DECIDE_REFUSAL, number)
    ticket = await build.do(_A.DECIDE_REPEAT, number)
    assert (ticket.status, ticket.closure_code) == (Status.CLOSED, ClosureCode.EXPLAINED)
    async with build.session_maker() as session:
        told = await ticket_detail(session, await build.find(number))
        was = await ticket_detail(session, await build.find(earlier))
    assert (told.earlier_number, list(was.repeat_numbers)) == (earlier, [number])


async def test_who_proposes_does_not_decide(build: Build) -> None:
    earlier, number = await _repeat(build)
    await build.do(_A.EXPLAIN_REPEAT, number, earlier=earlier, by="dispatcher")
    proposer = build.city.people["dispatcher"]
    with pytest.raises(SecondPersonNeeded):
        await build.do(
            _A.DECIDE_REPEAT, number, by=replace(proposer, roles=frozenset({Role.SUPERVISOR}))
        )
    ticket = await build.do(_A.DECIDE_REPEAT, number, approve=False)
    assert (ticket.status, ticket.repeat_of_id) == (Status.SUBMITTED, None)
    await build.do(_A.ACCEPT, number)


@pytest.mark.parametrize(
    ("status", "phone", "problem"),
    [
        (Status.PROCESSING, "13900001234", RepeatProblem.NOT_HANDLED),
        (Status.CLOSED, "13900001235", RepeatProblem.OTHER_REQUESTER),
        (Status.CLOSED, None, RepeatProblem.NO_NUMBER),
    ],
)
async def test_what_is_no_repeat(
    build: Build, status: Status, phone: str | None, problem: RepeatProblem
) -> None:
    earlier = await build.ticket(status)
    build.clock.move(minutes=1)
    number = await build.ticket(requester_phone=phone)
    with pytest.raises(RepeatImpossible) as caught:
        await build.do(_A.EXPLAIN_REPEAT, number, earlier=earlier)
    assert caught.value.params["problem"] is problem
    with pytest.raises(TicketNotFound):
        await build.do(_A.EXPLAIN_REPEAT, number)


async def test_an_explained_repeat_can_be_objected_to_and_nothing_else_that_is_closed(
    build: Build,
) -> None:
    earlier, number = await _repeat(build)
    with pytest.raises(NothingToObjectTo):
        await build.do(_A.OBJECT, earlier, by=REQUESTER)
    await build.do(_A.EXPLAIN_REPEAT, number, earlier=earlier)
    await build.do(_A.DECIDE_REPEAT, number)
    build.clock.set(build.clock.now() + timedelta(hours=30))
    ticket = await build.do(_A.OBJECT, number, by=REQUESTER, reason="这次是另一盏灯")
    assert (ticket.status, ticket.closure_code) == (Status.SUBMITTED, None)
    assert ticket.repeat_of_id is not None
    assert ticket.due_at is not None
