"""A matter of five requesters within seven days is listed on the board, once."""

from collections.abc import Sequence

from sqlmodel import select

from hotline.kernel.outbox import OutboxMessage
from hotline.people.principal import SYSTEM
from hotline.supervision.groups import list_for_many
from hotline.supervision.models import SupervisionOrder
from hotline.supervision.rules import OrderReason
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build

_A = Action


async def _told(build: Build) -> Sequence[SupervisionOrder]:
    """Do what the subscriber does with every fact that there is, and return all orders."""
    async with build.session_maker() as session:
        facts = (
            await session.exec(select(OutboxMessage).where(OutboxMessage.topic == "group_changed"))
        ).all()
    for fact in facts:
        async with build.acting(SYSTEM) as tx:
            ticket = await build.find(fact.payload["ticket_number"])
            await list_for_many(tx, ticket.id)
    async with build.session_maker() as session:
        return (await session.exec(select(SupervisionOrder))).all()


async def _join(build: Build, parent: str, *phones: str | None) -> None:
    for phone in phones:
        await build.do(_A.MERGE, await build.ticket(requester_phone=phone), parent=parent)


async def test_the_fifth_requester_lists_the_matter_once(build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING)
    # Whoever comes twice is one requester.
    await _join(build, parent, "13900002001", "13900002002", "13900002003", "13900002003")
    assert not await _told(build)
    await _join(build, parent, "13900002004")
    (order,) = await _told(build)
    assert (order.level, order.reason, order.issued_by) == (3, OrderReason.MANY_REQUESTERS, None)
    await _join(build, parent, "13900002005", None)
    assert len(await _told(build)) == 1


async def test_a_group_is_listed_when_a_department_gets_it(build: Build) -> None:
    parent = await build.ticket(Status.ACCEPTED)
    await _join(build, parent, *(f"1390000300{n}" for n in range(4)))
    assert not await _told(build)
    await build.do(_A.DISPATCH, parent)
    (order,) = await _told(build)
    assert order.department_id == build.city.departments["chengguan"]


async def test_a_matter_of_months_is_no_case_for_the_board(build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING)
    for n in range(5):
        build.clock.move(days=2)
        await _join(build, parent, f"1390000400{n}")
    assert not await _told(build)
