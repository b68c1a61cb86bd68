"""What follows when a department handles a matter again and again: an order, then the list."""

import structlog

from hotline.kernel.errors import DomainError
from hotline.people.principal import Tx
from hotline.supervision.actions import issue_order
from hotline.supervision.rules import OrderReason, level_of_reworks
from hotline.tickets.events import WorkBegunAgain

log = structlog.get_logger(__name__)

_DEMAND = "该事项多次返工未解决：由单位负责人核查原因，限期办结并书面报告"


async def order_rework(tx: Tx, fact: WorkBegunAgain) -> bool:
    """Issue the order that a further round calls for; return whether one was issued.

    A ticket that has gone elsewhere meanwhile, or has such an order, needs none: that is no failure.
    """
    level = level_of_reworks(fact.round)
    if level is None:
        return False
    try:
        async with tx.session.begin_nested():
            await issue_order(
                tx,
                fact.ticket_number,
                level=level,
                reason=OrderReason.REWORK,
                demand=_DEMAND,
            )
    except DomainError as error:
        log.info("no_order_for_rework", ticket=fact.ticket_number, reason=error.code)
        return False
    return True
