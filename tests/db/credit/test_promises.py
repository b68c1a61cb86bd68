"""The record of promises: told often, counted once, never changed."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from credit.intake.posting import ToldFact, post_fact
from credit.models import PromiseOutcome
from credit.queries import PromiseTally, list_promises, tally_promises
from hotline.escalation.sweep import sweep_once
from hotline.kernel.outbox import OutboxMessage
from hotline.tickets.events import PromiseEnded
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clients import ClientAs
from tests.support.clock import MONDAY
from tests.support.credit_facts import deliver
from web.run.credit_verification import examine_credit
from web.run.migrate import run_alembic, upgrade


@pytest.mark.parametrize(("hours", "kept", "broken"), [(1, 1, 0), (25, 0, 1)])
async def test_a_promise_is_counted_once_however_often_it_is_told(
    build: Build, client_as: ClientAs, hours: int, kept: int, broken: int
) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=hours)
    while (await sweep_once(build.session_maker, build.cipher, now=build.clock.now())).may_be_more:
        pass
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    await deliver(build, times=3)
    unit = build.city.departments["chengguan"]
    async with build.session_maker() as session:
        tally = await tally_promises(session, unit, MONDAY)
        assert (tally.kept, tally.broken) == (kept, broken)
        (record,) = await list_promises(session, unit)
        later = await tally_promises(session, unit, MONDAY + timedelta(days=2))
        assert (later.kept, later.broken) == (0, 0)
    assert record.ticket_number == number
    path = "/api/v1/credit/departments/chengguan/promises"
    answer = (await client_as("observer").get(path)).json()
    assert (answer["kept"], answer["broken"]) == (kept, broken)
    assert [item["ticket"] for item in answer["items"]] == [number]


async def test_a_promise_broken_while_nobody_watched_is_listed_and_not_counted(
    build: Build,
) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=25)
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    await deliver(build)
    unit = build.city.departments["chengguan"]
    async with build.session_maker() as session:
        tally = await tally_promises(session, unit, MONDAY)
        (record,) = await list_promises(session, unit)
    assert (tally.kept, tally.broken) == (0, 0)
    assert (record.outcome, record.cause) == (PromiseOutcome.BROKEN, "outage")


async def test_another_fact_of_the_same_promise_changes_nothing(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await deliver(build)
    async with build.session_maker() as session:
        (row,) = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == PromiseEnded.topic)
            )
        ).all()
    async with build.acting("operator") as tx:
        assert not await post_fact(tx, ToldFact(row.id, row.topic, row.payload, row.created_at))
        assert await post_fact(tx, ToldFact(uuid.uuid4(), row.topic, row.payload, tx.now))
    unit = build.city.departments["chengguan"]
    async with build.session_maker() as session:
        assert [one.ticket_number for one in await list_promises(session, unit)] == [number]
        assert (await tally_promises(session, unit, MONDAY)).kept == 1


async def test_a_promise_told_before_hops_were_told_still_counts(build: Build) -> None:
    unit = build.city.departments["chengguan"]
    old = {
        "commitment_id": str(uuid.uuid4()),
        "ticket_id": str(uuid.uuid4()),
        "ticket_number": "2603020000017",
        "department_id": unit,
        "outcome": "broken",
        "due_at": MONDAY.isoformat(),
        "outcome_at": MONDAY.isoformat(),
    }
    async with build.acting("operator") as tx:
        assert await post_fact(tx, ToldFact(uuid.uuid4(), PromiseEnded.topic, old, tx.now))
    async with build.session_maker() as session:
        assert (await tally_promises(session, unit, MONDAY)).broken == 1


async def test_the_record_of_promises_is_taken_over_and_can_be_given_back(
    own_build: Build, own_city: AsyncEngine
) -> None:
    """What was written before facts were counted: the same tally afterwards, and it follows from them."""
    build = own_build
    await build.ticket(Status.PENDING_VISIT)
    broken = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=25)
    await build.follow(broken, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    await deliver(build)
    unit = build.city.departments["chengguan"]

    async def seen() -> tuple[PromiseTally, list[tuple[str, str | None]]]:
        async with build.session_maker() as session:
            promises = await list_promises(session, unit)
            return (
                await tally_promises(session, unit, MONDAY),
                sorted((one.ticket_number, one.cause) for one in promises),
            )

    before = await seen()
    assert before[0] == PromiseTally(1, 0)
    url = own_city.url.render_as_string(hide_password=False)
    await own_city.dispose()
    await run_alembic(url, lambda config: command.downgrade(config, "b2d0c1a30200-1"))
    async with own_city.begin() as connection:
        old = await connection.execute(sa.text("SELECT outcome, is_excused FROM promise_records"))
        assert sorted(map(tuple, old)) == [("broken", True), ("kept", False)]
        # As it was before: nothing but the record.
        for table in ("credit_observations", "credit_facts"):
            await connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            await connection.execute(sa.text(f"DELETE FROM {table}"))
            await connection.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    await own_city.dispose()
    await upgrade(url)
    assert await seen() == before
    async with build.session_maker() as session:
        report = await examine_credit(session)
    assert (report["rates"], report["facts"]) == ([], 2)
    await deliver(build)
    assert await seen() == before
