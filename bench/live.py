"""Five hundred open pages: how soon a commit shows on all of them, and what it costs to keep them open.

By itself in a house of its own. `--url URL --token TOKEN [--pid PID]` measures a house that runs already:
the token of an operator, and the id of its web process for memory, processor and the end. The end is
measured only in a house of one's own. `--streams N`, `--commits N`, `--quiet SECONDS` for other sizes.

Two instants of each page, counted from the answer to the commit: when its stream says that the ticket
has changed, which is when its line is right, for the event says how the ticket stands; and when it has
fetched the list anew, spread as the event says.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.client import ask, request_bytes
from bench.house import free_port, house
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.actions import add_user, issue_token
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from web.run.bootstrap import FOUNDER, ensure_basics

STREAMS, COMMITS, QUIET_SECONDS = 500, 12, 20.0
TICKETS = 60
"""The list that all look at is full."""

_TOPICS = "tickets,presences,notices,orders"
_BETWEEN_SECONDS = 6.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Page:
    """A page that is open, and what it has heard and seen.

    Attributes:
        heard: when its stream told of a ticket, by the version that it named.
        fetched: when it had the list anew after that.
    """

    port: int
    token: str
    heard: dict[int, float] = field(default_factory=dict)
    fetched: dict[int, float] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> asyncio.Task[None]:
        """Open the stream and listen."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        since = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        path = f"/live?topics={_TOPICS}&since={since.replace('+', '%2B')}"
        head = ["GET " + path + " HTTP/1.1", "Host: bench", f"Authorization: Bearer {self.token}"]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n")
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return asyncio.create_task(self._listen(reader, writer))

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                said = await reader.readuntil(b"\n\n")
                at = time.perf_counter()
                if b"event: changed" in said:
                    self._hear(said.decode(), at)
        writer.close()

    def _hear(self, said: str, at: float) -> None:
        data = json.loads(said.partition("data: ")[2].splitlines()[0])
        batch = said.partition("id: ")[2].partition("\n")[0]
        for line in data.get("lines", {}).values():
            if line["version"] not in self.heard:
                self.heard[line["version"]] = at
                task = asyncio.create_task(self._fetch(line["version"], batch, data["spread"]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _fetch(self, version: int, batch: str, spread: int) -> None:
        await asyncio.sleep(random.random() * spread / 1000)
        head = [
            "GET /tickets HTTP/1.1",
            "Host: bench",
            f"Authorization: Bearer {self.token}",
            "x-live: rows",
            f"x-live-after: {batch}",
            "Content-Length: 0",
        ]
        request = "\r\n".join(head).encode() + b"\r\n\r\n"
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            status, body = await ask(reader, writer, request)
            writer.close()
            assert status == 200, status
            assert b"data-row" in body
            self.fetched[version] = time.perf_counter()


def _pss(pid: int) -> float:
    """Return the megabytes of a process, its share of what several share."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the kernel tells no Pss")


def _cpu(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50_ms": round(statistics.median(ordered) * 1000),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000),
        "max_ms": round(ordered[-1] * 1000),
    }


async def _send(port: int, token: str, path: str, body: object) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    status, text = await ask(reader, writer, request_bytes("POST", path, token=token, body=body))
    writer.close()
    assert status < 300, text
    answer: dict[str, Any] = json.loads(text)
    return answer


async def measure(
    port: int, token: str, pid: int | None, *, streams: int, commits: int, quiet: float
) -> tuple[dict[str, Any], list[asyncio.Task[None]]]:
    """Return the figures of a house, and the streams, which are still open."""
    matter = {
        "channel": "phone",
        "request_type": "help",
        "title": "路灯不亮",
        "content": "建设路的路灯三天不亮",
        "requester": {"name": "测试", "phone": "13900001234"},
    }
    for _ in range(TICKETS):
        ticket = await _send(port, token, "/api/v1/tickets", matter)
    await asyncio.sleep(5)
    figures: dict[str, Any] = {"streams": streams, "commits": commits}
    before = _pss(pid) if pid else 0.0
    pages = [Page(port, token) for _ in range(streams)]
    began = time.perf_counter()
    listening = [await page.open() for page in pages]
    figures["opening_s"] = round(time.perf_counter() - began, 2)
    await asyncio.sleep(3)
    if pid:
        used, began = _cpu(pid), time.perf_counter()
        await asyncio.sleep(quiet)
        share = (_cpu(pid) - used) / (time.perf_counter() - began)
        figures["quiet_percent_of_a_core"] = round(share * 100, 1)
    heard: list[float] = []
    fetched: list[float] = []
    worst: list[float] = []
    for _ in range(commits):
        done = await _send(
            port, token, f"/api/v1/tickets/{ticket['number']}/note", {"note": "来电询问"}
        )
        at, version = time.perf_counter(), done["version"]
        await asyncio.sleep(_BETWEEN_SECONDS)
        heard += [page.heard[version] - at for page in pages if version in page.heard]
        fetched += [page.fetched[version] - at for page in pages if version in page.fetched]
        worst.append(max(page.heard.get(version, float("inf")) for page in pages) - at)
    figures["missed"] = streams * commits - len(heard)
    figures["in_place"] = _spread(heard)
    figures["in_place_on_all_pages"] = _spread(worst)
    figures["list_anew"] = _spread(fetched)
    figures["lists_not_fetched"] = streams * commits - len(fetched)
    if pid:
        figures["memory_mb"] = {
            "before": round(before, 1),
            "with_streams": round(_pss(pid), 1),
            "more": round(_pss(pid) - before, 1),
        }
    return figures, listening


@contextlib.asynccontextmanager
async def _running(settings: Settings, command: str, port: int) -> AsyncIterator[Any]:
    environment = {
        **os.environ,
        "HOTLINE_HOME": str(settings.home),
        "HOTLINE_PORT": str(port),
        "HOTLINE_LOG_FORMAT": "json",
    }
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "web.run.cli", command),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        await child.wait()


async def _answers(port: int) -> None:
    for _ in range(2400):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the web did not start")


async def own_house(*, streams: int, commits: int, quiet: float) -> dict[str, Any]:
    """Return the figures of a house of one's own, and how soon it ends with all streams open."""
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        now = SystemClock().now()
        await ensure_basics(maker, cipher, now)
        async with maker() as session, session.begin():
            tx = Tx(session, now, cipher, "bench", FOUNDER)
            await add_user(
                tx,
                username="operator",
                display_name="operator",
                roles=[Role.OPERATOR],
                department="hotline",
            )
            token = await issue_token(tx, username="operator", label="bench")
        await engine.dispose()
        port = free_port()
        async with (
            _running(settings, "worker", port),
            _running(settings, "web", port) as web,
        ):
            await _answers(port)
            figures, listening = await measure(
                port, token, web.pid, streams=streams, commits=commits, quiet=quiet
            )
            began = time.perf_counter()
            web.send_signal(signal.SIGTERM)
            await web.wait()
            figures["end_with_streams_open_s"] = round(time.perf_counter() - began, 2)
            await asyncio.gather(*listening)
        return figures


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of the house that was asked for."""
    streams, commits, quiet = options.streams, options.commits, options.quiet
    if not options.url:
        return await own_house(streams=streams, commits=commits, quiet=quiet)
    port = urlsplit(options.url).port or 80
    figures, listening = await measure(
        port, options.token, options.pid, streams=streams, commits=commits, quiet=quiet
    )
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    return figures


def main() -> None:
    """Print a table, and the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--token")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--commits", type=int, default=COMMITS)
    parser.add_argument("--quiet", type=float, default=QUIET_SECONDS)
    figures = uvloop.run(run(parser.parse_args()))
    for name, value in figures.items():
        shown = value if isinstance(value, dict) else {"": value}
        for part, number in shown.items():
            print(f"{name + ' ' + part:40} {number}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
