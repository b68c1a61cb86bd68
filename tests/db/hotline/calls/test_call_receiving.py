"""Taking in what exchanges say: disorder, repetition, delay, and who was missed."""

import itertools
import random
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from hotline.calls.actions import (
    link_call,
    record_call_back,
    see_number,
    take_miss,
    take_seat,
)
from hotline.calls.errors import CallBackTaken, CallNotFound, MissOver, NotYourCall
from hotline.calls.models import CallEventRow, CallLook, PhoneCall
from hotline.calls.queries import calls_of_ticket, list_misses, read_desk_board
from hotline.calls.rules import Activity, CallState, MissState
from hotline.tickets.models import TicketEvent
from tests.support.builders import PHONE, Build
from tests.support.calls import (
    WITHIN,
    K,
    a_miss,
    a_talk,
    call_id,
    call_named,
    miss_of,
    rings,
    take,
    told,
)
from tests.support.clock import MONDAY, FrozenClock

COLUMNS = (
    *("state", "number_index", "line", "agent_id", "started_at", "answered_at", "ended_at"),
    *("is_held", "recording", "last_at"),
)


async def _summary(build: Build, name: str) -> dict[str, Any]:
    call, miss = await call_named(build, name), await miss_of(build, name)
    found = {column: getattr(call, column) for column in COLUMNS}
    return found | {"miss": miss.state if miss else None}


async def test_every_order_ends_in_the_same_call(build: Build) -> None:
    said = [*a_talk("a", 300), told("a", K.RECORDING, 500, recording="https://r.example/a")]
    before, after = a_miss("b", 0), a_talk("c", 900, number="13911112222")
    expected = None
    for place, order in enumerate(itertools.islice(itertools.permutations(said), 0, 24, 5)):
        names = {name: f"{name}{place}" for name in "abc"}
        number = f"139{place:08}"
        mine = [
            told(
                names[one.call],
                one.event.kind,
                (one.event.at - MONDAY).total_seconds(),
                number=one.event.number and (number if one.event.number == PHONE else PHONE),
                line=one.event.line,
                agent=one.event.agent,
                recording=one.event.recording,
            )
            for one in (*order, *before, *after)
        ]
        random.Random(place).shuffle(mine)  # noqa: S311  # an order, no secret
        for one in mine:
            await take(build, one, *mine[:2])
        assert (await take(build, *mine)).fresh == 0
        found = await _summary(build, names["a"]), await _summary(build, names["b"])
        for summary in found:
            assert summary.pop("number_index")
        assert expected in {None, str(found)}
        expected = str(found)
        assert found[0]["state"] is CallState.ENDED
        assert found[1]["miss"] is MissState.CALLED_AGAIN


async def test_an_event_comes_once_whatever_it_is_said_of(build: Build) -> None:
    one = rings("a", event_id="same")
    taken = await take(build, one, one, rings("b", event_id="same"))
    assert (taken.fresh, taken.repeated) == (1, 2)
    again = await take(build, rings("b", 5, event_id="same"))
    assert (again.fresh, again.repeated) == (0, 1)
    async with build.session_maker() as session:
        assert (await session.exec(select(PhoneCall.external_id))).all() == ["a"]
    # Another exchange counts for itself.
    assert (await take(build, one, exchange="other")).fresh == 1


async def test_hours_later_an_unknown_call_comes_to_its_end(
    build: Build, clock: FrozenClock
) -> None:
    await take(build, told("a", K.ENDED, 158, agent="operator"))
    assert (await call_named(build, "a")).state is CallState.ENDED
    clock.move(hours=7)
    await take(build, *a_talk("a"))
    call = await call_named(build, "a")
    assert call.answered_at == MONDAY + timedelta(seconds=8)
    assert call.started_at == MONDAY


async def test_numbers_are_kept_encrypted_and_events_for_good(build: Build) -> None:
    await take(build, *a_talk("a"), told("a", K.JOINED, 20, target="13999998888"))
    async with build.session_maker() as session:
        rows = (await session.exec(select(CallEventRow))).all()
        call = (await session.exec(select(PhoneCall))).one()
    stored = b"".join(row.number or b"" for row in rows) + (call.number or b"")
    assert stored
    assert PHONE.encode() not in stored
    for statement in ("UPDATE call_events SET line = 'x'", "DELETE FROM call_events"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with build.session_maker() as session, session.begin():
                await session.exec(sa.text(statement))  # type: ignore[call-overload]


async def test_an_extension_is_whoever_sat_there_then(build: Build, clock: FrozenClock) -> None:
    async with build.acting("operator") as tx:
        await take_seat(tx, "8001")
    clock.move(hours=1)
    async with build.acting("operator.second") as tx:
        await take_seat(tx, "8001")
    clock.move(hours=1)
    await take(build, *a_talk("early", 60, agent="8001"), *a_talk("late", 4000, agent="8001"))
    await take(build, *a_talk("strange", 4000, agent="9999"))
    people = build.city.people
    assert (await call_named(build, "early")).agent_id == people["operator"].user_id
    assert (await call_named(build, "late")).agent_id == people["operator.second"].user_id
    assert (await call_named(build, "strange")).agent_id is None


async def test_a_miss_is_settled_by_a_later_talk_whichever_is_told_first(build: Build) -> None:
    await take(build, *a_miss("a", 0))
    missed = await miss_of(build, "a")
    assert missed is not None
    assert missed.call_back_by == missed.missed_at + WITHIN
    await take(build, *a_talk("earlier", -900))
    still = await miss_of(build, "a")
    assert still is not None
    assert still.state is MissState.OPEN
    await take(build, *a_talk("b", 300))
    settled = await miss_of(build, "a")
    assert settled is not None
    assert settled.state is MissState.CALLED_AGAIN
    await take(build, *a_talk("d", 900, number="13811112222"))
    await take(build, *a_miss("c", 600, number="13811112222"))
    told_late = await miss_of(build, "c")
    assert told_late is not None
    assert told_late.state is MissState.CALLED_AGAIN


async def test_a_miss_that_was_answered_after_all_is_none(build: Build) -> None:
    await take(build, *a_miss("a"))
    await take(build, told("a", K.ANSWERED, 30, agent="operator"))
    gone = await miss_of(build, "a")
    assert gone is not None
    assert gone.state is MissState.WITHDRAWN
    await take(build, *a_miss("b", number=None))
    assert await miss_of(build, "b") is None  # withheld: nobody to call back


async def test_calling_back(build: Build, clock: FrozenClock) -> None:
    await take(build, *a_miss("a"))
    key = await call_id(build, "a")
    async with build.acting("operator") as tx:
        await take_miss(tx, key)
        await take_miss(tx, key)
    with pytest.raises(CallBackTaken):
        async with build.acting("operator.second") as tx:
            await take_miss(tx, key)

    async def attempt(by: str, *, reached: bool) -> MissState:
        async with build.acting(by) as tx:
            return await record_call_back(
                tx, key, reached=reached, note=None, again_within=WITHIN, most=3
            )

    with pytest.raises(CallBackTaken):
        await attempt("operator.second", reached=True)
    assert await attempt("operator", reached=False) is MissState.TAKEN
    clock.move(hours=2)
    async with build.acting("operator.second") as tx:
        await take_miss(tx, key)  # its time has passed: anybody may take it
    assert await attempt("operator.second", reached=False) is MissState.TAKEN
    assert await attempt("operator.second", reached=False) is MissState.GIVEN_UP
    with pytest.raises(MissOver):
        await attempt("operator.second", reached=True)
    async with build.session_maker() as session:
        (row,) = (await list_misses(session, is_settled=True)).items
        assert [one.attempt for one in row.attempts] == [1, 2, 3]
        assert not (await list_misses(session)).items
    with pytest.raises(CallNotFound):
        async with build.acting("operator") as tx:
            await take_miss(tx, build.city.people["operator"].user_id)  # type: ignore[arg-type]


async def test_the_list_of_misses_goes_by_when_they_are_due(build: Build) -> None:
    for place in (3, 1, 2):
        await take(build, *a_miss(str(place), place * 60, number=f"1380000000{place}"))
    async with build.session_maker() as session:
        first = await list_misses(session, limit=2)
        rest = await list_misses(session, cursor=first.next_cursor, limit=2)
    names = [row.call.external_id for row in (*first.items, *rest.items)]
    assert names == ["1", "2", "3"]
    assert rest.next_cursor is None


async def test_only_his_own_caller_is_seen_in_full(build: Build, clock: FrozenClock) -> None:
    await take(build, rings("a", agent="operator"))
    key = await call_id(build, "a")
    for _ in range(2):
        async with build.acting("operator") as tx:
            assert await see_number(tx, key) == PHONE
    for other in ("operator.second", "supervisor", "admin"):
        with pytest.raises(NotYourCall):
            async with build.acting(other) as tx:
                await see_number(tx, key)
    async with build.session_maker() as session:
        looks = (await session.exec(select(CallLook))).all()
    assert [look.user_id for look in looks] == [build.city.people["operator"].user_id]
    clock.move(hours=1)
    with pytest.raises(NotYourCall):
        async with build.acting("operator") as tx:  # long silent: he has it no more
            await see_number(tx, key)


async def test_a_ticket_and_its_call(build: Build, clock: FrozenClock) -> None:
    await take(build, *a_talk("a"))
    key = await call_id(build, "a")
    clock.move(seconds=200)
    async with build.acting("operator") as tx:
        created = await build.create()
        for _ in range(2):
            await link_call(tx, key, created.id)
    ticket = await build.find(created.number)
    with pytest.raises(NotYourCall):
        async with build.acting("operator.second") as tx:
            await link_call(tx, key, ticket.id)
    async with build.session_maker() as session:
        (row,) = await calls_of_ticket(session, ticket.id)
        events = await session.exec(
            select(TicketEvent.action).where(TicketEvent.ticket_id == ticket.id)
        )
        assert events.all().count("call_linked") == 1
    assert row.call.linked_at == MONDAY + timedelta(seconds=200)


async def test_the_board(build: Build, clock: FrozenClock) -> None:
    await build.ticket()
    await take(
        build,
        *a_talk("over"),
        rings("waiting", 20),
        rings("longest", 10, number="13800000009"),
        rings("mine", 170),
        told("mine", K.ANSWERED, 175, agent="operator.second"),
        *a_miss("missed", 100, number="13800000001"),
    )
    clock.move(seconds=180)
    async with build.session_maker() as session:
        board = await read_desk_board(session, now=clock.now(), midnight=MONDAY)
    assert (board.waiting_count, board.waiting_since) == (2, MONDAY + timedelta(seconds=10))
    assert (board.talking_count, board.miss_count, board.late_miss_count) == (1, 1, 0)
    assert (board.today_count, board.missed_count) == (5, 1)
    lines = {line.user.username: line for line in board.operators}
    assert lines["operator"].activity is Activity.WRAP_UP
    assert (lines["operator"].call_count, lines["operator"].talk_seconds) == (1, 150.0)
    assert lines["operator.second"].activity is Activity.TALKING
    assert dict(board.posts)
