"""The hub of hints: who hears what, slow readers, heartbeats, the end of the house."""

import asyncio
import time

import pytest

from hotline.people.permissions import Role
from hotline.people.principal import Principal
from web.live.hub import Hint, Hub, StreamEnded
from web.live.listening import read_hint
from web.live.stream import events
from web.live.topics import allowed


async def test_a_hint_goes_to_whoever_asks_for_it() -> None:
    hub = Hub()
    with hub.subscribed({"call", "board"}, "me") as mine, hub.subscribed({"call"}, "you") as yours:
        hub.publish(Hint("call", "me"))
        hub.publish(Hint("board"))
        hub.publish(Hint("board"))
        hub.publish(Hint("weather"))
        assert await mine.next(1) == ["board", "call"]  # however many: once each
        assert await yours.next(0.01) == []
        hub.renew()
        assert await yours.next(1) == ["call"]
    assert len(hub) == 0


async def test_a_slow_reader_costs_nothing() -> None:
    hub = Hub()
    with hub.subscribed({"call"}, None) as slow:
        for _ in range(10_000):
            hub.publish(Hint("call"))
        assert await slow.next(1) == ["call"]
        assert await slow.next(0.01) == []


async def test_what_a_stream_says() -> None:
    hub = Hub()
    stream = events(hub, frozenset({"call"}), "me", heartbeat=0.01, life=0.2)
    assert await anext(stream) == b"retry: 2000\n\n"
    assert await anext(stream) == b'event: changed\ndata: ["call"]\n\n'
    assert await anext(stream) == b"event: ping\ndata: {}\n\n"
    hub.publish(Hint("call", "me"))
    assert b"changed" in await anext(stream)
    left = [said async for said in stream]
    assert all(b"ping" in said for said in left)
    assert len(hub) == 0


async def test_the_end_of_the_house_ends_every_stream() -> None:
    hub = Hub()
    streams = [events(hub, frozenset({"call"}), str(place)) for place in range(500)]
    for stream in streams:
        await anext(stream)
        await anext(stream)
    waiting = [asyncio.ensure_future(anext(stream, None)) for stream in streams]
    await asyncio.sleep(0)
    began = time.monotonic()
    hub.publish(Hint("board"))
    hub.close()
    assert await asyncio.gather(*waiting) == [None] * 500
    assert time.monotonic() - began < 1
    with hub.subscribed({"call"}, None) as late, pytest.raises(StreamEnded):
        await late.next(1)


@pytest.mark.parametrize("payload", ["", "{", "[]", "1", '{"topic": 1}', '{"user": "x"}'])
def test_what_is_no_hint_is_passed_over(payload: str) -> None:
    assert read_hint(payload) is None


def test_hints_are_read() -> None:
    assert read_hint('{"topic": "call", "user": "u"}') == Hint("call", "u")
    assert read_hint('{"topic": "board", "user": null}') == Hint("board")


def test_topics_go_by_rights() -> None:
    asked = "call,missed,board,unheard-of"
    assert allowed(Principal(frozenset({Role.OPERATOR})), asked) == {"call", "missed", "board"}
    assert allowed(Principal(frozenset({Role.SUPERVISOR})), asked) == {"missed", "board"}
    assert allowed(Principal(frozenset({Role.HANDLER})), asked) == frozenset()
