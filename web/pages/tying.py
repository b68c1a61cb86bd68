"""What a ticket came of: the call it was told in, and the knowledge it was answered from meanwhile."""

import uuid

from hotline.knowledge.uses import link_uses
from hotline.people.principal import Tx
from web.pages.calls import link_if_any


async def tie_together(tx: Tx, ticket_id: uuid.UUID, *, call: str, intake_key: str) -> None:
    """Keep with a ticket the call in hand and what was put in or read out while it was taken down.

    Args:
        tx: the transaction.
        ticket_id: the new ticket, or the one that was urged instead.
        call: what the form says of its call; anything that is none changes nothing.
        intake_key: the form's own name.
    """
    await link_if_any(tx, call, ticket_id)
    await link_uses(tx, intake_key or None, ticket_id)
