"""Gateways that take messages, or misbehave as they do in the world."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiohttp import web


@dataclass(slots=True)
class HttpGateway:
    """Answers what it is told to and keeps what it was sent.

    `hang` lets the caller wait for ever.
    """

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    requests: list[tuple[dict[str, str], dict[str, str], bytes]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        content = await request.read()
        self.requests.append((dict(request.headers), dict(request.query), content))
        if self.hang:
            await asyncio.sleep(60)
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@asynccontextmanager
async def http_gateway() -> AsyncIterator[HttpGateway]:
    gateway = HttpGateway()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", gateway.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield gateway
    await runner.cleanup()


@dataclass(slots=True)
class MailServer:
    """As much of SMTP as a client asks for; `replies` says what it answers to a verb instead."""

    port: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    talks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.talks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self.talks.discard(task)

    async def hang_up(self) -> None:
        """End every conversation that still goes on."""
        talks = list(self.talks)
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receivers: list[str] = []
        writer.write(self.replies.get("HELLO", "220 here\r\n").encode())
        while line := (await reader.readline()).decode():
            verb = line[:4].upper().strip()
            if self.hang:
                await asyncio.sleep(60)
            reply = self.replies.get(f"{verb} {line[8:].strip()}") or self.replies.get(verb)
            if reply is None:
                reply = await self._usual(verb, line, receivers, reader, writer)
            writer.write(reply.encode())
            if verb == "QUIT":
                return

    async def _usual(
        self, verb: str, line: str, receivers: list[str], reader: Any, writer: Any
    ) -> str:
        if verb == "RCPT":
            receivers.append(line[9:].strip(" <>\r\n"))
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            content = await reader.readuntil(b"\r\n.\r\n")
            letter = message_from_bytes(content[:-5], policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append((list(receivers), letter))
            return "250 2.0.0 Ok: queued as ABC123\r\n"
        return "221 bye\r\n" if verb == "QUIT" else "250 fine\r\n"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    gateway = MailServer()
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    yield gateway
    server.close()
    await gateway.hang_up()
    await server.wait_closed()
