"""Clients of Open311 that others wrote, against a running server."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.kernel.db import make_session_maker
from hotline.kernel.settings import Settings
from tests.support.app import Served
from tests.support.builders import Build
from tests.support.processes import ROOT, free_port
from tests.web.open311.world import HEAT, World
from web.app import create_app
from web.resources import Resources, fetching

pytestmark = pytest.mark.whole


@asynccontextmanager
async def serving(resources: Resources, home: Path) -> AsyncIterator[str]:
    """Serve the application on a real port."""
    port = free_port()
    app = create_app(Settings(home=home, port=port), resources)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110  # nothing tells us of its start
            await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


async def client(name: str, *given: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests/support/open311_clients.py"),
        name,
        *given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


async def test_two_clients_read_and_post(
    own_city: AsyncEngine, own_build: Build, served: Served, home: Path
) -> None:
    maker = make_session_maker(own_city)
    mine = served.resources
    resources = Resources(maker, maker, fetching(maker), mine.redis, own_build.clock, mine.cipher)
    async with serving(resources, home) as host, httpx.AsyncClient(base_url=host) as http:
        world = World(http, own_build)
        await world.found()
        first = await world.report(service_code=HEAT, **{"attribute[ROOMTEMP]": "14.5"})
        base = f"{host}/open311/v2"
        read = await client("georeport", base, world.live, HEAT, first)
        for form in ("json", "xml"):
            said = read[form]
            assert HEAT in {one["service_code"] for one in said["services"]}
            assert said["definition"]["service_code"] == HEAT
            assert said["request"]["service_request_id"] == first
        assert read["xml"]["requests"]["service_request_id"] == first
        assert [one["service_request_id"] for one in read["json"]["requests"]] == [first]

        done = await client("three", base, world.live, HEAT, first)
        (posted,) = done["posted"]
        assert posted == {
            "service_request_id": "2603020000020",
            "service_notice": "将于 2026-03-02 09:30 前受理。",
            "account_id": None,
        }
        assert (await own_build.find(posted["service_request_id"])).content == "路面坑洼 <b>&"
        assert len(done["requests"]) == len(done["between"]) == 2
        assert done["request"][0]["service_request_id"] == first
        assert done["definition"]["attributes"][0]["code"] == "ROOMTEMP"
        assert done["discovery"]["endpoints"][0]["url"] == base
        assert [one["code"] for one in done["refused"]] == [400, 400]
