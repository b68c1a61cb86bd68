"""A million running clocks: how late a level fires, how fast an outage is made good, what idling costs.

The sweeper's own loop runs, in a process of its own, on a database that is durable as in production. A
level is late until the transaction that fires it has been committed, not only until its round began.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import asyncpg
import uvloop

from bench.house import house
from hotline.escalation.sweep import SweepResult, sweep_once
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.actions import add_user, save_department, set_duty_holder
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from web.run import worker
from web.run.bootstrap import FOUNDER, ensure_basics
from web.run.services import ServiceUrls

TICKETS = 500_000
UNITS = 40
A_SECOND = 200
SECONDS = 60
BURST = 1_000
OVERDUE = 100_000
IDLE_SECONDS = 30
APPLICATION = "bench.sweeper"
_GRACE = timedelta(seconds=5)

_TICKETS = """
INSERT INTO tickets (id, number, query_code, status, round, version, urgency, channel, programme,
    request_type, title, content, is_secret, owner_department_id, holder_post, lead_department_id,
    is_designated, bounce_count, hop, policy_id, due_at, level, submitted_at, history_count,
    history_head)
SELECT uuidv7(), lpad(n::text, 13, '0'), 'ABC234', 'processing', 1, 1, 'p2', 'phone',
    'general', 'complaint', '路灯不亮' || n, repeat('小区门口的路灯已经三天不亮。', 10), false,
    units.id, 'department_duty', units.id, false, 0, 1, 1, now() + interval '20 days', 'green',
    now(), 1, sha256('')
FROM generate_series(1, $1::int) n
JOIN departments units ON units.code = 'unit' || (n % $2::int)
"""

_CLOCKS = """
INSERT INTO sla_clocks (id, ticket_id, kind, hop, round, department_id, policy_id, calendar,
    calendar_version, limit_seconds, yellow, orange, state, started_at, since, due_at)
SELECT uuidv7(), tickets.id, kinds.kind, 1, 1, lead_department_id, policy_id, 'natural',
    '1', 1728000, 0.6, 0.8, 'running', submitted_at, submitted_at,
    submitted_at + interval '20 days'
FROM tickets CROSS JOIN (VALUES ('complete'), ('first_contact')) AS kinds (kind)
"""

_LEVELS = """
INSERT INTO sla_thresholds (clock_id, rung, nth, ticket_id, due_at, target_microseconds, state)
SELECT id, levels.rung, 1, ticket_id,
    started_at + levels.share * limit_seconds * interval '1 second',
    (levels.share * limit_seconds * 1000000)::bigint, 'armed'
FROM sla_clocks
CROSS JOIN (VALUES ('yellow', 0.6), ('orange', 0.8), ('red', 1.0)) AS levels (rung, share)
"""

_PROMISES = """
INSERT INTO commitments (id, ticket_id, number, round, content, department_id, promised_at, due_at,
    state)
SELECT uuidv7(), id, 'C' || number, 1, '二十日内办结', lead_department_id, submitted_at,
    due_at, 'active'
FROM tickets
"""

_CHOSEN = """
CREATE TABLE bench_chosen AS
SELECT id AS clock_id, row_number() OVER (
    ORDER BY place > $1, CASE WHEN place > $1 THEN place ELSE random() END) AS n
FROM (SELECT id, row_number() OVER (ORDER BY id)::float8 AS place FROM sla_clocks
    WHERE kind = 'complete') clocks
"""
"""The first half in random order, the second as they came in."""

_FALL_DUE = """
UPDATE sla_thresholds t SET due_at = $1::timestamptz + (c.n - $2) * $3::float8 * interval '1 second'
FROM bench_chosen c
WHERE t.clock_id = c.clock_id AND t.rung = $4 AND c.n > $2 AND c.n <= $2 + $5
"""

_OVERDUE = """
UPDATE sla_thresholds t SET
    due_at = CASE WHEN t.rung = 'red' THEN $1::timestamptz - c.n * interval '20 milliseconds'
        ELSE $1::timestamptz - interval '1 day' END,
    state = CASE WHEN t.rung = 'red' THEN 'armed' ELSE 'fired' END,
    fired_at = CASE WHEN t.rung = 'red' THEN NULL ELSE $1::timestamptz END
FROM bench_chosen c WHERE t.clock_id = c.clock_id AND c.n > $2 AND c.n <= $2 + $3
"""

_FIRED = """
SELECT due_at, fired_at FROM sla_thresholds
WHERE state = 'fired' AND due_at >= $1 AND due_at < $2 AND fired_at > $1 - interval '1 second'
"""

_LEFT = """
SELECT EXISTS (SELECT FROM sla_thresholds WHERE state = 'armed'
    AND NOT (rung IN ('act', 'order', 'listing')) AND due_at <= $1)
"""
"""Asked by way of the sweeper's own index: a look at the whole table would disturb what is measured."""

_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = $1"


# -- The sweeper, as a process of its own ----------------------------------------------------------


@dataclass(slots=True)
class Rounds:
    """What the sweeper's rounds did and how long each took; replaces the sweep in its loop."""

    sweep: Callable[..., Awaitable[SweepResult]]
    done: list[tuple[datetime, float, int]] = field(default_factory=list)

    async def __call__(
        self, session_maker: SessionMaker, cipher: FieldCipher, *, now: datetime
    ) -> SweepResult:
        result = await self.sweep(session_maker, cipher, now=now)
        self.done.append((now, (datetime.now(UTC) - now).total_seconds(), result.fired))
        return result


async def sweep_until_told(database_url: str, home: str) -> None:
    """Run the sweeper's loop until standard input closes; write what its rounds did."""
    cipher = FieldCipher(resolve_secret_key(Settings(home=Path(home))))
    engine = make_engine(database_url, application_name=APPLICATION)
    rounds = Rounds(sweep_once)
    with mock.patch.object(worker, "sweep_once", rounds):
        loop = asyncio.create_task(worker.sweep(make_session_maker(engine), cipher, SystemClock()))
        before = time.process_time()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        spent = time.process_time() - before
        loop.cancel()
        await asyncio.wait([loop])
    await engine.dispose()
    json.dump(
        {
            "cpu_seconds": spent,
            "memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "rounds": [(now.isoformat(), seconds, fired) for now, seconds, fired in rounds.done],
        },
        sys.stdout,
    )


@dataclass(slots=True)
class Sweeper:
    """A sweeper's process."""

    process: asyncio.subprocess.Process

    @classmethod
    async def started(cls, settings: Settings, urls: ServiceUrls) -> "Sweeper":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.clocks", urls.database_url, str(settings.home),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "HOTLINE_LOG_FORMAT": "json"},
            )
        )  # fmt: skip

    async def ended(self) -> dict[str, Any]:
        """Stop it and return what it did."""
        said, _ = await self.process.communicate(b"")
        told: dict[str, Any] = json.loads(said)
        return told


# -- The measurements ------------------------------------------------------------------------------


async def _people(urls: ServiceUrls, settings: Settings) -> None:
    """Found units with people in them, so that every firing has somebody to tell."""
    cipher = FieldCipher(resolve_secret_key(settings))
    engine = make_engine(urls.database_url, application_name="bench")
    maker = make_session_maker(engine)
    now = SystemClock().now()
    await ensure_basics(maker, cipher, now)
    async with maker() as session, session.begin():
        tx = Tx(session, now, cipher, "bench", FOUNDER)
        people = [("hotline", "supervisor", Role.SUPERVISOR), ("hotline", "duty", Role.OPERATOR)]
        for n in range(UNITS):
            unit = f"unit{n}"
            await save_department(tx, code=unit, name=f"单位{n}", name_en="Unit")
            people += [(unit, f"handler{n}", Role.HANDLER), (unit, f"leader{n}", Role.LEADER)]
        for unit, name, role in people:
            await add_user(tx, username=name, display_name=name, roles=[role], department=unit)
        for n in range(UNITS):
            await set_duty_holder(tx, department=f"unit{n}", username=f"handler{n}")
        await set_duty_holder(tx, department="hotline", username="duty")
    await engine.dispose()


async def _fill(database: asyncpg.Connection) -> float:
    began = time.perf_counter()
    # References are right by construction; checking three million of them would take minutes.
    await database.execute("SET session_replication_role = replica")
    await database.execute(_TICKETS, TICKETS, UNITS)
    for statement in (_CLOCKS, _LEVELS, _PROMISES):
        await database.execute(statement)
    await database.execute(_CHOSEN, TICKETS / 2)
    await database.execute("SET session_replication_role = origin")
    await _tidy(database)
    return time.perf_counter() - began


async def _tidy(database: asyncpg.Connection) -> None:
    await database.execute("VACUUM ANALYZE tickets, sla_clocks, sla_thresholds, commitments")
    await database.execute("CHECKPOINT")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all stay within."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def lateness(
    fired: Sequence[tuple[datetime, datetime]], rounds: Sequence[tuple[str, float, int]]
) -> dict[str, float]:
    """Return how late levels fired, in milliseconds: to the round that took them, and to its commit."""
    took = {datetime.fromisoformat(now): seconds for now, seconds, _ in rounds}
    until_round = [(at - due).total_seconds() * 1000 for due, at in fired]
    until_commit = [(at - due).total_seconds() * 1000 + took.get(at, 0) * 1000 for due, at in fired]
    return {
        "p50_ms": round(percentile(until_commit, 0.5), 1),
        "p99_ms": round(percentile(until_commit, 0.99), 1),
        "slowest_ms": round(max(until_commit, default=0), 1),
        "p99_to_the_round_ms": round(percentile(until_round, 0.99), 1),
    }


def _cpu_of(pids: Sequence[int]) -> float:
    """Return the CPU seconds that server processes have used."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def _idle(database: asyncpg.Connection, sweeper: Sweeper) -> dict[str, Any]:
    await asyncio.sleep(5)
    pids = [row["pid"] for row in await database.fetch(_BACKENDS, APPLICATION)]
    server, mine = _cpu_of(pids), _cpu_of([sweeper.process.pid])
    await asyncio.sleep(IDLE_SECONDS)
    return {
        "seconds": IDLE_SECONDS,
        "sweeper_cpu_seconds": round(_cpu_of([sweeper.process.pid]) - mine, 2),
        "server_cpu_seconds": round(_cpu_of(pids) - server, 2),
    }


async def _steady(
    database: asyncpg.Connection, *, first: int, count: int, apart: float
) -> tuple[datetime, datetime]:
    start: datetime = await database.fetchval("SELECT now() + interval '15 seconds'")
    await database.execute(_FALL_DUE, start, first, apart, "yellow", count)
    end: datetime = await database.fetchval(
        "SELECT $1::timestamptz + ($2::float8 + 0.5) * interval '1 second'", start, count * apart
    )
    return start, end


async def _until_done(database: asyncpg.Connection, until: datetime) -> None:
    while datetime.now(UTC) < until or await database.fetchval(_LEFT, until):  # noqa: ASYNC110  # rows ring no bell
        await asyncio.sleep(0.25)


async def _firing(
    settings: Settings, urls: ServiceUrls, database: asyncpg.Connection
) -> dict[str, Any]:
    sweeper = await Sweeper.started(settings, urls)
    results: dict[str, Any] = {"idle": await _idle(database, sweeper)}
    steady = await _steady(database, first=0, count=A_SECOND * SECONDS, apart=1 / A_SECOND)
    await _until_done(database, steady[1])
    burst = await _steady(database, first=A_SECOND * SECONDS, count=BURST, apart=0.0)
    await _until_done(database, burst[1])
    told = await sweeper.ended()
    for name, (start, end) in {"steady": steady, "burst": burst}.items():
        fired = [
            (row["due_at"], row["fired_at"]) for row in await database.fetch(_FIRED, start, end)
        ]
        took = [
            seconds
            for at, seconds, count in told["rounds"]
            if count and start <= datetime.fromisoformat(at) < end + _GRACE
        ]
        results[name] = {
            "levels": len(fired),
            **lateness(fired, told["rounds"]),
            "rounds": len(took),
            "slowest_sweep_ms": round(max(took, default=0) * 1000, 1),
        }
    results["steady"]["a_second"] = A_SECOND
    results["memory_mb"] = told["memory_kb"] // 1024
    return results


async def _outage(
    settings: Settings, urls: ServiceUrls, database: asyncpg.Connection, *, first: int
) -> dict[str, Any]:
    now = await database.fetchval("SELECT now()")
    await database.execute(_OVERDUE, now, first, OVERDUE)
    await _tidy(database)
    sweepers = [await Sweeper.started(settings, urls) for _ in range(2)]
    while await database.fetchval(_LEFT, now):  # noqa: ASYNC110  # rows ring no bell
        await asyncio.sleep(0.25)
    told = [await sweeper.ended() for sweeper in sweepers]
    rounds = [
        (datetime.fromisoformat(at).timestamp(), took, count)
        for one in told
        for at, took, count in one["rounds"]
        if count
    ]
    seconds = max(at + took for at, took, _ in rounds) - min(at for at, _, _ in rounds)
    fired = [sum(count for _, _, count in one["rounds"]) for one in told]
    return {
        "levels": OVERDUE,
        "seconds": round(seconds, 1),
        "by_each_sweeper": fired,
        "cpu_seconds_of_each": [round(one["cpu_seconds"], 1) for one in told],
        "slowest_sweep_ms": round(max(took for _, took, _ in rounds) * 1000, 1),
        "fired_twice": sum(fired) - OVERDUE,
    }


_EFFECTS = """
SELECT (SELECT count(*) FROM commitments WHERE state = 'broken') AS promises_broken,
    (SELECT count(*) FROM ticket_events) AS timeline_rows,
    (SELECT count(*) FROM escalations) AS escalations,
    (SELECT count(*) FROM notices) AS notices,
    (SELECT count(*) FROM outbox) AS facts,
    (SELECT count(*) FROM sla_thresholds WHERE rung NOT IN ('yellow', 'orange', 'red'))
        AS rungs_beyond_red
"""


async def run() -> dict[str, Any]:
    """Return every figure, measured one after the other on one database."""
    async with house() as (settings, urls):
        await _people(urls, settings)
        database = await asyncpg.connect(
            urls.database_url.replace("+asyncpg", ""), command_timeout=1800
        )
        results: dict[str, Any] = {
            "clocks": TICKETS * 2,
            "levels": TICKETS * 6,
            "filled_in_seconds": round(await _fill(database)),
        }
        results |= await _firing(settings, urls, database)
        scattered = A_SECOND * SECONDS + BURST
        for name, first in (
            ("outage_of_neighbours", TICKETS // 2),
            ("outage_scattered", scattered),
        ):
            results[name] = await _outage(settings, urls, database, first=first)
        results["effects"] = dict(await database.fetchrow(_EFFECTS))
        await database.close()
        return results


if __name__ == "__main__":
    if len(sys.argv) > 1:
        uvloop.run(sweep_until_told(*sys.argv[1:]))
    else:
        json.dump(uvloop.run(run()), sys.stdout, ensure_ascii=False, indent=1)
