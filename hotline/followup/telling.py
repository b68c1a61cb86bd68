"""What an answer says about how the department went about the matter."""

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.followup.events import ContactDenied, JointWorkSolved
from hotline.followup.rules import VisitAnswer, verdict
from hotline.kernel.outbox import emit
from hotline.tickets.access import OUT_OF_SIGHT
from hotline.tickets.actions.closing import SOLVED
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.fixing import tell_unfixed
from hotline.tickets.lifecycle import Action, ClosureCode, Outcome
from hotline.tickets.models import Assignment, TicketEvent
from hotline.tickets.step import Step


async def tell_of_answer(
    step: Step, answer: VisitAnswer, *, is_own: bool, was_explained: bool, in_confidence: bool
) -> None:
    """Tell of what the ticket's own requester says was left undone; before the next round begins.

    Args:
        step: the step that records the answer.
        answer: what was said.
        is_own: by the ticket's own requester: of those who joined later nobody had to know.
        was_explained: the result was that the law does not allow what was asked.
        in_confidence: the department is not to know what he said, so nothing may follow from it.
    """
    if not answer.reached or not is_own:
        return
    if verdict(answer, was_explained=was_explained) is Outcome.UNSOLVED:
        await tell_unfixed(step, Outcome.UNSOLVED)
    if answer.was_contacted is False and not in_confidence:
        await _tell_denied(step)


async def _tell_denied(step: Step) -> None:
    ticket = step.ticket
    if ticket.lead_department_id is None:
        return
    session = step.tx.session
    contacted_at = (
        await session.exec(
            select(Assignment.contacted_at)
            .where(
                Assignment.ticket_id == ticket.id,
                Assignment.department_id == ticket.lead_department_id,
                Assignment.role == AssignmentRole.LEAD,
            )
            .order_by(col(Assignment.assigned_at).desc())
            .limit(1)
        )
    ).first()
    excuse = (
        await session.exec(
            select(TicketEvent.reason)
            .where(
                TicketEvent.ticket_id == ticket.id,
                TicketEvent.round == ticket.round,
                TicketEvent.action == Action.SUBMIT_FEEDBACK.value,
            )
            .order_by(col(TicketEvent.seq).desc())
            .limit(1)
        )
    ).first()
    await emit(
        step.tx,
        ContactDenied(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            round=ticket.round,
            department_id=ticket.lead_department_id,
            has_record=contacted_at is not None,
            excuse=excuse,
        ),
    )


async def tell_joint_work(step: Step, code: ClosureCode) -> None:
    """Tell that a matter of several departments was solved by the first that it was given to.

    Args:
        step: the step that closes it; it is not closed yet.
        code: why it ends.
    """
    ticket = step.ticket
    if code not in SOLVED or ticket.lead_department_id is None:
        return
    if ticket.hop != 1 or ticket.round != 1:
        return
    count = (
        await step.tx.session.exec(
            select(sa.func.count(sa.distinct(col(Assignment.department_id)))).where(
                col(Assignment.ticket_id) == ticket.id,
                col(Assignment.role) == AssignmentRole.CO,
                col(Assignment.state).not_in(OUT_OF_SIGHT),
            )
        )
    ).one()
    if count:
        await emit(
            step.tx,
            JointWorkSolved(
                ticket_id=str(ticket.id),
                ticket_number=ticket.number,
                round=ticket.round,
                department_id=ticket.lead_department_id,
                co_count=count,
            ),
        )
