"""The one connection by which a web process hears hints from the database."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

import asyncpg
import sqlalchemy as sa
import structlog

from hotline.kernel.live import CHANNEL, Batch, ChangedTicket
from web.live.hub import Hint, Hub, Line, Told
from web.live.topics import TICKETS_TOPIC

_PROBE_SECONDS = 15.0
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 10.0

log = structlog.get_logger(__name__)

ReadLines = Callable[[Collection[str]], Awaitable[Mapping[str, Line]]]
"""Takes ticket numbers and returns how each stands."""

Renewal = object()
"""Everything may have changed."""


def read_told(payload: str) -> list[Hint] | Batch | object | None:
    """Return what was told: hints, a batch, that everything has changed; None for what is not ours."""
    try:
        told = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    if isinstance(told.get("batch"), str):
        return _batch(told)
    topic, users = told.get("topic"), told.get("users")
    if not isinstance(topic, str):
        return None
    if isinstance(users, list):
        return [Hint(topic, user) for user in users if isinstance(user, str)]
    user = told.get("user")
    return [Hint(topic, user if isinstance(user, str) else None)]


def _batch(told: Mapping[str, Any]) -> Batch | object:
    if told.get("all"):
        return Renewal
    return Batch(
        told["batch"],
        [ChangedTicket(number, sees, lost) for number, sees, lost in told.get("tickets", ())],
        {
            topic: None if units is None else frozenset(units)
            for topic, units in told.get("topics", {}).items()
        },
    )


Heard = Callable[[Told], None]
"""Takes a batch that was passed on."""


async def listen(
    hub: Hub, database_url: str, read_lines: ReadLines, heard: Heard = lambda _told: None
) -> None:
    """Hand what the database tells to the hub until cancelled; a broken line is made anew.

    After a break every reader looks anew, because nobody knows what was told meanwhile.
    """
    delay = _FIRST_DELAY_SECONDS
    while True:
        try:
            await _listen_once(hub, database_url, partial(pass_on, hub, read_lines, heard))
            delay = _FIRST_DELAY_SECONDS
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("live hints cannot be heard", error=type(error).__name__)
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST_DELAY_SECONDS)


async def _listen_once(hub: Hub, database_url: str, take: Callable[[str], Awaitable[None]]) -> None:
    """Listen until the line breaks."""
    connection = await _connect(database_url)
    broken = asyncio.Event()
    heard: asyncio.Queue[str] = asyncio.Queue()

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        heard.put_nowait(str(payload))

    def lose(_connection: object) -> None:
        broken.set()

    passing_on = asyncio.create_task(_pass_on_all(hub, heard, take))
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
        passing_on.cancel()
        connection.terminate()


async def _pass_on_all(
    hub: Hub, heard: asyncio.Queue[str], take: Callable[[str], Awaitable[None]]
) -> None:
    """Pass on what is heard, in order, until cancelled."""
    while True:
        try:
            await take(await heard.get())
        except Exception:
            # One payload that cannot be understood must not make the house deaf.
            log.exception("a live hint was not understood")
            hub.renew()


async def pass_on(hub: Hub, read_lines: ReadLines, heard: Heard, payload: str) -> None:
    """Hand one thing that was told to the hub; of tickets, with how they stand now."""
    told = read_told(payload)
    if told is Renewal:
        hub.renew()
    elif isinstance(told, Batch):
        lines: Mapping[str, Line] = {}
        if told.tickets and hub.listens(TICKETS_TOPIC):
            try:
                lines = await read_lines([row.number for row in told.tickets])
            except (OSError, sa.exc.SQLAlchemyError) as error:
                log.warning("lines of tickets cannot be read", error=type(error).__name__)
        passed = Told(told, lines)
        hub.publish(passed)
        heard(passed)
    elif isinstance(told, list):
        for hint in told:
            hub.publish(hint)


async def _connect(database_url: str) -> asyncpg.Connection:
    url = sa.make_url(database_url)
    _, arguments = url.get_dialect()().create_connect_args(url)
    return await asyncpg.connect(
        **arguments,
        timeout=5,
        server_settings={"application_name": "hotline.web.live", "timezone": "UTC"},
    )
