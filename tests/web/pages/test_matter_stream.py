"""The public's stream says that something has happened, and nothing else."""

import json

from hotline.kernel.live import Batch, ChangedTicket
from tests.support.builders import Build
from tests.web.pages.conftest import Person
from web.live.hub import Hub, Told
from web.pages.matter_stream import matter_events

NUMBER = "2611300000017"


async def test_without_a_word_that_opens_nobody_listens(stranger: Person, build: Build) -> None:
    await build.ticket()
    for wrong in ("", "x", "a" * 48):
        assert (await stranger.get(f"/track/live?token={wrong}")).status_code == 204


async def test_a_change_is_told_without_a_word_of_it() -> None:
    hub = Hub()
    said = matter_events(hub, {f"ticket:{NUMBER}"}, heartbeat=0.01)
    assert b"event: hello" in await anext(said)
    other = ChangedTicket("2611300000025", [7])
    hub.publish(Told(Batch("1", [other]), {other.number: {"title": "geheim"}}))
    assert b"event: ping" in await anext(said)
    own = ChangedTicket(NUMBER, [7])
    hub.publish(Told(Batch("2", [own]), {NUMBER: {"title": "geheim"}}))
    told = (await anext(said)).decode()
    assert "event: changed" in told
    assert json.loads(told.split("data: ")[1])["topics"] == ["matter"]
    assert NUMBER not in told
    assert "geheim" not in told
    hub.close()
    assert [one async for one in said] == []
