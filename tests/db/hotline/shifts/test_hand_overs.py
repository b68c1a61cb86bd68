"""A desk goes from one person to another, with what was open."""

import pytest

from hotline.kernel.ids import uuid7
from hotline.people.principal import PermissionDenied
from hotline.shifts.actions import WatchedItem, give_desk, take_desk
from hotline.shifts.errors import DeskWaits, HandOverNotFound, HandOverTaken, OwnHandOver
from hotline.shifts.models import Desk
from hotline.shifts.queries import list_hand_overs, waiting_hand_overs
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build


async def test_what_is_open_is_written_down_and_another_takes_it(build: Build) -> None:
    number = await build.ticket()
    await build.ticket(Status.ACCEPTED)
    async with build.acting("operator") as tx:
        given = await give_desk(
            tx, desk=Desk.ACCEPTANCE, items=[WatchedItem(number, "十点前回电")], note="平稳"
        )
        assert {(one["status"], one["count"], one["late"]) for one in given.figures} == {
            ("submitted", 1, 0),
            ("accepted", 1, 0),
        }
        with pytest.raises(OwnHandOver):
            await take_desk(tx, given.id)
        with pytest.raises(DeskWaits):
            await give_desk(tx, desk=Desk.ACCEPTANCE)
        await give_desk(tx, desk=Desk.VISIT)
    async with build.acting("supervisor") as tx:
        assert len(await waiting_hand_overs(tx.session)) == 2
        taken = await take_desk(tx, given.id, remark="已回电")
        assert taken.taken_at == tx.now
        with pytest.raises(HandOverTaken):
            await take_desk(tx, given.id)
        with pytest.raises(HandOverNotFound):
            await take_desk(tx, uuid7(tx.now))
        (row,) = (await list_hand_overs(tx.session)).items
        assert (row.given_by, row.taken_by) == ("operator先生", "supervisor先生")
        await give_desk(tx, desk=Desk.ACCEPTANCE)


async def test_an_item_names_a_ticket_that_there_is(build: Build) -> None:
    async with build.acting("operator") as tx:
        with pytest.raises(TicketNotFound):
            await give_desk(
                tx, desk=Desk.ACCEPTANCE, items=[WatchedItem("2603020000011", "看一下")]
            )


async def test_departments_hand_no_desk_over(build: Build) -> None:
    async with build.acting("handler.chengguan") as tx:
        with pytest.raises(PermissionDenied):
            await give_desk(tx, desk=Desk.ACCEPTANCE)


async def test_pages_follow_one_another(build: Build) -> None:
    for _ in range(3):
        async with build.acting("operator") as tx:
            given = await give_desk(tx, desk=Desk.AUDIT)
        build.clock.move(minutes=1)
        async with build.acting("auditor") as tx:
            await take_desk(tx, given.id)
    async with build.session_maker() as session:
        first = await list_hand_overs(session, limit=2)
        rest = await list_hand_overs(session, limit=2, cursor=first.next_cursor)
    assert (len(first.items), len(rest.items), rest.next_cursor) == (2, 1, None)
