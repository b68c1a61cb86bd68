"""From a fact to the deliveries of every department that it concerns."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.notices.webhooks.models import Webhook, WebhookDelivery
from hotline.notices.webhooks.rules import (
    WebhookDeliveryState,
    WebhookTopic,
    move_told,
    payload_of,
    topic_of_move,
    topic_of_warning,
    wants,
    warning_told,
)
from hotline.people.models import Department
from hotline.sla.events import ClockWarned
from hotline.tickets.access import OUT_OF_SIGHT
from hotline.tickets.events import TicketMoved
from hotline.tickets.models import Assignment


async def tell_move(tx: Transaction, fact_id: uuid.UUID, fact: TicketMoved) -> int:
    """Write what departments' systems are told of an action on a ticket; return how many are told."""
    if not await _any(tx):
        return 0
    at = datetime.fromisoformat(fact.at)
    concerned = await _concerned(tx, uuid.UUID(fact.ticket_id), at)
    return await _write(
        tx,
        fact_id,
        topic_of_move(fact.action, fact.from_state, fact.to_state),
        concerned,
        number=fact.ticket_number,
        at=fact.at,
        ticket=move_told(
            number=fact.ticket_number,
            action=fact.action,
            from_state=fact.from_state,
            to_state=fact.to_state,
            round_=fact.round,
            version=fact.version,
        ),
    )


async def tell_warning(tx: Transaction, fact_id: uuid.UUID, fact: ClockWarned) -> int:
    """Write what a department's system is told of a limit of its own; return how many are told."""
    if fact.department_id is None or not await _any(tx):
        return 0
    return await _write(
        tx,
        fact_id,
        topic_of_warning(fact.level),
        {fact.department_id},
        number=fact.ticket_number,
        at=tx.now.isoformat(),
        ticket=warning_told(
            number=fact.ticket_number, clock=fact.clock, level=fact.level, due_at=fact.due_at
        ),
    )


async def _any(tx: Transaction) -> bool:
    """Tell whether anybody listens at all: most houses never ask for more than this."""
    found = await tx.session.exec(select(sa.exists().where(col(Webhook.is_active))))
    return bool(found.one())


async def _concerned(tx: Transaction, ticket_id: uuid.UUID, at: datetime) -> Collection[int]:
    """Return the departments that have a part of a ticket, or gave theirs up by this very action."""
    found = await tx.session.exec(
        select(Assignment.department_id).where(
            Assignment.ticket_id == ticket_id,
            sa.or_(col(Assignment.state).not_in(OUT_OF_SIGHT), col(Assignment.ended_at) == at),
        )
    )
    return set(found)


async def _write(
    tx: Transaction,
    fact_id: uuid.UUID,
    topic: WebhookTopic,
    departments: Collection[int],
    *,
    number: str,
    at: str,
    ticket: Mapping[str, Any],
) -> int:
    """Give the event its place in the order of every receiver; each row is locked for that."""
    if not departments:
        return 0
    receivers = await tx.session.exec(
        select(Webhook, Department.code)
        .join(Department, col(Department.id) == col(Webhook.department_id))
        .where(col(Webhook.department_id).in_(departments), col(Webhook.is_active))
        .order_by(col(Webhook.id))
        .with_for_update(of=Webhook)
        .execution_options(populate_existing=True)
    )
    rows = []
    for webhook, code in receivers:
        if wants(webhook.topics, topic):
            webhook.last_seq += 1
            payload = payload_of(
                topic, event_id=str(fact_id), at=at, department=code, ticket=ticket
            )
            rows.append(
                {
                    "id": uuid7(tx.now),
                    "webhook_id": webhook.id,
                    "event_id": fact_id,
                    "seq": webhook.last_seq,
                    "topic": topic.value,
                    "ticket_number": number,
                    "payload": payload,
                    "state": WebhookDeliveryState.WAITING,
                    "attempts": 0,
                    "replays": 0,
                    "next_try_at": tx.now,
                    "created_at": tx.now,
                }
            )
    if rows:
        await tx.session.exec(insert(WebhookDelivery).on_conflict_do_nothing(), params=rows)
    return len(rows)
