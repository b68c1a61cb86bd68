"""Warnings reach people, each once."""

import uuid

import pytest
from sqlmodel import select

from hotline.kernel.outbox import OutboxMessage
from hotline.notices.actions import acknowledge, mark_read, notify_warning
from hotline.notices.models import Notice
from hotline.notices.queries import Waiting, count_unread, count_waiting, list_notices
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.actions import set_duty_holder
from hotline.sla.events import ClockWarned
from hotline.tickets.lifecycle import Status
from hotline.tickets.sweep import sweep_once
from tests.support.builders import Build


async def _warnings(build: Build) -> list[tuple[uuid.UUID, ClockWarned]]:
    await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
    async with build.session_maker() as session:
        rows = await session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == ClockWarned.topic)
        )
        return [(row.id, ClockWarned.from_payload(row.payload)) for row in rows]


async def _told(build: Build, kind: str, level: str) -> set[str]:
    names = {person.user_id: name for name, person in build.city.people.items()}
    for fact_id, fact in await _warnings(build):
        if (fact.clock, fact.level) == (kind, level):
            async with build.acting("operator") as tx:
                await notify_warning(tx, fact_id, fact)
    async with build.session_maker() as session:
        return {names[row] for row in (await session.exec(select(Notice.user_id))).all()}


@pytest.mark.parametrize(
    ("hours", "level", "told"),
    [
        (15, "yellow", {"handler.chengguan"}),
        (20, "orange", {"handler.chengguan", "leader.chengguan"}),
        (
            24,
            "red",
            {"handler.chengguan", "leader.chengguan", "supervisor", "supervisor.second", "admin"},
        ),
    ],
)
async def test_who_is_told_of_late_work(
    build: Build, hours: int, level: str, told: set[str]
) -> None:
    await build.ticket(Status.PROCESSING)
    async with build.acting("admin") as tx:
        await set_duty_holder(tx, department="hotline", username="admin")
    build.clock.move(hours=hours)
    assert await _told(build, "complete", level) == told


async def test_an_unsigned_ticket_reaches_everybody_of_the_department(build: Build) -> None:
    await build.ticket(Status.DISPATCHED)
    build.clock.move(minutes=18)
    assert await _told(build, "sign", "yellow") == {"handler.chengguan", "second.chengguan"}


async def test_the_desk_is_told_of_its_own_clocks(build: Build) -> None:
    await build.ticket()
    build.clock.move(minutes=18)
    assert await _told(build, "accept", "yellow") == {"operator", "operator.second"}


async def test_each_is_told_once_and_may_read_it(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=15)
    ((fact_id, fact),) = [w for w in await _warnings(build) if w[1].clock == "complete"]
    for _ in range(3):
        async with build.acting("operator") as tx:
            assert await notify_warning(tx, fact_id, fact) == 1
    handler = build.city.people["handler.chengguan"].user_id
    assert handler is not None
    async with build.session_maker() as session:
        (notice,) = await list_notices(session, handler)
        assert await count_unread(session, handler) == 1
    assert (notice.ticket_number, notice.rung) == (number, "yellow")
    async with build.acting("handler.chengguan") as tx:
        await mark_read(tx)
    async with build.session_maker() as session:
        assert await count_unread(session, handler) == 0


async def test_thousands_are_written_at_once_and_each_once(build: Build) -> None:
    people = [p.user_id for p in build.city.people.values() if p.user_id is not None]
    rows = [
        NewNotice(
            user_id=person,
            fact_id=uuid.UUID(int=fact),
            kind="clock_warned",
            ticket_number="2611210000017",
            clock="complete",
            rung="listing",
            params={"hours": fact},
            needs_ack=True,
            is_urgent=fact % 2 == 0,
            late_by_seconds=fact,
            escalation_id=uuid.UUID(int=fact + 1),
        )
        for fact in range(300)
        for person in people
    ]
    assert len(rows) > 3_000
    for _ in range(2):
        async with build.acting("operator") as tx:
            await write_notices(tx, rows)
            await write_notices(tx, ())
    async with build.session_maker() as session:
        notices = (await session.exec(select(Notice))).all()
    assert len(notices) == len(rows)
    by_key = {(notice.user_id, notice.fact_id): notice for notice in notices}
    for row in rows:
        notice = by_key[row.user_id, row.fact_id]
        assert notice.params == row.params
        assert (notice.clock, notice.rung, notice.is_urgent) == (
            "complete",
            "listing",
            row.is_urgent,
        )
        assert (notice.late_by_seconds, notice.escalation_id) == (
            row.late_by_seconds,
            row.escalation_id,
        )
        assert notice.acknowledged_at is notice.read_at is notice.routed_at is None


async def test_acknowledging_is_ones_own_word(build: Build) -> None:
    people = build.city.people
    one, other = (people[name].user_id for name in ("handler.chengguan", "leader.chengguan"))
    assert one is not None
    assert other is not None
    async with build.acting("operator") as tx:
        await write_notices(
            tx,
            [
                NewNotice(user_id=person, fact_id=uuid.UUID(int=n), kind="k", needs_ack=n < 2)
                for n in range(3)
                for person in (one, other)
            ],
        )
    async with build.session_maker() as session:
        notices = await list_notices(session, one)
        waiting = await list_notices(session, one, only_waiting=True)
        theirs = await list_notices(session, other)
        assert await count_waiting(session, one) == Waiting(3, 2)
    assert [notice.needs_ack for notice in notices] == [True, True, False]
    assert list(waiting) == list(notices[:2])
    async with build.acting("handler.chengguan") as tx:
        assert await acknowledge(tx, [row.id for row in theirs]) == 0
        assert await acknowledge(tx, [notices[0].id, notices[2].id]) == 1
        assert await acknowledge(tx, [notices[0].id]) == 0
    async with build.session_maker() as session:
        assert await count_waiting(session, one) == Waiting(1, 1)
        assert await count_waiting(session, other) == Waiting(3, 2)
