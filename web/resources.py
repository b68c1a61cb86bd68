"""What the web needs from outside, opened together and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.kernel.clock import Clock, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from web.run.connections import connect_redis
from web.run.services import ServiceUrls


@dataclass(slots=True)
class Resources:
    """Database, Redis, clock and cipher.

    Attributes:
        session_maker: for acting; one transaction per request.
        read_maker: for reading; the database refuses writes.
        identity_maker: for finding out who asks; one statement, no transaction.
        redis: hints only; nothing is lost with it.
    """

    session_maker: SessionMaker
    read_maker: SessionMaker
    identity_maker: SessionMaker
    redis: Redis
    clock: Clock
    cipher: FieldCipher


def makers_of(engine: AsyncEngine) -> tuple[SessionMaker, SessionMaker, SessionMaker]:
    """Return the makers of acting, reading and identifying sessions."""
    return (
        make_session_maker(engine),
        make_session_maker(engine.execution_options(postgresql_readonly=True)),
        make_session_maker(engine.execution_options(isolation_level="AUTOCOMMIT")),
    )


@asynccontextmanager
async def open_resources(settings: Settings, urls: ServiceUrls) -> AsyncIterator[Resources]:
    """Open everything for the time of one web process."""
    engine = make_engine(urls.database_url, application_name="hotline.web")
    redis = connect_redis(urls.redis_url)
    acting, reading, identifying = makers_of(engine)
    try:
        yield Resources(
            session_maker=acting,
            read_maker=reading,
            identity_maker=identifying,
            redis=redis,
            clock=SystemClock(),
            cipher=FieldCipher(resolve_secret_key(settings)),
        )
    finally:
        await redis.aclose()
        await engine.dispose()
