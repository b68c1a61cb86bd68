"""What is late and will be: every figure is the length of the list behind it, read off an index."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.escalation.queries import list_unseen
from hotline.kernel.db import SessionMaker
from hotline.kernel.health import read_health
from hotline.people.principal import SYSTEM
from hotline.supervision.interviews.queries import read_proposals
from hotline.supervision.interviews.rules import Floors
from hotline.supervision.lateness import SOON, Lateness, count_lateness, end_of_day
from hotline.supervision.queries import open_orders
from hotline.supervision.urges.queries import count_waiting_urges, list_waiting_urges
from hotline.tickets.lifecycle import Status
from hotline.tickets.queries import ClockWait, TicketFilter, count_tickets
from tests.support.builders import Build
from tests.support.clock import MONDAY
from tests.support.queries import count_queries


def test_the_day_ends_at_midnight_in_shanghai() -> None:
    assert end_of_day(MONDAY) == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert end_of_day(datetime(2026, 3, 2, 16, tzinfo=UTC)) == datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert end_of_day(datetime(2026, 3, 2, 15, 59, tzinfo=UTC)) == end_of_day(MONDAY)


async def _spread(build: Build) -> None:
    """Tickets at several places, some of whose limits have passed."""
    for status in (Status.SUBMITTED, Status.ACCEPTED, Status.DISPATCHED, Status.PROCESSING):
        await build.ticket(status)
        build.clock.move(minutes=25)
    await build.ticket(Status.FEEDBACK_SUBMITTED)
    await build.ticket(Status.SUBMITTED)


@pytest.mark.parametrize("passed", [0, 1, 5, 23, 30])
async def test_every_figure_is_the_length_of_its_list(
    build: Build, maker: SessionMaker, passed: int
) -> None:
    await _spread(build)
    now = build.clock.move(hours=passed)
    reader = build.city.people["supervisor"]
    spans = (
        ("late", None, now),
        ("hour", now, now + SOON),
        ("today", now, end_of_day(now)),
    )
    async with maker() as session:
        view = await count_lateness(session, now)

        async def listed(start: datetime | None, end: datetime, **asked: Any) -> int:
            clock = ClockWait(
                kind=asked.pop("kind", None),
                unit=asked.pop("unit", None),
                due_from=start,
                due_to=end,
            )
            return await count_tickets(session, reader, TicketFilter(clock=clock, **asked))

        for name, start, end in spans:
            assert getattr(view.total, name) == await listed(start, end)
            for kind, count in view.kinds:
                assert getattr(count, name) == await listed(start, end, kind=kind)
            for unit, count in view.units:
                assert getattr(count, name) == await listed(start, end, unit=unit.code)
            for holder, count in view.holders:
                asked: dict[str, Any] = (
                    {"holder": holder.user.username}
                    if holder.user
                    else {"post": holder.post, "owner": holder.unit.code if holder.unit else None}
                )
                assert getattr(count, name) == await listed(start, end, **asked)
    assert sum(count.late for _, count in view.holders) == view.total.late
    if passed == 30:
        assert view.total.late == 6
    if passed == 0:
        assert view.total.late < 6


async def test_an_empty_city_is_not_late(maker: SessionMaker) -> None:
    async with maker() as session:
        view = await count_lateness(session, MONDAY)
        assert (await list_unseen(session, MONDAY, 20)).count == 0
    assert view.total == Lateness()
    assert not view.kinds
    assert not view.units
    assert not view.holders


async def test_three_statements(
    build: Build, maker: SessionMaker, city_engine: AsyncEngine
) -> None:
    await _spread(build)
    async with maker() as session:
        with count_queries(city_engine) as statements:
            await count_lateness(session, build.clock.move(hours=30))
    assert len(statements) == 3


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
FROM generate_series(1, 60000) n
"""
CLOCKS = """
INSERT INTO sla_clocks (id, ticket_id, kind, hop, round, department_id, policy_id, calendar,
  calendar_version, limit_seconds, yellow, orange, state, started_at, since, used_microseconds,
  due_at, ended_at, level)
SELECT gen_random_uuid(), t.id, k.kind, 1, 1, :unit, t.policy_id, 'natural', '', 86400, 0.6, 0.8,
  CASE WHEN t.status = 'processing' AND k.kind = 'complete' THEN 'running' ELSE 'met' END,
  t.submitted_at, t.submitted_at, 0, coalesce(t.due_at, t.submitted_at) + interval '1 day',
  CASE WHEN t.status = 'processing' AND k.kind = 'complete' THEN NULL ELSE t.submitted_at END,
  'green'
FROM tickets t CROSS JOIN (VALUES ('accept'), ('complete')) AS k(kind)
WHERE t.number LIKE '9%'
"""
RUNGS = """
INSERT INTO sla_thresholds (clock_id, rung, nth, ticket_id, due_at, target_microseconds, state,
  fired_at)
SELECT c.id, r.rung, 1, c.ticket_id, c.due_at, 1,
  CASE WHEN c.state = 'running' THEN 'armed' ELSE 'disarmed' END, NULL
FROM sla_clocks c CROSS JOIN (VALUES ('yellow'), ('red'), ('order')) AS r(rung)
"""
ORDERS = """
INSERT INTO supervision_orders (id, number, ticket_id, nth, hop, round, department_id, level, reason,
  demand, reply_limit, state, issued_at, due_at)
SELECT gen_random_uuid(), t.number || '-D1', t.id, 1, 1, 1, :unit, 2 + (abs(hashtext(t.number)) % 2),
  'overdue_half', 'x', 'PT24H', CASE WHEN t.status = 'processing' AND t.due_at < :soon THEN 'issued'
  ELSE 'verified' END, t.submitted_at, t.submitted_at + interval '1 day'
FROM tickets t
"""
ALERTS = """
INSERT INTO escalations (id, ticket_id, ticket_number, clock_id, kind, rung, nth, department_id,
  due_at, fired_at, late_by_seconds, told, skipped, ack_due_at, acknowledged_at)
SELECT gen_random_uuid(), c.ticket_id, t.number, c.id, c.kind, 'red', 1, :unit, c.due_at, c.due_at, 0,
  ARRAY[(SELECT id FROM users ORDER BY username LIMIT 1)], '[]', c.due_at + interval '2 hours',
  CASE WHEN c.state <> 'running' THEN c.due_at END
FROM sla_clocks c JOIN tickets t ON t.id = c.ticket_id
"""


async def test_the_view_is_read_off_indexes_among_many(
    own_build: Build, own_city: AsyncEngine
) -> None:
    """60 000 matters with 120 000 limits and their rungs; one in twenty of them still open."""
    unit = own_build.city.departments["chengguan"]
    async with own_city.begin() as connection:
        for statement in (GENERATE, CLOCKS, RUNGS, ORDERS, ALERTS):
            wanted = sa.text(statement)
            given = {"unit": unit, "now": MONDAY, "soon": MONDAY + timedelta(hours=2)}
            named = {name: given[name] for name in wanted.compile().params}
            await connection.execute(wanted, named)
        await connection.execute(sa.text("ANALYZE"))
    plans: list[str] = []

    def explain(
        connection: Any, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> None:
        raw = connection.connection.cursor()
        raw.execute(f"EXPLAIN {statement}", parameters)
        plans.append("\n".join(row[0] for row in raw.fetchall()))

    now = MONDAY + timedelta(days=1, minutes=30)
    # Both list running limits by due instant, the second one unit after the other; it may skip units.
    running = ("ix_sla_clocks_running", "ix_sla_clocks_unit")
    for read, *indexes in (
        (lambda session: count_lateness(session, now), *running),
        (lambda session: open_orders(session, SYSTEM, limit=20), "ix_supervision_orders_live"),
        (lambda session: list_unseen(session, now, 20), *running),
        (lambda session: read_health(session, now), "ix_sla_thresholds_acts"),
        (lambda session: count_waiting_urges(session, now), "ix_sla_clocks_urged"),
        (lambda session: list_waiting_urges(session, due_before=now), "ix_sla_clocks_urged"),
        (lambda session: read_proposals(session, Floors(), now), "ix_sla_clocks_completions"),
    ):
        plans.clear()
        sa.event.listen(own_city.sync_engine, "before_cursor_execute", explain)
        async with own_build.session_maker() as session:
            await read(session)
        sa.event.remove(own_city.sync_engine, "before_cursor_execute", explain)
        assert any(index in plans[0] for index in indexes), plans[0]
        for table in ("tickets", "sla_clocks", "sla_thresholds", "escalations"):
            assert f"Seq Scan on {table}" not in plans[0], plans[0]
