"""Disputed assignments: asking to give a ticket back, deciding it, arbitration."""

from datetime import datetime

from hotline.people.principal import Tx
from hotline.procedures.errors import (
    ReturnForbidden,
    ReturnWindowClosed,
)
from hotline.procedures.models import Procedure
from hotline.procedures.requests import deciding, open_procedure, write_decision
from hotline.procedures.rules import (
    BOUNCES_TO_ARBITRATION,
    ProcedureKind,
    ProcedureState,
    ReturnReason,
    return_window,
)
from hotline.sla.clocks import setting_of
from hotline.sla.policy import ClockKind, rule_for
from hotline.tickets.actions.dispatch import dispatch_to, require_department
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import HANDLING, Action, Outcome
from hotline.tickets.models import Ticket
from hotline.tickets.step import Step


async def request_return(
    tx: Tx,
    number: str,
    *,
    reason: ReturnReason,
    suggested_department: str,
    explanation: str,
    expected_version: int | None = None,
) -> Ticket:
    """Dispute the assignment, naming the department whose matter it is.

    Raises:
        ReturnForbidden: the ticket was designated.
        ReturnWindowClosed: a quarter of the limit, and two hours, have passed.
        UnknownCode: the suggested department does not exist.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_RETURN)
    if step.ticket.is_designated:
        raise ReturnForbidden
    await require_department(tx, suggested_department)
    work, lead = step.clocks.running(HANDLING), step.lead
    if work is not None and lead is not None:
        closes = return_window(
            step.policy.policy,
            step.clocks.calendar(work),
            lead.assigned_at,
            work.limit_seconds,
        )
        if tx.now > closes:
            raise ReturnWindowClosed(closed_at=closes.isoformat())
    await open_procedure(
        step,
        ProcedureKind.RETURN,
        text=explanation,
        reason=reason.value,
        details={"suggested_department": suggested_department},
    )
    return await step.finish(
        move,
        Action.REQUEST_RETURN,
        text=explanation,
        reason=reason.value,
        details={"suggested_department": suggested_department},
    )


async def decide_return(
    tx: Tx,
    number: str,
    *,
    uphold: bool,
    department: str | None = None,
    explanation: str,
    override_reason: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Decide a disputed assignment.

    Upheld, the ticket goes to `department`, or waits to be dispatched again when none is named;
    the third time it goes to arbitration. Rejected, it stays, and the review up to its own limit
    counts as the department's time.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = _return_outcome(step, uphold, department)
    procedure, move = await deciding(step, ProcedureKind.RETURN, Action.DECIDE_RETURN, outcome)
    write_decision(
        step,
        procedure,
        ProcedureState.GRANTED if uphold else ProcedureState.REFUSED,
        explanation,
    )
    if not uphold:
        return await _keep_with_department(step, procedure, explanation)
    _take_back(step)
    if outcome is Outcome.REDISPATCHED and department is not None:
        return await dispatch_to(
            step,
            move,
            Action.DECIDE_RETURN,
            outcome,
            department=department,
            text=explanation,
            override_reason=override_reason,
        )
    if outcome is Outcome.ARBITRATED:
        await open_procedure(step, ProcedureKind.ARBITRATION, text=explanation)
    return await step.finish(move, Action.DECIDE_RETURN, outcome, text=explanation)


def _return_outcome(step: Step, uphold: bool, department: str | None) -> Outcome:
    if not uphold:
        return Outcome.REFUSED
    if step.ticket.bounce_count + 1 >= BOUNCES_TO_ARBITRATION:
        return Outcome.ARBITRATED
    return Outcome.REDISPATCHED if department else Outcome.UNASSIGNED


def _take_back(step: Step) -> None:
    step.ticket.bounce_count += 1
    step.ticket.lead_department_id = None
    for task in list(step.assignments):
        step.set_task(
            task,
            AssignmentState.RETURNED
            if task.role is AssignmentRole.LEAD
            else AssignmentState.WITHDRAWN,
        )


async def _keep_with_department(step: Step, procedure: Procedure, explanation: str) -> Ticket:
    lead = step.lead
    if lead is not None and lead.state is AssignmentState.PENDING_SIGN:
        step.set_task(lead, AssignmentState.SIGNED)
        lead.signed_at = step.tx.now
    move = step.decide(Action.DECIDE_RETURN, Outcome.REFUSED)
    return await step.finish(
        move,
        Action.DECIDE_RETURN,
        Outcome.REFUSED,
        text=explanation,
        charged_until=min(step.tx.now, _review_limit(step, procedure)),
    )


def _review_limit(step: Step, procedure: Procedure) -> datetime:
    """Return up to when a review in vain counts as the department's own time."""
    rule = rule_for(step.policy.policy, ClockKind.DISPUTE_REVIEW)
    if rule is None:
        return step.tx.now
    calendar = step.calendars[rule.calendar]
    limit = setting_of(rule, step.ticket.request_type.value, calendar).limit_seconds
    return calendar.add(procedure.opened_at, limit * 1_000_000)


async def refer_to_arbitration(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Put a disputed assignment before the authority."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.RETURN, Action.REFER_ARBITRATION)
    write_decision(step, procedure, ProcedureState.ENDED, reason)
    _take_back(step)
    await open_procedure(step, ProcedureKind.ARBITRATION, text=reason)
    return await step.finish(move, Action.REFER_ARBITRATION, text=reason)


async def decide_arbitration(
    tx: Tx, number: str, *, department: str, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Designate a department; it cannot return the ticket."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.ARBITRATION, Action.DECIDE_ARBITRATION)
    write_decision(step, procedure, ProcedureState.ENDED, explanation)
    step.ticket.is_designated = True
    return await dispatch_to(
        step, move, Action.DECIDE_ARBITRATION, department=department, text=explanation
    )
