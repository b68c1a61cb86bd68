"""Submitting: numbers that are unique, keys that make one ticket, and the cost of lists."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER, Principal
from hotline.procedures.queries import list_procedures
from hotline.sla.models import Clock
from hotline.sla.queries import list_clocks
from hotline.tickets.access import MANY
from hotline.tickets.actions.intake import Created, clean_phone, clean_text, create_ticket
from hotline.tickets.errors import IdempotencyConflict, StaleTicket, UnknownCode
from hotline.tickets.history import GENESIS
from hotline.tickets.lifecycle import Action, ActionForbidden, Status
from hotline.tickets.models import Ticket, TicketEvent, TicketRequester, Urgency
from hotline.tickets.numbering import is_ticket_number
from hotline.tickets.queries import (
    BY_DUE,
    TicketFilter,
    count_queues,
    list_tickets,
    list_timeline,
    ticket_detail,
)
from tests.support.builders import NAME, PHONE, Build, new_ticket
from tests.support.clock import MONDAY
from tests.support.queries import count_queries


async def test_a_ticket_and_everything_that_belongs_to_it(build: Build) -> None:
    created = await build.create()
    ticket = await build.find(created.number)
    assert is_ticket_number(ticket.number)
    assert (ticket.status, ticket.version, ticket.round) == (Status.SUBMITTED, 1, 1)
    assert ticket.due_at == created.due_at == MONDAY + timedelta(minutes=30)
    async with build.session_maker() as session:
        requester = (await session.exec(select(TicketRequester))).one()
        event = (await session.exec(select(TicketEvent))).one()
        clock = (await session.exec(select(Clock))).one()
    assert NAME.encode() not in (requester.name or b"")
    assert build.cipher.decrypt(requester.phone) == PHONE
    assert requester.phone_index == build.cipher.blind_index(PHONE)
    assert event.previous_hash == GENESIS
    assert event.hash == ticket.history_head
    assert abs((event.recorded_at - MONDAY).days) >= 0
    assert clock.due_at == ticket.due_at


async def test_numbers_of_a_day_follow_one_another(build: Build) -> None:
    numbers = [(await build.create()).number for _ in range(5)]
    assert [int(number[6:12]) for number in numbers] == [1, 2, 3, 4, 5]
    build.clock.move(hours=15)  # midnight in Shanghai
    assert (await build.create()).number.startswith("260303000001")


@pytest.mark.parametrize(
    ("who", "may"),
    [
        *((role, True) for role in ("operator", "dispatcher", "supervisor")),
        *((role, False) for role in ("auditor", "visitor", "admin", "observer", "authority")),
        ("handler.chengguan", False),
    ],
)
async def test_who_may_submit(build: Build, who: str, may: bool) -> None:
    if may:
        await build.create(by=who)
    else:
        with pytest.raises(ActionForbidden):
            await build.create(by=who)


async def test_a_requester_submits_without_an_account(build: Build) -> None:
    assert (await build.create(by=REQUESTER)).number
    with pytest.raises(ActionForbidden):
        await build.create(by=Principal(frozenset({Role.SYSTEM})))


async def test_a_category_that_is_not_there(build: Build) -> None:
    with pytest.raises(UnknownCode):
        await build.create(category="nowhere")


@pytest.mark.parametrize(
    ("urgency", "minutes"), [(Urgency.P0, 5), (Urgency.P1, 10), (Urgency.P2, 30), (Urgency.P3, 60)]
)
async def test_the_policy_is_chosen_and_pinned(
    build: Build, urgency: Urgency, minutes: int
) -> None:
    created = await build.create(urgency=urgency)
    assert created.due_at == MONDAY + timedelta(minutes=minutes)


async def _with_key(build: Build, key: str, **overrides: Any) -> Created:
    async with build.acting("operator") as tx:
        return await create_ticket(tx, new_ticket(**overrides), idempotency_key=key)


async def test_the_same_key_gives_the_same_ticket(build: Build) -> None:
    first = await _with_key(build, "k")
    again = await _with_key(build, "k")
    assert (again.number, again.query_code) == (first.number, first.query_code)
    assert again.is_replay
    with pytest.raises(IdempotencyConflict):
        await _with_key(build, "k", title="另一件事")
    assert (await _with_key(build, "l")).number != first.number


async def test_many_at_once_with_one_key_make_one_ticket(own_build: Build) -> None:
    made = await asyncio.gather(*(_with_key(own_build, "storm") for _ in range(8)))
    assert len({created.number for created in made}) == 1
    assert sum(not created.is_replay for created in made) == 1
    async with own_build.session_maker() as session:
        assert len((await session.exec(select(Ticket.id))).all()) == 1


async def test_numbers_are_unique_in_a_storm(own_build: Build) -> None:
    """Ticket numbers of the first hundred of a day, taken by sixteen at once."""
    gate = asyncio.Semaphore(16)

    async def one() -> str:
        async with gate:
            return (await own_build.create()).number

    numbers = await asyncio.gather(*(one() for _ in range(100)))
    assert len(set(numbers)) == 100
    assert all(is_ticket_number(number) for number in numbers)


async def test_a_double_click_is_done_once(own_build: Build) -> None:
    """Two people, or one with two clicks, act on the same version at the same instant."""
    number = await own_build.ticket(Status.ACCEPTED)

    async def dispatch() -> str:
        try:
            await own_build.do(Action.DISPATCH, number, expected_version=2)
        except StaleTicket:
            return "stale"
        return "done"

    assert sorted(await asyncio.gather(*(dispatch() for _ in range(4)))) == ["done", *["stale"] * 3]
    assert (await own_build.find(number)).version == 3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 1234 5678", "13812345678"),
        ("+86-138-1234-5678", "13812345678"),
        ("８６１３８１２３４５６７８", "13812345678"),
        ("0531-12345678", "053112345678"),
        ("+852 2345 6789", "+85223456789"),
        ("", None),
        (None, None),
    ],
)
def test_a_telephone_number_however_it_is_typed(typed: str | None, kept: str | None) -> None:
    assert clean_phone(typed) == kept


def test_typed_text_loses_control_characters_only() -> None:
    assert clean_text(" a\x00b\r\nc\rd\x85\x1b[0m ") == "ab\nc\nd[0m"
    assert clean_text("\t缩进\n行") == "缩进\n行"


async def _many(build: Build, count: int) -> list[str]:
    states = [Status.SUBMITTED, Status.ACCEPTED, Status.PROCESSING]
    return [await build.ticket(states[place % 3]) for place in range(count)]


@pytest.mark.parametrize("sort", [BY_DUE, "-created_at"])
async def test_a_list_is_a_fixed_number_of_statements_however_long(
    build: Build, city_engine: AsyncEngine, sort: str
) -> None:
    await _many(build, 9)
    for who, most in (("dispatcher", 1), ("handler.chengguan", 2)):
        async with build.session_maker() as session:
            with count_queries(city_engine) as statements:
                page = await list_tickets(
                    session, build.city.people[who], TicketFilter(), sort=sort, limit=5
                )
        assert len(statements) == most
        assert len(page.items) in {3, 5}


async def test_a_ticket_is_read_in_a_fixed_number_of_statements(
    build: Build, city_engine: AsyncEngine
) -> None:
    counts = []
    small, large = await build.ticket(Status.PROCESSING), await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, large, co_departments=["zhujian", "jiaotong", "huanbao"])
    await build.follow(large, Action.SIGN, *[Action.PROGRESS] * 6)
    reader = build.city.people["supervisor"]
    for number in (small, large):
        async with build.session_maker() as session:
            ticket = (await session.exec(select(Ticket).where(Ticket.number == number))).one()
            with count_queries(city_engine) as statements:
                await ticket_detail(session, ticket)
                await list_timeline(session, reader, ticket.id)
                await list_clocks(session, ticket.id)
                await list_procedures(session, ticket.id)
            counts.append(len(statements))
    assert counts[0] == counts[1] <= 14


async def test_queues_are_counted_in_one_statement(build: Build, city_engine: AsyncEngine) -> None:
    await _many(build, 6)
    reader = build.city.people["supervisor"]
    async with build.session_maker() as session:
        with count_queries(city_engine) as statements:
            counts = await count_queues(session, reader, MONDAY + timedelta(minutes=31))
    assert len(statements) == 1
    assert {(row.status, row.count, row.late) for row in counts} == {
        (Status.SUBMITTED, 2, 2),
        (Status.ACCEPTED, 2, 0),
        (Status.PROCESSING, 2, 0),
    }


GENERATE = """
INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, programme,
  request_type, title, content, is_secret, owner_department_id, holder_post, lead_department_id,
  is_designated, bounce_count, hop, policy_id, due_at, level, closure_code, submitted_at,
  history_count, history_head)
SELECT gen_random_uuid(), (9000000000000 + n)::text, 'AAAAAA',
  CASE WHEN n % 20 = 0 THEN 'processing' ELSE 'closed' END, 1, 1, 'p2', 'phone', 'general', 'help',
  'x', 'x', false, :unit, CASE WHEN n % 20 = 0 THEN 'department_duty' END, :unit, false, 0, 1,
  (SELECT min(id) FROM sla_policies),
  CASE WHEN n % 20 = 0 THEN CAST(:now AS timestamptz) + n * interval '1 second' END, 'green',
  CASE WHEN n % 20 = 0 THEN NULL ELSE 'solved' END,
  CAST(:now AS timestamptz) - n * interval '1 second', 0, ''
FROM generate_series(1, 120000) n
"""


TASKS = """
INSERT INTO assignments (id, ticket_id, hop, department_id, role, state, assigned_at, ended_at)
SELECT gen_random_uuid(), id, 1, :unit, :role,
  CASE WHEN status = 'closed' THEN 'done' ELSE 'working' END, submitted_at,
  CASE WHEN status = 'closed' THEN submitted_at END
FROM tickets LIMIT :count
"""


@contextlib.contextmanager
def explained(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collect the plan of every statement of the block."""
    plans: list[str] = []

    def explain(
        connection: Any, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> None:
        raw = connection.connection.cursor()
        raw.execute(f"EXPLAIN {statement}", parameters)
        plans.append("\n".join(row[0] for row in raw.fetchall()))

    sa.event.listen(engine.sync_engine, "before_cursor_execute", explain)
    yield plans
    sa.event.remove(engine.sync_engine, "before_cursor_execute", explain)


async def test_lists_are_read_off_an_index_among_a_hundred_thousand(
    own_build: Build, own_city: AsyncEngine
) -> None:
    """120 000 matters, one in twenty of them open."""
    unit = own_build.city.departments["chengguan"]
    async with own_city.begin() as connection:
        await connection.execute(sa.text(GENERATE), {"unit": unit, "now": MONDAY})
        await connection.execute(sa.text("ANALYZE tickets"))
    for sort, wanted, index in (
        (BY_DUE, TicketFilter(open_only=True), "ix_tickets_open_due"),
        (BY_DUE, TicketFilter(status=(Status.PROCESSING,)), "ix_tickets_"),
        (BY_DUE, TicketFilter(owner="chengguan", open_only=True), "ix_tickets_"),
        ("-created_at", TicketFilter(), "ix_tickets_created"),
    ):
        with explained(own_city) as plans:
            async with own_build.session_maker() as session:
                page = await list_tickets(
                    session, own_build.city.people["dispatcher"], wanted, sort=sort
                )
        assert len(page.items) == 50
        (plan,) = plans
        assert index in plan, plan
        assert "Seq Scan on tickets" not in plan, plan
        assert index == "ix_tickets_" or "Sort" not in plan, plan

    # A large department walks along the same indexes, whatever it has had; a small one gathers its own.
    for unit_code, role, count, is_walked in (
        ("chengguan", "lead", MANY + 1, True),
        ("zhujian", "co", MANY - 1, False),
    ):
        async with own_city.begin() as connection:
            unit = own_build.city.departments[unit_code]
            await connection.execute(sa.text(TASKS), {"unit": unit, "role": role, "count": count})
            await connection.execute(sa.text("ANALYZE assignments"))
        reader = own_build.city.people[f"handler.{unit_code}"]
        with explained(own_city) as plans:
            async with own_build.session_maker() as session:
                await list_tickets(session, reader, TicketFilter())
        assert ("ix_tickets_created" in plans[-1] and "Sort" not in plans[-1]) is is_walked, plans
