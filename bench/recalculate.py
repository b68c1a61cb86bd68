"""Moving running clocks to a new version of their calendar, and the arithmetic alone."""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import uvloop

from bench.house import house
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import resolve_secret_key
from hotline.people.actions import add_user
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import find_department
from hotline.sla.calendars import preview_calendar_change, publish_calendar, recalculate
from hotline.tickets.actions.intake import NewTicket, create_ticket
from hotline.tickets.models import Channel, RequestType
from hotline.workdays.definition import DayKind, Override
from hotline.workdays.official import official_calendars, official_definition
from hotline.workdays.workcalendar import instant_of, microseconds_of
from web.run.bootstrap import FOUNDER, HOTLINE, ensure_basics

CLOCKS = 100_000
ADDITIONS = 500_000
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

_COPY_TICKETS = """
INSERT INTO tickets OVERRIDING SYSTEM VALUE
SELECT (jsonb_populate_record(t, jsonb_build_object(
    'id', '01980000' || lpad(to_hex(n), 24, '0'), 'number', (9000000000000 + n)::text))).*
FROM tickets t, generate_series(1, :copies) n
"""
_COPY_CLOCKS = """
INSERT INTO sla_clocks
SELECT (jsonb_populate_record(c, jsonb_build_object(
    'id', overlay(t.id::text placing '01981000' from 1), 'ticket_id', t.id))).*
FROM sla_clocks c CROSS JOIN tickets t
WHERE c.id = :clock AND t.id <> c.ticket_id
"""
_COPY_LEVELS = """
INSERT INTO sla_thresholds
SELECT (jsonb_populate_record(l, jsonb_build_object(
    'clock_id', c.id, 'ticket_id', c.ticket_id))).*
FROM sla_thresholds l CROSS JOIN sla_clocks c
WHERE l.clock_id = :clock AND c.id <> :clock
"""


async def _fill(maker: SessionMaker, cipher: FieldCipher) -> None:
    """Make one ticket as people do, then its many copies, each with a clock of working time."""
    async with maker() as session, session.begin():
        tx = Tx(session, NOW, cipher, "bench", FOUNDER)
        await add_user(
            tx, username="bench", display_name="bench", roles=[Role.OPERATOR], department=HOTLINE
        )
    async with maker() as session, session.begin():
        centre = await find_department(session, HOTLINE)
        who = Principal(
            frozenset({Role.OPERATOR}),
            username="bench",
            department_id=centre.id if centre else None,
        )
        tx = Tx(session, NOW, cipher, "bench", who)
        await create_ticket(
            tx,
            NewTicket(
                channel=Channel.PHONE,
                request_type=RequestType.CONSULT,
                title="路灯",
                content="路灯",
            ),
        )
    due = official_calendars()["working"].add(NOW, 15 * 7 * 3600 * 1_000_000)
    async with maker() as session, session.begin():
        connection = await session.connection()
        await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        clock = (
            await connection.execute(sa.text("SELECT id FROM sla_clocks LIMIT 1"))
        ).scalar_one()
        await connection.execute(
            sa.text(
                "UPDATE sla_clocks SET calendar = 'working', calendar_version = 'working-1', "
                "limit_seconds = 378000, due_at = :due WHERE id = :clock"
            ),
            {"clock": clock, "due": due},
        )
        await connection.execute(
            sa.text(
                "UPDATE sla_thresholds SET target_microseconds = 378000000000 * "
                "CASE rung WHEN 'yellow' THEN 0.6 WHEN 'orange' THEN 0.8 ELSE 1 END, due_at = :due"
            ),
            {"due": due},
        )
        await connection.execute(sa.text("UPDATE tickets SET due_at = :due"), {"due": due})
        await connection.execute(sa.text(_COPY_TICKETS), {"copies": CLOCKS - 1})
        await connection.execute(sa.text(_COPY_CLOCKS), {"clock": clock})
        await connection.execute(sa.text(_COPY_LEVELS), {"clock": clock})
    async with maker() as session:
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await connection.execute(sa.text("SET statement_timeout = 0"))
        await connection.execute(sa.text("ANALYZE"))


def _arithmetic() -> dict[str, Any]:
    """Return additions a second, in one thread."""
    calendar = official_calendars()["working"]
    chance = random.Random(17)  # the same instants every time
    year = microseconds_of(datetime(2026, 1, 1, tzinfo=UTC))
    starts = [year + chance.randrange(300 * 86_400_000_000) for _ in range(ADDITIONS)]
    amounts = [chance.randrange(1, 15 * 7 * 3_600_000_000) for _ in range(ADDITIONS)]
    instants = [instant_of(start) for start in starts]
    began = time.perf_counter()
    built = official_definition().calendar("working", "bench")
    built.add_us(starts[0], 1)
    build = time.perf_counter() - began
    began = time.perf_counter()
    calendar.add_many(starts, amounts)
    many = time.perf_counter() - began
    began = time.perf_counter()
    for start, amount in zip(instants, amounts, strict=True):
        calendar.add(start, amount)
    single = time.perf_counter() - began
    return {
        "build_ms": round(build * 1000, 1),
        "add_many_per_second": round(ADDITIONS / many),
        "add_per_second": round(ADDITIONS / single),
    }


async def run() -> dict[str, Any]:
    """Return the seconds of a preview and of the move of a hundred thousand clocks."""
    results: dict[str, Any] = {"arithmetic": _arithmetic(), "clocks": CLOCKS}
    changed = official_definition().with_year(
        2026,
        {
            day: over for day, over in official_definition().overrides.items() if day.year == 2026
        }  # the year of NOW
        | {(NOW + timedelta(days=n)).date(): Override(DayKind.HOLIDAY, "补发") for n in (4, 5)},
    )
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        await ensure_basics(maker, cipher, NOW)
        await _fill(maker, cipher)
        now = NOW + timedelta(hours=1)
        began = time.perf_counter()
        async with maker() as session:
            preview = await preview_calendar_change(session, "working", changed, now)
        results["preview"] = {
            "seconds": round(time.perf_counter() - began, 2),
            "changed": preview.changed,
        }
        async with maker() as session, session.begin():
            tx = Tx(session, now, cipher, "bench", FOUNDER)
            await publish_calendar(tx, code="working", name="法定工作日", definition=changed)
        began, moved, longest, remaining = time.perf_counter(), 0, 0.0, 1
        while remaining:
            part = time.perf_counter()
            async with maker() as session, session.begin():
                done = await recalculate(Tx(session, now, cipher, "bench", FOUNDER), "working")
            longest = max(longest, time.perf_counter() - part)
            moved, remaining = moved + done.moved, done.remaining
        results["recalculate"] = {
            "seconds": round(time.perf_counter() - began, 2),
            "clocks": moved,
            "due_instants": moved * 3,
            "longest_transaction_seconds": round(longest, 2),
        }
        await engine.dispose()
    return results


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run()), indent=1))
    sys.exit(0)
