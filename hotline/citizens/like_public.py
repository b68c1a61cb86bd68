"""Public matters that may be the one that somebody is about to report."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.indexing import WEIGHTS
from hotline.incidents.likeness import SHOWN_FROM, compare
from hotline.incidents.queries import candidates
from hotline.incidents.words import cosine, portray, vector_of
from hotline.kernel.crypto import FieldCipher
from hotline.open311.models import TicketPublication
from hotline.open311.parameters import Wanted
from hotline.open311.public import PublicTicket
from hotline.open311.queries import list_public
from hotline.open311.services import list_services
from hotline.tickets.models import Ticket

SHOWN = 3


@dataclass(frozen=True, slots=True)
class LikePublic:
    """A public matter and the ticket that it is, for a link to its stations."""

    ticket_id: uuid.UUID
    public: PublicTicket


_LOOKED_BACK = timedelta(days=60)
_SCORED = 40


async def like_public_matters(
    session: AsyncSession,
    cipher: FieldCipher,
    *,
    title: str,
    content: str,
    address: str | None,
    area: str | None,
    category: str | None,
    now: datetime,
) -> list[LikePublic]:
    """Return the open public matters that are most alike, of which somebody has written a public text.

    What the sender typed is held against the words of all matters, but only what is public anyway is
    ever shown of one.
    """
    weights = await WEIGHTS.read(session, now)
    portrait = portray(
        title=title,
        content=content,
        address=address,
        area=area,
        category=category,
        at=now,
        weights=weights,
    )
    items = await candidates(session, portrait, weights, since=now - _LOOKED_BACK)
    vector = vector_of(portrait, weights)
    scores = {
        item.id: compare(
            portrait,
            item.portrait,
            cosine(vector, vector_of(item.portrait, weights)),
            is_same_caller=False,
        ).score
        for item in items
    }
    best = sorted(
        (key for key in scores if scores[key] >= SHOWN_FROM), key=lambda key: (-scores[key], key)
    )
    if not best:
        return []
    rows = await session.exec(
        select(Ticket.id, Ticket.number)
        .join(TicketPublication, col(TicketPublication.ticket_id) == col(Ticket.id))
        .where(col(Ticket.id).in_(best[:_SCORED]), sa.not_(col(Ticket.is_secret)))
    )
    numbers = {number: (key, scores[key]) for key, number in rows}
    if not numbers:
        return []
    services = [one.code for one in await list_services(session) if one.is_listed]
    wanted = Wanted(numbers=tuple(numbers), page_size=len(numbers))
    found = await list_public(session, cipher, wanted, services)
    told = [one for one in found if one.is_open and one.description]
    told.sort(key=lambda one: (-numbers[one.number][1], one.number))
    return [LikePublic(numbers[one.number][0], one) for one in told[:SHOWN]]
