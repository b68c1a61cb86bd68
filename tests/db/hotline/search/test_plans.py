"""Searching reads indexes among many tickets, for words that few hold and words that all hold."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.search import queries
from hotline.search.queries import Question, find_tickets
from hotline.tickets.finding import sight_of
from hotline.tickets.grams import SEPARATOR, grams_of
from hotline.tickets.queries import TicketFilter, list_tickets
from tests.support.builders import Build

_MANY = 30_000
_TICKETS = """
INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, programme,
    request_type, title, content, is_secret, lead_department_id, is_designated, bounce_count, hop,
    policy_id, level, closure_code, submitted_at, closed_at, history_count, history_head)
SELECT gen_random_uuid(), lpad(n::text, 13, '0'), 'ABC234', 'closed', 1, 1, 'p2', 'phone', 'general',
    'complaint', '路灯不亮', '路灯不亮', false, :unit, false, 0, 1,
    (SELECT max(id) FROM sla_policies), 'green', 'solved', now() - n * interval '1 minute', now(), 0,
    ''::bytea
FROM generate_series(1, :many) n
"""
_TASKS = """
INSERT INTO assignments (id, ticket_id, hop, department_id, role, state, assigned_at, ended_at)
SELECT gen_random_uuid(), id, 1, :unit, 'lead', 'done', submitted_at, closed_at
FROM tickets WHERE right(number, 1) = '1'
"""
_TEXTS = """
INSERT INTO ticket_texts (ticket_id, tier, submitted_at, is_sample, grams, text, digest, seen_count,
    rules, filled_at)
SELECT id, 'both', submitted_at, right(number, 2) = '00',
    CASE WHEN right(number, 3) = '111' THEN CAST(:rare AS int[]) ELSE CAST(:usual AS int[]) END,
    CASE WHEN right(number, 3) = '111' THEN :rare_text ELSE :usual_text END,
    ''::bytea, 0, 1, submitted_at
FROM tickets
"""


async def test_the_indexes_are_read_among_many(
    own_build: Build, own_city: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_SORTED", 10 * queries.SAMPLED)
    unit = own_build.city.departments["chengguan"]
    usual, rare = ["路灯不亮", "小区门口的路灯三天不亮"], ["电梯异响", "小区里的电梯有异响"]
    values = {
        "usual": [*grams_of(usual)],
        "rare": [*grams_of(rare), sight_of(unit)],
        "usual_text": SEPARATOR.join(usual),
        "rare_text": SEPARATOR.join(rare),
    }
    async with own_city.begin() as connection:
        await connection.execute(sa.text(_TICKETS), {"unit": unit, "many": _MANY})
        await connection.execute(sa.text(_TASKS), {"unit": unit})
        await connection.execute(sa.text(_TEXTS), values)
        await connection.execute(sa.text("ANALYZE"))
    plans: list[str] = []

    def explain(
        connection: Any, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> None:
        raw = connection.connection.cursor()
        raw.execute(f"EXPLAIN {statement}", parameters)
        plans.append("\n".join(row[0] for row in raw.fetchall()))

    people = own_build.city.people
    for by, text, index, count in (
        ("operator", "电梯", "ix_ticket_texts_grams", _MANY // 1000),
        ("operator", "电梯有异响", "ix_ticket_texts_grams", _MANY // 1000),
        ("handler.chengguan", "电梯", "ix_ticket_texts_grams", _MANY // 1000),
        ("operator", "路灯", "ix_ticket_texts_hotline", None),
        ("operator", "灯", "ix_ticket_texts_hotline", None),
    ):
        plans.clear()
        sa.event.listen(own_city.sync_engine, "before_cursor_execute", explain)
        async with own_build.session_maker() as session:
            found = await find_tickets(
                session, people[by], own_build.cipher, Question(text=text), limit=5
            )
        sa.event.remove(own_city.sync_engine, "before_cursor_execute", explain)
        assert len(found.hits) == 5, text
        assert found.is_common == (count is None)
        assert count is None or found.total == count
        told = "\n".join(plans)
        assert "ix_ticket_texts_sample" in told, told
        assert index in told, told
        for table in ("tickets", "ticket_texts", "assignments"):
            assert f"Seq Scan on {table}" not in told, told
    plans.clear()
    sa.event.listen(own_city.sync_engine, "before_cursor_execute", explain)
    async with own_build.session_maker() as session:
        page = await list_tickets(session, people["operator"], TicketFilter(q="电梯"), limit=5)
    sa.event.remove(own_city.sync_engine, "before_cursor_execute", explain)
    assert len(page.items) == 5
    assert "ix_ticket_texts_grams" in plans[0], plans[0]
