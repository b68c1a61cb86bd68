"""Trouble that only a real server meets: a request cut off half-way, a tampered timeline."""

import asyncio
import json
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.support.processes import free_port, program
from tests.whole.test_crash import MATTER, command, token_of
from tests.whole.test_up import becomes_ready
from web.run.embedded import House, Postgres

pytestmark = pytest.mark.whole


async def cut_off(port: int, token: str) -> None:
    """Announce a whole body, send half of it, and hang up."""
    body = json.dumps(MATTER, ensure_ascii=False).encode()
    head = (
        "POST /api/v1/tickets HTTP/1.1\r\nHost: hotline\r\nContent-Type: application/json\r\n"
        f"Authorization: {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body[: len(body) // 2])
    await writer.drain()
    writer.close()
    await writer.wait_closed()


TAMPERING = {
    "changed": "UPDATE ticket_events SET text = 'nothing was promised' WHERE seq = 2",
    "dropped": "DELETE FROM ticket_events WHERE seq = 2",
}


async def test_half_a_request_makes_nothing_and_tampering_is_named(home: Path) -> None:
    port = free_port()
    async with program("up", home=home, HOTLINE_PORT=str(port), HOTLINE_DEMO="0"):
        await becomes_ready(port)
        headers = await token_of(home, "caller", "operator")
        await cut_off(port, headers["Authorization"])
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20
        ) as client:
            listed = await client.get("/api/v1/tickets", headers=headers)
            assert listed.json()["items"] == []
            number = (await client.post("/api/v1/tickets", json=MATTER, headers=headers)).json()[
                "number"
            ]
            accepted = await client.post(
                f"/api/v1/tickets/{number}/accept", json={"promise": "修好"}, headers=headers
            )
            assert accepted.status_code == 200

        dsn = Postgres(House(home)).url().replace("+asyncpg", "")
        for kind, statement in TAMPERING.items():
            connection = await asyncpg.connect(dsn)
            # Whoever owns the server can switch the guard off; the chain still tells.
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(statement)
            await connection.close()
            async with program("history", "verify", "--json", home=home) as run:
                assert await run.ends(seconds=60) == 1
                report = json.loads(run.output.splitlines()[-1])
            assert [
                (fault["ticket"], fault["seq"], fault["kind"]) for fault in report["faults"]
            ] == [(number, 2, kind)]
        words = await command("users", "token", "caller", home=home)
        assert len(words.strip()) > 30
