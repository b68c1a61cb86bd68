"""Telling supervisors that unusually many tell of one thing."""

import uuid

from hotline.incidents.events import BurstBegan
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role

BURST_BEGAN = "burst_began"


async def tell_burst(tx: Transaction, fact_id: uuid.UUID, began: BurstBegan) -> None:
    """Tell supervisors and dispatchers of a burst, each once; it does not wait for the morning."""
    people = [
        *await user_ids_with_role(tx.session, Role.SUPERVISOR),
        *await user_ids_with_role(tx.session, Role.DISPATCHER),
    ]
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=user_id,
                fact_id=fact_id,
                kind=BURST_BEGAN,
                params={"burst": began.burst_id, "count": began.count},
                is_urgent=True,
            )
            for user_id in dict.fromkeys(people)
        ],
    )
