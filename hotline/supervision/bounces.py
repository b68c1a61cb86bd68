"""Listing a matter that went through too many hands before somebody was made to take it."""

from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.supervision.actions import issue_order
from hotline.supervision.errors import OrderExists
from hotline.supervision.rules import BOUNCES_TO_LISTING, OrderLevel, OrderReason
from hotline.tickets.events import UnitCalled
from hotline.tickets.lifecycle import HANDLING, IllegalTransition

DEMAND = "三次退单后指定承办：由单位主要负责人牵头办理并报告进展"


async def list_if_bounced(tx: Tx, number: str, *, bounce_count: int) -> bool:
    """List a designated ticket on the board when it was given back so often; tell whether it was.

    What has happened to it since is left as it is: work that is done already needs no listing, and
    an order as high stands for itself.

    Args:
        tx: the system's transaction.
        number: the ticket.
        bounce_count: how many times it was given back before it was designated.
    """
    if bounce_count < BOUNCES_TO_LISTING:
        return False
    try:
        async with tx.session.begin_nested():
            ticket = await issue_order(
                tx,
                number,
                level=OrderLevel.LISTING,
                reason=OrderReason.THREE_BOUNCES,
                demand=DEMAND,
            )
    except (OrderExists, IllegalTransition):
        return False
    # What the ladder does is told by the ladder; here nobody else tells the department.
    await emit(
        tx,
        UnitCalled(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            call="listing",
            clock=HANDLING[0].value,
            department_id=ticket.lead_department_id,
            holder_user_id=str(ticket.holder_user_id) if ticket.holder_user_id else None,
            by_user_id=None,
        ),
    )
    return True
