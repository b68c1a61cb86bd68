"""Recording return visits. Nothing is ever satisfied by default."""

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.followup.models import Visit
from hotline.followup.rules import MAX_ATTEMPTS, VisitAnswer, visit_outcome
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.tickets.actions.closing import rework, rework_outcome, solved_code
from hotline.tickets.lifecycle import Action, ClosureCode, Outcome
from hotline.tickets.models import Audience, Feedback, Ticket
from hotline.tickets.step import Step


async def record_visit(
    tx: Tx,
    number: str,
    answer: VisitAnswer,
    *,
    note: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Record one attempt to ask the requester, and do what follows from his answer.

    Solved closes the ticket; unsolved hands it back for another round; a bad rating of a solved
    matter is looked into; after three attempts in vain the ticket closes as unreachable.

    Args:
        tx: the transaction.
        number: the ticket.
        answer: what the requester said, or that he was not reached.
        note: the visitor's or the requester's words.
        expected_version: the version the actor has read.

    Raises:
        InvalidVisit: the answers contradict one another.
    """
    step = await Step.begin(tx, number, expected_version)
    ticket = step.ticket
    attempt = (
        await tx.session.exec(
            select(sa.func.count())
            .select_from(Visit)
            .where(col(Visit.ticket_id) == ticket.id, col(Visit.round) == ticket.round)
        )
    ).one() + 1
    outcome = visit_outcome(answer, attempt, was_explained=await _was_explained(step))
    if outcome is Outcome.UNSOLVED:
        outcome = rework_outcome(step, Outcome.UNSOLVED)
    move = step.decide(Action.RECORD_VISIT, outcome)
    visit = Visit(
        id=uuid7(tx.now),
        ticket_id=ticket.id,
        round=ticket.round,
        attempt=attempt,
        at=tx.now,
        is_reached=answer.reached,
        was_contacted=answer.was_contacted,
        is_solved=answer.solved,
        rating=answer.rating,
        note=note,
        visitor_id=tx.actor.user_id,
    )
    tx.session.add(visit)
    details: dict[str, object] = {
        "attempt": attempt,
        "attempts": MAX_ATTEMPTS,
        "reached": answer.reached,
        "solved": answer.solved,
        "rating": answer.rating,
        "by_requester": Role.REQUESTER in tx.actor.roles,
    }
    if outcome in {Outcome.UNSOLVED, Outcome.WITHOUT_LEAD}:
        return await rework(step, move, Action.RECORD_VISIT, outcome, text=note, details=details)
    if outcome is Outcome.SOLVED:
        ticket.closure_code = await solved_code(step) if answer.solved else ClosureCode.EXPLAINED
    elif outcome is Outcome.UNREACHABLE:
        ticket.closure_code = ClosureCode.UNREACHABLE
    return await step.finish(
        move,
        Action.RECORD_VISIT,
        outcome,
        text=note,
        audience=Audience.PUBLIC,
        details=details,
    )


async def _was_explained(step: Step) -> bool:
    """Tell whether the department's passed result was that the law does not allow what was asked."""
    feedback = (
        await step.tx.session.exec(
            select(Feedback)
            .where(
                Feedback.ticket_id == step.ticket.id,
                Feedback.round == step.ticket.round,
                col(Feedback.is_passed).is_(True),
            )
            .order_by(col(Feedback.submitted_at).desc())
            .limit(1)
        )
    ).first()
    return feedback is not None and not feedback.is_resolved
