"""What every exchange owes the desk, whether it is asked over HTTP or does nothing."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from aiohttp import web

from hotline.calls.adapters.http import HttpExchange
from hotline.calls.adapters.nothing import NullExchange
from hotline.calls.ports import Command, CommandFailed, CommandKind, Exchange

SECRET = "a-secret-of-the-exchange"
COMMAND = Command(
    command_id="one",
    kind=CommandKind.TRANSFER,
    call="c1",
    agent="8001",
    target="110",
    at=datetime(2026, 3, 2, 1, tzinfo=UTC),
)


@dataclass
class Machine:
    """A telephone exchange on a port of its own."""

    status: int = 202
    url: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.text()
        said = f"{request.headers['X-Hotline-Timestamp']}.{body}"
        signature = hmac.new(SECRET.encode(), said.encode(), hashlib.sha256).hexdigest()
        assert request.headers["X-Hotline-Signature"] == signature
        if request.headers["Idempotency-Key"] not in self.seen:
            self.bodies.append(json.loads(body))
        self.seen.add(request.headers["Idempotency-Key"])
        return web.Response(status=self.status, headers={"Location": "http://127.0.0.1:1/"})


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    machine, app = Machine(), web.Application()
    app.router.add_post("/commands", machine.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    machine.url = f"http://{host}:{port}/commands"
    yield machine
    await runner.cleanup()


Obeyed = Callable[[], list[str]]


@pytest.fixture(params=["http", "nothing"])
def exchange(request: pytest.FixtureRequest, machine: Machine) -> tuple[Exchange, Obeyed]:
    if request.param == "http":
        return HttpExchange(machine.url, SECRET), lambda: [
            str(body["target"]) for body in machine.bodies
        ]
    null = NullExchange()
    return null, lambda: [one.target for one in null.taken]


@pytest.mark.parametrize("kind", CommandKind)
async def test_a_command_is_obeyed_once(
    exchange: tuple[Exchange, Obeyed], kind: CommandKind
) -> None:
    one, obeyed = exchange
    await one.obey(replace(COMMAND, kind=kind))
    await one.obey(replace(COMMAND, kind=kind))
    await one.obey(replace(COMMAND, command_id="two", target="120"))
    assert obeyed() == ["110", "120"]


async def test_a_command_says_everything(machine: Machine) -> None:
    await HttpExchange(machine.url, SECRET).obey(COMMAND)
    assert machine.bodies == [
        {
            "id": "one",
            "command": "transfer",
            "call": "c1",
            "agent": "8001",
            "target": "110",
            "at": "2026-03-02T01:00:00+00:00",
        }
    ]


@pytest.mark.parametrize("status", [302, 400, 401, 500])
async def test_a_refusal_is_said_without_the_number(machine: Machine, status: int) -> None:
    machine.status = status
    with pytest.raises(CommandFailed) as caught:
        await HttpExchange(machine.url, SECRET).obey(replace(COMMAND, target="13900001234"))
    assert caught.value.reason == f"answered {status}"
    assert "1234" not in repr(replace(COMMAND, target="13900001234"))


async def test_nobody_there_is_said_too() -> None:
    gone: Awaitable[None] = HttpExchange("http://127.0.0.1:9/commands", SECRET).obey(COMMAND)
    with pytest.raises(CommandFailed, match="cannot be called"):
        await gone
