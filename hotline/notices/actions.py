"""Reading and acknowledging what one was told."""

import uuid
from collections.abc import Collection

from sqlmodel import col, update

from hotline.notices.models import Notice
from hotline.people.principal import Tx


async def mark_read(tx: Tx) -> None:
    """Mark every notice of the actor as read."""
    await tx.session.exec(
        update(Notice)
        .where(col(Notice.user_id) == tx.actor.user_id, col(Notice.read_at).is_(None))
        .values(read_at=tx.now)
    )


async def acknowledge(tx: Tx, ids: Collection[uuid.UUID]) -> int:
    """Say that the actor has seen these notices of his; return how many had not been said so.

    What asks for no acknowledgement is marked as read. Ids of other people's notices do nothing.
    """
    own = (col(Notice.user_id) == tx.actor.user_id, col(Notice.id).in_(ids))
    await tx.session.exec(
        update(Notice).where(*own, col(Notice.read_at).is_(None)).values(read_at=tx.now)
    )
    done = await tx.session.exec(
        update(Notice)
        .where(*own, col(Notice.needs_ack).is_(True), col(Notice.acknowledged_at).is_(None))
        .values(acknowledged_at=tx.now)
    )
    return done.rowcount
