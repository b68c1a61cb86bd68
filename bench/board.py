"""The board on a large city: how long it takes, and that its sums are what a look at everything finds.

`python -m bench.board --home FOLDER [--runs N]`: in a folder that `bench.million` has filled. Its tickets
have no clocks: seven of each are added first, once, some of them missed, and running ones for what is
open, which get the first line of their timelines too, so that their pages open; then every closed day is
summed up as a worker does it.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.supervision.board.counting import Scope, count_behind, list_behind
from hotline.supervision.board.figures import GROUPS
from hotline.supervision.board.queries import count_pressing, count_waiting
from hotline.supervision.board.spans import Days, Period, spans_of, trend_of
from hotline.supervision.board.sums import QUIET, gather, settle_board
from hotline.tickets.queries import TicketFilter
from web.run.migrate import upgrade
from web.run.services import services
from web.views.board import OF_UNITS, year_of

READER = Principal(frozenset({Role.SUPERVISOR}))

_CLOCKS = """
INSERT INTO sla_clocks (id, ticket_id, kind, hop, round, department_id, policy_id, calendar,
  calendar_version, limit_seconds, yellow, orange, state, started_at, since, due_at, ended_at)
SELECT gen_random_uuid(), t.id, k.kind, 1, 1,
  CASE WHEN k.is_hotline THEN h.id ELSE t.lead_department_id END, t.policy_id, 'natural', '1',
  k.seconds, 1, 1, x.state, t.submitted_at, t.submitted_at,
  t.submitted_at + k.seconds * interval '1 second',
  CASE WHEN x.state = 'running' THEN NULL ELSE t.submitted_at + k.seconds * interval '1 second'
    * CASE x.state WHEN 'met' THEN 0.7 ELSE 1.4 END END
FROM tickets t, (SELECT id FROM departments WHERE is_hotline LIMIT 1) AS h,
  (VALUES ('accept', true, 1800), ('dispatch', true, 3600), ('sign', false, 14400),
    ('first_contact', false, 86400), ('complete', false, 432000), ('audit', true, 86400),
    ('visit', true, 86400)) AS k (kind, is_hotline, seconds),
  LATERAL (SELECT CASE WHEN t.closed_at IS NULL THEN 'running'
    WHEN hashtext(t.number || k.kind) % 20 = 0 THEN 'missed' ELSE 'met' END AS state) AS x
WHERE t.lead_department_id IS NOT NULL AND (t.closed_at IS NOT NULL OR k.kind = 'complete')
"""

_TIMELINES = """
INSERT INTO ticket_events (ticket_id, seq, at, actor, action, to_status, round, audience, changes,
  details, previous_hash, hash)
SELECT t.id, 1, t.submitted_at, 'bench', 'submit', 'submitted', 1, 'staff',
  jsonb_build_object('submitted_at', t.submitted_at, 'owner_department_id', t.owner_department_id,
    'holder_user_id', t.holder_user_id, 'holder_post', t.holder_post), '{}', '', ''
FROM tickets t WHERE t.closed_at IS NULL AND t.history_count = 0
"""
_COUNTED = "UPDATE tickets SET history_count = 1 WHERE closed_at IS NULL AND history_count = 0"
_ALL_AGAIN = """
INSERT INTO board_marks (day)
SELECT generate_series(min(submitted_at), now(), interval '1 day')::date FROM tickets
"""


def _said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _prepare(url: str, maker: SessionMaker) -> dict[str, float]:
    """Give the tickets clocks and sum up the days, whatever of that has not been done yet."""
    took: dict[str, float] = {}
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), command_timeout=3600)
    if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM sla_clocks)"):
        began = time.perf_counter()
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(_CLOCKS)
            await connection.execute(_ALL_AGAIN)
        await connection.execute("VACUUM ANALYZE sla_clocks")
        took["clocks"] = time.perf_counter() - began
        _said(f"clocks: {took['clocks']:.1f} s")
    began = time.perf_counter()
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(_TIMELINES)
        await connection.execute(_COUNTED)
    await connection.execute("VACUUM ANALYZE ticket_events")
    took["timelines"] = time.perf_counter() - began
    began = time.perf_counter()
    now = SystemClock().now()
    days = await settle_board(maker, now)
    days += await settle_board(maker, now + QUIET)
    await connection.execute("VACUUM ANALYZE board_days")
    took["sums"] = time.perf_counter() - began
    _said(f"sums of {days} days: {took['sums']:.1f} s")
    await connection.close()
    return {name: round(seconds, 1) for name, seconds in took.items()}


async def _measured(runs: int, ask: Callable[[], Awaitable[object]]) -> dict[str, float]:
    await ask()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        await ask()
        times.append(1000 * (time.perf_counter() - began))
    times.sort()
    return {
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1),
    }


async def _board(maker: SessionMaker, period: Period, scope: Scope, *, is_live: bool) -> object:
    """Ask what the page asks; of what presses, when `is_live`, else of the period."""
    now = SystemClock().now()
    today = now.astimezone(SHANGHAI).date()
    async with maker() as session:
        if is_live:
            wanted = TicketFilter(open_only=True, area=scope.area)
            await count_pressing(session, scope, now)
            return await count_waiting(session, READER, wanted, now, today)
        spans = spans_of(period, today, today - timedelta(days=365), today)
        return await gather(
            session,
            spans,
            scope,
            earliest=min(today - timedelta(days=27), trend_of(spans.now)[0].first),
            year=year_of(today),
            of_units=OF_UNITS,
        )


async def _compare(maker: SessionMaker, today: date) -> dict[str, int]:
    """Return how many figures of the last quarter were compared with a count, and how many differ."""
    spans = spans_of(Period.QUARTER, today)
    compared = differing = 0
    async with maker() as session:
        found = await gather(
            session, spans, Scope(), earliest=spans.now.first, year=spans.now, of_units=()
        )
        for group, figures in GROUPS.items():
            compared += 1
            summed = found.course.sum(spans.now, *figures)
            differing += summed != await count_behind(session, group, spans.now, Scope())
    return {"compared": compared, "differing": differing}


async def run(home: Path, runs: int) -> dict[str, Any]:
    """Measure in a filled folder."""
    settings = Settings(home=home, log_format="json")
    async with services(settings, command="bench.board") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        prepared = await _prepare(urls.database_url, maker)
        today = SystemClock().now().astimezone(SHANGHAI).date()
        connection = await asyncpg.connect(urls.database_url.replace("+asyncpg", ""))
        summary: dict[str, Any] = {
            "tickets": await connection.fetchval("SELECT count(*) FROM tickets"),
            "clocks": await connection.fetchval("SELECT count(*) FROM sla_clocks"),
            "rows_of_sums": await connection.fetchval("SELECT count(*) FROM board_days"),
            "bytes_of_sums": await connection.fetchval(
                "SELECT pg_total_relation_size('board_days')"
            ),
            "prepared": prepared,
        }
        unit = await connection.fetchval("SELECT id FROM departments WHERE code = 'chengguan'")
        area = await connection.fetchval("SELECT area FROM tickets WHERE area IS NOT NULL LIMIT 1")
        await connection.close()
        scopes: Sequence[tuple[str, Scope]] = (
            ("all", Scope()),
            ("department", Scope(department=unit)),
            ("area", Scope(area=area)),
        )
        for name, scope in scopes:
            summary[f"now/{name}"] = await _measured(
                runs, lambda scope=scope: _board(maker, Period.WEEK, scope, is_live=True)
            )
            for period in Period:
                summary[f"{period.value}/{name}"] = await _measured(
                    runs,
                    lambda scope=scope, period=period: _board(maker, period, scope, is_live=False),
                )
                _said(f"{period.value}/{name} {summary[f'{period.value}/{name}']}")
        quarter = spans_of(Period.QUARTER, today).now

        async def first_page() -> object:
            async with maker() as session:
                await count_behind(session, "complete_all", quarter, Scope())
                return await list_behind(session, "complete_all", quarter, Scope(), limit=50)

        summary["list_of_a_quarter"] = await _measured(runs, first_page)
        one_day = Days(today - timedelta(days=3), today - timedelta(days=3))

        async def one_day_page() -> object:
            async with maker() as session:
                await count_behind(session, "complete_all", one_day, Scope())
                return await list_behind(session, "complete_all", one_day, Scope(), limit=50)

        summary["list_of_a_day"] = await _measured(runs, one_day_page)
        summary["against_a_count"] = await _compare(maker, today)
        await engine.dispose()
        return summary


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=20)
    asked = parser.parse_args()
    json.dump(uvloop.run(run(asked.home.resolve(), asked.runs)), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
