"""A department's day among many tickets: read by its index, in a fixed number of statements."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.today.queries import (
    Wanted,
    count_limits,
    count_owed_tickets,
    list_owed_tickets,
    load_by_person,
)
from hotline.tickets.today.rules import Bucket, edges_at
from tests.support.builders import Build

_TICKETS = """
INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, programme,
    request_type, title, content, is_secret, owner_department_id, holder_post, lead_department_id,
    is_designated, bounce_count, hop, policy_id, level, due_at, submitted_at, history_count, history_head)
SELECT gen_random_uuid(), lpad(n::text, 13, '0'), 'ABC234', 'processing', 1, 1, 'p2', 'phone', 'general',
    'complaint', '路灯不亮', '路灯不亮', false, :unit, 'department_duty', :unit, false, 0, 1,
    (SELECT max(id) FROM sla_policies), 'green', now(), now() - n * interval '1 minute', 0, ''::bytea
FROM generate_series(1, 15000) n
"""
_CLOCKS = """
INSERT INTO sla_clocks (id, ticket_id, kind, hop, round, department_id, policy_id, calendar,
    calendar_version, limit_seconds, yellow, orange, state, started_at, since, used_microseconds, due_at,
    level, is_provisional, is_logged)
SELECT gen_random_uuid(), id, 'complete', 1, 1, :unit, policy_id, 'natural', '1', 86400, 0.5, 0.8,
    'running', submitted_at, submitted_at, 0, submitted_at, 'green', false, true
FROM tickets
"""


def explained(engine: AsyncEngine, plans: list[str]) -> Callable[..., None]:
    """Return what keeps the plan of every statement that is sent."""

    def explain(
        connection: Any, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> None:
        raw = connection.connection.cursor()
        raw.execute(f"EXPLAIN {statement}", parameters)
        plans.append("\n".join(row[0] for row in raw.fetchall()))

    sa.event.listen(engine.sync_engine, "before_cursor_execute", explain)
    return explain


async def test_the_index_of_the_department_is_read(own_build: Build, own_city: AsyncEngine) -> None:
    other = own_build.city.departments["zhujian"]
    async with own_city.begin() as connection:
        await connection.execute(sa.text(_TICKETS), {"unit": other})
        await connection.execute(sa.text(_CLOCKS), {"unit": other})
    mine = await own_build.ticket(Status.PROCESSING)
    async with own_city.begin() as connection:
        await connection.execute(sa.text("ANALYZE"))
    person, edges = own_build.city.people["leader.chengguan"], edges_at(own_build.clock.now())
    plans: list[str] = []
    explain = explained(own_city, plans)
    try:
        async with own_build.session_maker() as session:
            counts = await count_owed_tickets(session, person, Wanted(), edges)
            found = await list_owed_tickets(session, person, Wanted(), edges)
            await count_limits(session, person, Wanted())
    finally:
        sa.event.remove(own_city.sync_engine, "before_cursor_execute", explain)
    assert [row.ticket.number for row in found.items] == [mine]
    assert sum(counts.values()) == 1
    assert len(plans) == 6
    for plan in (plans[0], plans[1], plans[-1]):
        assert "ix_sla_clocks_unit" in plan, plan
        assert "Seq Scan on sla_clocks" not in plan, plan


async def test_each_figure_is_the_length_of_its_list_page_by_page(build: Build) -> None:
    for status in (Status.PROCESSING, Status.DISPATCHED, Status.DISPATCHED):
        await build.ticket(status)
        build.clock.move(hours=9)
    person = build.city.people["leader.chengguan"]
    edges = edges_at(build.clock.now())
    async with build.session_maker() as session:
        counts = await count_owed_tickets(session, person, Wanted(), edges)
        for bucket in Bucket:
            wanted, cursor, numbers = Wanted(bucket=bucket), None, []
            while True:
                page = await list_owed_tickets(
                    session, person, wanted, edges, cursor=cursor, limit=1
                )
                numbers += [row.ticket.number for row in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert len(numbers) == len(set(numbers)) == counts[bucket]
        for kind, count in (await count_limits(session, person, Wanted())).items():
            found = await list_owed_tickets(session, person, Wanted(limit=kind), edges)
            assert len(found.items) == count


async def test_whose_it_is(build: Build) -> None:
    taken = await build.ticket(Status.PROCESSING)
    free = await build.ticket(Status.DISPATCHED)
    handed_in = await build.ticket(Status.PROCESSING)
    await build.do(Action.CONTACT, handed_in)
    await build.do(Action.SUBMIT_FEEDBACK, handed_in)
    people, edges = build.city.people, edges_at(build.clock.now())
    second, handler = people["second.chengguan"], people["handler.chengguan"]

    async def numbers(person: Any, wanted: Wanted) -> set[str]:
        async with build.session_maker() as session:
            found = await list_owed_tickets(session, person, wanted, edges)
            return {row.ticket.number for row in found.items}

    assert await numbers(second, Wanted(own_only=True)) == {free}
    assert await numbers(handler, Wanted(own_only=True)) == {taken, free}
    assert await numbers(second, Wanted(unnamed=True)) == {free}
    assert await numbers(second, Wanted(handler=handler.user_id)) == {taken}
    assert await numbers(people["handler.zhujian"], Wanted()) == set()
    async with build.session_maker() as session:
        loads = await load_by_person(session, second, edges)
    by_name = {load.user.username if load.user else None: load for load in loads}
    assert sum(by_name["handler.chengguan"].open.values()) == 1
    assert by_name["handler.chengguan"].reviewed == 1
    assert by_name["handler.chengguan"].pace.done == 1
    assert sum(by_name[None].open.values()) == 1
