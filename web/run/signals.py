"""How a process is told to stop: Ctrl-C and SIGTERM mean the same."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


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
