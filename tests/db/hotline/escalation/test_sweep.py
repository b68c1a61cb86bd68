"""The sweeper: every level once, in order, late when it is late; and nothing for what was met."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from hotline.escalation import sweep
from hotline.escalation.sweep import SweepResult, next_due, sweep_once
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock, Threshold, ThresholdState
from hotline.sla.policy import FIRING_LEVELS, ClockKind, Level
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import CLOCK_FIRED, Commitment, CommitmentState, TicketEvent
from hotline.tickets.timeline import event_values
from tests.support.builders import Build
from tests.support.clock import MONDAY


async def swept(build: Build, **amount: float) -> SweepResult:
    """Let time pass, then sweep until nothing is left."""
    build.clock.move(**amount)
    fired = parked = 0
    while (
        result := await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
    ).may_be_more:
        fired, parked = fired + result.fired, parked + result.parked
    return SweepResult(fired, parked)


async def firings(maker: SessionMaker, kind: ClockKind) -> list[tuple[str, str, int]]:
    """Level, state and lateness of every level of the clocks of a kind."""
    async with maker() as session:
        rows = await session.exec(
            select(Threshold.rung, Threshold.state, Threshold.late_by_seconds)
            .join(Clock, col(Clock.id) == col(Threshold.clock_id))
            .where(Clock.kind == kind, col(Threshold.rung).in_(FIRING_LEVELS))
            .order_by(col(Threshold.due_at), col(Threshold.rung).desc())
        )
        return [(str(level), str(state), late or 0) for level, state, late in rows]


async def facts(maker: SessionMaker, topic: str) -> list[dict[str, object]]:
    async with maker() as session:
        rows = await session.exec(
            select(OutboxMessage.payload)
            .where(OutboxMessage.topic == topic)
            .order_by(col(OutboxMessage.id))
        )
        return [dict(row) for row in rows]


async def test_every_level_fires_once_in_order_when_due(build: Build) -> None:
    number = await build.ticket()
    assert await next_due(build.session_maker) == MONDAY + timedelta(minutes=18)
    levels = []
    for minutes, fired in [(17.99, 0), (0.01, 1), (5.99, 0), (0.01, 1), (5.99, 0), (0.01, 1)]:
        assert (await swept(build, minutes=minutes)).fired == fired
        levels.append((await build.find(number)).level.value)
    assert levels == ["green", "yellow", "yellow", "orange", "orange", "red"]
    assert (await swept(build, days=3)).fired == 10  # urged again each half hour, and then no more
    assert await next_due(build.session_maker) is None
    assert await firings(build.session_maker, ClockKind.ACCEPT) == [
        ("yellow", "fired", 0),
        ("orange", "fired", 0),
        ("red", "fired", 0),
    ]
    warned = await facts(build.session_maker, "clock_warned")
    assert [fact["level"] for fact in warned] == ["yellow", "orange", "red", *["urge"] * 10]
    assert {fact["clock"] for fact in warned} == {"accept"}
    assert {fact["ticket_number"] for fact in warned} == {number}


async def test_what_fires_late_says_how_late(build: Build) -> None:
    number = await build.ticket()
    assert (await swept(build, minutes=59)).fired == 3
    assert await firings(build.session_maker, ClockKind.ACCEPT) == [
        ("yellow", "fired", 41 * 60),
        ("orange", "fired", 35 * 60),
        ("red", "fired", 29 * 60),
    ]
    assert (await build.find(number)).level is Level.RED
    async with build.session_maker() as session:
        rows = (
            await session.exec(
                select(TicketEvent)
                .where(TicketEvent.action == CLOCK_FIRED)
                .order_by(col(TicketEvent.seq))
            )
        ).all()
    assert [row.details["late_by_seconds"] for row in rows] == [2460, 2100, 1740]
    assert {row.role for row in rows} == {"system"}


async def test_a_met_clock_is_silent_from_then_on(build: Build) -> None:
    number = await build.ticket()
    build.clock.move(minutes=30)  # exactly at the limit
    await build.do(Action.ACCEPT, number)
    async with build.session_maker() as session:
        clock = (await session.exec(select(Clock).where(Clock.kind == ClockKind.ACCEPT))).one()
    assert clock.state is ClockState.MET
    await swept(build, seconds=0)
    states = await firings(build.session_maker, ClockKind.ACCEPT)
    assert states == [("yellow", "fired", 720), ("orange", "fired", 360), ("red", "disarmed", 0)]


@pytest.mark.parametrize(("microseconds", "state"), [(0, "met"), (1, "missed")])
async def test_a_microsecond_decides(build: Build, microseconds: int, state: str) -> None:
    number = await build.ticket(Status.ACCEPTED)
    build.clock.move(hours=1, microseconds=microseconds)
    await build.do(Action.DISPATCH, number)
    async with build.session_maker() as session:
        clock = (await session.exec(select(Clock).where(Clock.kind == ClockKind.DISPATCH))).one()
    assert clock.state.value == state


async def test_a_promise_breaks_at_its_limit_not_when_it_is_noticed(build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    await swept(build, hours=30)
    async with build.session_maker() as session:
        promise = (await session.exec(select(Commitment))).one()
    assert promise.state is CommitmentState.BROKEN
    assert promise.outcome_at == MONDAY + timedelta(hours=24)
    (told,) = await facts(build.session_maker, "promise_ended")
    assert told["outcome"] == "broken"
    assert told["department_id"] == build.city.departments["chengguan"]
    await swept(build, hours=30)
    assert len(await facts(build.session_maker, "promise_ended")) == 1


@pytest.mark.parametrize(
    ("status", "hold", "silent"),
    [
        (Status.PROCESSING, Hold.SUSPENSION, {ClockKind.COMPLETE}),
        (Status.PROCESSING, Hold.SUPPLEMENT, {ClockKind.COMPLETE}),
        (
            Status.DISPATCHED,
            Hold.RETURN_REVIEW,
            {ClockKind.COMPLETE, ClockKind.SIGN, ClockKind.FIRST_CONTACT},
        ),
        (Status.FEEDBACK_SUBMITTED, None, {ClockKind.COMPLETE}),
        (Status.CANCELLED, None, {ClockKind.ACCEPT}),
        (Status.CLOSED, None, set(ClockKind)),
        (Status.MERGED, None, set()),
    ],
)
async def test_what_waits_or_has_ended_does_not_fire(
    build: Build, status: Status, hold: Hold | None, silent: set[ClockKind]
) -> None:
    number = await build.ticket(status, hold)
    await swept(build, days=20)
    ticket = await build.find(number)
    async with build.session_maker() as session:
        kinds = (
            await session.exec(
                select(Clock.kind)
                .join(Threshold, col(Threshold.clock_id) == col(Clock.id))
                .where(Clock.ticket_id == ticket.id, Threshold.state == ThresholdState.FIRED)
            )
        ).all()
    assert not set(kinds) & silent


async def test_a_ticket_that_cannot_be_handled_does_not_stop_the_others(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await build.ticket() for _ in range(3)]
    broken = await build.find(numbers[1])

    def refuse(**given: object) -> dict[str, object]:
        if given["ticket_id"] == broken.id:
            raise RuntimeError("this one cannot be written")
        return event_values(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep, "event_values", refuse)
    result = await swept(build, minutes=20)
    assert (result.fired, result.parked) == (2, 1)
    levels = [(await build.find(number)).level.value for number in numbers]
    assert levels == ["yellow", "green", "yellow"]
    async with build.session_maker() as session:
        parked = (
            await session.exec(select(Threshold).where(Threshold.state == ThresholdState.PARKED))
        ).all()
    assert [(row.ticket_id, row.reason) for row in parked] == [(broken.id, "RuntimeError")]
    assert (await swept(build, minutes=0)).fired == 0


async def test_a_round_that_is_full_says_so(build: Build) -> None:
    for _ in range(3):
        await build.ticket()
    now = build.clock.move(minutes=59)
    first = await sweep_once(build.session_maker, build.cipher, now=now, batch=2)
    assert first.may_be_more
    assert (await swept(build, minutes=0)).fired + first.fired == 9


async def test_many_sweepers_at_once_fire_each_level_once(
    own_build: Build, own_city: AsyncEngine
) -> None:
    for _ in range(20):
        await own_build.ticket()
    now = own_build.clock.move(minutes=59)

    async def one() -> int:
        fired = 0
        while (
            result := await sweep_once(own_build.session_maker, own_build.cipher, now=now, batch=7)
        ).may_be_more:
            fired += result.fired
        return fired

    counts = list(await asyncio.gather(*(one() for _ in range(4))))
    counts.append(await one())
    assert sum(counts) == 60
    async with own_city.connect() as connection:
        per_level = await connection.execute(
            sa.text(
                "SELECT count(*), count(DISTINCT (ticket_id, details->>'level')) "
                "FROM ticket_events WHERE action = 'clock_fired'"
            )
        )
        assert tuple(per_level.one()) == (60, 60)


async def test_a_ticket_in_somebodys_hands_waits_for_the_next_round(own_build: Build) -> None:
    number = await own_build.ticket()
    now = own_build.clock.move(minutes=20)
    async with own_build.acting("operator") as tx:
        await tx.session.exec(sa.text("SELECT 1 FROM tickets FOR UPDATE"))  # type: ignore[call-overload]
        result = await sweep_once(own_build.session_maker, own_build.cipher, now=now)
        assert result == SweepResult(0, 0, may_be_more=False)
    result = await sweep_once(own_build.session_maker, own_build.cipher, now=now)
    assert result.fired == 1
    assert (await own_build.find(number)).level is Level.YELLOW
