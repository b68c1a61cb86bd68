"""Saying that a person called upon whoever has a ticket."""

from hotline.kernel.outbox import emit
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind
from hotline.tickets.events import UnitCalled
from hotline.tickets.lifecycle import State, guiding_clocks
from hotline.tickets.models import Ticket


async def call_unit(
    tx: Tx,
    ticket: Ticket,
    call: str,
    department_id: int | None,
    *,
    clock: ClockKind | None = None,
) -> None:
    """Let a unit be told that it was called upon; what the system does is told by escalation.

    Args:
        tx: the transaction of the call.
        ticket: the ticket.
        call: `urge`, `letter`, `order`, `listing`, `consultation`, `whistle`, `named`, or what
            co-handlers are told; `added` when the requester has added something.
        department_id: the unit.
        clock: the limit it is called upon by, when that is not the ticket's own.
    """
    if Role.SYSTEM in tx.actor.roles:
        return
    guiding = guiding_clocks(State(ticket.status, ticket.hold))
    holder = ticket.holder_user_id if ticket.owner_department_id == department_id else None
    await emit(
        tx,
        UnitCalled(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            call=call,
            clock=clock.value if clock else guiding[0].value if guiding else "",
            department_id=department_id,
            holder_user_id=str(holder) if holder else None,
            by_user_id=str(tx.actor.user_id) if tx.actor.user_id else None,
        ),
    )
