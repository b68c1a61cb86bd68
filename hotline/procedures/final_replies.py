"""The approved end of a matter that cannot go further: department leader, hotline, authority."""

from collections.abc import Sequence

from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.procedures.errors import ApproverNeeded
from hotline.procedures.requests import (
    add_step,
    deciding,
    open_procedure,
    verdict,
    write_decision,
)
from hotline.procedures.rules import (
    FinalReplyReason,
    ProcedureKind,
    ProcedureState,
)
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.lifecycle import Action, ClosureCode
from hotline.tickets.models import Audience, Post, Ticket
from hotline.tickets.step import Step


async def request_final_reply(
    tx: Tx,
    number: str,
    *,
    reply: str,
    reason: FinalReplyReason,
    basis: str,
    evidence: Sequence[str] = (),
    expected_version: int | None = None,
) -> Ticket:
    """Ask to end a matter that cannot go further; a department's leader signs for it.

    Args:
        tx: the transaction.
        number: the ticket.
        reply: the last word to the requester.
        reason: why, as a code.
        basis: the law or policy it rests on, and what was done.
        evidence: references to what proves it.
        expected_version: the version the actor has read.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_FINAL_REPLY)
    await open_procedure(
        step,
        ProcedureKind.FINAL_REPLY,
        text=basis,
        reason=reason.value,
        details={"reply": reply, "evidence": list(evidence)},
        approver=Role.SUPERVISOR,
    )
    return await step.finish(move, Action.REQUEST_FINAL_REPLY, text=basis, reason=reason.value)


async def review_final_reply(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Consent to a final reply for the hotline, so that it goes to the authority; or send it back.

    Raises:
        ApproverNeeded: the hotline has consented already.
        SecondPersonNeeded: the actor asked for it himself.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.FINAL_REPLY, Action.REVIEW_FINAL_REPLY, outcome
    )
    if procedure.approver is not Role.SUPERVISOR:
        raise ApproverNeeded(approver=procedure.approver)
    add_step(step, procedure, Role.SUPERVISOR, outcome, explanation)
    if approve:
        procedure.approver, procedure.reviewed_by = Role.AUTHORITY, tx.actor.user_id
        step.hand_to(post=Post.AUTHORITY)
    else:
        write_decision(step, procedure, ProcedureState.REFUSED, explanation)
    return await step.finish(move, Action.REVIEW_FINAL_REPLY, outcome, text=explanation)


async def decide_final_reply(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """End the matter for good, or let it go on.

    Raises:
        ApproverNeeded: the hotline has not consented yet.
        SecondPersonNeeded: the actor asked for it, or consented to it before.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome, state = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.FINAL_REPLY, Action.DECIDE_FINAL_REPLY, outcome
    )
    if procedure.approver is Role.SUPERVISOR:
        raise ApproverNeeded(approver=Role.SUPERVISOR)
    write_decision(step, procedure, state, explanation)
    if approve:
        step.ticket.closure_code = ClosureCode.FINAL_REPLY
        for task in list(step.assignments):
            step.set_task(
                task,
                AssignmentState.DONE
                if task.state is not AssignmentState.PENDING_SIGN
                else AssignmentState.WITHDRAWN,
            )
    return await step.finish(
        move,
        Action.DECIDE_FINAL_REPLY,
        outcome,
        text=procedure.details["reply"] if approve else explanation,
        audience=Audience.PUBLIC if approve else Audience.STAFF,
    )
