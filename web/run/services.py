"""The database and Redis of a process: the given ones, or embedded ones out of the data folder."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from hotline.kernel.settings import Settings
from web.run.embedded import House, Postgres, ServiceError, Valkey
from web.run.lock import HouseLock

_WATCH_SECONDS = 1.0
_ATTACH_SECONDS = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceUrls:
    """Where the services are.

    Attributes:
        database_url: for SQLAlchemy with asyncpg.
        redis_url: for `web.run.connections`.
    """

    database_url: str
    redis_url: str


@asynccontextmanager
async def services(
    settings: Settings, *, command: str, exclusive: bool = False
) -> AsyncIterator[ServiceUrls]:
    """Provide the services for the length of the block.

    The first process on a data folder starts the embedded ones, watches over them and stops them
    at its end; later ones use what it runs.

    Args:
        settings: of this process.
        command: what this process is, for whoever finds the folder taken.
        exclusive: refuse to run beside another process on the same data folder.

    Raises:
        ServiceError: the folder is taken, or a service does not come up.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        lock = HouseLock.take(settings.home, command)
    except OSError as error:
        raise ServiceError(
            f"The data folder {settings.home} cannot be used ({error.strerror}): "
            "set HOTLINE_HOME to a folder that you may write to."
        ) from error
    if lock is None and exclusive:
        raise ServiceError(
            f"The data folder {settings.home} is in use by "
            f"{HouseLock.holder(settings.home) or 'another process'}. "
            "Stop that one first, or set HOTLINE_HOME to another folder."
        )
    try:
        servers, urls = _embedded(settings)
        if lock is None:
            await _attach(servers)
            yield urls
        else:
            async with _running(servers):
                yield urls
    finally:
        if lock is not None:
            lock.release()


def _embedded(settings: Settings) -> tuple[list[Postgres | Valkey], ServiceUrls]:
    """Return the servers that must run beside us, and where all services are."""
    servers: list[Postgres | Valkey] = []
    house = House(settings.home)
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url is None:
        postgres = Postgres(house)
        servers.append(postgres)
        database_url = postgres.url()
    if redis_url is None:
        valkey = Valkey(house)
        servers.append(valkey)
        redis_url = valkey.url()
    return servers, ServiceUrls(database_url, redis_url)


@asynccontextmanager
async def _running(servers: list[Postgres | Valkey]) -> AsyncIterator[None]:
    try:
        for server in servers:
            await _start(server)
        watch = asyncio.create_task(_watch(servers))
        try:
            yield
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
    finally:
        # A second interrupt must not leave servers behind.
        await asyncio.shield(asyncio.gather(*(asyncio.to_thread(one.stop) for one in servers)))


async def _start(server: Postgres | Valkey) -> None:
    began = time.monotonic()
    try:
        await asyncio.to_thread(server.start)
        if isinstance(server, Postgres):
            await asyncio.to_thread(server.create_database)
    except OSError as error:
        raise ServiceError(f"{server.name} cannot be started: {error}") from error
    log.info("service runs", service=server.name, seconds=round(time.monotonic() - began, 2))


async def _watch(servers: list[Postgres | Valkey]) -> None:
    """Bring back a server that has died."""
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        for server in servers:
            if await asyncio.to_thread(server.alive):
                continue
            log.error("service has died and is started again", service=server.name)
            try:
                await _start(server)
            except ServiceError as error:
                log.error("service does not come back", service=server.name, reason=str(error))  # noqa: TRY400  # the reason is the server's own log


async def _attach(servers: list[Postgres | Valkey]) -> None:
    """Wait until the process that runs the services has them up."""
    end = time.monotonic() + _ATTACH_SECONDS
    for server in servers:
        while not await asyncio.to_thread(server.answers):
            if time.monotonic() > end:
                raise ServiceError(
                    f"{server.name} does not answer although another process runs it: "
                    "see the logs folder under HOTLINE_HOME."
                )
            await asyncio.sleep(0.1)
