"""The list of supervision: what goes on it, who answers for it, and how it comes off."""

import uuid

from sqlmodel import col, select, update

from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.supervision.errors import AlreadyDelisted, ListingNotFound
from hotline.supervision.models import Listing, SupervisionOrder
from hotline.tickets.access import lock_for_action
from hotline.tickets.events import TimelineGrew
from hotline.tickets.lifecycle import State
from hotline.tickets.models import LISTING_ENDED, Ticket
from hotline.tickets.timeline import Entry, append


def list_order(tx: Tx, order: SupervisionOrder) -> None:
    """Put the matter of a listing order on the list."""
    tx.session.add(
        Listing(
            id=uuid7(tx.now),
            order_id=order.id,
            order_number=order.number,
            ticket_id=order.ticket_id,
            department_id=order.department_id,
            listed_at=tx.now,
        )
    )


async def end_listing_of(tx: Tx, order_id: uuid.UUID, explanation: str) -> None:
    """Take off the list what its order's verification has found done; the ticket is locked."""
    await tx.session.exec(
        update(Listing)
        .where(col(Listing.order_id) == order_id, col(Listing.delisted_at).is_(None))
        .values(delisted_at=tx.now, delisted_by=tx.actor.user_id, delisting=explanation)
        .execution_options(synchronize_session=False)
    )


async def name_leaders(tx: Tx, number: str, *, city_leader: str, responsible: str) -> Listing:
    """Say which leader of the city watches over a listed matter, and who answers for it.

    Args:
        tx: the transaction.
        number: the order's number.
        city_leader: office and name, as shown on the board.
        responsible: the same of the person in charge.

    Raises:
        PermissionDenied: the actor does not supervise.
        ListingNotFound: no such matter is or was on the list.
        AlreadyDelisted: it is off the list.
    """
    listing, _ = await _locked(tx, number)
    listing.city_leader, listing.responsible = city_leader, responsible
    listing.named_by, listing.named_at = tx.actor.user_id, tx.now
    return listing


async def delist(tx: Tx, number: str, *, explanation: str) -> Listing:
    """Take a matter off the list: whoever supervises has seen that it is done, and says how.

    Args:
        tx: the transaction.
        number: the order's number.
        explanation: what was verified.

    Raises:
        PermissionDenied: the actor does not supervise.
        ListingNotFound: no such matter is or was on the list.
        AlreadyDelisted: it was taken off before.
    """
    listing, ticket = await _locked(tx, number)
    listing.delisted_at, listing.delisted_by = tx.now, tx.actor.user_id
    listing.delisting = explanation
    await append(
        tx,
        ticket,
        Entry(LISTING_ENDED, text=explanation, details={"order": number}),
        role=None,
        before=State(ticket.status, ticket.hold),
        changes={},
    )
    await emit(tx, TimelineGrew(ticket_id=str(ticket.id), ticket_number=ticket.number))
    return listing


async def _locked(tx: Tx, number: str) -> tuple[Listing, Ticket]:
    """Return a matter on the list with its ticket, both locked in that order of the house."""
    tx.actor.require(Permission.INTERVIEW)
    ticket_number = (
        await tx.session.exec(
            select(Ticket.number)
            .join(Listing, col(Listing.ticket_id) == col(Ticket.id))
            .where(Listing.order_number == number)
        )
    ).first()
    if ticket_number is None:
        raise ListingNotFound(number=number)
    ticket, _ = await lock_for_action(tx.session, tx.actor, ticket_number, None)
    listing = (
        await tx.session.exec(
            select(Listing).where(Listing.order_number == number).with_for_update()
        )
    ).one()
    if listing.delisted_at is not None:
        raise AlreadyDelisted
    return listing, ticket
