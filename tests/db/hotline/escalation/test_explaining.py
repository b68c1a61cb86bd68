"""A ticket's time from the stored rows: what was told must be what is kept."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from hotline.escalation.explaining import TicketAccount, explain_ticket
from hotline.sla.clocks import MICROSECONDS
from hotline.sla.explanation import RungFate, SliceKind
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, Rung
from hotline.tickets.history import FaultKind
from hotline.tickets.lifecycle import Action, Hold, State, Status
from hotline.tickets.verification import verify_histories
from tests.db.hotline.escalation.test_sweep import swept
from tests.support.builders import ROADS, Build
from tests.support.queries import count_queries

_A = Action


async def account(build: Build, number: str) -> TicketAccount:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return await explain_ticket(session, ticket, build.clock.now())


async def faults(build: Build, number: str | None = None) -> list[tuple[str, str]]:
    async with build.session_maker() as session:
        return [
            (fault.kind.value, fault.detail)
            async for part in verify_histories(session, number)
            for found in part.faults.values()
            for fault in found
        ]


def holds(told: TicketAccount) -> None:
    for one in told.clocks:
        piece = one.explanation
        assert piece.used + piece.remaining == piece.limit * MICROSECONDS
        assert piece.used == sum(part.counted for part in piece.slices)
        assert one.clock.ended_at is None or piece.used == one.clock.used_microseconds
    assert sum(hop.microseconds for hop in told.holdings.hops) == told.holdings.total
    assert sum(share.held for share in told.shares) == told.holdings.total


@pytest.mark.parametrize("state", list(ROADS), ids=str)
async def test_every_road_adds_up(build: Build, state: State) -> None:
    number = (await build.create()).number
    for step in ROADS[state]:
        build.clock.move(minutes=7, microseconds=13)
        await build.follow(number, step)
    build.clock.move(hours=2)
    told = await account(build, number)
    holds(told)
    ticket = await build.find(number)
    assert told.holdings.began_at == ticket.submitted_at
    holder = told.holdings.holder
    assert (holder.department_id if holder else None) == ticket.owner_department_id
    assert (holder.user_id if holder else None) == ticket.holder_user_id
    assert await faults(build) == []


EVENTFUL: tuple[Any, ...] = (
    *ROADS[State(Status.DISPATCHED)],
    _A.REQUEST_RETURN,
    timedelta(hours=1),
    _A.DECIDE_RETURN,
    timedelta(hours=3),
    _A.REQUEST_EXTENSION,
    _A.DECIDE_EXTENSION,
    _A.REQUEST_SUSPENSION,
    _A.DECIDE_SUSPENSION,
    timedelta(days=3),
    _A.END_SUSPENSION,
    timedelta(hours=2),
    _A.REQUEST_SUPPLEMENT,
    timedelta(hours=1),
    _A.PROVIDE_SUPPLEMENT,
    _A.CONTACT,
    _A.SUBMIT_FEEDBACK,
    timedelta(hours=2),
    _A.REJECT_AUDIT,
    timedelta(hours=1),
    _A.SUBMIT_FEEDBACK,
    _A.PASS_AUDIT,
    timedelta(hours=1),
    (_A.RECORD_VISIT, {"reached": True, "solved": False, "rating": 2}),
)


async def test_an_eventful_ticket(build: Build) -> None:
    number = (await build.create()).number
    await build.follow(number, *EVENTFUL)
    await swept(build, hours=30)
    told = await account(build, number)
    holds(told)
    assert await faults(build, number) == []
    work = next(one for one in told.clocks if one.clock.kind is ClockKind.COMPLETE)
    kinds = [piece.kind for piece in work.explanation.slices]
    assert kinds == [
        SliceKind.CHARGED,
        SliceKind.RUNNING,
        SliceKind.PAUSED,
        SliceKind.RUNNING,
        SliceKind.PAUSED,
        SliceKind.SUBMITTED,
        SliceKind.RUNNING,
    ]
    assert [piece.reason for piece in work.explanation.slices[2:5:2]] == [
        "decide_suspension",
        "request_supplement",
    ]
    (longer,) = work.explanation.limits
    assert longer.after == 36 * 3600 + 4 * 3600
    assert work.explanation.used == 9 * 3600 * MICROSECONDS
    rework = next(one for one in told.clocks if one.clock.kind is ClockKind.REWORK_COMPLETE)
    fates = {rung.rung.rung: rung.fate for rung in rework.rungs}
    assert fates[Rung.RED] is RungFate.FIRED_LATE
    assert {rung.fate for rung in work.rungs} == {RungFate.ENDED_BEFORE}
    units = {share.department_id: share for share in told.shares}
    worker = units[build.city.departments["chengguan"]]
    assert worker.responsible == (9 + 30) * 3600 * MICROSECONDS


async def test_a_fixed_number_of_statements(build: Build, city_engine: AsyncEngine) -> None:
    counts = []
    for road in (ROADS[State(Status.PROCESSING)], EVENTFUL):
        number = (await build.create()).number
        await build.follow(number, *road)
        await swept(build, hours=30)
        ticket = await build.find(number)
        await account(build, number)  # policies and calendars are remembered from now on
        async with build.session_maker() as session:
            with count_queries(city_engine) as statements:
                await explain_ticket(session, ticket, build.clock.now())
        counts.append(len(statements))
    assert counts == [7, 7]


async def test_a_clock_written_over_is_found_and_named(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    assert await faults(build) == []
    async with build.session_maker() as session, session.begin():
        clock = (await session.exec(select(Clock).where(Clock.kind == ClockKind.COMPLETE))).one()
        clock.used_microseconds += 1
        session.add(clock)
    ((kind, detail),) = await faults(build, number)
    assert kind == FaultKind.CLOCK_DIFFERS
    assert detail.startswith("complete of ")
    assert detail.endswith(": used")


async def test_a_log_cannot_be_rewritten(build: Build) -> None:
    await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    async with build.session_maker() as session:
        with pytest.raises(sa.exc.DBAPIError, match="sla_clock_changes"):
            await session.exec(sa.text("UPDATE sla_clock_changes SET used_microseconds = 0"))  # type: ignore[call-overload]
