"""The one connection by which a web process hears hints from the database."""

import asyncio
import contextlib
import json

import asyncpg
import sqlalchemy as sa
import structlog

from hotline.kernel.live import CHANNEL
from web.live.hub import Hint, Hub

_PROBE_SECONDS = 15.0
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 10.0

log = structlog.get_logger(__name__)


def read_hint(payload: str) -> Hint | None:
    """Return what was told; None for what is no hint of ours."""
    try:
        told = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("topic"), str):
        return None
    user = told.get("user")
    return Hint(told["topic"], user if isinstance(user, str) else None)


async def listen(hub: Hub, database_url: str) -> None:
    """Hand what the database tells to the hub until cancelled; a broken line is made anew.

    After a break every reader looks anew, because nobody knows what was told meanwhile.
    """
    delay = _FIRST_DELAY_SECONDS
    while True:
        try:
            await _listen_once(hub, database_url)
            delay = _FIRST_DELAY_SECONDS
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("live hints cannot be heard", error=type(error).__name__)
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST_DELAY_SECONDS)


async def _listen_once(hub: Hub, database_url: str) -> None:
    """Listen until the line breaks."""
    connection = await _connect(database_url)
    broken = asyncio.Event()

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        hint = read_hint(str(payload))
        if hint is not None:
            hub.publish(hint)

    def lose(_connection: object) -> None:
        broken.set()

    try:
        connection.add_termination_listener(lose)
        await connection.add_listener(CHANNEL, hear)
        hub.renew()
        while not broken.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(broken.wait(), _PROBE_SECONDS)
                break
            # A line that has died in silence is found out by asking something over it.
            await connection.execute("SELECT 1", timeout=5)
    finally:
        connection.terminate()


async def _connect(database_url: str) -> asyncpg.Connection:
    url = sa.make_url(database_url)
    _, arguments = url.get_dialect()().create_connect_args(url)
    return await asyncpg.connect(
        **arguments,
        timeout=5,
        server_settings={"application_name": "hotline.web.live", "timezone": "UTC"},
    )
