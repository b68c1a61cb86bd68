"""The hub of hints: who hears what, slow readers, what was missed, heartbeats, the end of the house."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import pytest

from hotline.kernel.live import Batch, ChangedTicket
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from tests.support.clock import FrozenClock
from web.live.hub import Attendance, Hint, Hub, Reader, StreamEnded, Told
from web.live.listening import Renewal, read_told
from web.live.stream import events
from web.live.topics import allowed, tickets_asked

ANYBODY = Reader()
HOTLINE = Reader("operator", sees_every=True)
ROADS, PARKS = Reader("r", department_id=1), Reader("p", department_id=2)
ONE, TWO = "2026113000015", "2026113000023"
LINE = {"state": "processing", "level": "green", "due": None, "version": 3}


def _told(*tickets: ChangedTicket, **topics: frozenset[int] | None) -> Told:
    return Told(Batch("b1", tickets, topics), {row.number: LINE for row in tickets})


def _read(said: bytes) -> tuple[str, Any]:
    lines = dict(line.split(": ", 1) for line in said.decode().strip().splitlines())
    return lines["event"], json.loads(lines["data"])


async def test_a_hint_goes_to_whoever_asks_for_it() -> None:
    hub = Hub()
    me, you = Reader("me"), Reader("you")
    with hub.subscribed({"call", "board"}, me) as mine, hub.subscribed({"call"}, you) as yours:
        await mine.next(1), await yours.next(1)  # whoever comes hears of everything first
        hub.publish(Hint("call", "me"))
        hub.publish(Hint("board"))
        hub.publish(Hint("board"))
        hub.publish(Hint("weather"))
        assert (await mine.next(1)).topics == {"board", "call"}  # however many: once each
        assert not await yours.next(0.01)
        hub.renew()
        assert (await yours.next(1)).topics == {"call"}
    assert len(hub) == 0
    assert not hub.listens("call")


async def test_departments_hear_of_their_own_tickets_alone() -> None:
    hub = Hub()
    topics = {"tickets", f"ticket:{ONE}", f"ticket:{TWO}", "orders"}
    with (
        hub.subscribed(topics, HOTLINE) as hotline,
        hub.subscribed(topics, ROADS) as roads,
        hub.subscribed(topics, PARKS) as parks,
        hub.subscribed(topics, ANYBODY) as nobody,
    ):
        for one in (hotline, roads, parks, nobody):
            await one.next(1)
        hub.publish(
            _told(ChangedTicket(ONE, [1]), ChangedTicket(TWO, [1], [2]), orders=frozenset({1}))
        )
        said = await hotline.next(1)
        assert said.topics == topics
        assert said.lines == {ONE: LINE, TWO: LINE}
        assert said.batch == "b1"
        assert (await roads.next(1)).topics == topics
        left = await parks.next(1)
        assert left.topics == {"tickets", f"ticket:{TWO}"}
        assert left.lines == {TWO: None}  # it was theirs: that it is not any more is all they hear
        assert not await nobody.next(0.01)


async def test_many_lines_at_once_are_left_out() -> None:
    hub = Hub()
    with hub.subscribed({"tickets"}, HOTLINE) as stream:
        await stream.next(1)
        hub.publish(_told(*(ChangedTicket(f"n{place}", [1]) for place in range(500))))
        said = await stream.next(1)
        assert said.topics == {"tickets"}
        assert said.lines == {}


async def test_a_slow_reader_costs_nothing() -> None:
    hub = Hub()
    with hub.subscribed({"call", "tickets"}, HOTLINE) as slow:
        for place in range(10_000):
            hub.publish(Hint("call"))
            if place % 100 == 0:
                hub.publish(_told(ChangedTicket(f"n{place}", [1])))
        said = await slow.next(1)
        assert said.topics == {"call", "tickets"}
        assert len(said.lines) <= 60
        assert not await slow.next(0.01)


async def test_whoever_comes_back_hears_what_was_told_meanwhile() -> None:
    clock = FrozenClock()
    begun = clock.now()
    hub = Hub(clock.now)
    hub.renew()  # from now on everything is heard
    clock.move(seconds=50)
    hub.publish(_told(ChangedTicket(ONE, [1])))
    hub.publish(Hint("call", "somebody else"))
    clock.move(seconds=10)
    hub.publish(Hint("board"))
    topics = {"tickets", f"ticket:{ONE}", "board", "call"}
    with hub.subscribed(topics, HOTLINE, begun + timedelta(seconds=65)) as missed_nothing:
        assert not await missed_nothing.next(0.01)
    with hub.subscribed(topics, HOTLINE, begun + timedelta(seconds=55)) as missed_one:
        assert (await missed_one.next(1)).topics == {"board"}
    with hub.subscribed(topics, HOTLINE, begun + timedelta(seconds=45)) as missed_all:
        assert (await missed_all.next(1)).topics == topics - {"call"}
    with hub.subscribed(topics, PARKS, begun + timedelta(seconds=45)) as missed_little:
        assert (await missed_little.next(1)).topics == {"board"}
    for since in (
        None,
        begun - timedelta(seconds=100),
    ):  # longer ago than anybody remembers: everything
        with hub.subscribed(topics, HOTLINE, since) as long_gone:
            assert (await long_gone.next(1)).topics == topics
    clock.move(seconds=120)
    with hub.subscribed(topics, HOTLINE, begun + timedelta(seconds=45)) as too_late:
        assert (await too_late.next(1)).topics == topics


async def test_attendance_is_told_to_others_who_may_see_the_ticket() -> None:
    hub = Hub()
    topics = {f"presence:{ONE}", "presences"}
    mine = Reader("operator", sees_every=True)
    with (
        hub.subscribed(topics, mine) as me,
        hub.subscribed(topics, ROADS) as roads,
        hub.subscribed(topics, PARKS) as parks,
    ):
        for one in (me, roads, parks):
            await one.next(1)
        hub.publish(Attendance(ONE, frozenset({1}), {"operator": True}))
        assert (await me.next(1)).attended == {ONE: ""}  # it is he himself
        said = await roads.next(1)
        assert said.topics == {f"presence:{ONE}"}
        assert said.attended == {ONE: "writing"}
        assert not await parks.next(0.01)
        hub.publish(Attendance(ONE, frozenset({1}), {"operator": False}))
        assert (await roads.next(1)).attended == {ONE: "looking"}
    with hub.subscribed(topics, ROADS) as late:
        assert (await late.next(1)).attended == {ONE: "looking"}
    hub.publish(Attendance(ONE, frozenset({1}), {}))
    assert hub.attendances == {}


async def test_what_a_stream_says() -> None:
    hub = Hub()
    stream = events(hub, {"call"}, Reader("me"), heartbeat=0.01, life=0.2)
    hello = (await anext(stream)).decode()
    assert hello.startswith("retry: ")
    assert "event: hello" in hello
    name, said = _read(await anext(stream))
    assert (name, said["topics"]) == ("changed", ["call"])
    name, said = _read(await anext(stream))
    assert (name, set(said)) == ("ping", {"now"})
    hub.publish(Hint("call", "me"))
    assert b"changed" in await anext(stream)
    left = [said async for said in stream]
    assert all(b"ping" in said for said in left)
    assert len(hub) == 0


async def test_nothing_personal_is_said() -> None:
    hub = Hub()
    topics = {"tickets", "presences", f"presence:{ONE}", "notices"}
    stream = events(hub, topics, Reader("a" * 36, sees_every=True), heartbeat=1)
    await anext(stream), await anext(stream)
    hub.publish(Hint("notices", "a" * 36))
    hub.publish(_told(ChangedTicket(ONE, [1, 2])))
    hub.publish(Attendance(ONE, frozenset({1}), {"b" * 36: True}))
    _, said = _read((await anext(stream)).partition(b"\n")[2])
    assert set(said) == {"now", "topics", "spread", "lines", "attended"}
    assert said["topics"] == sorted({"tickets", f"presence:{ONE}", "notices"})
    assert said["lines"] == {ONE: LINE}
    assert said["attended"] == {ONE: "writing"}
    await stream.aclose()


async def test_the_end_of_the_house_ends_every_stream() -> None:
    hub = Hub()
    streams = [events(hub, {"call"}, Reader(str(place))) for place in range(500)]
    for stream in streams:
        await anext(stream)
        await anext(stream)
    waiting = [asyncio.ensure_future(anext(stream, None)) for stream in streams]
    await asyncio.sleep(0)
    assert hub.spread == 1000
    began = time.monotonic()
    hub.publish(Hint("board"))
    hub.close()
    assert await asyncio.gather(*waiting) == [None] * 500
    assert time.monotonic() - began < 1
    with hub.subscribed({"call"}, ANYBODY) as late, pytest.raises(StreamEnded):
        await late.next(1)


@pytest.mark.parametrize("payload", ["", "{", "[]", "1", '{"topic": 1}', '{"user": "x"}'])
def test_what_is_no_hint_is_passed_over(payload: str) -> None:
    assert read_told(payload) is None


def test_hints_are_read() -> None:
    assert read_told('{"topic": "call", "user": "u"}') == [Hint("call", "u")]
    assert read_told('{"topic": "board", "user": null}') == [Hint("board")]
    assert read_told('{"topic": "notices", "users": ["a", "b"]}') == [
        Hint("notices", "a"),
        Hint("notices", "b"),
    ]
    assert read_told('{"batch": "x", "all": true}') is Renewal


def test_topics_go_by_rights() -> None:
    asked = "call,missed,board,tickets,orders,credit,presences,notices,unheard-of"
    at_work = {"tickets", "orders", "credit", "presences"}
    assert allowed(Principal(frozenset({Role.OPERATOR})), asked) == at_work | {
        *("call", "missed", "board")
    }
    assert allowed(Principal(frozenset({Role.SUPERVISOR})), asked) == at_work | {"missed", "board"}
    assert allowed(Principal(frozenset({Role.AUTHORITY})), asked) == at_work | {"board"}
    assert allowed(Principal(frozenset({Role.HANDLER})), asked) == at_work
    assert allowed(Principal(frozenset({Role.OBSERVER})), asked) == {"credit"}


def test_single_tickets_are_asked_for_by_number() -> None:
    asked = f"tickets,ticket:{ONE},presence:{ONE},ticket:{TWO},ticket:1,ticket:,matter:{ONE}"
    found = tickets_asked(asked)
    assert found == {
        ONE: {f"ticket:{ONE}", f"presence:{ONE}"},
        TWO: {f"ticket:{TWO}"},
    }
