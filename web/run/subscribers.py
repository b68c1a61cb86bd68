"""Which facts set which jobs going: the whole wiring on one page."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from credit.actions import record_promise
from hotline.escalation.calling import tell_unit
from hotline.kernel.jobs import Job
from hotline.kernel.outbox import OutboxMessage, first_time
from hotline.kernel.tx import Transaction
from hotline.notices.requesters import RequesterNews, tell_requester
from hotline.people.principal import SYSTEM, Tx
from hotline.supervision.events import UrgeRequested
from hotline.supervision.groups import list_for_many
from hotline.supervision.urging import work_off
from hotline.tickets.events import GroupChanged, PromiseEnded, RequesterConcerned, UnitCalled


@asynccontextmanager
async def _delivery(
    ctx: dict[str, Any], subscriber: str, fact_id: str
) -> AsyncIterator[tuple[Transaction, OutboxMessage] | None]:
    """Open the transaction of one delivery; None when this subscriber has had the fact already."""
    async with ctx["session_maker"]() as session, session.begin():
        message = await session.get_one(OutboxMessage, uuid.UUID(fact_id))
        tx = Transaction(session, ctx["clock"].now(), ctx["cipher"], message.trace_id)
        if await first_time(tx, subscriber, message.id):
            yield tx, message
        else:
            yield None


async def credit_record_promise(ctx: dict[str, Any], fact_id: str) -> None:
    """Write a promise kept or broken into the department's record."""
    async with _delivery(ctx, "credit.record_promise", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await record_promise(tx, message.id, PromiseEnded.from_payload(message.payload))


async def notices_tell_requester(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the requester a text message on how his matter goes."""
    async with _delivery(ctx, "notices.tell_requester", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = RequesterConcerned.from_payload(message.payload)
            await tell_requester(
                tx,
                uuid.UUID(fact.ticket_id),
                RequesterNews(fact.news),
                {"expected_at": fact.expected_at} if fact.expected_at else {},
                fact_id=message.id,
            )


async def escalation_tell_unit(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a call upon a unit."""
    async with _delivery(ctx, "escalation.tell_unit", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_unit(tx, message.id, UnitCalled.from_payload(message.payload))


async def supervision_urge_many(ctx: dict[str, Any], fact_id: str) -> None:
    """Urge the tickets of a run, each in a transaction of its own; the receipt comes last."""
    session_maker = ctx["session_maker"]
    async with session_maker() as session:
        message = await session.get_one(OutboxMessage, uuid.UUID(fact_id))
    run_id = uuid.UUID(UrgeRequested.from_payload(message.payload).run_id)
    await work_off(session_maker, ctx["cipher"], ctx["clock"], run_id, trace_id=message.trace_id)
    async with _delivery(ctx, "supervision.urge_many", fact_id):
        pass


async def supervision_list_groups(ctx: dict[str, Any], fact_id: str) -> None:
    """List a matter on the board that many requesters have told of."""
    async with _delivery(ctx, "supervision.list_groups", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = GroupChanged.from_payload(message.payload)
            acting = Tx(tx.session, tx.now, tx.cipher, tx.trace_id, SYSTEM)
            await list_for_many(acting, uuid.UUID(fact.ticket_id))


JOBS: Sequence[Job] = (
    Job("escalation.tell_unit", escalation_tell_unit),
    Job("supervision.urge_many", supervision_urge_many, timeout=300),
    Job("supervision.list_groups", supervision_list_groups),
    Job("notices.tell_requester", notices_tell_requester),
    Job("credit.record_promise", credit_record_promise),
)

SUBSCRIBERS: Mapping[str, Sequence[str]] = {
    UnitCalled.topic: ("escalation.tell_unit",),
    UrgeRequested.topic: ("supervision.urge_many",),
    GroupChanged.topic: ("supervision.list_groups",),
    RequesterConcerned.topic: ("notices.tell_requester",),
    PromiseEnded.topic: ("credit.record_promise",),
}
