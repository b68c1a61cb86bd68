"""What every step of a disputed assignment shares: the past, the time, the task, the precedent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from hotline.dispatching.models import Precedent, PrecedentSource
from hotline.dispatching.precedents import record_precedent
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.people.queries import leaders_of
from hotline.procedures.errors import LeaderNeeded
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureKind
from hotline.sla.clocks import setting_of
from hotline.sla.policy import URGENT, ClockKind, rule_for
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import HANDLING, Action
from hotline.tickets.models import Assignment, TicketEvent
from hotline.tickets.step import Step


async def returns_of(step: Step) -> Sequence[Procedure]:
    """Return every return that was asked for of a ticket, oldest first."""
    found = await step.tx.session.exec(
        select(Procedure)
        .where(Procedure.ticket_id == step.ticket.id, Procedure.kind == ProcedureKind.RETURN)
        .order_by(col(Procedure.nth))
    )
    return found.all()


def add_details(procedure: Procedure, details: Mapping[str, Any]) -> None:
    """Write more about a request than was known when it was made."""
    procedure.details = {**procedure.details, **details}


def is_urgent(step: Step) -> bool:
    """Tell whether people act first here and argue later."""
    return step.ticket.urgency.value in URGENT


async def has_tried_contact(step: Step, lead: Assignment) -> bool:
    """Tell whether the leading department has called the requester since it was given the ticket."""
    if lead.contacted_at is not None:
        return True
    tried = await step.tx.session.exec(
        select(TicketEvent.id)
        .where(
            TicketEvent.ticket_id == step.ticket.id,
            TicketEvent.action == Action.CONTACT.value,
            TicketEvent.department_id == lead.department_id,
            col(TicketEvent.at) >= lead.assigned_at,
        )
        .limit(1)
    )
    return tried.first() is not None


async def name_of_leader(tx: Tx, given: str | None) -> str:
    """Return the name of the leader who answers for a return.

    Left out, it is the leader who asks himself, or the one whom his department has.

    Raises:
        LeaderNeeded: none was named and the department has none on record.
    """
    if given:
        return given
    if Role.LEADER in tx.actor.roles:
        return tx.actor.display_name
    leaders = await leaders_of(tx.session, tx.actor.department_id or 0)
    if not leaders:
        raise LeaderNeeded
    return leaders[0].display_name


def charged_until(step: Step, kind: ClockKind, since: datetime) -> datetime:
    """Return up to when a dispute in vain counts as the department's own time.

    Args:
        step: the ticket's step that ends the dispute.
        kind: the clock of whoever had to decide; time beyond its limit was not the department's doing.
        since: when the department's clocks stopped.
    """
    rule = rule_for(step.policy.policy, kind)
    if rule is None:
        return step.tx.now
    calendar = step.calendars[rule.calendar]
    limit = setting_of(rule, step.ticket.request_type.value, calendar).limit_seconds
    return min(step.tx.now, calendar.add(since, limit * 1_000_000))


def take_back(step: Step) -> None:
    """Take a ticket from its departments: one bounce more, and nobody has it."""
    step.ticket.bounce_count += 1
    step.ticket.lead_department_id = None
    for task in list(step.assignments):
        step.set_task(
            task,
            AssignmentState.RETURNED
            if task.role is AssignmentRole.LEAD
            else AssignmentState.WITHDRAWN,
        )


def sign_in_its_place(step: Step) -> None:
    """Count a task as signed for that was disputed before anybody signed."""
    lead = step.lead
    if lead is not None and lead.state is AssignmentState.PENDING_SIGN:
        step.set_task(lead, AssignmentState.SIGNED)
        lead.signed_at = step.tx.now


async def promise_anew(step: Step) -> None:
    """Let the promise fall due when the work does, once its clock has gone on."""
    work, commitment = step.clocks.running(HANDLING), await step.active_commitment()
    if work is not None and commitment is not None:
        commitment.due_at = work.due_at


async def overrule_precedents(step: Step, explanation: str) -> None:
    """End what was decided before of this very ticket: the latest decision holds.

    Args:
        step: the decision.
        explanation: why it was decided so; with it the former decision ends.
    """
    await step.tx.session.exec(
        update(Precedent)
        .where(
            col(Precedent.ticket_id) == step.ticket.id,
            col(Precedent.source).in_([PrecedentSource.RETURN, PrecedentSource.ARBITRATION]),
            col(Precedent.ended_at).is_(None),
        )
        .values(ended_at=step.tx.now, ended_by=step.tx.actor.user_id, end_reason=explanation)
        .execution_options(synchronize_session=False)
    )


async def settle_duty(
    step: Step, source: PrecedentSource, *, department_id: int, explanation: str
) -> None:
    """Keep whose duty the matter was found to be, instead of what was found before."""
    await overrule_precedents(step, explanation)
    record_precedent(step, source, department_id=department_id, explanation=explanation)
