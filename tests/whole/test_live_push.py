"""Live push over a real port: hints at commit, a line that breaks, and a stop that waits for nobody."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.kernel.db import make_session_maker
from hotline.kernel.live import hint
from hotline.kernel.settings import Settings
from tests.support.builders import City
from web.run.listen import serve
from web.run.services import ServiceUrls

pytestmark = pytest.mark.whole

STREAMS = 150
_LISTENERS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'hotline.web.live' AND datname = current_database()"
)


async def _event(answer: aiohttp.ClientResponse) -> str:
    """Return the topics of the next event that names some."""
    while True:
        async with asyncio.timeout(15):
            said = (await answer.content.readuntil(b"\n\n")).decode()
        if "event: changed" in said:
            return ",".join(json.loads(said.partition("data: ")[2])["topics"])


@asynccontextmanager
async def _hint(engine: AsyncEngine, topic: str) -> AsyncIterator[None]:
    """Tell a topic; the block is left before the transaction commits."""
    async with make_session_maker(engine)() as session, session.begin():
        await hint(session, topic)
        yield


async def test_streams_live_and_end(
    own_city: AsyncEngine, city: City, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(home=tmp_path_factory.mktemp("home"), secret_key="k" * 40)
    url = own_city.url.render_as_string(hide_password=False)
    stop, ready = asyncio.Event(), asyncio.Event()

    async def say() -> None:
        ready.set()

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        urls = ServiceUrls(url, valkey_url)
        house = asyncio.create_task(serve(settings, urls, sock, stop=stop, on_ready=say))
        await asyncio.wait(
            {house, asyncio.ensure_future(ready.wait())}, return_when="FIRST_COMPLETED"
        )
        headers = {"authorization": f"Bearer {city.tokens['operator']}"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", headers=headers, connector=connector
        ) as client:
            nothing = await client.get("/live?topics=unheard-of")
            assert nothing.status == 204
            began = time.monotonic()
            answers = [await client.get("/live?topics=board,missed") for _ in range(STREAMS)]
            assert time.monotonic() - began < 5
            assert answers[0].headers["content-type"].startswith("text/event-stream")
            for answer in answers:
                assert await _event(answer) == "board,missed"
            async with asyncio.timeout(10):  # it listens once its line is up
                while True:
                    async with own_city.connect() as connection:
                        found = await connection.execute(
                            sa.text(str(_LISTENERS).replace("pg_terminate_backend(pid)", "pid"))
                        )
                        if found.first():
                            break
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.2)
            async with _hint(own_city, "board"):
                pass
            said = [await _event(answer) for answer in answers]
            if any("missed" in one for one in said):  # the line came up just then
                said = [await _event(answer) for answer in answers]
            assert set(said) == {"board"}
            async with own_city.begin() as connection:
                await connection.execute(_LISTENERS)
            assert await _event(answers[0]) == "board,missed"  # looked at anew
            began = time.monotonic()
            stop.set()
            await asyncio.wait_for(house, 5)
            assert time.monotonic() - began < 3
