"""Like cases at the desk, and a storm, on tickets of a year with their index: 100,000, or `--tickets N`.

The texts are drawn from the matters of the demo city, each with its street or community, so that words
are as common, and places as rare, as they are in a city.
"""

import argparse
import json
import random
import statistics
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import sqlalchemy as sa
import uvloop

from bench.house import house
from hotline.incidents.gathering import gather_anew, take_in_ticket
from hotline.incidents.indexing import WEIGHTS, rows_of
from hotline.incidents.like_cases.queries import Asked, find_like
from hotline.incidents.watching import watch
from hotline.incidents.words import Weights, portray, weigh
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker, reading
from hotline.kernel.settings import resolve_secret_key
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Principal, Tx
from hotline.tickets.actions.intake import NewTicket, create_ticket
from hotline.tickets.models import Channel, RequestType
from web.run.bootstrap import ensure_basics
from web.run.demo.loader import DemoCity, load

BATCH = 5_000
QUESTIONS = 120
STORM = 300
YEAR = timedelta(days=365)

_TICKET = (
    *("id", "number", "query_code", "status", "round", "version", "urgency", "channel"),
    *("programme", "request_type", "title", "content", "address", "area", "category_code"),
    "is_secret",
    *("owner_department_id", "holder_post", "is_designated", "bounce_count", "hop", "policy_id"),
    *("due_at", "level", "closure_code", "submitted_at", "closed_at", "history_count"),
    "history_head",
)
_DESK = Principal(frozenset({Role.OPERATOR}))


@dataclass(frozen=True, slots=True)
class Matter:
    """A ticket as it was taken down."""

    title: str
    content: str
    address: str
    area: str
    category: str
    at: datetime


def matters(city: DemoCity, rng: random.Random, now: datetime) -> Iterator[Matter]:
    """Return matters of the last year without an end."""
    areas = sorted(city.slots.roads)
    while True:
        template, area = rng.choice(city.tickets), rng.choice(areas)
        road = rng.choice(city.slots.roads[area])
        community = rng.choice(city.slots.communities[area])
        number = rng.randint(1, 120)
        is_inside = "{community}" in template.title + template.content
        said = {
            "road": road,
            "community": community,
            "n": str(number),
            "shop": rng.choice(city.slots.shops),
        }
        yield Matter(
            _say(template.title, said),
            _say(template.content, said),
            f"{community}{number}号楼" if is_inside else f"{road}{number}号",
            area,
            template.category,
            now - YEAR * rng.random(),
        )


def _say(text: str, said: dict[str, str]) -> str:
    for name, word in said.items():
        text = text.replace(f"{{{name}}}", word)
    return text


async def fill(connection: asyncpg.Connection, city: DemoCity, count: int, now: datetime) -> None:
    """Write tickets, each with its row in the index."""
    await connection.executemany(
        "INSERT INTO categories (code, parent, name, name_en, steps, is_active) "
        "VALUES ($1, $2, $3, $4, '[]', true)",
        [
            (one.code, one.parent, one.name, one.name_en)
            for one in sorted(city.categories.values(), key=lambda one: one.level)
        ],
    )
    hotline, policy = await connection.fetchrow(
        "SELECT (SELECT id FROM departments WHERE is_hotline), (SELECT max(id) FROM sla_policies)"
    )
    drawn = matters(city, random.Random(12345), now)
    weights = await _weights(connection, [next(drawn) for _ in range(20_000)])
    for begins in range(0, count, BATCH):
        batch = [next(drawn) for _ in range(min(BATCH, count - begins))]
        ids = [uuid.uuid4() for _ in batch]
        await connection.copy_records_to_table(
            "tickets",
            columns=_TICKET,
            records=[
                _ticket(key, begins + n, one, hotline, policy)
                for n, (key, one) in enumerate(zip(ids, batch, strict=True))
            ],
        )
        rows = [values for _, values in rows_of(_texts(ids, batch), weights)]
        names = tuple(rows[0])
        await connection.copy_records_to_table(
            "ticket_likenesses", columns=names, records=[tuple(row.values()) for row in rows]
        )
    await connection.execute("VACUUM ANALYZE tickets, ticket_likenesses", timeout=900)


def _texts(ids: Sequence[uuid.UUID], batch: Sequence[Matter]) -> list[tuple[Any, ...]]:
    return [
        (key, one.title, one.content, one.address, one.area, one.category, None, None, one.at)
        for key, one in zip(ids, batch, strict=True)
    ]


async def _weights(connection: asyncpg.Connection, sample: Sequence[Matter]) -> Weights:
    blind = Weights()
    weights = weigh(
        portray(title=one.title, content=one.content, at=one.at, weights=blind, most=None)
        for one in sample
    )
    await connection.copy_records_to_table(
        "likeness_weights",
        columns=("word", "is_total", "ticket_count"),
        records=[(0, True, weights.total), *((w, False, n) for w, n in weights.counts.items())],
    )
    return weights


def _ticket(key: uuid.UUID, n: int, one: Matter, hotline: int, policy: int) -> tuple[Any, ...]:
    is_open = n % 10 == 0
    return (
        *(key, f"{n:013}", "ABC234", "accepted" if is_open else "closed", 1, 1, "p2", "phone"),
        *("general", "complaint", one.title, one.content, one.address, one.area, one.category),
        *(False, hotline if is_open else None, "dispatch_desk" if is_open else None),
        *(False, 0, 0, policy, one.at, "green", None if is_open else "solved", one.at),
        *(None if is_open else one.at, 0, b""),
    )


async def run(count: int) -> dict[str, Any]:
    """Return how long the panel takes, and what a storm of copies costs."""
    city, clock = load(), SystemClock()
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        await ensure_basics(maker, cipher, clock.now())
        connection = await asyncpg.connect(urls.database_url.replace("+asyncpg", ""))
        await fill(connection, city, count, clock.now())
        await connection.close()
        panel = await _panel(maker, city, clock.now())
        storm = await _storm(maker, cipher, clock.now())
        await engine.dispose()
    return {"tickets": count, "panel": panel, "storm": storm}


async def _panel(maker: SessionMaker, city: DemoCity, now: datetime) -> dict[str, float]:
    drawn = matters(city, random.Random(54321), now)
    spent = []
    for n in range(QUESTIONS):
        one = next(drawn)
        async with reading(maker) as session:
            began = time.perf_counter()
            await find_like(
                session,
                _DESK,
                Asked(
                    title=one.title,
                    content=one.content if n % 2 else "",
                    address=one.address if n % 3 else None,
                    area=one.area,
                    category=one.category if n % 4 else None,
                    phone_index=b"nobody",
                    at=now,
                ),
            )
            spent.append((time.perf_counter() - began) * 1000)
    spent = sorted(spent[5:])
    return {
        "median_ms": round(statistics.median(spent), 1),
        "p95_ms": round(spent[int(len(spent) * 0.95)], 1),
        "worst_ms": round(spent[-1], 1),
    }


async def _storm(maker: SessionMaker, cipher: FieldCipher, now: datetime) -> dict[str, Any]:
    """Let copies of one ticket come in, one transaction each, then gather anew and watch."""
    WEIGHTS.forget()
    spent = []
    for n in range(STORM):
        async with maker() as session, session.begin():
            tx = Tx(session, now, cipher, "bench", Principal(frozenset({Role.REQUESTER})))
            created = await create_ticket(tx, _copy(n))
        began = time.perf_counter()
        async with maker() as session, session.begin():
            await take_in_ticket(Tx(session, now, cipher, "bench", SYSTEM), created.id)
        spent.append((time.perf_counter() - began) * 1000)
    results: dict[str, Any] = {
        "tickets": STORM,
        "each_ms": round(statistics.median(spent), 1),
        "last_fifty_ms": round(statistics.median(spent[-50:]), 1),
    }
    for name, work in (("gather_anew_ms", gather_anew), ("watch_ms", watch)):
        began = time.perf_counter()
        async with maker() as session, session.begin():
            await work(Tx(session, now, cipher, "bench", SYSTEM))
        results[name] = round((time.perf_counter() - began) * 1000)
    async with reading(maker) as session:
        for name in ("incidents", "bursts"):
            found = await session.exec(sa.text(f"SELECT count(*) FROM {name}"))  # type: ignore[call-overload]
            results[name] = found.scalar_one()
        stormy = await session.exec(sa.text("SELECT max(ticket_count) FROM incidents"))  # type: ignore[call-overload]
        results["largest_incident"] = stormy.scalar_one()
    return results


def _copy(n: int) -> NewTicket:
    return NewTicket(
        channel=Channel.PHONE,
        request_type=RequestType.HELP,
        title="全城供电中断 小区停电",
        content="突然停电，电梯也停了，什么时候来电",
        category="utilities.water.burst",
        address="柳塘街1号",
        area="qinghe",
        requester_phone=f"1990001{n:04}",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=100_000)
    json.dump(uvloop.run(run(parser.parse_args().tickets)), sys.stdout, indent=1)
