"""A city that is open to other systems."""

import httpx
import pytest

from tests.support.app import Served
from tests.support.builders import Build
from tests.web.open311.world import World


@pytest.fixture
async def world(http: httpx.AsyncClient, build: Build, served: Served) -> World:
    redis = served.resources.redis
    for name in [name async for name in redis.scan_iter("open311:*")]:
        await redis.delete(name)
    world = World(http, build)
    await world.found()
    return world
