"""A house of its own for a benchmark: services in a fresh folder, servers as processes."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from hotline.kernel.settings import Settings
from web.run.migrate import upgrade
from web.run.services import ServiceUrls, services


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@contextlib.asynccontextmanager
async def house() -> AsyncIterator[tuple[Settings, ServiceUrls]]:
    """Start PostgreSQL and Valkey in a fresh folder, migrated; durable, as in production."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        Path(folder).chmod(0o755)
        settings = Settings(home=Path(folder), log_format="json")
        async with services(settings, command="bench") as urls:
            await upgrade(urls.database_url)
            yield settings, urls


@contextlib.asynccontextmanager
async def process(settings: Settings, *words: str, port: int) -> AsyncIterator[None]:
    """Run `python -m WORDS` beside the benchmark until it ends."""
    environment = {
        **os.environ,
        "HOTLINE_HOME": str(settings.home),
        "HOTLINE_PORT": str(port),
        "HOTLINE_LOG_FORMAT": "json",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.05)
        yield
    finally:
        child.send_signal(signal.SIGTERM)
        await child.wait()
