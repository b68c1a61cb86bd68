"""Taking a matter down with all that its first minute may bring, in one transaction.

Every part is done by the action that does it alone, with its own right; this only puts them in order.
"""

import uuid
from dataclasses import dataclass

from hotline.intake.drafts.actions import discard_draft
from hotline.people.principal import Tx
from hotline.sla.policy import Limit
from hotline.tickets.actions.acceptance import accept_ticket, answer_ticket
from hotline.tickets.actions.dispatch import dispatch_ticket
from hotline.tickets.actions.handling import note_ticket
from hotline.tickets.actions.intake import Created, NewTicket, create_ticket
from hotline.tickets.actions.merging import merge_ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """Accepting and dispatching in the same breath.

    Attributes:
        promise: what will be done; the requester reads it.
        handler_limit: a stricter limit than the policy's own.
        department: who gets it; None where the catalogue is sure.
        deviation: why it goes elsewhere than where the catalogue is sure it belongs.
    """

    promise: str
    handler_limit: Limit | None = None
    department: str | None = None
    deviation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What is done with the ticket as soon as it is there.

    Attributes:
        note: words for the hotline's own staff, such as of an emergency.
        joins: the number of the ticket that it follows: one more caller of the same incident.
        reply: what the caller was told at once, which settles it.
        at_once: acceptance and dispatch.
    """

    note: str | None = None
    joins: str | None = None
    reply: str | None = None
    at_once: AtOnce | None = None


NOTHING = Following()


async def take_down(
    tx: Tx, new: NewTicket, following: Following = NOTHING, *, idempotency_key: str | None = None
) -> Created:
    """Make a ticket and do with it what follows at once; all of it or nothing.

    Sent again under the same name, nothing is done twice. The draft it was made of ends.

    Raises:
        DomainError: whatever the parts refuse; nothing is left of the ticket then.
    """
    created = await create_ticket(tx, new, idempotency_key=idempotency_key)
    if idempotency_key is not None:
        await end_draft(tx, idempotency_key)
    if created.is_replay:
        return created
    if following.note:
        await note_ticket(tx, created.number, note=following.note)
    if following.joins:
        await merge_ticket(tx, created.number, parent=following.joins, is_confirmed=True)
    if following.reply:
        await answer_ticket(tx, created.number, reply=following.reply, is_confirmed=True)
    if following.at_once:
        await _go_on(tx, created.number, following.at_once)
    return created


async def _go_on(tx: Tx, number: str, at_once: AtOnce) -> None:
    await accept_ticket(
        tx,
        number,
        promise=at_once.promise,
        handler_limit=at_once.handler_limit,
        and_dispatch=at_once.department is None,
    )
    if at_once.department is not None:
        await dispatch_ticket(
            tx, number, department=at_once.department, deviation=at_once.deviation
        )


async def end_draft(tx: Tx, key: str) -> None:
    """Forget the draft of a form that has done its work, if it was one of ours."""
    try:
        draft_id = uuid.UUID(key)
    except ValueError:
        return  # a caller's own name for it, not one of our drafts
    await discard_draft(tx, draft_id)
