"""One action on many tickets: foretold, done one by one, once, and safe in the middle."""

import uuid
from typing import Any

import pytest
from sqlmodel import func, select

from hotline.tickets.bulk import actions as bulk
from hotline.tickets.bulk.actions import request_bulk, work_off_bulk
from hotline.tickets.bulk.errors import (
    BulkRunNotFound,
    NothingChosen,
    TooManyChosen,
    WordsMissing,
)
from hotline.tickets.bulk.models import BulkItem
from hotline.tickets.bulk.queries import BulkProgress, Pick, preview_bulk, read_bulk
from hotline.tickets.bulk.rules import BulkDoing, BulkState
from hotline.tickets.errors import NotYoursToHandOn, UnknownColleague, WithThemAlready
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Assignment, TicketEvent
from tests.support.builders import Build

HANDLER = "handler.chengguan"


async def request(
    build: Build,
    doing: BulkDoing,
    numbers: list[str],
    by: str = HANDLER,
    run_id: uuid.UUID | None = None,
    **words: str,
) -> uuid.UUID:
    async with build.acting(by) as tx:
        picks = [Pick(number, (await build.find(number)).version) for number in numbers]
        run = await request_bulk(tx, run_id or uuid.uuid4(), doing, picks, words, back="/today")
        return run.id


async def work(build: Build, run_id: uuid.UUID) -> int:
    return await work_off_bulk(
        build.session_maker, build.cipher, build.clock, run_id, trace_id="tests"
    )


async def progress(build: Build, run_id: uuid.UUID, by: str = HANDLER) -> BulkProgress:
    async with build.session_maker() as session:
        return await read_bulk(session, build.city.people[by], run_id)


def results(found: BulkProgress) -> list[tuple[BulkState, str | None]]:
    return [(line.item.state, line.item.reason) for line in found.lines]


async def test_each_ticket_is_signed_for_by_itself(build: Build) -> None:
    waiting = [await build.ticket(Status.DISPATCHED) for _ in range(3)]
    signed = await build.ticket(Status.PROCESSING)
    other = await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, other, department="zhujian")
    numbers = [*waiting, signed, other]
    async with build.session_maker() as session:
        told = await preview_bulk(
            session, build.city.people[HANDLER], BulkDoing.SIGN, [Pick(n) for n in numbers]
        )
    assert [(one.ticket.number, one.refusal is None) for one in told] == [
        *((number, True) for number in waiting),
        (signed, False),
    ]
    run_id = await request(build, BulkDoing.SIGN, numbers)
    await build.do(Action.CONTACT, waiting[1])
    assert await work(build, run_id) == 4
    found = await progress(build, run_id)
    assert results(found) == [
        (BulkState.DONE, None),
        (BulkState.CHANGED, "stale-ticket"),
        (BulkState.DONE, None),
        (BulkState.REFUSED, "illegal-transition"),
    ]
    assert found.run.finished_at is not None
    assert (await build.find(waiting[0])).status is Status.PROCESSING
    assert await work(build, run_id) == 0


async def test_sent_twice_it_is_done_once_and_is_nobody_elses(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    run_id = uuid.uuid4()
    for _ in range(2):
        await request(build, BulkDoing.PROGRESS, [number], run_id=run_id, note="已到现场")
        await work(build, run_id)
    async with build.session_maker() as session:
        ticket = await build.find(number)
        count = await session.exec(
            select(func.count())
            .select_from(TicketEvent)
            .where(TicketEvent.ticket_id == ticket.id, TicketEvent.action == "progress")
        )
        assert count.one() == 1
    with pytest.raises(BulkRunNotFound):
        await request(
            build, BulkDoing.PROGRESS, [number], "leader.chengguan", run_id, note="别人的"
        )
    with pytest.raises(BulkRunNotFound):
        await progress(build, run_id, "leader.chengguan")


async def test_killed_in_the_middle_what_was_done_is_done_and_the_rest_is_done_later(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await build.ticket(Status.DISPATCHED) for _ in range(4)]
    run_id = await request(build, BulkDoing.SIGN, numbers)
    sign, calls = bulk._RUNS[BulkDoing.SIGN], []  # where the process dies

    class Killed(BaseException):
        pass

    async def dies(*given: Any, **words: Any) -> Any:
        calls.append(given)
        ticket = await sign(*given, **words)
        if len(calls) == 3:
            raise Killed
        return ticket

    monkeypatch.setitem(bulk._RUNS, BulkDoing.SIGN, dies)
    with pytest.raises(Killed):
        await work(build, run_id)
    states = [state for state, _ in results(await progress(build, run_id))]
    assert states == [BulkState.DONE, BulkState.DONE, BulkState.WAITING, BulkState.WAITING]
    assert (await build.find(numbers[2])).status is Status.DISPATCHED
    assert await work(build, run_id) == 2
    assert {state for state, _ in results(await progress(build, run_id))} == {BulkState.DONE}


async def test_a_fault_with_one_ticket_stops_no_other(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await build.ticket(Status.DISPATCHED) for _ in range(2)]
    run_id = await request(build, BulkDoing.SIGN, numbers)
    sign = bulk._RUNS[BulkDoing.SIGN]  # where the fault is

    async def fails(tx: Any, number: str, **words: Any) -> Any:
        if number == numbers[0]:
            raise RuntimeError
        return await sign(tx, number, **words)

    monkeypatch.setitem(bulk._RUNS, BulkDoing.SIGN, fails)
    await work(build, run_id)
    assert results(await progress(build, run_id)) == [
        (BulkState.FAILED, "internal-error"),
        (BulkState.DONE, None),
    ]


async def test_tickets_are_handed_to_a_colleague(build: Build) -> None:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(2)]
    run_id = await request(
        build,
        BulkDoing.NAME_HANDLER,
        numbers,
        "leader.chengguan",
        colleague="second.chengguan",
    )
    await work(build, run_id)
    second = build.city.people["second.chengguan"].user_id
    for number in numbers:
        assert (await build.find(number)).holder_user_id == second
    async with build.session_maker() as session:
        handlers = (await session.exec(select(Assignment.handler_id))).all()
    assert set(handlers) == {second}
    with pytest.raises(NotYoursToHandOn):
        await build.do(Action.NAME_HANDLER, numbers[0], by=HANDLER, colleague=HANDLER)
    with pytest.raises(WithThemAlready):
        await build.do(Action.NAME_HANDLER, numbers[0])
    with pytest.raises(UnknownColleague):
        await build.do(Action.NAME_HANDLER, numbers[0], colleague="handler.zhujian")
    await build.do(Action.NAME_HANDLER, numbers[0], by="second.chengguan", colleague=HANDLER)


async def test_an_urge_is_answered_where_one_is(build: Build) -> None:
    urged, quiet = [await build.ticket(Status.PROCESSING) for _ in range(2)]
    await build.do(Action.URGE, urged)
    run_id = await request(build, BulkDoing.ANSWER_URGE, [urged, quiet], reply="今天下午办结")
    await work(build, run_id)
    assert results(await progress(build, run_id)) == [
        (BulkState.DONE, None),
        (BulkState.REFUSED, "nothing-urged"),
    ]


async def test_what_cannot_begin_touches_nothing(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    strange = await build.ticket(Status.ACCEPTED)
    with pytest.raises(WordsMissing):
        await request(build, BulkDoing.PROGRESS, [number])
    with pytest.raises(NothingChosen):
        await request(build, BulkDoing.SIGN, [])
    with pytest.raises(NothingChosen):
        await request(build, BulkDoing.SIGN, [strange])
    async with build.acting(HANDLER) as tx:
        picks = [Pick(f"{n:013}") for n in range(201)]
        with pytest.raises(TooManyChosen):
            await request_bulk(tx, uuid.uuid4(), BulkDoing.SIGN, picks, {}, back="/today")
    with pytest.raises(UnknownColleague):
        await request(build, BulkDoing.NAME_HANDLER, [number], colleague="operator")
    async with build.session_maker() as session:
        assert (await session.exec(select(BulkItem))).all() == []
