"""`hotline up`: services, migrations, the demo city, the web and the worker, in one command."""

import asyncio
import sys
from functools import partial

import sqlalchemy as sa
import structlog

from hotline.kernel.clock import SystemClock
from hotline.kernel.db import make_engine
from hotline.kernel.settings import Settings
from web.run.bootstrap import ensure_basics_at
from web.run.child import keep_worker
from web.run.demo_city import seed_if_empty
from web.run.listen import address_of, serve, take_port
from web.run.migrate import upgrade
from web.run.practice import rebuild, start_anew, until_asked_again
from web.run.services import ServiceUrls, services
from web.run.signals import unless_told_to_stop, until_told_to_stop

_DEMO_ACCOUNTS = (
    "operator", "dispatcher", "auditor", "visitor", "supervisor", "admin", "observer",
    "discipline",
)  # fmt: skip

log = structlog.get_logger(__name__)


async def run_all(settings: Settings) -> None:
    """Run the whole house until told to stop.

    Raises:
        web.run.embedded.ServiceError: the port or the data folder is taken, or a part does not start.
    """
    sock = take_port(settings)
    is_again = False
    try:
        async with (
            until_told_to_stop() as stop,
            services(settings, command="hotline up", exclusive=True) as urls,
        ):
            await unless_told_to_stop(stop, _prepare(settings, urls))
            if not stop.is_set():
                worker = asyncio.create_task(keep_worker())
                again = asyncio.create_task(_stop_when_asked(settings, urls, stop))
                try:
                    await serve(
                        settings,
                        urls,
                        sock,
                        stop=stop,
                        on_ready=partial(_announce, settings, urls),
                    )
                finally:
                    worker.cancel()
                    again.cancel()
                    await asyncio.wait({worker, again})
                # Only who was asked throws a city away: a look that failed is no wish.
                is_again = not again.cancelled() and again.exception() is None
                if is_again:
                    await rebuild(settings, urls)
    finally:
        sock.close()
    log.info("everything has stopped")
    if is_again:
        start_anew()


async def _stop_when_asked(settings: Settings, urls: ServiceUrls, stop: asyncio.Event) -> None:
    """Stop the house when the practice city is to begin again."""
    await until_asked_again(settings, urls)
    stop.set()


async def _prepare(settings: Settings, urls: ServiceUrls) -> None:
    """Make the database ready: its tables, the demo city if wanted, what nobody goes without."""
    await upgrade(urls.database_url)
    if settings.demo:
        await seed_if_empty(settings, urls)
    await ensure_basics_at(settings, urls.database_url, SystemClock().now())


async def _announce(settings: Settings, urls: ServiceUrls) -> None:
    """Tell a newcomer where everything is."""
    lines = [
        "",
        f"  12345 hotline   {address_of(settings)}",
        f"  Public query    {address_of(settings)}/track",
        f"  Data            {settings.home}",
    ]
    if not settings.demo:
        lines.append(f"  Setting up      {address_of(settings)}/admin/setup")
    if settings.demo and await _has_demo_accounts(urls):
        lines += [
            f"  Demo accounts   {' '.join(_DEMO_ACCOUNTS)}",
            "                  handler.<department> leader.<department>, for example handler.chengguan",
            "  Password        hotline-demo",
        ]
    lines += ["  Stop            Ctrl-C", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


async def _has_demo_accounts(urls: ServiceUrls) -> bool:
    engine = make_engine(urls.database_url, application_name="hotline.up")
    try:
        async with engine.connect() as connection:
            found = await connection.scalar(
                sa.text("SELECT count(*) FROM users WHERE username = ANY(:names)"),
                {"names": list(_DEMO_ACCOUNTS)},
            )
    finally:
        await engine.dispose()
    return bool(found == len(_DEMO_ACCOUNTS))
