"""The worker as a child of the house: started again when it dies, gone when the house is."""

import asyncio
import contextlib
import sys
import time

import structlog

_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 10.0
_STEADY_SECONDS = 30.0
_STOP_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def keep_worker() -> None:
    """Keep one `hotline worker` running until cancelled; then stop it and wait for its end."""
    delay = _FIRST_DELAY_SECONDS
    while True:
        began = time.monotonic()
        # Its standard input is a pipe that closes with us, however we end.
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "web.run.cli", "worker", "--with-parent",
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = await worker.wait()
        except asyncio.CancelledError:
            await _stop(worker)
            raise
        if time.monotonic() - began > _STEADY_SECONDS:
            delay = _FIRST_DELAY_SECONDS
        log.error("worker has died and is started again", code=code, seconds=delay)
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST_DELAY_SECONDS)


async def _stop(worker: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        worker.terminate()
    try:
        await asyncio.wait_for(worker.wait(), _STOP_SECONDS)
    except TimeoutError:
        worker.kill()
        await worker.wait()
