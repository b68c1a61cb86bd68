"""What a ticket that follows another one still does: its number answers, its requester is heard."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.tickets.calls import call_unit
from hotline.tickets.errors import MatterEnded, TicketNotFound
from hotline.tickets.lifecycle import OPEN_STATUSES, Action, Outcome, State, Status
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step, moved
from hotline.tickets.timeline import Entry, append


async def lock_in_order(tx: Tx, numbers: Collection[str]) -> None:
    """Lock tickets in the order of their numbers, so that nobody who locks several waits in a ring."""
    await tx.session.exec(
        select(Ticket.id)
        .where(col(Ticket.number).in_(numbers))
        .order_by(col(Ticket.number))
        .with_for_update()
    )


async def lock_with_parent(tx: Tx, number: str) -> Ticket | None:
    """Lock a ticket together with the one it follows, and return the latter if there is one.

    Whether the actor may see the first is for the step that follows to ask; who sees a ticket may
    know of the one that it follows, and act through it.
    """
    child = select(Ticket.parent_id).where(Ticket.number == number).scalar_subquery()
    family = (
        await tx.session.exec(
            select(Ticket)
            .where(sa.or_(col(Ticket.number) == number, col(Ticket.id) == child))
            .order_by(col(Ticket.number))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
    return next((ticket for ticket in family if ticket.number != number), None)


async def write_on_parent(
    tx: Tx,
    parent: Ticket,
    action: Action,
    *,
    child: str,
    text: str | None = None,
    outcome: Outcome = Outcome.DONE,
) -> None:
    """Write on a followed ticket what happened to, or came from, one that follows it.

    Never for the other requesters to read: it is another one's word.
    """
    state = State(parent.status, parent.hold)
    await append(
        tx,
        parent,
        Entry(action, outcome, text, audience=Audience.STAFF, details={"child": child}),
        role=next(iter(sorted(tx.actor.roles)), None),
        before=state,
        changes={},
    )
    parent.version += 1
    await emit(tx, moved(tx, parent, state, action, outcome))


def require_going_on(step: Step, parent: Ticket | None) -> Ticket:
    """Return the ticket that this one follows, when somebody still works on it.

    Raises:
        MatterEnded: it has ended.
        TicketNotFound: it follows none; only an imported ticket does.
    """
    if parent is None:
        raise TicketNotFound(number=step.ticket.number)
    if parent.status not in OPEN_STATUSES:
        raise MatterEnded(parent=parent.number)
    return parent


async def urge_through(step: Step, parent: Ticket | None, *, note: str) -> Ticket:
    """Ask for speed under the number of a ticket that follows: the matter itself is urged.

    Raises:
        MatterEnded: the matter has ended.
    """
    tx = step.tx
    followed = require_going_on(step, parent)
    move = step.decide(Action.URGE)
    ticket = await step.finish(move, Action.URGE, text=note, audience=Audience.PUBLIC)
    await write_on_parent(tx, followed, Action.URGE, child=ticket.number, text=note)
    await call_unit(tx, followed, "urge", followed.owner_department_id)
    return ticket


async def contribute_to_matter(
    tx: Tx, number: str, *, text: str, expected_version: int | None = None
) -> Ticket:
    """Add to a matter what its requester has to say about it; of one that follows, to what it follows.

    Raises:
        MatterEnded: the matter has ended: what is new is a new request.
    """
    parent = await lock_with_parent(tx, number)
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.CONTRIBUTE)
    if step.ticket.status is not Status.MERGED:
        ticket = await step.finish(move, Action.CONTRIBUTE, text=text, audience=Audience.PUBLIC)
        await call_unit(tx, ticket, "added", ticket.owner_department_id)
        return ticket
    followed = require_going_on(step, parent)
    ticket = await step.finish(move, Action.CONTRIBUTE, text=text, audience=Audience.PUBLIC)
    await write_on_parent(tx, followed, Action.CONTRIBUTE, child=number, text=text)
    await call_unit(tx, followed, "added", followed.owner_department_id)
    return ticket
