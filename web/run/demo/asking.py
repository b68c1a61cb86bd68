"""Asking on a return visit whoever stands behind a demo ticket, one after the other."""

from sqlmodel import select

from hotline.followup.access import asked_so_far, group_of, visits_of
from hotline.followup.actions import record_visit
from hotline.followup.rules import VisitAnswer
from hotline.people.principal import Tx
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Ticket


async def ask_everybody(tx: Tx, number: str, answer: VisitAnswer, note: str | None) -> None:
    """Record the same answer, or the same attempt in vain, of every requester still to be asked."""
    ticket = (await tx.session.exec(select(Ticket).where(Ticket.number == number))).one()
    asked = asked_so_far(
        await group_of(tx.session, ticket.id),
        await visits_of(tx.session, ticket.id, ticket.round),
    )
    # The machine itself refuses where nobody is to be asked any more.
    first, *others = [
        one for one in asked if one.is_open or (answer.reached and not one.answer)
    ] or asked[:1]
    reached = answer if answer.reached or first.has_phone else _LEFT_NO_NUMBER
    await record_visit(tx, number, reached, note=note, requester_id=first.requester_id)
    for one in others:
        await tx.session.flush()  # each attempt is counted
        if ticket.status is Status.PENDING_VISIT and ticket.hold is None:
            await record_visit(tx, number, answer, note=note, requester_id=one.requester_id)


_LEFT_NO_NUMBER = VisitAnswer(reached=True, solved=True, was_contacted=True)
"""Whoever left no number cannot be called in vain: he has come by and said so."""
