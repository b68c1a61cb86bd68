"""How a process is told to stop: Ctrl-C and SIGTERM mean the same."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def until_told_to_stop() -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set by SIGINT and SIGTERM, which no longer break off anything."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def unless_told_to_stop(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> None:
    """Do `work`, or break it off once `stop` is set; what it raises is raised."""
    doing = asyncio.create_task(work)
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({doing, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not doing.done():
        doing.cancel()
        await asyncio.wait({doing})
    elif not doing.cancelled():
        doing.result()
