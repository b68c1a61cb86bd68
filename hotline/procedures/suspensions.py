"""The long-cycle list: matters whose work has to wait."""

from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, open_procedure, verdict, write_decision
from hotline.procedures.rules import (
    PauseReason,
    ProcedureKind,
    ProcedureState,
)
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def request_suspension(
    tx: Tx,
    number: str,
    *,
    reason: PauseReason,
    explanation: str,
    requester_told: str,
    expected_version: int | None = None,
) -> Ticket:
    """Ask to put a matter on the long-cycle list."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_SUSPENSION)
    await open_procedure(
        step,
        ProcedureKind.SUSPENSION,
        text=explanation,
        reason=reason.value,
        details={"requester_told": requester_told},
    )
    return await step.finish(move, Action.REQUEST_SUSPENSION, text=explanation, reason=reason.value)


async def decide_suspension(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Put a matter on the long-cycle list, or not; its work's clock waits meanwhile."""
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.SUSPENSION, Action.DECIDE_SUSPENSION, outcome
    )
    write_decision(
        step,
        procedure,
        ProcedureState.RUNNING if approve else ProcedureState.REFUSED,
        explanation,
    )
    return await step.finish(
        move,
        Action.DECIDE_SUSPENSION,
        outcome,
        text=explanation,
        audience=Audience.PUBLIC if approve else Audience.STAFF,
    )


async def end_suspension(
    tx: Tx, number: str, *, note: str, expected_version: int | None = None
) -> Ticket:
    """Take a matter off the long-cycle list."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.SUSPENSION, Action.END_SUSPENSION)
    procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
    return await step.finish(move, Action.END_SUSPENSION, text=note, audience=Audience.PUBLIC)
