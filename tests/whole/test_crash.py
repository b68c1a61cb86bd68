"""kill -9 of every process in the middle of a storm: nothing that was answered is lost."""

import asyncio
import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.processes import Program, free_port, left_running, program
from tests.whole.test_up import becomes_ready, command_line, workers_of

pytestmark = pytest.mark.whole

MATTER = {
    "channel": "phone",
    "request_type": "complaint",
    "title": "路灯不亮",
    "content": "小区门口的路灯已经三天不亮。",
    "requester": {"name": "王某", "phone": "19900001234"},
}
SHORT_LIMITS = {
    "code": "fast-24",
    "name": "快办",
    "clocks": {
        "accept": {"limit": "PT2S", "beyond": {}},
        "dispatch": {"limit": "PT1H"},
        "complete": {"limit": "PT24H"},
        "audit": {"limit": "PT4H"},
        "visit": {"limit": "PT24H"},
    },
}


async def command(*words: str, home: Path) -> str:
    async with program(*words, home=home) as run:
        assert await run.ends(seconds=60) == 0, run.output
        return run.output


async def token_of(home: Path, name: str, role: str) -> dict[str, str]:
    await command(
        *("users", "add", name, "--name", name, "--role", role, "--password", "a long password"),
        home=home,
    )
    issued = json.loads(
        (await command("users", "token", name, "--json", home=home)).splitlines()[-1]
    )
    return {"Authorization": f"Bearer {issued['token']}"}


async def storm(client: httpx.AsyncClient, headers: dict[str, str], numbers: list[str]) -> None:
    """Create tickets until the server is gone, keeping every number that was answered."""
    while True:
        try:
            answer = await client.post("/api/v1/tickets", json=MATTER, headers=headers)
        except httpx.TransportError:
            return
        if answer.status_code == 201:
            numbers.append(answer.json()["number"])


def kill_everything(house: Program, home: Path) -> None:
    for pid in [house.process.pid, *workers_of(house), *left_running(home)]:
        os.kill(pid, signal.SIGKILL)


async def firings_of(
    client: httpx.AsyncClient, headers: dict[str, str], number: str
) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/tickets/{number}/clocks", headers=headers)
    assert answer.status_code == 200, answer.text
    firings: list[dict[str, Any]] = answer.json()["items"][0]["firings"]
    return firings


async def test_every_answered_ticket_survives_and_every_clock_fires_once(home: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    numbers: list[str] = []
    async with program("up", home=home, HOTLINE_PORT=str(port), HOTLINE_DEMO="0") as house:
        await becomes_ready(port)
        admin = await token_of(home, "boss", "admin")
        operator = await token_of(home, "caller", "operator")
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=20) as client:
            published = await client.post("/api/v1/sla/policies", json=SHORT_LIMITS, headers=admin)
            assert published.status_code == 201, published.text
            clients = [asyncio.create_task(storm(client, operator, numbers)) for _ in range(4)]
            # Long enough for clocks to fire while tickets still come in.
            await asyncio.sleep(5)
            kill_everything(house, home)
            await asyncio.gather(*clients)
    assert len(numbers) > 20

    async with program("up", home=home, HOTLINE_PORT=str(port), HOTLINE_DEMO="0"):
        await becomes_ready(port, seconds=60)
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=20) as client:
            fired: dict[str, list[dict[str, Any]]] = {}
            async with asyncio.timeout(60):
                for number in numbers:
                    while True:
                        fired[number] = await firings_of(client, operator, number)
                        if all(level["state"] == "fired" for level in fired[number]):
                            break
                        await asyncio.sleep(0.1)
            for number in numbers:
                timeline = await client.get(f"/api/v1/tickets/{number}/timeline", headers=operator)
                warned = Counter(
                    row["details"]["level"]
                    for row in timeline.json()["items"]
                    if row["action"] == "clock_fired"
                )
                assert warned == {"yellow": 1, "orange": 1, "red": 1}
            again = await client.post("/api/v1/tickets", json=MATTER, headers=operator)
            assert again.status_code == 201
            assert again.json()["number"] not in numbers
        report = json.loads(
            (await command("history", "verify", "--json", home=home)).splitlines()[-1]
        )
    assert report["faults"] == []
    assert report["tickets"] >= len(numbers)
    assert len(set(numbers)) == len(numbers)


async def test_a_worker_does_not_outlive_a_house_that_lost_everything(home: Path) -> None:
    port = free_port()
    async with program("up", home=home, HOTLINE_PORT=str(port), HOTLINE_DEMO="0") as house:
        await becomes_ready(port)
        (worker,) = workers_of(house)
        for pid in [house.process.pid, *left_running(home)]:
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(15):
            while "worker" in command_line(worker):  # noqa: ASYNC110  # nobody tells of its end
                await asyncio.sleep(0.1)
