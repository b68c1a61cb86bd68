"""Who is with which ticket: known in every process, gone soon after leaving, nobody without Valkey."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hotline.tickets.lifecycle import Status
from tests.support.app import Served
from tests.support.builders import Build
from web.live.hub import Hub, Reader
from web.live.presence import Presence
from web.resources import Resources
from web.run.connections import connect_redis

ONE = "a" * 36
TWO = "b" * 36


@pytest.fixture
async def resources(served: Served, build: Build, valkey_url: str) -> AsyncIterator[Resources]:
    redis = connect_redis(valkey_url)
    await redis.delete("live:here", "live:pens")
    yield replace(
        served.resources,
        read_maker=build.session_maker,
        clock=build.clock,
        redis=redis,
    )
    await redis.delete("live:here", "live:pens")
    await redis.aclose()


async def test_colleagues_are_seen_from_every_process(build: Build, resources: Resources) -> None:
    number = await build.ticket(Status.PROCESSING)
    here, there = Hub(), Hub()
    mine, theirs = Presence(here, resources), Presence(there, resources)
    unit = build.city.departments["chengguan"]
    watcher = Reader(TWO, department_id=unit)
    topics = {f"presence:{number}", "presences"}
    with there.subscribed(topics, watcher) as stream:
        await stream.next(1)
        with mine.attending([number], ONE):
            await mine.beat()
            await theirs.beat()
            assert (await stream.next(1)).attended == {number: "looking"}
            await mine.write(number, ONE, is_writing=True)
            await theirs.beat()
            assert (await stream.next(1)).attended == {number: "writing"}
            await mine.beat()  # who stays keeps his pen
            await theirs.beat()
            assert not await stream.next(0.01)
            await mine.write(number, ONE, is_writing=False)
            await theirs.beat()
            assert (await stream.next(1)).attended == {number: "looking"}
        assert there.attendances[number].departments == {unit}


async def test_whoever_leaves_is_gone_after_a_while(
    build: Build, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await build.ticket(Status.PROCESSING)
    hub = Hub()
    presence = Presence(hub, resources)
    monkeypatch.setattr("web.live.presence.LIFE_SECONDS", 0.05)
    with presence.attending([number], ONE):
        await presence.beat()
        assert set(hub.attendances) == {number}
    with presence.attending([number], None):  # nobody in particular is nowhere
        pass
    await resources.redis.ping()
    await asyncio.sleep(0.1)
    await presence.beat()
    assert hub.attendances == {}


async def test_without_valkey_nobody_is_seen_and_nothing_fails(
    build: Build, resources: Resources
) -> None:
    number = await build.ticket(Status.PROCESSING)
    hub = Hub()
    presence = Presence(hub, resources)
    with presence.attending([number], ONE):
        await presence.beat()
        assert number in hub.attendances
        resources.redis = connect_redis("unix:///nowhere/valkey.sock")
        await presence.beat()
        assert hub.attendances == {}
        await presence.write(number, ONE, is_writing=True)
