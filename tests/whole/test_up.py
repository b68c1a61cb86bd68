"""`hotline up` as a newcomer meets it, and as a power cut does."""

import asyncio
import json
import os
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from hotline.kernel.settings import Settings
from tests.support.processes import (
    NOBODY,
    Program,
    free_port,
    left_running,
    ordinary_user,
    program,
)
from web.run.embedded import processes_in
from web.run.services import services

pytestmark = pytest.mark.whole


def command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


async def until(test: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not test():  # noqa: ASYNC110  # nothing tells us of a stranger's end
            await asyncio.sleep(0.05)


def workers_of(house: Program) -> list[int]:
    return [pid for pid in children_of(house.process.pid) if "worker" in command_line(pid)]


async def ready(port: int) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/health/ready", timeout=10)
    return answer.status_code


async def becomes_ready(port: int, *, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while True:
            try:
                if await ready(port) == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_up_tells_where_everything_is_and_stops_cleanly(home: Path) -> None:
    port = str(free_port())
    async with program("up", home=home, HOTLINE_PORT=port) as house:
        await house.says(f"http://127.0.0.1:{port}")
        await house.says(str(home))
        await becomes_ready(int(port))
        assert "Demo accounts" not in house.output
        assert workers_of(house)
        assert await house.stop() == 0
        assert "Traceback" not in house.output
    assert left_running(home) == []


async def test_a_taken_port_is_said_before_anything_slow(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with program("up", home=home, HOTLINE_PORT=str(port)) as house:
            assert await house.ends() == 1
            assert f"Port {port} on 127.0.0.1 cannot be had" in house.output
            assert f"HOTLINE_PORT={port % 65535 + 1}" in house.output
            assert "Traceback" not in house.output
    assert left_running(home) == []


async def test_two_houses_on_one_folder(home: Path) -> None:
    async with program("up", home=home, HOTLINE_PORT=str(free_port())) as first:
        await first.says("Ctrl-C")
        async with program("up", home=home, HOTLINE_PORT=str(free_port())) as second:
            assert await second.ends(seconds=20) == 1
            assert f"in use by hotline up (process {first.process.pid}" in second.output
        async with program("doctor", "--json", home=home) as doctor:
            code = await doctor.ends(seconds=30)
            assert code == 0, doctor.output
            assert json.loads(doctor.output)["ok"]
        assert await first.stop(signal.SIGINT) == 0


async def test_a_killed_worker_is_replaced_and_a_killed_house_comes_back(home: Path) -> None:
    port = free_port()
    async with program("up", home=home, HOTLINE_PORT=str(port)) as house:
        await house.says("worker runs")
        (worker,) = workers_of(house)
        os.kill(worker, signal.SIGKILL)
        await house.says("worker runs", times=2, seconds=20)
        (worker,) = workers_of(house)
        assert await house.stop(signal.SIGKILL) == -signal.SIGKILL
        await until(lambda: "worker" not in command_line(worker))
    assert left_running(home)
    async with program("up", home=home, HOTLINE_PORT=str(port)) as house:
        await house.says("Ctrl-C")
        await becomes_ready(port)
        assert await house.stop() == 0
    assert left_running(home) == []


async def test_a_killed_database_is_brought_back(home: Path) -> None:
    port = free_port()
    async with program("up", home=home, HOTLINE_PORT=str(port)) as house:
        await house.says("Ctrl-C")
        await becomes_ready(port)
        for pid in processes_in(home / "postgres"):
            os.kill(pid, signal.SIGKILL)
        assert await ready(port) == 503
        await becomes_ready(port)
        assert len(workers_of(house)) == 1
        assert await house.stop() == 0


async def test_an_ordinary_user_needs_no_rights(home: Path) -> None:
    if before := ordinary_user():
        for folder in (home.parent, home):
            shutil.chown(folder, NOBODY, NOBODY)
    async with program("up", home=home, before=before, HOTLINE_PORT=str(free_port())) as house:
        await house.says("Ctrl-C")
        assert 0 not in {owner_of(pid) for pid in left_running(home)}
        assert await house.stop() == 0
    assert left_running(home) == []


async def test_web_and_worker_stand_alone(home: Path) -> None:
    port = free_port()
    async with services(
        Settings(home=home, database_url=None, redis_url=None), command="a database server"
    ):
        async with program("web", home=home, HOTLINE_PORT=str(port)) as web:
            assert await web.ends(seconds=20) == 1
            assert "run hotline db upgrade" in web.output
        async with program("db", "upgrade", "--json", home=home) as upgrade:
            assert await upgrade.ends(seconds=30) == 0
            assert json.loads(upgrade.output)["revision"]
        async with (
            program("web", home=home, HOTLINE_PORT=str(port)) as web,
            program("worker", home=home) as worker,
        ):
            await worker.says("worker runs")
            await becomes_ready(port)
            assert await worker.stop() == 0
            assert await web.stop() == 0
