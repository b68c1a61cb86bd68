"""Giving a desk and taking it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.shifts.errors import DeskWaits, HandOverNotFound, HandOverTaken, OwnHandOver
from hotline.shifts.models import Desk, HandOver
from hotline.tickets.access import find_readable
from hotline.tickets.queries import count_queues


@dataclass(frozen=True, slots=True)
class WatchedItem:
    """Something that the next shift keeps an eye on.

    Attributes:
        number: the ticket's, if it is one.
        text: what is to be done; never personal data.
    """

    number: str | None
    text: str


async def give_desk(
    tx: Tx, *, desk: Desk, items: Sequence[WatchedItem] = (), note: str | None = None
) -> HandOver:
    """Hand a desk over to whoever comes next; the open work of this minute is written down.

    Raises:
        PermissionDenied: the actor works at no desk of the hotline.
        TicketNotFound: an item names a ticket that there is not.
        DeskWaits: it was handed over and not yet taken.
    """
    tx.actor.require(Permission.HAND_OVER_SHIFTS)
    if tx.actor.user_id is None:
        raise AssertionError("whoever works at a desk has an account")
    for item in items:
        if item.number is not None:
            await find_readable(tx.session, tx.actor, item.number)
    waiting = await tx.session.exec(
        select(HandOver.id)
        .where(HandOver.desk == desk, col(HandOver.taken_at).is_(None))
        .with_for_update()
    )
    if waiting.first() is not None:
        raise DeskWaits
    counts = await count_queues(tx.session, tx.actor, tx.now)
    row = HandOver(
        id=uuid7(tx.now),
        desk=desk,
        note=note,
        figures=[
            {
                "status": one.status.value,
                "hold": one.hold.value if one.hold else None,
                "count": one.count,
                "late": one.late,
            }
            for one in counts
        ],
        items=[{"number": item.number, "text": item.text} for item in items],
        given_by=tx.actor.user_id,
        given_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()  # two who give it at once meet the unique index here
    return row


async def take_desk(tx: Tx, hand_over_id: uuid.UUID, *, remark: str | None = None) -> HandOver:
    """Take a desk over, with what one has to say to it.

    Raises:
        PermissionDenied: the actor works at no desk of the hotline.
        HandOverNotFound: there is no such hand-over.
        HandOverTaken: somebody was faster.
        OwnHandOver: the actor gave it himself.
    """
    tx.actor.require(Permission.HAND_OVER_SHIFTS)
    row = (
        await tx.session.exec(select(HandOver).where(HandOver.id == hand_over_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise HandOverNotFound
    if row.taken_at is not None:
        raise HandOverTaken
    if row.given_by == tx.actor.user_id:
        raise OwnHandOver
    row.taken_by, row.taken_at, row.remark = tx.actor.user_id, tx.now, remark
    return row
