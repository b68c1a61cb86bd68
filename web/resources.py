"""What the web needs from outside, opened together and closed together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import sqlalchemy as sa
from redis.asyncio import Redis

from hotline.kernel.clock import Clock, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.access import Fetch
from web.run.connections import connect_redis
from web.run.services import ServiceUrls


@dataclass(slots=True)
class Resources:
    """Database, Redis, clock and cipher.

    Attributes:
        session_maker: for acting; one transaction per request.
        read_maker: for reading; the database refuses writes.
        fetch: for finding out who asks; one statement, no transaction, no session.
        redis: hints only; nothing is lost with it.
    """

    session_maker: SessionMaker
    read_maker: SessionMaker
    fetch: Fetch
    redis: Redis
    clock: Clock
    cipher: FieldCipher


def fetching(maker: SessionMaker) -> Fetch:
    """Return a `fetch` that reads through sessions of `maker`."""

    async def fetch(statement: str, *values: object) -> Sequence[Any] | None:
        async with maker() as session:
            connection = await session.connection()
            return (await connection.exec_driver_sql(statement, values)).first()

    return fetch


def _identities(database_url: str) -> asyncpg.Pool:
    """Return a small pool of plain connections: what every request asks first must cost little."""
    url = sa.make_url(database_url)
    _, arguments = url.get_dialect()().create_connect_args(url)

    async def leave_as_it_is(_connection: object) -> None:
        """Spare the reset after each use: single reads leave nothing behind."""

    return asyncpg.create_pool(
        **arguments,
        min_size=0,
        max_size=4,
        timeout=5,
        server_settings={
            "application_name": "hotline.web.identity",
            "timezone": "UTC",
            "statement_timeout": "15000",
        },
        reset=leave_as_it_is,
    )


@asynccontextmanager
async def open_resources(settings: Settings, urls: ServiceUrls) -> AsyncIterator[Resources]:
    """Open everything for the time of one web process."""
    engine = make_engine(urls.database_url, application_name="hotline.web")
    redis = connect_redis(urls.redis_url)
    try:
        async with _identities(urls.database_url) as identities:
            yield Resources(
                session_maker=make_session_maker(engine),
                read_maker=make_session_maker(engine.execution_options(postgresql_readonly=True)),
                fetch=identities.fetchrow,
                redis=redis,
                clock=SystemClock(),
                cipher=FieldCipher(resolve_secret_key(settings)),
            )
    finally:
        await redis.aclose()
        await engine.dispose()
