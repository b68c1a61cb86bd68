"""Every open ticket has somebody and a deadline ahead, or is found."""

import pytest
import sqlalchemy as sa

from hotline.kernel.alarms import AlarmKind, raise_alarm
from hotline.tickets.lifecycle import OPEN_STATUSES, State
from hotline.tickets.watch import Unwatched, tickets_without_deadline
from tests.db.hotline.escalation.test_sweep import swept
from tests.support.builders import ROADS, Build


async def found(build: Build) -> list[tuple[str, Unwatched]]:
    async with build.session_maker() as session:
        findings = await tickets_without_deadline(session, build.clock.now())
        return [(one.number, one.why) for one in findings]


async def run(build: Build, statement: str) -> None:
    async with build.session_maker() as session, session.begin():
        await session.exec(sa.text(statement))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "state", [state for state in ROADS if state.status in OPEN_STATUSES], ids=str
)
async def test_every_open_state_has_a_deadline_ahead(build: Build, state: State) -> None:
    await build.ticket(*state)
    assert await found(build) == []


async def test_a_closed_ticket_needs_none(build: Build) -> None:
    for state in ROADS:
        if state.status not in OPEN_STATUSES:
            await build.ticket(*state)
    mine = [number for number, _ in await found(build)]
    async with build.session_maker() as session:
        rows = await session.exec(  # type: ignore[call-overload]
            sa.text("SELECT number FROM tickets WHERE closed_at IS NULL")
        )
        still_open = set(rows.scalars())
    assert set(mine) <= still_open


async def test_what_nobody_sweeps_is_found(build: Build) -> None:
    number = await build.ticket()
    build.clock.move(minutes=30, seconds=59)
    assert await found(build) == []
    build.clock.move(seconds=1)
    assert await found(build) == [(number, Unwatched.NOT_SWEPT)]


async def test_a_ticket_without_a_clock_is_found_until_an_alarm_is_up(build: Build) -> None:
    number = await build.ticket()
    await run(build, "UPDATE sla_thresholds SET state = 'disarmed'")
    await run(build, "UPDATE sla_clocks SET state = 'cancelled', ended_at = started_at")
    assert await found(build) == [(number, Unwatched.NO_CLOCK)]
    async with build.session_maker() as session, session.begin():
        await raise_alarm(session, AlarmKind.DEADLINE_MISSING, number, {}, build.clock.now())
    assert await found(build) == []


async def test_what_went_through_the_whole_ladder_is_told_apart(build: Build) -> None:
    number = await build.ticket()
    await swept(build, hours=30)
    await run(
        build,
        "UPDATE sla_thresholds SET state = 'disarmed' WHERE state = 'armed'",
    )
    assert await found(build) == [(number, Unwatched.PAST_THE_LADDER)]


async def test_what_was_late_before_it_was_imported_is_told_apart(build: Build) -> None:
    number = await build.ticket()
    build.clock.move(days=400)
    await run(build, "UPDATE sla_thresholds SET state = 'skipped', reason = 'imported'")
    await run(build, "UPDATE tickets SET source = 'elsewhere', external_id = '1'")
    assert await found(build) == [(number, Unwatched.IMPORTED_LATE)]
