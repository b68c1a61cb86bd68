"""Appending rows to a ticket's timeline."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hotline.people.permissions import DEPARTMENT_ROLES, Role
from hotline.people.principal import Principal, Tx
from hotline.tickets.history import row_hash
from hotline.tickets.lifecycle import Outcome, State
from hotline.tickets.models import Audience, Ticket, TicketEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """What a timeline row says beside the ticket's own movement.

    Attributes:
        action: an action of the machine, or another kind of event.
        outcome: which of its ends the action came to.
        text: what was written, in the actor's words.
        reason: a coded reason.
        audience: who may read it.
        details: what else belongs to it; never personal data.
    """

    action: str
    outcome: Outcome | None = None
    text: str | None = None
    reason: str | None = None
    audience: Audience = Audience.STAFF
    details: Mapping[str, Any] = field(default_factory=dict)


def event_values(
    *,
    ticket_id: uuid.UUID,
    seq: int,
    previous_hash: bytes,
    at: datetime,
    actor: Principal,
    acting_role: Role | None,
    entry: Entry,
    before: State | None,
    after: State,
    round_: int,
    policy_id: int,
    changes: Mapping[str, object],
) -> dict[str, Any]:
    """Return a timeline row, chained to the one before it."""
    values: dict[str, Any] = {
        "ticket_id": ticket_id,
        "seq": seq,
        "at": at,
        "actor_id": actor.user_id,
        "actor": actor.username,
        "role": acting_role.value if acting_role else None,
        "department_id": actor.department_id,
        "action": str(entry.action),
        "outcome": entry.outcome,
        "from_status": before.status if before else None,
        "from_hold": before.hold if before else None,
        "to_status": after.status,
        "to_hold": after.hold,
        "round": round_,
        "reason": entry.reason,
        "text": entry.text,
        "audience": entry.audience,
        "policy_id": policy_id,
        "changes": dict(changes),
        "details": dict(entry.details),
        "previous_hash": previous_hash,
    }
    values["hash"] = row_hash(previous_hash, values)
    return values


def acting_role(actor: Principal, roles: frozenset[Role]) -> Role | None:
    """Return the role in which someone acts: the first of his that the action is open to."""
    for role in Role:
        if role in actor.roles and role in roles:
            return role
    return next((role for role in Role if role in actor.roles), None)


async def append(
    tx: Tx,
    ticket: Ticket,
    entry: Entry,
    *,
    role: Role | None,
    before: State | None,
    changes: Mapping[str, object],
) -> None:
    """Write the next row of a locked ticket's timeline and move the ticket's head to it."""
    values = event_values(
        ticket_id=ticket.id,
        seq=ticket.history_count + 1,
        previous_hash=ticket.history_head,
        at=tx.now,
        actor=tx.actor,
        acting_role=role,
        entry=entry,
        before=before,
        after=State(ticket.status, ticket.hold),
        round_=ticket.round,
        policy_id=ticket.policy_id,
        changes=changes,
    )
    ticket.history_count += 1
    ticket.history_head = values["hash"]
    await tx.session.exec(sa.insert(TicketEvent), params=[values])


def audiences_of(principal: Principal) -> tuple[Audience, ...]:
    """Return the audiences that a person belongs to."""
    if Role.DISCIPLINE in principal.roles:
        return tuple(Audience)
    if principal.sees_every_ticket:
        return (Audience.PUBLIC, Audience.STAFF, Audience.HOTLINE)
    if principal.roles & DEPARTMENT_ROLES:
        return (Audience.PUBLIC, Audience.STAFF)
    return (Audience.PUBLIC,)
