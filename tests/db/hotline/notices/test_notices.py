"""Warnings reach people, each once."""

import uuid

import pytest
from sqlmodel import select

from hotline.kernel.outbox import OutboxMessage
from hotline.notices.actions import mark_read, notify_warning
from hotline.notices.models import Notice
from hotline.notices.queries import count_unread, list_notices
from hotline.people.actions import set_duty_holder
from hotline.sla.events import ClockWarned
from hotline.tickets.lifecycle import Status
from hotline.escalation.sweep import sweep_once
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
