"""Public texts: what somebody has read over and lets everybody read about a ticket."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.open311.errors import (
    InvalidPublication,
    PublicationImpossible,
    PublicationNotFound,
)
from hotline.open311.models import PUBLIC_TEXT_MAX, TicketPublication
from hotline.open311.parameters import is_link
from hotline.open311.public import nameless
from hotline.open311.wording import clean
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import find_readable, lock_for_action
from hotline.tickets.lifecycle import State
from hotline.tickets.models import (
    TEXT_PUBLISHED,
    TEXT_WITHDRAWN,
    Audience,
    Ticket,
    TicketRequester,
)
from hotline.tickets.timeline import Entry, append


@dataclass(frozen=True, slots=True)
class PublicationView:
    """A ticket and what is public about it.

    Attributes:
        draft: its words without names and numbers, to begin with.
    """

    ticket: Ticket
    publication: TicketPublication | None
    draft: str


async def read_publication(
    session: AsyncSession, cipher: FieldCipher, reader: Principal, number: str
) -> PublicationView:
    """Return what is public about a ticket, and what a public text may begin with.

    Raises:
        PermissionDenied: the reader may not make texts public.
        TicketNotFound: there is none, or none for him.
    """
    reader.require(Permission.PUBLISH_TEXT)
    ticket = await find_readable(session, reader, number)
    names = await _names(session, cipher, ticket)
    return PublicationView(
        ticket,
        await session.get(TicketPublication, ticket.id),
        nameless(ticket.content, names)[:PUBLIC_TEXT_MAX],
    )


async def publish_text(
    tx: Tx,
    number: str,
    *,
    text: str,
    is_public_place: bool = False,
    media_url: str | None = None,
) -> TicketPublication:
    """Make a text public that describes a ticket; names and numbers in it are masked all the same.

    Args:
        tx: the transaction.
        number: the ticket's.
        text: what everybody may read.
        is_public_place: the place is nobody's home: it is shown as it is, not rounded.
        media_url: a photo that everybody may see.

    Raises:
        PermissionDenied: the actor may not make texts public.
        TicketNotFound: there is none, or none for him.
        PublicationImpossible: the ticket is secret.
        InvalidPublication: no words, too many, or a photo without an address.
    """
    tx.actor.require(Permission.PUBLISH_TEXT)
    ticket, _ = await lock_for_action(tx.session, tx.actor, number, None)
    if ticket.is_secret:
        raise PublicationImpossible
    words = nameless(clean(text), await _names(tx.session, tx.cipher, ticket))
    if not words or len(words) > PUBLIC_TEXT_MAX or not (media_url is None or is_link(media_url)):
        raise InvalidPublication
    row = await tx.session.merge(
        TicketPublication(
            ticket_id=ticket.id,
            text=words,
            is_public_place=is_public_place,
            media_url=media_url,
            published_by=tx.actor.user_id,
            published_at=tx.now,
        )
    )
    await _note(tx, ticket, TEXT_PUBLISHED, words)
    return row


async def withdraw_text(tx: Tx, number: str) -> None:
    """Make the public text of a ticket public no more.

    Raises:
        PermissionDenied: the actor may not make texts public.
        TicketNotFound: there is none, or none for him.
        PublicationNotFound: nothing is public.
    """
    tx.actor.require(Permission.PUBLISH_TEXT)
    ticket, _ = await lock_for_action(tx.session, tx.actor, number, None)
    row = await tx.session.get(TicketPublication, ticket.id)
    if row is None:
        raise PublicationNotFound
    await tx.session.delete(row)
    await _note(tx, ticket, TEXT_WITHDRAWN, None)


async def _note(tx: Tx, ticket: Ticket, kind: str, text: str | None) -> None:
    await append(
        tx,
        ticket,
        Entry(kind, text=text, audience=Audience.STAFF),
        role=None,
        before=State(ticket.status, ticket.hold),
        changes={},
    )


async def _names(session: AsyncSession, cipher: FieldCipher, ticket: Ticket) -> Sequence[str]:
    rows = await session.exec(
        select(TicketRequester).where(col(TicketRequester.ticket_id) == ticket.id)
    )
    return [
        name
        for row in rows
        for name in (cipher.decrypt(row.name), cipher.decrypt(row.on_behalf_of))
        if name
    ]
