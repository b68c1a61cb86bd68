"""Parts that many ask for at once are made once, and never from before what they were told of."""

import asyncio

import pytest

from hotline.kernel.live import Batch
from web.live.hub import Hub, Told
from web.live.shelf import Shelf


class Kitchen:
    """Makes parts, and counts them."""

    def __init__(self) -> None:
        self.made = 0
        self.fails = False
        self.open = asyncio.Event()
        self.open.set()

    async def make(self) -> str:
        self.made += 1
        made = self.made
        await self.open.wait()
        if self.fails:
            raise LookupError
        return f"part {made}"


async def test_whoever_asks_at_once_is_given_the_same() -> None:
    hub, kitchen = Hub(), Kitchen()
    shelf = Shelf(hub)
    kitchen.open.clear()
    asking = [asyncio.create_task(shelf.get("list", kitchen.make)) for _ in range(500)]
    await asyncio.sleep(0)
    kitchen.open.set()
    assert set(await asyncio.gather(*asking)) == {"part 1"}
    assert await shelf.get("other list", kitchen.make) == "part 2"


async def test_nothing_from_before_a_batch_is_given_because_of_it() -> None:
    hub, kitchen = Hub(), Kitchen()
    shelf = Shelf(hub)
    assert await shelf.get("list", kitchen.make) == "part 1"
    hub.publish(Told(Batch("b1")))
    assert await shelf.get("list", kitchen.make, after="b1") == "part 2"
    assert await shelf.get("list", kitchen.make, after="b1") == "part 2"
    # Another process has heard of a batch that this one has not.
    assert await shelf.get("list", kitchen.make, after="b2") == "part 3"
    assert await shelf.get("list", kitchen.make, after="b1") == "part 2"
    hub.renew()
    assert await shelf.get("list", kitchen.make, after="b1") == "part 4"


async def test_time_itself_makes_parts_old() -> None:
    now = 100.0
    kitchen = Kitchen()
    shelf = Shelf(Hub(), lambda: now)
    assert await shelf.get("list", kitchen.make) == "part 1"
    now += 1
    assert await shelf.get("list", kitchen.make) == "part 1"
    now += 2
    assert await shelf.get("list", kitchen.make) == "part 2"


async def test_an_error_is_that_of_whoever_met_it() -> None:
    kitchen = Kitchen()
    shelf = Shelf(Hub())
    kitchen.open.clear()
    kitchen.fails = True
    first = asyncio.create_task(shelf.get("list", kitchen.make))
    second = asyncio.create_task(shelf.get("list", kitchen.make))
    await asyncio.sleep(0)
    kitchen.open.set()
    with pytest.raises(LookupError):
        await first
    with pytest.raises(LookupError):
        await second
    assert kitchen.made == 2
    kitchen.fails = False
    assert await shelf.get("list", kitchen.make) == "part 3"


async def test_whoever_leaves_takes_nobody_with_him() -> None:
    kitchen = Kitchen()
    shelf = Shelf(Hub())
    kitchen.open.clear()
    first = asyncio.create_task(shelf.get("list", kitchen.make))
    await asyncio.sleep(0)
    second = asyncio.create_task(shelf.get("list", kitchen.make))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    kitchen.open.set()
    assert await second == "part 2"


async def test_the_shelf_does_not_grow() -> None:
    kitchen = Kitchen()
    shelf = Shelf(Hub())
    for place in range(1000):
        await shelf.get(place, kitchen.make)
    assert len(shelf._made) <= 200
