"""Keeping decisions on whose duty a matter is."""

from hotline.dispatching.models import Precedent, PrecedentSource
from hotline.kernel.ids import uuid7
from hotline.tickets.step import Step


def record_precedent(
    step: Step, source: PrecedentSource, *, department_id: int, explanation: str
) -> Precedent:
    """Keep a decision for the next like case, in the transaction that makes it.

    Args:
        step: the ticket's step that the decision is.
        source: where it was decided.
        department_id: whose duty the matter was found to be.
        explanation: why.
    """
    ticket = step.ticket
    precedent = Precedent(
        id=uuid7(step.tx.now),
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        source=source,
        category_code=ticket.category_code,
        area=ticket.area,
        title=ticket.title,
        department_id=department_id,
        explanation=explanation,
        decided_by=step.tx.actor.user_id,
        decided_at=step.tx.now,
    )
    step.tx.session.add(precedent)
    return precedent
