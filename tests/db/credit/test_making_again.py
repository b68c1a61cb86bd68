"""Facts told out of order, twice, at once, and all over again: the ledger says the same."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from credit.explaining import score_to_json
from credit.intake.facts import KeptFact, ToldFact
from credit.intake.posting import post_fact, post_facts, topics
from credit.intake.rebuilding import verify_latest
from credit.ledger import Measure
from credit.models import CreditFact
from credit.scoring import score_all
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_session_maker
from hotline.kernel.outbox import OutboxMessage
from hotline.tickets.lifecycle import Action, Status
from tests.support.app import FoundedCity, copied_city
from tests.support.builders import Build
from tests.support.clock import FrozenClock
from tests.support.credit_facts import deliver, rates_of
from web.run.credit_verification import examine_credit
from web.run.doctor import _credit
from web.run.embedded import Postgres

A, M = Action, Measure
_BACK = (A.REQUEST_RETURN, (A.DECIDE_RETURN, {"uphold": True, "department": None}))


async def _eventful(build: Build) -> None:
    """Tickets of which much is taken back: given back, reopened, badly rated, ended for good, merged."""
    reopened = await build.ticket(Status.CLOSED)
    rated = await build.ticket(Status.PENDING_VISIT)
    ended = await build.ticket(Status.PENDING_VISIT)
    bounced = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=2)
    await build.follow(reopened, A.REOPEN, A.CONTACT, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await build.follow(
        rated,
        (A.RECORD_VISIT, {"rating": 1}),
        A.CONTACT_RATER,
        A.PROPOSE_UNFOUNDED,
        (A.DECIDE_RATING_CHECK, {"founded": False}),
    )
    await build.follow(ended, A.REQUEST_FINAL_REPLY, A.REVIEW_FINAL_REPLY, A.DECIDE_FINAL_REPLY)
    await build.follow(bounced, *_BACK, A.MERGE)
    build.clock.move(hours=2)
    await build.follow(reopened, (A.RECORD_VISIT, {"rating": 2, "solved": True}))
    await build.follow(bounced, A.SPLIT)


EXPECTED = {
    M.BASE: (Decimal(3), 3),
    M.SIGN: (Decimal(2), 2),
    M.CONTACT: (Decimal(2), 2),
    M.PROMISE: (Decimal(3), 3),
    M.QUALITY: (Decimal(3), 3),
    M.RESOLVED: (Decimal(2), 2),
    M.SATISFIED: (Decimal("1.200"), 2),
}


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
async def test_twice_and_in_any_order_gives_the_same_sums(build: Build, seed: int | None) -> None:
    await _eventful(build)
    await deliver(build, shuffled=seed, times=2)
    assert await rates_of(build) == EXPECTED
    async with build.session_maker() as session:
        report = await examine_credit(session)
    assert report["rates"] == []
    assert report["tickets"] == 4


async def test_workers_that_post_at_once_wait_for_each_other(own_build: Build) -> None:
    build = own_build
    await _eventful(build)
    async with build.session_maker() as session:
        found = await session.exec(
            select(OutboxMessage).where(col(OutboxMessage.topic).in_(topics()))
        )
        facts = [ToldFact(row.id, row.topic, row.payload, row.created_at) for row in found]
    twice = facts * 2
    random.Random(5).shuffle(twice)  # noqa: S311  # repeatable on purpose
    instants = [build.clock.move(seconds=1) for _ in twice]
    random.Random(6).shuffle(instants)  # noqa: S311  # who began first need not come first

    async def post(fact: ToldFact, now: datetime) -> bool:
        async with build.acting("operator") as tx:
            acting = type(tx)(tx.session, now, tx.cipher, tx.trace_id, tx.actor)
            return await post_fact(acting, fact)

    new = await asyncio.gather(*map(post, twice, instants))
    assert sum(new) == len(facts)
    assert await rates_of(build) == EXPECTED
    async with build.session_maker() as session:
        assert (await examine_credit(session))["rates"] == []


Shown = list[tuple[str, bytes, dict[str, Any]]]


async def _scores(maker: SessionMaker, at: datetime) -> Shown:
    async with maker() as session:
        return [
            (one.department.code, one.digest, score_to_json(one.score))
            for one in await score_all(session, at)
        ]


async def test_a_ledger_made_again_gives_every_past_score(
    own_build: Build,
    postgres: Postgres,
    founded_city: FoundedCity,
    cipher: FieldCipher,
) -> None:
    build = own_build
    shown: dict[datetime, Shown] = {}
    for _ in range(2):
        await _eventful(build)
        build.clock.move(hours=7)
        await deliver(build, shuffled=1)
        shown[build.clock.now()] = await _scores(build.session_maker, build.clock.now())
        await build.ticket(Status.CLOSED)
        build.clock.move(hours=7)
        await deliver(build)
        shown[build.clock.now()] = await _scores(build.session_maker, build.clock.now())
    async with build.session_maker() as session:
        found = await session.exec(
            select(CreditFact).order_by(col(CreditFact.recorded_at), col(CreditFact.id))
        )
        facts = [
            KeptFact(ToldFact(row.id, row.topic, row.payload, row.told_at), row.recorded_at)
            for row in found
        ]
    async with copied_city(postgres, founded_city) as engine:
        other = Build(make_session_maker(engine), build.city, FrozenClock(), cipher)
        for batch in (facts[:7], facts[5:40], facts[30:]):
            async with other.acting("operator") as tx:
                await post_facts(tx, batch)
        async with other.acting("operator") as tx:
            assert await post_facts(tx, facts) == 0
        for at, then in shown.items():
            assert await _scores(other.session_maker, at) == then
        async with other.session_maker() as session:
            assert (await examine_credit(session))["rates"] == []


_TAMPERING: Sequence[tuple[str, str]] = (
    (
        "UPDATE credit_observations SET k = 0 WHERE measure = 'sign' AND n = 1",
        "it does not follow from the facts",
    ),
    ("DELETE FROM credit_observations WHERE measure = 'base' AND n = 1", "it is missing"),
    (
        "UPDATE credit_observations SET category = 'housing' WHERE cause = 'reopened' AND n = -1",
        "it does not follow from the facts",
    ),
    (
        "UPDATE credit_observations SET k = 0 WHERE cause = 'reopened' AND n = -1",
        "its rows do not add up",
    ),
    (
        (
            "UPDATE credit_observations SET recorded_at = recorded_at + interval '1 second' "
            "WHERE measure = 'quality'"
        ),
        "it is missing",
    ),
    (
        (
            "INSERT INTO credit_observations (source_key, department_id, ticket_id, ticket_number, hop, "
            "round, measure, category, k, n, finished_at, recorded_at) SELECT 'base:invented#1', "
            "department_id, ticket_id, ticket_number, 1, 1, 'base', '', 1, 1, finished_at, recorded_at "
            "FROM credit_observations LIMIT 1"
        ),
        "it counts, and nothing says so",
    ),
    (
        (
            "UPDATE credit_observations SET source_key = 'plain' WHERE id = "
            "(SELECT min(id) FROM credit_observations)"
        ),
        "no fact stands behind it",
    ),
)


async def test_whatever_does_not_follow_from_the_facts_is_found(build: Build) -> None:
    await _eventful(build)
    await deliver(build)
    for statement, said in _TAMPERING:
        async with build.session_maker() as session, session.begin() as outer:
            run = session.exec
            await run(sa.text("ALTER TABLE credit_observations DISABLE TRIGGER USER"))  # type: ignore[call-overload]
            await run(sa.text(statement))  # type: ignore[call-overload]
            report = await examine_credit(session)
            assert said in {one["said"] for one in report["rates"]}, statement
            await outer.rollback()


async def test_the_doctor_looks_at_the_newest(build: Build) -> None:
    async with build.session_maker() as session:
        assert (await _credit(await session.connection())).ok
    await _eventful(build)
    await deliver(build)
    async with build.session_maker() as session:
        assert (await verify_latest(session, 200)).tickets == 4
        assert "the last 4 tickets" in (await _credit(await session.connection())).said
    async with build.session_maker() as session, session.begin() as outer:
        run = session.exec
        await run(sa.text("ALTER TABLE credit_observations DISABLE TRIGGER USER"))  # type: ignore[call-overload]
        await run(sa.text(_TAMPERING[0][0]))  # type: ignore[call-overload]
        finding = await _credit(await session.connection())
        assert not finding.ok
        assert "hotline credit verify" in finding.said
        await outer.rollback()


async def test_a_fact_about_no_ticket_is_kept_once(build: Build) -> None:
    fact = ToldFact(uuid.uuid4(), "nothing_of_a_ticket", {}, build.clock.now() - timedelta(days=1))
    async with build.acting("operator") as tx:
        assert await post_fact(tx, fact)
        assert not await post_fact(tx, fact)
    async with build.session_maker() as session:
        row = await session.get_one(CreditFact, fact.id)
    assert (row.ticket_id, row.told_at) == (None, fact.told_at)
