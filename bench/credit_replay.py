"""Making the ledger of a year again from its facts: facts a second, and the digest of what came out.

`python -m bench credit_replay --tickets N` does it for N tickets; the facts are made up, always the same.
"""

import argparse
import asyncio
import hashlib
import json
import random
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import uvloop

from bench.house import house
from credit.intake.facts import KeptFact, ToldFact
from credit.intake.posting import post_facts
from credit.scoring import score_all
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.facts import Fact
from hotline.kernel.settings import resolve_secret_key
from hotline.people.actions import save_department, save_peer_group
from hotline.people.principal import Tx
from hotline.procedures.events import RatingUnfounded
from hotline.tickets.counted import AssignmentSettled, EndChanged, RequesterAnswered, WorkAudited
from hotline.tickets.events import PromiseEnded, WorkBegunAgain
from web.run.bootstrap import FOUNDER, ensure_basics
from web.run.credit_verification import examine_credit

TICKETS = 40_000
DEPARTMENTS = 300
BATCH = 5_000
CATEGORIES = 40
BEGINNING = datetime(2025, 11, 1, tzinfo=UTC)
YEAR = timedelta(days=365)

_DIGEST = sa.text(
    "SELECT source_key, department_id, measure, category, k, n, cause, finished_at, recorded_at "
    "FROM credit_observations ORDER BY source_key"
)


class _Ticket:
    """One ticket of the year, and what is told of it."""

    def __init__(self, nth: int, chance: random.Random, departments: Sequence[int]) -> None:
        self._chance = chance
        self._departments = departments
        self._named = {
            "ticket_id": str(uuid.UUID(int=chance.getrandbits(128))),
            "ticket_number": f"{9_000_000_000_000 + nth}",
        }
        self._at = BEGINNING + YEAR * chance.random()
        self._category = f"c{chance.randrange(CATEGORIES):02}"
        self._unit: dict[str, Any] = {}
        self._hop = 0

    def facts(self) -> Iterator[KeptFact]:
        """Return them in the order in which they were told."""
        chance = self._chance
        if chance.random() < 0.06:
            self._dispatch()
            yield self._told(self._task("returned"))
        self._dispatch()
        round_ = 1
        while True:
            yield from self._work(round_)
            yield self._told(self._answer(round_))
            if chance.random() > 0.05:
                break
            yield self._told(WorkBegunAgain(**self._named, round=round_ + 1, action="reopen"))
            round_ += 1
        if chance.random() < 0.02:
            yield self._told(RatingUnfounded(**self._named, round=round_, reason="malicious"))
        if chance.random() < 0.01:
            yield self._told(EndChanged(**self._named, closure="final_reply", version=30))

    def _dispatch(self) -> None:
        self._hop += 1
        self._unit = {
            **self._named,
            "department_id": self._departments[
                int(len(self._departments) * self._chance.random() ** 2)
            ],
            "hop": self._hop,
            "category": self._category,
        }

    def _told(self, fact: Fact) -> KeptFact:
        self._at += timedelta(hours=self._chance.randrange(1, 60))
        told = ToldFact(
            uuid.UUID(int=self._chance.getrandbits(128)), fact.topic, fact.payload(), self._at
        )
        return KeptFact(told, self._at + timedelta(seconds=self._chance.randrange(120)))

    def _name(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128)))

    def _task(self, ended: str, round_: int = 1) -> AssignmentSettled:
        late = self._chance.random()
        return AssignmentSettled(
            **self._unit,
            round=round_,
            assignment_id=self._name(),
            role="lead",
            ended=ended,
            signed=("late" if late < 0.04 else "in_time") if round_ == 1 else None,
            contacted=("late" if late < 0.08 else "in_time") if round_ == 1 else None,
            was_paused=late > 0.98,
        )

    def _work(self, round_: int) -> Iterator[KeptFact]:
        yield self._told(
            WorkAudited(
                **self._unit,
                round=round_,
                feedback_id=self._name(),
                passed=self._chance.random() < 0.93,
            )
        )
        yield self._told(
            PromiseEnded(
                **self._unit,
                round=round_,
                commitment_id=self._name(),
                outcome="kept" if self._chance.random() < 0.94 else "broken",
                due_at=self._at.isoformat(),
                outcome_at=self._at.isoformat(),
            )
        )
        yield self._told(self._task("done", round_))

    def _answer(self, round_: int) -> RequesterAnswered:
        return RequesterAnswered(
            **self._unit,
            round=round_,
            visit_id=self._name(),
            solved=self._chance.random() < 0.88,
            rating=self._chance.choice([None, None, 1, 2, 3, 4, 4, 5, 5, 5]),
            was_explained=self._chance.random() < 0.05,
            is_in_confidence=False,
        )


def year_of_facts(tickets: int, departments: Sequence[int]) -> list[KeptFact]:
    """Return a year of facts in the order in which they became known; always the same."""
    chance = random.Random(12345)
    facts = [fact for nth in range(tickets) for fact in _Ticket(nth, chance, departments).facts()]
    return sorted(facts, key=lambda one: (one.recorded_at, one.told.id))


async def _directory(maker: SessionMaker, cipher: FieldCipher) -> list[int]:
    await ensure_basics(maker, cipher, BEGINNING)
    async with maker() as session, session.begin():
        tx = Tx(session, BEGINNING, cipher, "bench", FOUNDER)
        for group in range(4):
            await save_peer_group(
                tx, code=f"group{group}", name=f"组{group}", name_en=f"Group {group}"
            )
        made = [
            await save_department(
                tx,
                code=f"unit{nth:03}",
                name=f"单位{nth}",
                name_en=f"Unit {nth}",
                peer_group=f"group{nth % 4}",
            )
            for nth in range(DEPARTMENTS)
        ]
        await session.flush()
        return [unit.id for unit in made]


async def _digests(maker: SessionMaker) -> dict[str, Any]:
    rows, scores = hashlib.sha256(), hashlib.sha256()
    async with maker() as session:
        count = 0
        for row in await session.exec(_DIGEST):  # type: ignore[call-overload]
            count += 1
            rows.update(repr(tuple(map(str, row))).encode())
        for one in await score_all(session, BEGINNING + YEAR):
            scores.update(one.digest)
    return {"observations": count, "rows": rows.hexdigest(), "scores": scores.hexdigest()}


async def run(tickets: int) -> dict[str, Any]:
    """Return how fast a year is posted, and how long it takes to prove that it follows from the facts."""
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        facts = year_of_facts(tickets, await _directory(maker, cipher))
        began, worst = time.perf_counter(), 0.0
        for first in range(0, len(facts), BATCH):
            part = time.perf_counter()
            async with maker() as session, session.begin():
                tx = Tx(session, facts[first].recorded_at, cipher, "bench", FOUNDER)
                await post_facts(tx, facts[first : first + BATCH])
            worst = max(worst, time.perf_counter() - part)
        took = time.perf_counter() - began
        digests = await _digests(maker)
        began = time.perf_counter()
        async with maker() as session:
            report = await examine_credit(session)
        assert report["rates"] == []
        proof = time.perf_counter() - began
        await engine.dispose()
        return {
            "tickets": tickets,
            "facts": len(facts),
            "facts_per_second": round(len(facts) / took),
            "seconds": round(took, 1),
            "longest_transaction_seconds": round(worst, 2),
            "verify_facts_per_second": round(len(facts) / proof),
            **digests,
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=TICKETS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(parser.parse_args().tickets)), indent=1))
    sys.exit(0)
