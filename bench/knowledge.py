"""What answers a matter, looked for among thousands of articles while somebody types."""

import json
import random
import statistics
import time
import tomllib
from importlib import resources
from typing import Any

import sqlalchemy as sa
import uvloop

from bench.house import house
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import resolve_secret_key
from hotline.knowledge.actions import add_article
from hotline.knowledge.queries import find_answers
from hotline.knowledge.rules import ArticleText, day_of
from hotline.people.actions import save_department
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from web.run.bootstrap import FOUNDER, ensure_basics

ARTICLES = 5000
ROUNDS = 200
SEED = 12345

_PUBLISH = sa.text(
    "UPDATE knowledge_articles SET state = 'published', published_version = 1, "
    "review_by = now() + interval '90 days'"
)


async def run() -> dict[str, Any]:
    """Return how long an answer takes to be found, in milliseconds."""
    rng = random.Random(SEED)  # it makes texts, not secrets
    known = tomllib.loads(
        resources.files("web.run.demo").joinpath("knowledge.toml").read_text("utf-8")
    )["articles"]
    sentences = [
        part for one in known for part in one["answer"].replace("\n", "").split("。") if part
    ]
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        now = SystemClock().now()
        await ensure_basics(maker, cipher, now)
        began = time.perf_counter()
        async with maker() as session, session.begin():
            tx = Tx(session, now, cipher, "bench", FOUNDER)
            owner = await save_department(tx, code="unit", name="单位", name_en="Unit")
            await session.flush()
            for nth in range(ARTICLES):
                one = rng.choice(known)
                await add_article(
                    tx,
                    owner,
                    ArticleText(
                        title=f"{one['title']} {nth}",
                        short=one["short"],
                        answer="。".join(rng.sample(sentences, 8)),
                        tags=tuple(rng.sample(one["tags"], 2)),
                        valid_from=day_of(now),
                    ),
                    nth=nth + 1,
                )
                if nth % 500 == 0:
                    await session.flush()
                    session.expunge_all()
            await session.exec(_PUBLISH)  # type: ignore[call-overload]
        written = time.perf_counter() - began
        async with maker() as session:
            await session.exec(sa.text("ANALYZE"))  # type: ignore[call-overload]
            await session.commit()
            operator = Principal(frozenset({Role.OPERATOR}))
            took = []
            for _ in range(ROUNDS):
                one = rng.choice(known)
                began = time.perf_counter()
                found = await find_answers(
                    session,
                    operator,
                    title=rng.choice(one["tags"]) + one["title"],
                    content="。".join(rng.sample(sentences, 3)),
                    now=now,
                )
                took.append((time.perf_counter() - began) * 1000)
                if not found:
                    raise AssertionError("an article's own words must find something")
        await engine.dispose()
    took.sort()
    return {
        "articles": ARTICLES,
        "written_per_second": round(ARTICLES / written),
        "median_ms": round(statistics.median(took), 1),
        "p99_ms": round(took[int(len(took) * 0.99)], 1),
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run()), indent=2))  # a bench prints
