"""Rounds that a founded bad rating began: whether the second handling was any better."""

from sqlmodel import select

from hotline.kernel.outbox import emit
from hotline.tickets.events import RatingUnfixed
from hotline.tickets.lifecycle import Action, Outcome
from hotline.tickets.models import TicketEvent
from hotline.tickets.step import Step


async def tell_unfixed(step: Step, outcome: Outcome) -> None:
    """Tell that a founded rating is still not put right, when the present round began with one.

    Args:
        step: the step that ends the round.
        outcome: `unsolved` or `founded`.
    """
    ticket = step.ticket
    if ticket.lead_department_id is None or not await _began_with_rating(step):
        return
    await emit(
        step.tx,
        RatingUnfixed(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            round=ticket.round,
            department_id=ticket.lead_department_id,
            outcome=outcome.value,
        ),
    )


async def _began_with_rating(step: Step) -> bool:
    found = await step.tx.session.exec(
        select(TicketEvent.id)
        .where(
            TicketEvent.ticket_id == step.ticket.id,
            TicketEvent.round == step.ticket.round,
            TicketEvent.action == Action.DECIDE_RATING_CHECK.value,
            TicketEvent.outcome == Outcome.FOUNDED.value,
        )
        .limit(1)
    )
    return found.first() is not None
