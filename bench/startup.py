"""Seconds from a warm `hotline up` to its first answer, and memory of all its processes."""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.client import ask, request_bytes
from bench.house import free_port

_PAGES = ("smaps_rollup", "Pss:")


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        text = (task / "children").read_text()
        for child in map(int, text.split()):
            found += [child, *_children(child)]
    return found


def _kilobytes(pid: int) -> int:
    """Return a process's share of memory: pages that several map are divided among them."""
    name, field = _PAGES
    try:
        for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return 0


def _servers(home: str) -> list[int]:
    """Return PostgreSQL and Valkey of this home: they are not children, for they outlive a kill."""
    pids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if home in line and ("postgres" in line or "valkey" in line):
                pids.append(int(entry.name))
    return pids


async def _until_answered(port: int) -> float:
    began = time.perf_counter()
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            status, _ = await ask(reader, writer, request_bytes("GET", "/health/live"))
            writer.close()
            if status == 200:
                return time.perf_counter() - began
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.02)


async def _up(home: str, port: int, *, demo: bool) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        "HOTLINE_HOME": home,
        "HOTLINE_PORT": str(port),
        "HOTLINE_DEMO": str(int(demo)),
        "HOTLINE_LOG_FORMAT": "json",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "web.run.cli", "up", env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def run() -> dict[str, Any]:
    """Return seconds of a first start with the demo city, of a warm start, and the memory then."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as home:
        Path(home).chmod(0o755)
        port = free_port()
        program = await _up(home, port, demo=True)
        first = await _until_answered(port)
        program.send_signal(signal.SIGTERM)
        await program.wait()
        program = await _up(home, port, demo=True)
        warm = await _until_answered(port)
        await asyncio.sleep(15)
        pids = {program.pid, *_children(program.pid)}
        for server in _servers(home):
            pids |= {server, *_children(server)}
        memory = sum(map(_kilobytes, pids))
        began = time.perf_counter()
        program.send_signal(signal.SIGTERM)
        await program.wait()
        return {
            "first_start_with_demo_seconds": round(first, 1),
            "warm_start_seconds": round(warm, 1),
            "memory_mb": round(memory / 1024),
            "processes": len(pids),
            "stop_seconds": round(time.perf_counter() - began, 1),
        }


if __name__ == "__main__":
    json.dump(asyncio.run(run()), sys.stdout, indent=1)
