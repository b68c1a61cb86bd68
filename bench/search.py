"""Searching among a million tickets: how long a page takes, that nothing is missed and nothing leaks.

`python -m bench.search [--home FOLDER] [--tickets N] [--runs N] [--questions N]`: in a folder that
`bench.million` has filled, or in a house of its own with N tickets. Each question is asked as the page
asks it, from its words to the snippets, for somebody of the hotline and for a department's handler.
Afterwards further questions are answered by looking at every text of a stretch of time, and must come to
the same tickets in the same order and number.
"""

import argparse
import json
import random
import statistics
import sys
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from bench.house import house
from bench.million import build
from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.search.queries import Found, Question, Sort, find_tickets
from hotline.tickets.grams import SEPARATOR, words_of
from hotline.tickets.queries import TicketFilter
from web.run.migrate import upgrade
from web.run.services import services

PAGE = 20
MOST_COMPARED = 60
STRETCH = 100_000
"""So many of the newest tickets are looked at one by one."""

SEED = 7


@dataclass(frozen=True, slots=True)
class Bench:
    """What the parts share."""

    maker: SessionMaker
    cipher: FieldCipher
    connection: asyncpg.Connection
    readers: dict[str, Principal]
    rng: random.Random


async def _texts(bench: Bench, count: int) -> list[str]:
    """Return the folded texts of tickets drawn by chance."""
    rows = await bench.connection.fetch(
        "SELECT text FROM ticket_texts WHERE is_sample AND tier <> 'departments' "
        "ORDER BY ticket_id LIMIT 4000"
    )
    texts = [row["text"] for row in rows]
    return [bench.rng.choice(texts) for _ in range(count)]


def _part(rng: random.Random, text: str, length: int) -> str:
    """Return some characters of a text that stand together and are no question of several words."""
    pieces = [piece for piece in text.split(SEPARATOR) if len(piece) >= length]
    piece = rng.choice(pieces or [text])
    for _ in range(20):
        begin = rng.randrange(max(1, len(piece) - length + 1))
        part = piece[begin : begin + length].strip()
        if len(part) == length and " " not in part and '"' not in part:
            return part
    return piece[:length]


async def _questions(bench: Bench, runs: int) -> dict[str, list[Question]]:
    """Return what is asked, by kind."""
    rng = bench.rng
    texts = await _texts(bench, runs)
    numbers = [
        row["number"]
        for row in await bench.connection.fetch(
            "SELECT number FROM tickets ORDER BY md5(number) LIMIT $1", runs
        )
    ]
    phones = [f"199{int(300_000 * rng.random() ** 2):08d}" for _ in range(runs)]
    rare = ["".join(rng.choices("龙虾噪漏翻塌臭窨井栏桩霉", k=2)) for _ in range(runs)]
    by_kind = {
        "one_character": [_part(rng, text, 1) for text in texts],
        "two_characters": [_part(rng, text, 2) for text in texts],
        "three_characters": [_part(rng, text, 3) for text in texts],
        "long": [_part(rng, text, rng.choice((8, 12, 20))) for text in texts],
        "rare": rare,
        "common": [rng.choice(("的", "小区", "请", "希望", "电话", "物业", "没有")) for _ in texts],
        "two_words": [f"{_part(rng, text, 2)} {_part(rng, text, 2)}" for text in texts],
        "rare_and_common": [f"{word} 的" for word in rare],
        "number": numbers,
        "beginning_of_number": [number[:9] for number in numbers],
        "phone": phones,
        "end_of_phone": [phone[-4:] for phone in phones],
        "name": [rng.choice(("王建平", "欧阳思雨", "李秀兰", "张晓棠")) for _ in texts],
    }
    found = {kind: [Question(text=text) for text in asked] for kind, asked in by_kind.items()}
    words = [_part(rng, text, 2) for text in texts]
    found["open_only"] = [Question(text=w, wanted=TicketFilter(open_only=True)) for w in words]
    found["category"] = [
        Question(text=w, wanted=TicketFilter(category="urban"), sort=Sort.NEWEST) for w in words
    ]
    return found


async def _ask(bench: Bench, reader: str, question: Question) -> Found:
    async with bench.maker() as session, session.begin():
        return await find_tickets(
            session, bench.readers[reader], bench.cipher, question, limit=PAGE
        )


async def _ask_on(bench: Bench, reader: str, question: Question) -> tuple[Found, list[uuid.UUID]]:
    """Return the first page, and the tickets of so many pages as it takes; one may end early."""
    first, found, cursor = None, [], None
    while first is None or (cursor and len(found) < MOST_COMPARED):
        async with bench.maker() as session, session.begin():
            page = await find_tickets(
                session,
                bench.readers[reader],
                bench.cipher,
                question,
                cursor=cursor,
                limit=MOST_COMPARED,
            )
        first = first or page
        found += [hit.row.id for hit in page.hits]
        cursor = page.next_cursor
    return first, found[:MOST_COMPARED]


def _summary(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 1),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
        "worst_ms": round(1000 * ordered[-1], 1),
    }


async def measure(bench: Bench, runs: int) -> dict[str, Any]:
    """Return how long the first page of each kind of question takes each reader."""
    summary: dict[str, Any] = {}
    for reader in bench.readers:
        everything: list[float] = []
        summary[reader] = {}
        for kind, questions in (await _questions(bench, runs)).items():
            await _ask(bench, reader, questions[0])
            times = []
            for question in questions:
                began = time.perf_counter()
                await _ask(bench, reader, question)
                times.append(time.perf_counter() - began)
            everything += times
            summary[reader][kind] = _summary(times)
            print(reader, kind, summary[reader][kind], file=sys.stderr, flush=True)
        summary[reader]["all"] = _summary(everything)
        print(reader, "all", summary[reader]["all"], file=sys.stderr, flush=True)
    return summary


_SEEN = {
    "hotline": "tier <> 'departments'",
    "department": "tier <> 'hotline' AND EXISTS (SELECT 1 FROM assignments a WHERE a.ticket_id = "
    "x.ticket_id AND a.department_id = $3 AND a.state NOT IN ('returned', 'withdrawn'))",
}


async def _by_looking(
    bench: Bench, reader: str, question: Question, since: datetime
) -> list[uuid.UUID]:
    """Return the tickets that hold all words, by a look at each text since an instant."""
    patterns = [word.pattern for word in words_of(question.text)]
    department = bench.readers[reader].department_id
    rows = await bench.connection.fetch(
        f"SELECT ticket_id FROM ticket_texts x WHERE submitted_at >= $1 AND {_SEEN[reader]} "
        "AND text LIKE ALL($2::text[]) ORDER BY submitted_at DESC, ticket_id DESC",
        since,
        patterns,
        *([department] if reader == "department" else []),
    )
    return [row["ticket_id"] for row in rows]


async def compare(bench: Bench, count: int) -> dict[str, Any]:
    """Return the share of tickets that the index finds among those found by looking at each text."""
    since = await bench.connection.fetchval(
        "SELECT submitted_at FROM tickets ORDER BY submitted_at DESC OFFSET $1 LIMIT 1",
        min(STRETCH, await bench.connection.fetchval("SELECT count(*) FROM tickets")) - 1,
    )
    summary: dict[str, Any] = {}
    for reader in bench.readers:
        texts = await _texts(bench, count)
        expected = found = leaked = differing = wrong_totals = 0
        for place, text in enumerate(texts):
            words = [_part(bench.rng, text, (1, 2, 3, 8)[place % 4])]
            if place % 5 == 0:
                words.append(_part(bench.rng, text, 2))
            question = Question(
                text=" ".join(words), wanted=TicketFilter(created_from=since), sort=Sort.NEWEST
            )
            truth = await _by_looking(bench, reader, question, since)
            answer, got = await _ask_on(bench, reader, question)
            expected += len(truth[:MOST_COMPARED])
            found += len(set(got) & set(truth[:MOST_COMPARED]))
            leaked += len(set(got) - set(truth))
            differing += got != truth[:MOST_COMPARED]
            wrong_totals += answer.is_exact and answer.total != len(truth)
        summary[reader] = {
            "questions": count,
            "recall": round(found / expected, 6) if expected else None,
            "compared": expected,
            "leaked": leaked,
            "pages_that_differ": differing,
            "exact_totals_that_differ": wrong_totals,
        }
        print(reader, summary[reader], file=sys.stderr, flush=True)
    return summary


@asynccontextmanager
async def _bench(settings: Settings, database_url: str) -> AsyncIterator[Bench]:
    engine = make_engine(database_url, application_name="bench")
    connection = await asyncpg.connect(
        database_url.replace("+asyncpg", ""), server_settings={"jit": "off"}, command_timeout=600
    )
    department = await connection.fetchval(
        "SELECT department_id FROM assignments GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    yield Bench(
        make_session_maker(engine),
        FieldCipher(resolve_secret_key(settings)),
        connection,
        {
            "hotline": Principal(frozenset({Role.OPERATOR}), user_id=uuid.uuid4()),
            "department": Principal(
                frozenset({Role.HANDLER}), user_id=uuid.uuid4(), department_id=department
            ),
        },
        random.Random(SEED),
    )
    await connection.close()
    await engine.dispose()


async def _measured(settings: Settings, url: str, runs: int, questions: int) -> dict[str, Any]:
    async with _bench(settings, url) as bench:
        return {
            "tickets": await bench.connection.fetchval("SELECT count(*) FROM tickets"),
            "first_page": await measure(bench, runs),
            "against_every_text": await compare(bench, questions),
        }


async def run(home: Path | None, tickets: int, runs: int, questions: int) -> dict[str, Any]:
    """Measure in a filled folder, or in a house of its own."""
    if home is not None:
        settings = Settings(home=home, log_format="json")
        async with services(settings, command="bench.search") as urls:
            return await _measured(settings, urls.database_url, runs, questions)
    async with house() as (settings, urls):
        await upgrade(urls.database_url)
        today = SystemClock().now().astimezone(SHANGHAI).date()
        await build(settings, urls.database_url, tickets=tickets, until=today)
        return await _measured(settings, urls.database_url, runs, questions)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--questions", type=int, default=200)
    asked = parser.parse_args()
    home = asked.home.resolve() if asked.home else None
    json.dump(
        uvloop.run(run(home, asked.tickets, asked.runs, asked.questions)),
        sys.stdout,
        ensure_ascii=False,
        indent=1,
    )


if __name__ == "__main__":
    main()
