"""A queue page of 50 rows, by unit and status, soonest due first, on a million tickets."""

import json
import sys
from typing import Any

import asyncpg
import uvloop

from bench.client import drive, request_bytes
from bench.house import free_port, house, process
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import resolve_secret_key
from hotline.people.actions import add_user, issue_token, save_department
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from web.run.bootstrap import FOUNDER, ensure_basics

TICKETS = 1_000_000
OPEN = 100_000
UNITS = 40
CLIENTS = 4
SECONDS = 6.0

_TICKETS = """
INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, programme,
    request_type, title, content, is_secret, owner_department_id, holder_post, lead_department_id,
    is_designated, bounce_count, hop, policy_id, due_at, level, closure_code, submitted_at,
    closed_at, history_count, history_head)
SELECT gen_random_uuid(), lpad(n::text, 13, '0'), 'ABC234', state.status, 1, 1, 'p2', 'phone',
    'general', 'complaint', '路灯不亮' || n, repeat('小区门口的路灯已经三天不亮。', 10), false,
    CASE WHEN state.is_open THEN units.id END,
    CASE WHEN state.is_open THEN 'department_duty' END, units.id, false, 0, 1, 1,
    CASE WHEN state.is_open THEN now() + (n % 86400) * interval '1 second' END, 'green',
    CASE WHEN NOT state.is_open THEN 'solved' END, now() - (n % 5000000) * interval '1 second',
    CASE WHEN NOT state.is_open THEN now() END, 0, ''::bytea
FROM generate_series(1, $1::int) n
CROSS JOIN LATERAL (SELECT n <= $2 AS is_open, CASE WHEN n > $2 THEN 'closed'
    ELSE (ARRAY['dispatched', 'processing', 'feedback_submitted'])[n % 3 + 1] END AS status) state
JOIN LATERAL (SELECT id FROM departments WHERE code = 'unit' || (n % $3::int)) units ON true
"""

_ASSIGNMENTS = """
INSERT INTO assignments (id, ticket_id, hop, department_id, role, state, assigned_at, ended_at)
SELECT gen_random_uuid(), id, 1, lead_department_id, 'lead',
    CASE WHEN status = 'closed' THEN 'done' ELSE 'working' END, submitted_at, closed_at
FROM tickets
"""


async def run() -> dict[str, Any]:
    """Return the latencies of the page for a supervisor and for a department's own handler."""
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        now = SystemClock().now()
        await ensure_basics(maker, cipher, now)
        tokens = {}
        async with maker() as session, session.begin():
            tx = Tx(session, now, cipher, "bench", FOUNDER)
            for unit in range(UNITS):
                await save_department(tx, code=f"unit{unit}", name=f"单位{unit}", name_en="Unit")
            for name, role, unit in (
                ("supervisor", Role.SUPERVISOR, "hotline"),
                ("handler", Role.HANDLER, "unit7"),
            ):
                await add_user(tx, username=name, display_name=name, roles=[role], department=unit)
                tokens[name] = await issue_token(tx, username=name, label="bench")
        await engine.dispose()
        connection = await asyncpg.connect(urls.database_url.replace("+asyncpg", ""))
        await connection.execute(_TICKETS, TICKETS, OPEN, UNITS, timeout=900)
        await connection.execute(_ASSIGNMENTS, timeout=900)
        await connection.execute("VACUUM ANALYZE tickets, assignments", timeout=900)
        await connection.close()
        port = free_port()
        path = "/api/v1/tickets?department=unit7&status=processing&sort=due_at&limit=50"
        summary: dict[str, Any] = {"tickets": TICKETS, "open": OPEN}
        async with process(settings, "web.run.cli", "web", port=port):
            for name, token in tokens.items():
                request = request_bytes("GET", path, token=token)
                await drive(port, lambda _n, r=request: r, clients=CLIENTS, seconds=1.5)
                load = await drive(port, lambda _n, r=request: r, clients=CLIENTS, seconds=SECONDS)
                summary[name] = {
                    "per_second": round(load.rate),
                    "p50_ms": round(load.percentile(0.5), 1),
                    "p99_ms": round(load.percentile(0.99), 1),
                    "failures": load.failures,
                }
        return summary


if __name__ == "__main__":
    json.dump(uvloop.run(run()), sys.stdout, ensure_ascii=False, indent=1)
