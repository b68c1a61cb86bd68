"""Lists of 1,000 requests through Open311: `python -m bench.open311 [TICKETS]`, 100,000 by default."""

import asyncio
import contextlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import uvloop

from bench.client import drive, request_bytes
from bench.house import free_port, house, process
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import resolve_secret_key
from hotline.people.actions import save_department
from hotline.people.principal import Tx
from hotline.tickets.actions.categories import save_category
from web.run.bootstrap import FOUNDER, ensure_basics

TICKETS = 100_000
DAYS = 365
SERVICES = 40
SECONDS = 4.0

_TICKETS = """
INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, programme,
    request_type, title, content, category_code, address, area, lat, long, is_secret,
    owner_department_id, holder_post, lead_department_id, is_designated, bounce_count, hop,
    policy_id, due_at, level, closure_code, submitted_at, closed_at, history_count, history_head)
SELECT gen_random_uuid(), lpad(n::text, 13, '0'), 'ABC234', state.status, 1, 1, 'p2', 'phone',
    'general', 'complaint', '路灯不亮' || n, repeat('小区门口的路灯已经三天不亮。', 10),
    'urban.s' || (n::bigint * 7919 % $3::int), '建设路' || n % 300 || '号', '新城街道',
    39.8 + (n % 5000) / 20000.0, 116.2 + (n % 7000) / 20000.0, n % 50 = 0,
    CASE WHEN state.is_open THEN unit.id END,
    CASE WHEN state.is_open THEN 'department_duty' END, unit.id, false, 0, 1, 1,
    CASE WHEN state.is_open THEN now() + interval '1 day' END, 'green',
    CASE WHEN NOT state.is_open THEN 'solved' END, state.submitted_at,
    CASE WHEN NOT state.is_open THEN state.submitted_at + interval '5 days' END, 3, ''::bytea
FROM generate_series(1, $1::int) n
CROSS JOIN LATERAL (SELECT n > $1 * 0.95 AS is_open,
    CASE WHEN n > $1 * 0.95 THEN 'processing' ELSE 'closed' END AS status,
    now() - ($1 - n) * ($2::int * interval '1 day' / $1) AS submitted_at) state
CROSS JOIN (SELECT id FROM departments WHERE code = 'unit') unit
"""
_EVENTS = """
INSERT INTO ticket_events (ticket_id, seq, at, actor, action, from_status, to_status, round,
    audience, changes, details, previous_hash, hash)
SELECT t.id, seq, t.submitted_at + seq * interval '1 hour', 'system', action, before, after, 1,
    audience, '{}', '{}', ''::bytea, ''::bytea
FROM tickets t CROSS JOIN (VALUES (1, 'submit', NULL, 'submitted', 'public'),
    (2, 'accept', 'submitted', 'accepted', 'public'),
    (3, 'dispatch', 'accepted', 'dispatched', 'staff'), (4, 'note', 'dispatched', 'dispatched', 'staff'))
    steps (seq, action, before, after, audience)
"""
_REQUESTERS = """
INSERT INTO ticket_requesters (id, ticket_id, name) SELECT gen_random_uuid(), id, $1 FROM tickets
"""
_PUBLICATIONS = """
INSERT INTO ticket_publications (ticket_id, text, is_public_place, published_at)
SELECT id, '路灯不亮，已派单' || number, false, submitted_at FROM tickets WHERE right(number, 1) = '3'
"""


def paths(now: datetime) -> dict[str, str]:
    """Return what is asked for."""
    lately = (now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "newest_json": "requests.json",
        "newest_xml": "requests.xml",
        "open": "requests.json?status=open",
        "one_service": "requests.json?service_code=urban.s7",
        "circle": "requests.json?lat=39.9&long=116.4&radius=1500",
        "words": "requests.json?q=00123",
        "updated": f"requests.json?updated_after={lately}",
        "page_20": "requests.json?page=20",
        "updates": f"servicerequestupdates.json?start_date={lately}",
        "services": "services.json",
    }


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(120):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)


async def run(tickets: int) -> dict[str, Any]:
    """Return the latencies of every kind of list for one client."""
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        now = SystemClock().now()
        await ensure_basics(maker, cipher, now)
        async with maker() as session, session.begin():
            tx = Tx(session, now, cipher, "bench", FOUNDER)
            await save_department(tx, code="unit", name="城市管理局", name_en="Unit")
            await save_category(tx, code="urban", name="城市管理", name_en="Urban")
            for number in range(SERVICES):
                code = f"urban.s{number}"
                await save_category(tx, code=code, name=f"类别{number}", name_en="Kind")
        await engine.dispose()
        connection = await asyncpg.connect(urls.database_url.replace("+asyncpg", ""))
        await connection.execute(_TICKETS, tickets, DAYS, SERVICES, timeout=1800)
        await connection.execute(_EVENTS, timeout=1800)
        await connection.execute(_REQUESTERS, cipher.encrypt("欧阳测试"), timeout=1800)
        await connection.execute(_PUBLICATIONS, timeout=1800)
        await connection.execute("VACUUM ANALYZE", timeout=1800)
        await connection.close()
        port = free_port()
        summary: dict[str, Any] = {"tickets": tickets}
        os.environ["HOTLINE_OPEN311_RATE"] = "100000"
        async with process(settings, "web.run.cli", "web", port=port):
            await _until_it_listens(port)
            for name, path in paths(datetime.now(UTC)).items():
                request = request_bytes("GET", f"/open311/v2/{path}")
                load = await drive(port, lambda _n, r=request: r, clients=1, seconds=SECONDS)
                summary[name] = {
                    "p50_ms": round(load.percentile(0.5), 1),
                    "p99_ms": round(load.percentile(0.99), 1),
                    "failures": load.failures,
                }
        return summary


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else TICKETS
    json.dump(uvloop.run(run(count)), sys.stdout, ensure_ascii=False, indent=1)
