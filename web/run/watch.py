"""The web's own eye on the worker: a stopped sweeper must be louder than any overdue order.

Every few seconds each web process looks for the sweeper's heartbeat and the alarms that are up, and
remembers them for the pages it serves.
"""

import asyncio

import structlog
from litestar import Litestar

from hotline.escalation.house import watch_sweeper
from hotline.kernel.alarms import open_alarms
from hotline.kernel.jobs import is_passing
from hotline.practice.queries import practice_city
from web.resources import Resources

WATCH_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def look(app: Litestar) -> None:
    """Look once, and remember what is up."""
    resources: Resources = app.state.resources
    await watch_sweeper(resources.session_maker, resources.cipher, resources.clock.now())
    async with resources.read_maker() as session:
        app.state.alarms = tuple(await open_alarms(session))
        if app.state.settings.demo:
            app.state.is_practice = await practice_city(session) is not None


async def watch(app: Litestar) -> None:
    """Look again and again until cancelled; a database that is away is waited for."""
    while True:
        try:
            await look(app)
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("the house cannot be looked after", error=type(error).__name__)
        await asyncio.sleep(WATCH_SECONDS)
