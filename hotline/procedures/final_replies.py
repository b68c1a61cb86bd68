"""The approved end of a matter that cannot go further."""

from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, open_procedure, verdict, write_decision
from hotline.procedures.rules import (
    ProcedureKind,
)
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.lifecycle import Action, ClosureCode
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def request_final_reply(
    tx: Tx, number: str, *, reply: str, reason: str, expected_version: int | None = None
) -> Ticket:
    """Ask to end a matter that cannot go further; a department's leader signs for it."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_FINAL_REPLY)
    await open_procedure(step, ProcedureKind.FINAL_REPLY, text=reason, details={"reply": reply})
    return await step.finish(move, Action.REQUEST_FINAL_REPLY, text=reason)


async def decide_final_reply(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """End the matter for good, or let it go on."""
    step = await Step.begin(tx, number, expected_version)
    outcome, state = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.FINAL_REPLY, Action.DECIDE_FINAL_REPLY, outcome
    )
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
