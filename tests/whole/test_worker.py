"""The worker's loops, with the services going away under them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis
from sqlmodel import col, select

from hotline.kernel.clock import SystemClock
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.heartbeat import Heartbeat
from hotline.kernel.ids import uuid7
from hotline.kernel.jobs import Job
from hotline.kernel.outbox import InboxReceipt, OutboxMessage, relay_once
from web.run.connections import connect_queue
from web.run.embedded import House, Postgres, Valkey
from web.run.migrate import upgrade
from web.run.redelivery import GRACE, redeliver
from web.run.worker import HEALTH_KEY, end_all, keep_going, parking, relay, take_jobs

pytestmark = pytest.mark.whole

CLOCK = SystemClock()


async def emit(session_maker: SessionMaker, topic: str = "matter_heard") -> uuid.UUID:
    now = CLOCK.now()
    fact_id = uuid7(now)
    async with session_maker() as session, session.begin():
        session.add(
            OutboxMessage(id=fact_id, topic=topic, payload={}, trace_id="test", created_at=now)
        )
    return fact_id


async def until(test: Callable[[], bool], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not test():  # noqa: ASYNC110  # the loops under test tell nobody
            await asyncio.sleep(0.05)


@asynccontextmanager
async def working(
    session_maker: SessionMaker, redis_url: str, jobs: list[Job]
) -> AsyncIterator[None]:
    subscribers = {"matter_heard": [job.name for job in jobs]}
    give_up = parking(session_maker, CLOCK)
    loops = (
        keep_going("relay", lambda: relay(session_maker, redis_url, subscribers, CLOCK)),
        keep_going("jobs", lambda: take_jobs(redis_url, jobs, give_up, {"given": "yes"})),
    )
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        await end_all(tasks)


@pytest.fixture
async def session_maker(own_database: str) -> AsyncIterator[SessionMaker]:
    engine = make_engine(own_database, application_name="hotline.tests")
    yield make_session_maker(engine)
    await engine.dispose()


@pytest.fixture
async def queue(valkey_url: str) -> AsyncIterator[ArqRedis]:
    queue = connect_queue(valkey_url)
    await queue.flushdb()
    yield queue
    await queue.flushdb()
    await queue.aclose()


async def test_a_fact_reaches_every_subscriber_once(
    session_maker: SessionMaker, queue: ArqRedis, valkey_url: str
) -> None:
    heard: list[tuple[str, str]] = []

    async def first(ctx: dict[str, Any], fact_id: str) -> None:
        heard.append((ctx["given"], fact_id))

    async def second(_ctx: dict[str, Any], fact_id: str) -> None:
        heard.append(("second", fact_id))

    jobs = [Job("slice.first", first), Job("slice.second", second)]
    async with working(session_maker, valkey_url, jobs):
        fact_id = str(await emit(session_maker))
        await emit(session_maker, topic="nobody_listens")
        await until(lambda: len(heard) == 2)
        await asyncio.sleep(0.5)
        assert sorted(heard) == [("second", fact_id), ("yes", fact_id)]
        assert await queue.get(HEALTH_KEY)
    async with session_maker() as session:
        assert (await session.exec(select(Heartbeat.name))).all() == ["relay"]
        left = select(OutboxMessage.id).where(col(OutboxMessage.relayed_at).is_(None))
        assert (await session.exec(left)).all() == []


async def test_a_fact_that_no_job_can_deal_with_is_set_aside(
    session_maker: SessionMaker, queue: ArqRedis, valkey_url: str
) -> None:
    tried: list[str] = []

    async def broken(_ctx: dict[str, Any], fact_id: str) -> None:
        tried.append(fact_id)
        raise ValueError("no rule for 13812345678")

    async with working(session_maker, valkey_url, [Job("slice.broken", broken)]):
        fact_id = await emit(session_maker)
        await until(lambda: bool(tried))
        await asyncio.sleep(0.5)
    async with session_maker() as session:
        fact = await session.get_one(OutboxMessage, fact_id)
    assert tried == [str(fact_id)]
    assert fact.parked_at is not None
    assert fact.attempts == 1
    assert fact.last_error == "ValueError: no rule for ***"
    assert await queue.keys(f"arq:job:*{fact_id}*") == []


async def test_a_passing_error_only_delays(
    session_maker: SessionMaker, queue: ArqRedis, valkey_url: str
) -> None:
    tries: list[int] = []

    async def shaky(ctx: dict[str, Any], _fact_id: str) -> None:
        tries.append(ctx["job_try"])
        if len(tries) < 2:
            raise ConnectionResetError

    async with working(session_maker, valkey_url, [Job("slice.shaky", shaky)]):
        await emit(session_maker)
        await until(lambda: len(tries) == 2)
    assert await queue.keys("arq:result:*") == []


async def test_a_fact_whose_job_was_lost_is_sent_again(
    session_maker: SessionMaker, queue: ArqRedis, valkey_url: str
) -> None:
    heard: list[str] = []

    async def hear(_ctx: dict[str, Any], fact_id: str) -> None:
        async with session_maker() as session, session.begin():
            session.add(
                InboxReceipt(
                    subscriber="slice.hear", fact_id=uuid.UUID(fact_id), received_at=CLOCK.now()
                )
            )
        heard.append(fact_id)

    subscribers = {"matter_heard": ["slice.hear"]}
    now = CLOCK.now()
    fact_id = await emit(session_maker)

    async def enqueue(job: str, job_id: str, fact: str) -> object:
        return await queue.enqueue_job(job, fact, _job_id=job_id)

    assert await relay_once(session_maker, enqueue, subscribers, now=now) == 1
    await queue.flushdb()
    assert await redeliver(session_maker, subscribers, now=now + GRACE) == 0
    later = now + GRACE + timedelta(seconds=1)
    assert await redeliver(session_maker, subscribers, now=later) == 1
    async with working(session_maker, valkey_url, [Job("slice.hear", hear)]):
        await until(lambda: bool(heard))
    assert heard == [str(fact_id)]
    assert await redeliver(session_maker, subscribers, now=later + GRACE) == 0


async def test_work_cut_short_is_done_by_the_next_worker(
    session_maker: SessionMaker, queue: ArqRedis, valkey_url: str
) -> None:
    begun: list[str] = []
    done: list[str] = []

    async def slow(_ctx: dict[str, Any], fact_id: str) -> None:
        begun.append(fact_id)
        if len(begun) == 1:
            await asyncio.sleep(20)
        done.append(fact_id)

    async with working(session_maker, valkey_url, [Job("slice.slow", slow)]):
        await emit(session_maker)
        await until(lambda: bool(begun))
    assert done == []
    assert await queue.keys("arq:job:*")
    async with working(session_maker, valkey_url, [Job("slice.slow", slow)]):
        await until(lambda: bool(done))


@pytest.mark.parametrize("away", ["database", "redis"])
async def test_a_service_may_go_away_and_come_back(home: Path, away: str) -> None:
    house = House(home)
    postgres, valkey = Postgres(house), Valkey(house)
    heard: list[str] = []

    async def hear(_ctx: dict[str, Any], fact_id: str) -> None:
        heard.append(fact_id)

    for server in (postgres, valkey):
        await asyncio.to_thread(server.start)
    postgres.create_database()
    await upgrade(postgres.url())
    engine = make_engine(postgres.url(), application_name="hotline.tests")
    session_maker = make_session_maker(engine)
    server = postgres if away == "database" else valkey
    try:
        async with working(session_maker, valkey.url(), [Job("slice.hear", hear)]):
            await emit(session_maker)
            await until(lambda: len(heard) == 1)
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(3)
            if away == "redis":
                await emit(session_maker)
            await asyncio.to_thread(server.start)
            if away == "database":
                await emit(session_maker)
            await until(lambda: len(heard) == 2)
    finally:
        await engine.dispose()
        for each in (postgres, valkey):
            await asyncio.to_thread(each.stop)
