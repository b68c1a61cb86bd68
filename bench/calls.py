"""A caller's history on a million tickets, and how many call events a second are taken in.

`--tickets N` for another size.
"""

import argparse
import hashlib
import itertools
import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime
from typing import Any

import asyncpg
import uvloop
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.client import drive
from bench.house import free_port, house, process
from hotline.calls.signing import sign
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import resolve_secret_key
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.tickets.queries import earlier_tickets
from web.run.bootstrap import ensure_basics

TICKETS = 1_000_000
CALLERS_SHARE = 0.4
HEAVY = 5_000
ASKED = 300
CLIENTS = 4
SECONDS = 6.0
SECRET = "a-secret-of-the-benchmark"  # noqa: S105  # of a house that lives for a minute
OPERATOR = Principal(frozenset({Role.OPERATOR}))

_TICKETS = """
INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, programme,
    request_type, title, content, is_secret, is_designated, bounce_count, hop, policy_id, level,
    closure_code, submitted_at, closed_at, history_count, history_head)
SELECT gen_random_uuid(), lpad(n::text, 13, '0'), 'ABC234', 'closed', 1, 1, 'p2', 'phone',
    'general', 'complaint', '路灯不亮' || n, repeat('小区门口的路灯已经三天不亮。', 10), false, false, 0,
    1, 1, 'green', 'solved', now() - (n % 50000000) * interval '1 second', now(), 0, ''::bytea
FROM generate_series(1, $1::int) n
"""

_REQUESTERS = """
INSERT INTO ticket_requesters (id, ticket_id, phone_index)
SELECT gen_random_uuid(), id, CASE WHEN place <= $2 THEN decode(md5('heavy'), 'hex')
    ELSE decode(md5((place % $1::int)::text), 'hex') END
FROM (SELECT id, row_number() OVER (ORDER BY number) AS place FROM tickets) numbered
"""


async def _history(session: AsyncSession, callers: int) -> dict[str, Any]:
    """Return how long it takes to see who calls."""
    taken, found = [], 0
    for place in range(ASKED):
        index = bytes.fromhex(_md5(str(place * (callers // ASKED))))
        began = time.perf_counter()
        found += len(await earlier_tickets(session, OPERATOR, index))
        taken.append((time.perf_counter() - began) * 1000)
    heavy = []
    for _ in range(20):
        began = time.perf_counter()
        assert len(await earlier_tickets(session, OPERATOR, bytes.fromhex(_md5("heavy")))) == 10
        heavy.append((time.perf_counter() - began) * 1000)
    ordered = sorted(taken)
    return {
        "asked": ASKED,
        "found": found,
        "p50_ms": round(statistics.median(ordered), 2),
        "p99_ms": round(ordered[int(ASKED * 0.99)], 2),
        "caller_of_5000_p50_ms": round(statistics.median(heavy), 2),
        "caller_of_5000_max_ms": round(max(heavy), 2),
    }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _delivery(place: int, size: int) -> bytes:
    """Return a signed request with so many events: each call has four."""
    kinds = ("ringing", "answered", "ended", "recording")
    events = [
        {
            "id": f"{size}-{place}-{n}",
            "call": f"{size}-{place}-{n // 4}" if size > 1 else f"1-{place // 4}",
            "event": kinds[(n if size > 1 else place) % 4],
            "at": datetime.now(UTC).isoformat(),
            "number": f"1990000{(place * 31 + n // 4) % 10000:04d}",
            "line": "12345",
        }
        for n in range(size)
    ]
    body = json.dumps({"events": events})
    stamp = str(int(time.time()))
    head = [
        "POST /api/v1/call-events HTTP/1.1",
        "Host: bench",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-Hotline-Exchange: bench",
        f"X-Hotline-Timestamp: {stamp}",
        f"X-Hotline-Signature: {sign(SECRET, stamp, body)}",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body.encode()


async def run(tickets: int) -> dict[str, Any]:
    """Return both figures."""
    os.environ["HOTLINE_EXCHANGE_SECRETS"] = json.dumps({"bench": SECRET})
    async with house() as (settings, urls):
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        cipher = FieldCipher(resolve_secret_key(settings))
        await ensure_basics(maker, cipher, SystemClock().now())
        callers = max(int(tickets * CALLERS_SHARE), ASKED)
        connection = await asyncpg.connect(urls.database_url.replace("+asyncpg", ""))
        await connection.execute(_TICKETS, tickets, timeout=1800)
        await connection.execute(_REQUESTERS, callers, min(HEAVY, tickets // 2), timeout=1800)
        await connection.execute("VACUUM ANALYZE tickets, ticket_requesters", timeout=900)
        await connection.close()
        summary: dict[str, Any] = {"tickets": tickets}
        async with maker() as session:
            summary["history"] = await _history(session, callers)
        await engine.dispose()
        port = free_port()
        async with process(settings, "web.run.cli", "web", port=port):
            for size in (1, 40):
                counter = itertools.count()
                load = await drive(
                    port,
                    lambda _n, s=size, c=counter: _delivery(next(c), s),
                    clients=CLIENTS,
                    seconds=SECONDS,
                )
                summary[f"events_in_deliveries_of_{size}"] = {
                    "events_per_second": round(load.rate * size),
                    "p50_ms": round(load.percentile(0.5), 1),
                    "p99_ms": round(load.percentile(0.99), 1),
                    "failures": load.failures,
                }
        return summary


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=TICKETS)
    json.dump(
        uvloop.run(run(parser.parse_args().tickets)), sys.stdout, ensure_ascii=False, indent=1
    )
