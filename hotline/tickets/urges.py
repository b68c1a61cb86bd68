"""Urges as rows: which are counted, which are merged, and what answers them."""

import uuid
from datetime import timedelta

from sqlmodel import col, select, update

from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind
from hotline.tickets.lifecycle import URGE_ANSWERABLE, Action, Outcome, State
from hotline.tickets.models import Ticket, Urge

COUNTED_ANEW_AFTER = timedelta(hours=2)
"""A requester who asks again within this time is noted with what he asked before."""


async def latest_counted(tx: Transaction, ticket_id: uuid.UUID) -> Urge | None:
    """Return the requester's urge that another one now would be merged into."""
    return (
        await tx.session.exec(
            select(Urge)
            .where(
                Urge.ticket_id == ticket_id,
                col(Urge.is_requester).is_(True),
                col(Urge.urged_at) > tx.now - COUNTED_ANEW_AFTER,
            )
            .order_by(col(Urge.urged_at).desc())
            .limit(1)
        )
    ).first()


def outcome_of(state: State, *, is_merged: bool, has_clock: bool) -> Outcome:
    """Return what an urge comes to.

    Args:
        state: where the ticket is.
        is_merged: the requester asked the same a moment ago.
        has_clock: an answer to an earlier one is owed already.
    """
    if is_merged:
        return Outcome.NOTED
    if state in URGE_ANSWERABLE and not has_clock:
        return Outcome.ANSWER_OWED
    return Outcome.DONE


def write_urge(tx: Tx, ticket: Ticket) -> Urge:
    """Write down that a locked ticket was urged."""
    urge = Urge(
        id=uuid7(tx.now),
        ticket_id=ticket.id,
        is_requester=Role.REQUESTER in tx.actor.roles,
        urged_by=tx.actor.user_id,
        department_id=ticket.owner_department_id,
        urged_at=tx.now,
    )
    tx.session.add(urge)
    return urge


async def mark_answered(tx: Tx, ticket_id: uuid.UUID, action: Action) -> None:
    """Mark what a department was urged with as answered by `action`."""
    await tx.session.exec(
        update(Urge)
        .where(col(Urge.ticket_id) == ticket_id, col(Urge.answered_at).is_(None))
        .values(answered_at=tx.now, answered_as=action.value, answered_by=tx.actor.user_id)
        .execution_options(synchronize_session=False)
    )


URGE_CLOCKS = frozenset({ClockKind.URGE_REPLY})
"""The limit within which whoever has a ticket answers its urges."""
