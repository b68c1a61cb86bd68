"""The department's result and the hotline's audit of it."""

import enum
from collections.abc import Sequence

from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.people.principal import Tx
from hotline.people.queries import departments_by_id
from hotline.sla.policy import ClockKind
from hotline.tickets.actions.cohandling import silent_parts
from hotline.tickets.actions.handling import own_task
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.counted import WorkAudited
from hotline.tickets.errors import ContactNeeded, NoCoHandler, OpinionOutstanding
from hotline.tickets.lifecycle import Action
from hotline.tickets.meeting_models import CoReport
from hotline.tickets.meetings import ReportKind
from hotline.tickets.models import Audience, Feedback, Ticket
from hotline.tickets.step import Step


class NoContactReason(enum.StrEnum):
    """Why a department hands in its result without having spoken with the requester."""

    ANONYMOUS = "anonymous"
    CONTACT_REFUSED = "contact_refused"
    UNREACHABLE = "unreachable"
    SECRET = "secret"  # noqa: S105  # the requester asked for secrecy


async def submit_feedback(
    tx: Tx,
    number: str,
    *,
    result: str,
    reply: str,
    resolved: bool,
    evidence: Sequence[str] = (),
    used_opinions: Sequence[str] = (),
    no_contact_reason: NoContactReason | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Hand in the result; the work's clock stops here, to be judged by the audit.

    Args:
        tx: the transaction.
        number: the ticket.
        result: what was done, for the hotline.
        reply: the answer, for the requester.
        resolved: False when policy or law does not allow what was asked and that was explained.
        evidence: references to photographs, minutes, documents.
        used_opinions: codes of the co-handlers whose opinions went into the reply.
        no_contact_reason: why nobody spoke with the requester, when nobody did.
        expected_version: the version the actor has read.

    Raises:
        ContactNeeded: nobody spoke with the requester and no reason says why.
        OpinionOutstanding: a co-handler still has time and has not given his opinion.
        NoCoHandler: one of those whose opinion was used has given none.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.SUBMIT_FEEDBACK)
    task = own_task(step)
    if task.contacted_at is None and no_contact_reason is None:
        raise ContactNeeded(number=number)
    await _require_opinions(step)
    if task.state is AssignmentState.PENDING_SIGN:
        step.set_task(task, AssignmentState.SIGNED)
    step.set_task(task, AssignmentState.SUBMITTED)
    task.submitted_at = tx.now
    tx.session.add(
        Feedback(
            id=uuid7(tx.now),
            ticket_id=step.ticket.id,
            round=step.ticket.round,
            hop=task.hop,
            department_id=task.department_id,
            result=result,
            reply=reply,
            is_resolved=resolved,
            evidence=list(evidence),
            used_reports=await _used_reports(step, used_opinions),
            submitted_by=tx.actor.user_id,
            submitted_at=tx.now,
        )
    )
    return await step.finish(
        move,
        Action.SUBMIT_FEEDBACK,
        text=result,
        reason=no_contact_reason.value if no_contact_reason else None,
        details={
            "resolved": resolved,
            "evidence_count": len(evidence),
            "used_opinions": sorted(set(used_opinions)),
        },
    )


async def _require_opinions(step: Step) -> None:
    in_time, silent = silent_parts(step)
    for task in silent:
        # Silence past the limit counts as "no objection"; it stays marked as such.
        step.set_task(task, AssignmentState.DEFAULT_CONSENT)
        task.defaulted_at = step.tx.now
        await step.clocks.settle({ClockKind.CO_OPINION}, department_id=task.department_id)
    if in_time:
        names = await departments_by_id(step.tx.session, {task.department_id for task in in_time})
        raise OpinionOutstanding(departments=", ".join(row.name for row in names.values()))


async def _used_reports(step: Step, codes: Sequence[str]) -> list[str]:
    """Return the opinions that the reply was made from: the last of each unit named."""
    if not codes:
        return []
    reports = (
        await step.tx.session.exec(
            select(CoReport)
            .where(CoReport.ticket_id == step.ticket.id, CoReport.kind == ReportKind.OPINION)
            .order_by(col(CoReport.reported_at))
        )
    ).all()
    units = await departments_by_id(step.tx.session, {report.department_id for report in reports})
    last = {units[report.department_id].code: str(report.id) for report in reports}
    for code in codes:
        if code not in last:
            raise NoCoHandler(department=code)
    return [last[code] for code in dict.fromkeys(codes)]


async def latest_feedback(step: Step) -> Feedback:
    """Return the result handed in last."""
    return (
        await step.tx.session.exec(
            select(Feedback)
            .where(Feedback.ticket_id == step.ticket.id)
            .order_by(col(Feedback.submitted_at).desc())
            .limit(1)
        )
    ).one()


async def pass_audit(tx: Tx, number: str, *, expected_version: int | None = None) -> Ticket:
    """Find the result good: completed as of its submission, the promise kept or broken."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.PASS_AUDIT)
    feedback = await latest_feedback(step)
    feedback.is_passed = True
    feedback.audited_by, feedback.audited_at = tx.actor.user_id, tx.now
    for task in list(step.assignments):
        step.set_task(task, AssignmentState.DONE)
    step.tell(_audited(step, feedback))
    return await step.finish(move, Action.PASS_AUDIT, text=feedback.reply, audience=Audience.PUBLIC)


async def reject_audit(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Send the result back; the work's clock goes on as if it had never stopped."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REJECT_AUDIT)
    feedback = await latest_feedback(step)
    feedback.is_passed, feedback.audit_reason = False, reason
    feedback.audited_by, feedback.audited_at = tx.actor.user_id, tx.now
    if step.lead is not None:
        step.set_task(step.lead, AssignmentState.REJECTED)
    step.tell(_audited(step, feedback))
    return await step.finish(move, Action.REJECT_AUDIT, text=reason)


def _audited(step: Step, feedback: Feedback) -> WorkAudited:
    return WorkAudited(
        ticket_id=str(step.ticket.id),
        ticket_number=step.ticket.number,
        feedback_id=str(feedback.id),
        department_id=feedback.department_id,
        hop=feedback.hop,
        round=feedback.round,
        category=step.ticket.category_code or "",
        passed=bool(feedback.is_passed),
    )
