"""The yardstick: the rows of a new ticket through bare asyncpg behind the same web server.

No identity, no validation, no rules: only the same inserts, as six statements or as one.
"""

import json
import os
import socket
import sys
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import uvicorn
import uvloop
from litestar import Litestar, Request, post

from hotline.tickets.actions.intake import _COLUMNS


def rows_of(content: str, counter: int) -> dict[str, list[dict[str, Any]]]:
    """Return rows of the very size and number that a new ticket has."""
    now = datetime.now(UTC)
    ticket, clock = uuid.uuid4(), uuid.uuid4()
    changes = json.dumps(
        {"owner_department_id": 1, "holder_post": "acceptance_desk"}
        | {str(n): None for n in range(8)}
    )
    return {
        "tickets": [
            dict(
                id=ticket, number=f"{counter:013d}", query_code="ABC234", status="submitted",
                round=1, version=1, urgency="p2", channel="phone", programme="general",
                request_type="complaint", category_code=None, title="路灯不亮", content=content,
                address="建设路12号", area=None, lat=None, long=None, is_secret=False,
                owner_department_id=1, holder_post="acceptance_desk", is_designated=False,
                bounce_count=0, hop=0, policy_id=1, due_at=now, level="green", submitted_at=now,
                history_count=1, history_head=b"0" * 32,
            )
        ],
        "ticket_requesters": [
            dict(
                id=uuid.uuid4(), ticket_id=ticket, name=b"n" * 40, phone=b"p" * 40,
                phone_index=os.urandom(16), on_behalf_of=None,
            )
        ],
        "ticket_events": [
            dict(
                ticket_id=ticket, seq=1, at=now, actor_id=None, actor="operator", role="operator",
                department_id=1, action="submit", outcome="done", from_status=None,
                from_hold=None, to_status="submitted", to_hold=None, round=1, reason=None,
                text=None, audience="public", policy_id=1, changes=changes, details="{}",
                previous_hash=b"0" * 32, hash=b"1" * 32,
            )
        ],
        "sla_clocks": [
            dict(
                id=clock, ticket_id=ticket, kind="accept", hop=0, round=1, department_id=1,
                policy_id=1, calendar="natural", calendar_version="1", limit_seconds=1800,
                yellow=Decimal("0.6"), orange=Decimal("0.8"), state="running", started_at=now,
                since=now, due_at=now, is_provisional=False,
            )
        ],
        "sla_thresholds": [
            dict(
                clock_id=clock, level=level, ticket_id=ticket,
                due_at=now + timedelta(hours=1), state="armed",
            )
            for level in ("yellow", "orange", "red")
        ],
        "outbox": [
            dict(
                id=uuid.uuid4(), topic="bare", payload=changes, trace_id="bare", created_at=now
            )
        ],
    }  # fmt: skip


def statements() -> list[str]:
    """Return one insert for each table."""
    made = []
    for table, (count, columns) in _COLUMNS.items():
        width = len(columns)
        values = ", ".join(
            "(" + ", ".join(f"${row * width + n + 1}" for n in range(width)) + ")"
            for row in range(count)
        )
        made.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}")
    return made


def one_statement() -> str:
    """Return all inserts as one statement."""
    parts, place = [], 0
    for table, (count, columns) in _COLUMNS.items():
        tuples = []
        for _ in range(count):
            tuples.append("(" + ", ".join(f"${place + n + 1}" for n in range(len(columns))) + ")")
            place += len(columns)
        parts.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(tuples)}")
    heads = ", ".join(f"part_{n} AS ({part})" for n, part in enumerate(parts[:-1]))
    return f"WITH {heads} {parts[-1]}"


def values_of(rows: dict[str, list[dict[str, Any]]]) -> list[list[Any]]:
    """Return the values of each statement."""
    return [
        [row[column] for row in rows[table] for column in columns]
        for table, (_, columns) in _COLUMNS.items()
    ]


SIX = statements()
ONE = one_statement()


def make_app(pool: asyncpg.Pool) -> Litestar:
    """Return an application with one route for each way."""
    counter = iter(range(int(datetime.now(UTC).timestamp() * 1000) % 10**12, 10**13))

    @post("/six")
    async def six(request: Request[Any, Any, Any]) -> dict[str, str]:
        body = await request.json()
        rows = rows_of(body["content"], next(counter))
        async with pool.acquire() as connection, connection.transaction():
            for statement, values in zip(SIX, values_of(rows), strict=True):
                await connection.execute(statement, *values)
        return {"number": rows["tickets"][0]["number"]}

    @post("/one")
    async def one(request: Request[Any, Any, Any]) -> dict[str, str]:
        body = await request.json()
        rows = rows_of(body["content"], next(counter))
        async with pool.acquire() as connection:
            await connection.execute(ONE, *[v for values in values_of(rows) for v in values])
        return {"number": rows["tickets"][0]["number"]}

    return Litestar([six, one], openapi_config=None, logging_config=None)


async def main(dsn: str, port: int) -> None:
    """Serve until killed, set up as the product's own server is."""
    async with asyncpg.create_pool(dsn, min_size=10, max_size=10) as pool:
        sock = socket.create_server(("127.0.0.1", port))
        config = uvicorn.Config(
            make_app(pool), loop="none", http="httptools", ws="none", log_config=None,
            access_log=False,
        )  # fmt: skip
        await uvicorn.Server(config).serve(sockets=[sock])


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
