"""Who calls is found by his number's index, however many tickets there are."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.tickets.queries import earlier_tickets
from tests.support.builders import Build

TICKETS = 20_000
_TICKETS = sa.text(
    "INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, "
    "programme, request_type, title, content, is_secret, is_designated, bounce_count, hop, "
    "policy_id, level, closure_code, submitted_at, closed_at, history_count, history_head) "
    "SELECT gen_random_uuid(), lpad(n::text, 13, '0'), 'ABC234', 'closed', 1, 1, 'p2', 'phone', "
    "'general', 'complaint', '路灯', '不亮', false, false, 0, 1, "
    "(SELECT min(id) FROM sla_policies), 'green', 'solved', now() - n * interval '1 second', "
    "now(), 0, ''::bytea FROM generate_series(1, :count) n"
)
_REQUESTERS = sa.text(
    "INSERT INTO ticket_requesters (id, ticket_id, phone_index) SELECT gen_random_uuid(), id, "
    "decode(md5((row_number() OVER () % 8000)::text), 'hex') FROM tickets"
)


async def test_a_callers_history_is_read_by_index(build: Build, city_engine: AsyncEngine) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, parameters: object, *_more: object) -> None:
        asked.append((statement, parameters))

    operator = Principal(frozenset({Role.OPERATOR}))
    async with build.session_maker() as session:
        connection = await session.connection()
        await connection.execute(_TICKETS, {"count": TICKETS})
        await connection.execute(_REQUESTERS)
        await connection.exec_driver_sql("ANALYZE tickets, ticket_requesters")
        index = (
            await connection.exec_driver_sql("SELECT phone_index FROM ticket_requesters LIMIT 1")
        ).scalar_one()
        sa.event.listen(city_engine.sync_engine, "before_cursor_execute", note)
        try:
            assert await earlier_tickets(session, operator, index)
        finally:
            sa.event.remove(city_engine.sync_engine, "before_cursor_execute", note)
        ((statement, parameters),) = asked
        plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        lines = "\n".join(row[0] for row in plan)
        await session.rollback()
    assert "ix_ticket_requesters_phone_index" in lines
    assert "Seq Scan on tickets" not in lines
    assert "Seq Scan on ticket_requesters" not in lines
    assert "ix_tickets_created" not in lines  # not from the newest of all tickets downwards
