"""Credit of 300 departments out of a million tickets: a night, a month's freeze, the ranking.

What is measured is what people run: the commands as processes of their own, with their peak memory, and
the interface over a real port. Every score is made more than once, and its digests must be the same.
`--tickets N` makes it smaller.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import uvloop
from sqlmodel import col, select

from bench.client import drive, request_bytes
from bench.house import free_port, house, process
from credit.ledger import Measure
from credit.periods import Period
from credit.rulebook import DEFAULT_BOOK, Severity
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.actions import add_user, issue_token, save_department, save_peer_group
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from web.run.bootstrap import FOUNDER, ensure_basics

UNITS = 300
GROUPS = 5
CATEGORIES = 60
EVENTS = 30_000
CLIENTS = 2
SECONDS = 6.0
BATCH = 100_000
YEAR = timedelta(days=365)

OFTEN: dict[Measure, float] = {
    Measure.BASE: 1.0,
    Measure.SIGN: 1.0,
    Measure.CONTACT: 0.95,
    Measure.PROMISE: 0.9,
    Measure.RESOLVED: 0.6,
    Measure.SATISFIED: 0.4,
    Measure.QUALITY: 0.1,
}
"""In how many tickets something is observed that counts for a rate."""

_OBSERVED = (
    *("source_key", "department_id", "ticket_id", "ticket_number", "hop", "round", "measure"),
    *("category", "k", "n", "cause", "finished_at", "recorded_at"),
)
_ZERO, _ONE = Decimal(0), Decimal(1)


def observations(
    tickets: int, units: Sequence[int], now: datetime, seed: int = 7
) -> Iterator[tuple[object, ...]]:
    """Yield what a year's tickets are observed for; one in a hundred is taken back again."""
    chance = random.Random(seed)
    # Some departments have thousands of tickets a month, some have three.
    weights = list(itertools.accumulate(1 / (1 + place) ** 0.8 for place in range(len(units))))
    skill = {unit: chance.uniform(0.8, 0.995) for unit in units}
    categories = [f"category.{place:02}" for place in range(CATEGORIES)]
    for number in range(tickets):
        unit = units[chance.choices(range(len(units)), cum_weights=weights)[0]]
        at = now - timedelta(seconds=60 + chance.random() * (YEAR.total_seconds() - 60))
        place = (unit, uuid.UUID(int=number), f"{number:013}", 1, 1)
        category = categories[int(chance.random() ** 2 * CATEGORIES)]
        is_excluded = chance.random() < 0.01
        for measure, often in OFTEN.items():
            if chance.random() >= often:
                continue
            done = measure is not Measure.BASE and chance.random() < skill[unit]
            k, key = _ONE if done else _ZERO, f"{measure.value}:{number}"
            yield (key, *place, measure.value, category, k, 1, None, at, at)
            if is_excluded:
                yield (f"{key}#1", *place, measure.value, category, -k, -1, "pilot", at, at)


def entries(
    units: Sequence[int], now: datetime, seed: int = 11
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return a year's events with what became of each."""
    chance = random.Random(seed)
    rules = {
        code: rule
        for code, rule in DEFAULT_BOOK.events.items()
        if rule.severity in {Severity.MINOR, Severity.GENERAL, Severity.PLUS}
    }
    rows, changes = [], []
    seq = dict.fromkeys(units, 0)
    for number in range(EVENTS):
        unit, code = chance.choice(units), chance.choice(list(rules))
        at = now - timedelta(seconds=chance.random() * YEAR.total_seconds())
        rule, entry = rules[code], uuid.UUID(int=number)
        seq[unit] += 1
        rows.append(
            (
                *(entry, unit, seq[unit], code, rule.severity.value, rule.points, rule.cap),
                *(rule.cap_days, 1, "fact", f"event:{number}", "{}", at, at, b"", b""),
            )
        )
        for state in ("provisional", "in_force", *(("revoked",) if number % 20 == 0 else ())):
            seq[unit] += 1
            changes.append((uuid.uuid4(), entry, unit, seq[unit], state, "bench", at, b"", b""))
    return rows, changes


async def _town(maker: SessionMaker, cipher: FieldCipher) -> tuple[str, list[int]]:
    """Found the departments; return a supervisor's token and their ids."""
    now = SystemClock().now() - YEAR - timedelta(days=1)
    await ensure_basics(maker, cipher, now)
    async with maker() as session, session.begin():
        tx = Tx(session, now, cipher, "bench", FOUNDER)
        for place in range(GROUPS):
            await save_peer_group(tx, code=f"group{place}", name=f"组{place}", name_en="Group")
        for place in range(UNITS):
            await save_department(
                tx,
                code=f"unit{place:03}",
                name=f"单位{place}",
                name_en=f"Unit {place}",
                peer_group=f"group{place % GROUPS}",
            )
        await add_user(
            tx,
            username="supervisor",
            display_name="supervisor",
            roles=[Role.SUPERVISOR],
            department="hotline",
        )
        token = await issue_token(tx, username="supervisor", label="bench")
    async with maker() as session:
        ids = await session.exec(
            select(Department.id)
            .where(col(Department.is_hotline).is_(False))
            .order_by(col(Department.code))
        )
        return token, list(ids)


async def _fill(url: str, tickets: int, units: Sequence[int], now: datetime) -> int:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    count, made = 0, observations(tickets, units, now)
    while rows := list(itertools.islice(made, BATCH)):
        await connection.copy_records_to_table(
            "credit_observations", records=rows, columns=_OBSERVED, timeout=900
        )
        count += len(rows)
        print(f"{count} observations", file=sys.stderr, flush=True)
    rows, changes = entries(units, now)
    await connection.copy_records_to_table(
        "credit_entries",
        records=rows,
        columns=(
            *("id", "department_id", "seq", "code", "severity", "points", "cap", "cap_days"),
            *("rule_version", "source", "source_key", "proof", "occurred_at", "recorded_at"),
            *("previous_hash", "hash"),
        ),
    )
    await connection.copy_records_to_table(
        "credit_entry_changes",
        records=changes,
        columns=(
            *("id", "entry_id", "department_id", "seq", "state", "reason", "changed_at"),
            *("previous_hash", "hash"),
        ),
    )
    await connection.execute(
        "VACUUM ANALYZE credit_observations, credit_entries, credit_entry_changes", timeout=900
    )
    await connection.close()
    return count


async def command(settings: Settings, *words: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Run `hotline WORDS --json`; return what it says, its seconds and its peak memory."""
    environment = {**os.environ, "HOTLINE_HOME": str(settings.home)}
    began = time.perf_counter()
    child = subprocess.Popen(  # noqa: ASYNC220  # wait4 tells its memory
        [sys.executable, "-m", "web.run.cli", *words, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
    )
    output, usage = await asyncio.to_thread(_wait, child)
    return json.loads(output), {
        "seconds": round(time.perf_counter() - began, 1),
        "peak_mb": round(usage / 1024),
    }


def _wait(child: subprocess.Popen[bytes]) -> tuple[bytes, int]:
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, output
    return output, usage.ru_maxrss


async def run(tickets: int) -> dict[str, Any]:
    """Return the times of a night, a freeze and the ranking, and whether digests were the same."""
    async with house() as (settings, urls):
        engine = make_engine(urls.database_url, application_name="bench")
        cipher = FieldCipher(resolve_secret_key(settings))
        token, units = await _town(make_session_maker(engine), cipher)
        await engine.dispose()
        now = SystemClock().now()
        began = time.perf_counter()
        count = await _fill(urls.database_url, tickets, units, now)
        summary: dict[str, Any] = {
            "tickets": tickets,
            "departments": len(units),
            "observations": count,
            "filled_seconds": round(time.perf_counter() - began),
        }
        _, summary["night"] = await command(settings, "credit", "score")
        day = (now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S")
        runs = [await command(settings, "credit", "score", "--as-of", day) for _ in range(3)]
        summary["as_of_again"] = runs[-1][1]
        month = Period.month_of(now).before
        frozen, summary["freeze"] = await command(settings, "credit", "freeze", str(month))
        checks = [
            await command(settings, "credit", "freeze", str(month), "--verify") for _ in range(2)
        ]
        summary["verify"] = checks[-1][1]
        summary["result_digest"] = frozen["result_digest"][:16]
        summary["digests_identical"] = all(one == runs[0][0] for one, _ in runs) and all(
            not revision["faults"] for one, _ in checks for revision in one["revisions"]
        )
        summary |= await _asked(settings, token, str(month))
        return summary


async def _asked(settings: Settings, token: str, month: str) -> dict[str, Any]:
    port = free_port()
    asked = {
        "ranking_of_night": "/api/v1/credit/rankings",
        "ranking_of_month": f"/api/v1/credit/rankings?period={month}",
        "ranking_page_of_night": "/credit/ranking",
        "ranking_page_of_month": f"/credit/ranking?period={month}",
        "score_of_department": f"/api/v1/credit/departments/unit007?period={month}",
        "tickets_behind": "/api/v1/credit/departments/unit000/tickets?indicator=resolved",
        "tickets_missed": "/api/v1/credit/departments/unit000/tickets?indicator=resolved&missed=true",
        "set_aside": "/api/v1/credit/departments/unit000/set-aside",
        "exclusions_by_facts": "/api/v1/credit/exclusions/by-facts",
    }
    found: dict[str, Any] = {}
    async with process(settings, "web.run.cli", "web", port=port):
        for name, path in asked.items():
            request = request_bytes("GET", path, token=token)
            warm = await drive(port, lambda _n, r=request: r, clients=CLIENTS, seconds=1.5)
            if warm.failures == warm.requests:
                continue  # this house has no such page
            load = await drive(port, lambda _n, r=request: r, clients=CLIENTS, seconds=SECONDS)
            found[name] = {
                "per_second": round(load.rate),
                "p50_ms": round(load.percentile(0.5), 1),
                "p99_ms": round(load.percentile(0.99), 1),
                "failures": load.failures,
            }
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=1_000_000)
    json.dump(uvloop.run(run(parser.parse_args().tickets)), sys.stdout, indent=1)
