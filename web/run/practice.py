"""Beginning the practice city again: only in a house that was invented and runs its own database."""

import asyncio
import os
import sys

import sqlalchemy as sa
import structlog

from hotline.kernel.clock import SystemClock
from hotline.kernel.db import make_engine
from hotline.kernel.settings import Settings
from hotline.practice.rules import NoPractice, PracticeNotRenewable, is_practice
from web.run.bootstrap import ensure_basics_at
from web.run.demo_city import seed_if_empty
from web.run.embedded import House, Postgres, ServiceError
from web.run.migrate import upgrade
from web.run.services import ServiceUrls, services

_LOOK_SECONDS = 3.0
_MARKED = sa.text("SELECT again_asked_at IS NOT NULL FROM practice_cities WHERE id = 1")

log = structlog.get_logger(__name__)


async def _mark(database_url: str) -> bool | None:
    """Return whether beginning again was asked for; None in a house that is not for practice."""
    engine = make_engine(database_url, application_name="hotline.practice", pool_size=1)
    try:
        async with engine.connect() as connection:
            asked: bool | None = await connection.scalar(_MARKED)
            return asked
    except (sa.exc.SQLAlchemyError, OSError) as error:
        log.warning("the practice city cannot be looked after", error=type(error).__name__)
        return None
    finally:
        await engine.dispose()


async def until_asked_again(settings: Settings, urls: ServiceUrls) -> None:
    """Wait until an administrator has asked for the practice city to begin again.

    In a house that is not for practice, or whose database is run by somebody else, this never ends.
    """
    while True:
        if settings.demo and settings.database_url is None and await _mark(urls.database_url):
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def rebuild(settings: Settings, urls: ServiceUrls) -> None:
    """Throw the practice city away and build it anew.

    Raises:
        NoPractice: the house is real, or is not run as a demo: nothing is touched.
        PracticeNotRenewable: its database is run by somebody else.
    """
    if settings.database_url is not None:
        raise PracticeNotRenewable(command="hotline practice begin-again")
    mark = await _mark(urls.database_url)
    if not is_practice(is_demo=settings.demo, is_founded=mark is not None):
        raise NoPractice
    postgres = Postgres(House(settings.home))
    await asyncio.to_thread(postgres.psql, "DROP DATABASE hotline WITH (FORCE)")
    await asyncio.to_thread(postgres.create_database)
    await upgrade(urls.database_url)
    await seed_if_empty(settings, urls)
    await ensure_basics_at(settings, urls.database_url, SystemClock().now())
    log.info("the practice city has begun again")


async def begin_again(settings: Settings) -> None:
    """Begin again while the house stands still.

    Raises:
        NoPractice: the house is not for practice.
        ServiceError: the house runs: there an administrator begins again on the page.
    """
    if settings.database_url is not None:
        raise PracticeNotRenewable(command="hotline practice begin-again")
    async with services(settings, command="hotline practice", exclusive=True) as urls:
        await upgrade(urls.database_url)
        await rebuild(settings, urls)


def start_anew() -> None:
    """Become `hotline up` once more: nothing that was remembered of the old city stays.

    Raises:
        ServiceError: the program cannot be started again.
    """
    try:
        os.execv(sys.executable, [sys.executable, "-m", "web.run.cli", "up"])  # noqa: S606  # ourselves, no shell
    except OSError as error:
        raise ServiceError(f"The house cannot be started again: {error}") from error
