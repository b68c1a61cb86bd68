"""Taking a matter down with what follows at once; many callers of one incident."""

import pytest
from sqlmodel import func, select

from hotline.intake.batches.actions import take_down_rows
from hotline.intake.batches.errors import TooManyRows
from hotline.intake.batches.queries import taken_down
from hotline.intake.batches.rules import MOST_ROWS, CallerRow, parse_rows
from hotline.intake.taking import AtOnce, Following, take_down
from hotline.people import actions as people
from hotline.people.access import by_token
from hotline.people.permissions import Role
from hotline.people.principal import PermissionDenied, Principal, Tx
from hotline.tickets.errors import IdempotencyConflict, MergeImpossible
from hotline.tickets.lifecycle import Action, ActionForbidden, ClosureCode, Status
from hotline.tickets.models import Ticket, TicketEvent, TicketRequester, Urgency
from hotline.tickets.queries import ticket_detail
from hotline.tickets.routing.errors import DirectDispatchImpossible
from tests.support.builders import Build, new_ticket
from web.resources import fetching

AT_ONCE = Following(at_once=AtOnce(promise="一天内修好", department="chengguan"))


async def _both(build: Build) -> Principal:
    """Somebody who takes matters down and dispatches them."""
    async with build.acting("admin") as tx:
        await people.add_user(
            tx,
            username="allround",
            display_name="全能",
            roles=[Role.OPERATOR, Role.DISPATCHER],
            department="hotline",
        )
        token = await people.issue_token(
            Tx(tx.session, tx.now, tx.cipher, "t", tx.actor), username="allround", label="t"
        )
    person = await by_token(fetching(build.session_maker), token)
    assert person is not None
    return person


async def _count(build: Build) -> int:
    async with build.session_maker() as session:
        return (await session.exec(select(func.count()).select_from(Ticket))).one()


async def test_created_accepted_and_dispatched_in_one_breath(build: Build) -> None:
    person = await _both(build)
    async with build.session_maker() as session, session.begin():
        tx = Tx(session, build.clock.now(), build.cipher, "t", person)
        created = await take_down(tx, new_ticket(), AT_ONCE, idempotency_key="one")
        again = await take_down(tx, new_ticket(), AT_ONCE, idempotency_key="one")
    assert (again.number, again.is_replay) == (created.number, True)
    ticket = await build.find(created.number)
    assert ticket.status is Status.DISPATCHED
    async with build.session_maker() as session:
        detail = await ticket_detail(session, ticket)
        assert [row.assignment.department_id for row in detail.assignments] == [
            build.city.departments["chengguan"]
        ]
        events = await session.exec(
            select(TicketEvent.action)
            .where(TicketEvent.ticket_id == ticket.id)
            .order_by(TicketEvent.seq)  # type: ignore[arg-type]  # a column
        )
        assert list(events) == [Action.SUBMIT, Action.ACCEPT, Action.DISPATCH]


async def test_without_the_right_nothing_is_left_of_it(build: Build) -> None:
    before = await _count(build)
    with pytest.raises(ActionForbidden):
        async with build.acting("operator") as tx:
            await take_down(tx, new_ticket(), AT_ONCE)
    with pytest.raises(DirectDispatchImpossible):
        async with build.acting("operator") as tx:
            await take_down(tx, new_ticket(), Following(at_once=AtOnce(promise="好")))
    assert await _count(build) == before


async def test_an_emergency_is_noted_and_takes_the_fastest_road(build: Build) -> None:
    async with build.acting("operator") as tx:
        created = await take_down(
            tx, new_ticket(urgency=Urgency.P0), Following(note="识别到紧急情况：火情。")
        )
    plain = await build.create()
    assert created.due_at < plain.due_at
    ticket = await build.find(created.number)
    async with build.session_maker() as session:
        texts = await session.exec(
            select(TicketEvent.text).where(TicketEvent.ticket_id == ticket.id)
        )
        assert "识别到紧急情况：火情。" in texts.all()


async def test_one_more_caller_follows_and_a_direct_answer_settles(build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING)
    async with build.acting("operator") as tx:
        joined = await take_down(
            tx, new_ticket(requester_phone="13900005678"), Following(joins=parent)
        )
        told = await take_down(tx, new_ticket(), Following(reply="请向仲裁院查询"))
    child, first = await build.find(joined.number), await build.find(parent)
    assert (child.status, child.parent_id) == (Status.MERGED, first.id)
    answered = await build.find(told.number)
    assert (answered.status, answered.closure_code) == (Status.CLOSED, ClosureCode.ANSWERED)


async def test_every_caller_of_a_batch_keeps_his_own_number(build: Build) -> None:
    rows = parse_rows("\n".join(f"139000050{n:02},来电{n},{n}楼停水" for n in range(25)))
    matter = new_ticket(title="整栋楼停水")
    async with build.acting("operator") as tx:
        first = await take_down_rows(tx, matter, rows[:10], batch="b")
    parent = next(one.number for one in first if one.is_followed)
    async with build.acting("operator") as tx:
        rest = await take_down_rows(tx, matter, rows[10:], batch="b", parent=parent)
        again = await take_down_rows(tx, matter, rows, batch="b")
        known = await taken_down(tx.session, tx.actor.user_id, "b")
    everybody = [*first, *rest]
    assert [one.number for one in again] == [one.number for one in everybody]
    assert len({one.number for one in everybody}) == len({c.query_code for c in everybody}) == 25
    assert {one.line: one.number for one in known.values()} == {o.line: o.number for o in everybody}
    assert [one.number for one in known.values() if one.is_followed] == [parent]
    assert (await build.find(parent)).status is Status.SUBMITTED
    async with build.session_maker() as session:
        merged = await session.exec(
            select(Ticket.number, Ticket.content, TicketRequester.phone)
            .join(TicketRequester, TicketRequester.ticket_id == Ticket.id)  # type: ignore[arg-type]
            .where(Ticket.status == Status.MERGED, Ticket.title == "整栋楼停水")
        )
        found = merged.all()
    assert len(found) == 24
    assert {build.cipher.decrypt(phone) for _, _, phone in found} == {r.phone for r in rows[1:]}
    assert all("楼停水" in content for _, content, _ in found)


async def test_a_batch_is_refused_as_a_whole(build: Build) -> None:
    rows = parse_rows("13900005678\n13900005679")
    closed = await build.ticket(Status.CLOSED)
    async with build.acting("supervisor") as tx:
        with pytest.raises(PermissionDenied):
            await take_down_rows(tx, new_ticket(), rows, batch="c")
    with pytest.raises(MergeImpossible):
        async with build.acting("operator") as tx:
            await take_down_rows(tx, new_ticket(), rows, batch="d", parent=closed)
    async with build.acting("operator") as tx:
        await take_down_rows(tx, new_ticket(), rows, batch="e")
        with pytest.raises(IdempotencyConflict):
            await take_down_rows(tx, new_ticket(title="别的事"), rows, batch="e")
        many = [CallerRow(n, f"139{n:08}") for n in range(MOST_ROWS + 1)]
        with pytest.raises(TooManyRows):
            await take_down_rows(tx, new_ticket(), many, batch="f")
