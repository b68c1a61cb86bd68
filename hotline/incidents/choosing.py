"""At the desk, instead of a ticket of its own: urge what the caller told of, or join what others did."""

from dataclasses import replace

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.incidents.errors import OtherCaller
from hotline.incidents.models import CallUrge
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.access import find_readable
from hotline.tickets.actions.handling import urge_ticket
from hotline.tickets.actions.intake import Created, NewTicket, create_ticket
from hotline.tickets.actions.merging import merge_ticket
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Ticket, TicketRequester


async def urge_for_caller(
    tx: Tx, number: str, *, phone_index: bytes | None, note: str, key: str, call: str | None = None
) -> Ticket:
    """Urge what the caller on the line has told of, once for each filled form.

    Args:
        tx: the transaction.
        number: the ticket's number.
        phone_index: by what the caller's number is known.
        note: what he says.
        key: the form's own name; with it the urge is made once, however often it is sent.
        call: the call it was asked in.

    Raises:
        TicketNotFound: there is none for the actor.
        OtherCaller: it was told of from another number.
    """
    tx.actor.require(Permission.CREATE_TICKETS)
    ticket = await find_readable(tx.session, tx.actor, number)
    is_his = await tx.session.exec(
        select(TicketRequester.id)
        .where(
            TicketRequester.ticket_id == ticket.id,
            col(TicketRequester.phone_index) == phone_index,
        )
        .limit(1)
    )
    if phone_index is None or is_his.first() is None:
        raise OtherCaller(number=number)
    if tx.actor.user_id is not None:
        claimed = await tx.session.exec(
            insert(CallUrge)
            .values(
                user_id=tx.actor.user_id,
                key=key,
                ticket_id=ticket.id,
                call=call,
                urged_at=tx.now,
            )
            .on_conflict_do_nothing()
        )
        if claimed.rowcount != 1:
            return ticket
    return await urge_ticket(tx, number, note=note)


async def join_caller(
    tx: Tx, number: str, new: NewTicket, *, key: str | None = None, is_confirmed: bool = False
) -> Created:
    """Let a caller join what others have told of: a ticket of his own that follows theirs.

    Both are done or neither. What he did not say is taken from the matter, but for its words: those are
    another one's. Asked twice with one key it is done once.

    Args:
        tx: the transaction.
        number: a ticket on the matter; one that follows another leads to that.
        new: what was taken down of the caller.
        key: the form's own name.
        is_confirmed: the operator has seen that type or area differ.

    Raises:
        TicketNotFound: there is none for the actor.
        ActionForbidden: the actor may not put tickets together.
        MergeImpossible: the matter has ended, or one of the two is secret and the other is not.
        MergeUnconfirmed: they differ, and nobody says that it does not matter.
    """
    parent = await _matter(tx, number)
    created = await create_ticket(tx, _completed(new, parent), idempotency_key=key)
    if not created.is_replay:
        await merge_ticket(tx, created.number, parent=parent.number, is_confirmed=is_confirmed)
        created = replace(created, status=Status.MERGED)
    return created


async def _matter(tx: Tx, number: str) -> Ticket:
    ticket = await find_readable(tx.session, tx.actor, number)
    if ticket.status is Status.MERGED and ticket.parent_id is not None:
        return await tx.session.get_one(Ticket, ticket.parent_id)
    return ticket


def _completed(new: NewTicket, parent: Ticket) -> NewTicket:
    return replace(
        new,
        category=new.category or parent.category_code,
        area=new.area or parent.area,
    )
