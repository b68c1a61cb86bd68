"""Plans with milestones, where nothing can be fixed soon."""

from collections.abc import Sequence
from datetime import datetime

from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, open_procedure, verdict, write_decision
from hotline.procedures.rules import (
    Milestone,
    ProcedureKind,
    ProcedureState,
    require_plan,
)
from hotline.sla.policy import ClockKind
from hotline.tickets.lifecycle import Action, Outcome
from hotline.tickets.models import Audience, CommitmentState, Ticket
from hotline.tickets.step import Step, end_promise


async def request_rectification(
    tx: Tx,
    number: str,
    *,
    reason: str,
    milestones: Sequence[Milestone],
    requester_told: str,
    expected_version: int | None = None,
) -> Ticket:
    """Put a plan with milestones before the supervisor, where nothing can be fixed soon.

    Raises:
        InvalidPlan: too few or too many milestones, or dates that do not rise.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_RECTIFICATION)
    require_plan(milestones, tx.now)
    await open_procedure(
        step,
        ProcedureKind.RECTIFICATION,
        text=reason,
        details={
            "requester_told": requester_told,
            "milestones": [
                {"text": milestone.text, "due_at": milestone.due_at.isoformat()}
                for milestone in milestones
            ],
        },
    )
    return await step.finish(move, Action.REQUEST_RECTIFICATION, text=reason)


async def decide_rectification(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Let a plan take the place of the promise, or not."""
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.RECTIFICATION, Action.DECIDE_RECTIFICATION, outcome
    )
    write_decision(
        step,
        procedure,
        ProcedureState.RUNNING if approve else ProcedureState.REFUSED,
        explanation,
    )
    if approve:
        commitment = await step.active_commitment()
        if commitment is not None:
            commitment.state, commitment.outcome_at = CommitmentState.REPLACED, tx.now
    await step.finish(
        move,
        Action.DECIDE_RECTIFICATION,
        outcome,
        text=explanation,
        audience=Audience.PUBLIC if approve else Audience.STAFF,
    )
    if approve:
        last = datetime.fromisoformat(procedure.details["milestones"][-1]["due_at"])
        await step.clocks.extend({ClockKind.MILESTONE}, last, Action.DECIDE_RECTIFICATION)
        clock = step.clocks.running({ClockKind.MILESTONE})
        # On a working calendar the end of a plan outside office hours is the end of work before.
        step.ticket.due_at = clock.due_at if clock else last
        step.promise(content=procedure.text, due_at=step.ticket.due_at)
    return step.ticket


async def end_rectification(
    tx: Tx, number: str, *, completed: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Strike a plan off, done or failed; only the supervisor may."""
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.COMPLETED if completed else Outcome.FAILED
    procedure, move = await deciding(
        step, ProcedureKind.RECTIFICATION, Action.END_RECTIFICATION, outcome
    )
    procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
    commitment = await step.active_commitment()
    if commitment is not None and not completed:
        await end_promise(tx, step.ticket, commitment, kept=False, at=tx.now)
    return await step.finish(
        move,
        Action.END_RECTIFICATION,
        outcome,
        text=explanation,
        audience=Audience.PUBLIC,
    )
