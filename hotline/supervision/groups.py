"""A matter of many requesters is listed on the board as soon as a department has it."""

import uuid

from sqlmodel import col, select

from hotline.people.principal import Tx
from hotline.supervision.actions import issue_order
from hotline.supervision.errors import OrderExists
from hotline.supervision.models import SupervisionOrder
from hotline.supervision.rules import OrderLevel, OrderReason
from hotline.tickets.grouping import MANY_REQUESTERS, MANY_WITHIN, most_requesters_within
from hotline.tickets.groups.queries import who_came_when
from hotline.tickets.lifecycle import TRANSITIONS, Action, State
from hotline.tickets.models import Ticket

_DEMAND = "多人反映同一事项，挂牌督办：由单位主要负责人牵头办理，并逐一告知诉求人"


async def list_for_many(tx: Tx, ticket_id: uuid.UUID) -> Ticket | None:
    """List a matter on the board when five requesters have told of it within seven days.

    Once a round: whoever comes later adds to a matter that is listed already. It does nothing while
    no department has the matter; when one gets it, it is asked again.

    Returns:
        The ticket when an order was issued for it.
    """
    ticket = (
        await tx.session.exec(select(Ticket).where(Ticket.id == ticket_id).with_for_update())
    ).one()
    state = State(ticket.status, ticket.hold)
    if state not in TRANSITIONS[Action.ISSUE_ORDER].sources:
        return None
    told = await who_came_when(tx.session, ticket_id)
    if most_requesters_within(told, MANY_WITHIN) < MANY_REQUESTERS:
        return None
    if await _was_listed(tx, ticket):
        return None
    try:
        return await issue_order(
            tx,
            ticket.number,
            level=OrderLevel.LISTING,
            reason=OrderReason.MANY_REQUESTERS,
            demand=_DEMAND,
        )
    except OrderExists:
        return None  # it stands as high or higher already


async def _was_listed(tx: Tx, ticket: Ticket) -> bool:
    return (
        await tx.session.exec(
            select(SupervisionOrder.id)
            .where(
                SupervisionOrder.ticket_id == ticket.id,
                SupervisionOrder.round == ticket.round,
                col(SupervisionOrder.reason) == OrderReason.MANY_REQUESTERS,
            )
            .limit(1)
        )
    ).first() is not None
