"""Programs started as people start them, and what they leave behind."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from web.run.embedded import processes_in

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder with a space and Chinese characters in its path, empty and our own."""
    outer = Path(tempfile.mkdtemp(prefix="hotline "))
    home = outer / "市民 热线"
    home.mkdir()
    yield home
    for pid in left_running(home):
        with contextlib.suppress(ProcessLookupError):  # it may end by itself meanwhile
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(outer, ignore_errors=True)


def left_running(home: Path) -> list[int]:
    """The servers that work in a data folder."""
    return [pid for part in ("postgres", "valkey") for pid in processes_in(home / part)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ordinary_user() -> list[str]:
    """What to put before a command so that it is not run by root; nothing when it is not anyway.

    Root's own interpreter may lie where others cannot look: then reading, and reading alone, is
    left to the process.
    """
    if os.geteuid() != 0:
        return []
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    interpreter = Path(sys.executable).resolve()
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in interpreter.parents):
        become += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return become


class Program:
    """A running `hotline` command."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8")

    async def says(self, text: str, *, seconds: float = 60, times: int = 1) -> None:
        """Wait until the program has written `text`."""
        async with asyncio.timeout(seconds):
            while self.output.count(text) < times:
                assert self.process.returncode is None, self.output
                await asyncio.sleep(0.05)

    async def ends(self, *, seconds: float = 10) -> int:
        """Wait for the end and return the exit code."""
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 10) -> int:
        self.process.send_signal(number)
        return await self.ends(seconds=seconds)


@asynccontextmanager
async def program(
    *arguments: str, home: Path, before: list[str] | None = None, **settings: str
) -> AsyncIterator[Program]:
    """Run `hotline arguments` on a data folder; killed at the end if it still runs."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HOTLINE_")}
    environment = kept | settings | {"HOTLINE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="hotline-output-") as folder:
        log = Path(folder) / "output"
        with log.open("w") as output:
            process = await asyncio.create_subprocess_exec(
                *(before or []), sys.executable, "-m", "web.run.cli", *arguments,
                env=environment,
                cwd="/",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )  # fmt: skip
        try:
            yield Program(process, log)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
