"""Reading a requester's personal data: an act with a reason, and a record."""

from dataclasses import dataclass

from sqlmodel import select

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import has_task, lock_for_action
from hotline.tickets.lifecycle import State
from hotline.tickets.models import (
    PERSONAL_DATA_REVEALED,
    Audience,
    Reveal,
    Ticket,
    TicketRequester,
)
from hotline.tickets.timeline import Entry, append


class SecretRequester(DomainError):
    """The requester asked for secrecy: departments reach him through the hotline only."""

    kind = ErrorKind.FORBIDDEN
    code = "secret-requester"
    title = N_("The requester asked for secrecy: reach him through the hotline")


class CalledOnly(DomainError):
    """The department was asked for its opinion only: the requester is none of its business."""

    kind = ErrorKind.FORBIDDEN
    code = "called-only"
    title = N_("Your department was only called to a meeting: the requester stays masked")


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A requester in plain words. It is shown once and kept nowhere."""

    name: str | None
    phone: str | None
    email: str | None
    on_behalf_of: str | None
    address: str | None
    content: str


def may_reveal(principal: Principal, ticket: Ticket, *, has_task: bool) -> bool:
    """Tell whether this person may ask to see a ticket's requester.

    Args:
        principal: who would ask.
        ticket: the ticket.
        has_task: whether his department handles it; being called to a meeting is not enough.
    """
    if Permission.REVEAL_PERSONAL_DATA not in principal.permissions or principal.user_id is None:
        return False
    return principal.sees_every_ticket or (has_task and not ticket.is_secret)


async def reveal_requester(tx: Tx, number: str, *, reason: str) -> PersonalData:
    """Return the requester's data and write down who read it, when and why.

    Raises:
        PermissionDenied: the actor may not read personal data.
        CalledOnly: the actor's department was only called to a meeting.
        SecretRequester: the requester asked for secrecy and the actor is of a department.
    """
    ticket, _ = await lock_for_action(tx.session, tx.actor, number, None)
    tx.actor.require(Permission.REVEAL_PERSONAL_DATA)
    works_on_it = await has_task(tx.session, tx.actor, ticket.id)
    if not (works_on_it or tx.actor.sees_every_ticket):
        raise CalledOnly(number=number)
    if not may_reveal(tx.actor, ticket, has_task=works_on_it) or tx.actor.user_id is None:
        raise SecretRequester(number=number)
    requester = (
        await tx.session.exec(select(TicketRequester).where(TicketRequester.ticket_id == ticket.id))
    ).first()
    tx.session.add(
        Reveal(
            id=uuid7(tx.now),
            ticket_id=ticket.id,
            user_id=tx.actor.user_id,
            reason=reason,
            revealed_at=tx.now,
        )
    )
    await append(
        tx,
        ticket,
        Entry(PERSONAL_DATA_REVEALED, text=reason, audience=Audience.HOTLINE),
        role=None,
        before=State(ticket.status, ticket.hold),
        changes={},
    )
    return PersonalData(
        name=tx.cipher.decrypt(requester.name) if requester else None,
        phone=tx.cipher.decrypt(requester.phone) if requester else None,
        email=tx.cipher.decrypt(requester.email) if requester else None,
        on_behalf_of=tx.cipher.decrypt(requester.on_behalf_of) if requester else None,
        address=ticket.address,
        content=ticket.content,
    )
