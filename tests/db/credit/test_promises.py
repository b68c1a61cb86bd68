"""The record of promises: told often, counted once, never changed."""

import uuid
from datetime import timedelta

import pytest
from sqlmodel import select

from credit.actions import record_promise
from credit.models import PromiseRecord
from credit.queries import list_promises, tally_promises
from hotline.kernel.outbox import OutboxMessage
from hotline.tickets.events import PromiseEnded
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clients import ClientAs
from tests.support.clock import MONDAY
from web.run.subscribers import credit_record_promise


async def _ended(build: Build) -> list[tuple[uuid.UUID, PromiseEnded]]:
    async with build.session_maker() as session:
        rows = await session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == PromiseEnded.topic)
        )
        return [(row.id, PromiseEnded.from_payload(row.payload)) for row in rows]


@pytest.mark.parametrize(("hours", "kept", "broken"), [(1, 1, 0), (25, 0, 1)])
async def test_a_promise_is_counted_once_however_often_it_is_told(
    build: Build, client_as: ClientAs, hours: int, kept: int, broken: int
) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=hours)
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    ((fact_id, _),) = await _ended(build)
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    for _ in range(3):
        await credit_record_promise(ctx, str(fact_id))
    unit = build.city.departments["chengguan"]
    async with build.session_maker() as session:
        tally = await tally_promises(session, unit, MONDAY)
        assert (tally.kept, tally.broken) == (kept, broken)
        (record,) = await list_promises(session, unit)
        later = await tally_promises(session, unit, MONDAY + timedelta(days=2))
        assert (later.kept, later.broken) == (0, 0)
    assert record.ticket_number == number
    path = "/api/v1/credit/departments/chengguan/promises"
    answer = (await client_as("visitor").get(path)).json()
    assert (answer["kept"], answer["broken"]) == (kept, broken)
    assert [item["ticket"] for item in answer["items"]] == [number]


async def test_another_fact_of_the_same_promise_changes_nothing(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    ((_, fact),) = await _ended(build)
    async with build.acting("operator") as tx:
        await record_promise(tx, uuid.uuid4(), fact)
        await record_promise(tx, uuid.uuid4(), fact)
    async with build.session_maker() as session:
        (record,) = (await session.exec(select(PromiseRecord))).all()
    assert record.ticket_number == number
