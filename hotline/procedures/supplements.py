"""Asking the requester for what is missing: one checklist, once."""

from collections.abc import Sequence

from hotline.people.principal import Tx
from hotline.procedures.errors import (
    SupplementLimit,
    SupplementStillRunning,
)
from hotline.procedures.requests import count_requests, open_procedure, require_live, write_decision
from hotline.procedures.rules import (
    PauseReason,
    ProcedureKind,
    ProcedureState,
)
from hotline.sla.policy import ClockKind
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.lifecycle import Action, ClosureCode
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def request_supplement(
    tx: Tx, number: str, *, items: Sequence[str], expected_version: int | None = None
) -> Ticket:
    """Ask the requester for what is missing: one checklist, once.

    Raises:
        SupplementLimit: he was asked before.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_SUPPLEMENT)
    if await count_requests(step, ProcedureKind.SUPPLEMENT):
        raise SupplementLimit
    text = "\n".join(items)
    await open_procedure(
        step,
        ProcedureKind.SUPPLEMENT,
        text=text,
        reason=PauseReason.WAITING_REQUESTER.value,
        details={"items": list(items)},
        state=ProcedureState.RUNNING,
    )
    return await step.finish(move, Action.REQUEST_SUPPLEMENT, text=text, audience=Audience.PUBLIC)


async def provide_supplement(
    tx: Tx, number: str, *, text: str, expected_version: int | None = None
) -> Ticket:
    """Add what was missing; the clocks go on with what remained."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.PROVIDE_SUPPLEMENT)
    write_decision(
        step, await require_live(step, ProcedureKind.SUPPLEMENT), ProcedureState.ENDED, None
    )
    return await step.finish(move, Action.PROVIDE_SUPPLEMENT, text=text)


async def cancel_unsupplemented(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """End a matter whose requester was asked and stayed silent for as long as he had.

    Raises:
        SupplementStillRunning: he still has time; nobody ends a matter by asking for papers.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.CANCEL_UNSUPPLEMENTED)
    waiting = step.clocks.running({ClockKind.SUPPLEMENT})
    if waiting is not None and tx.now <= waiting.due_at:
        raise SupplementStillRunning(due_at=waiting.due_at.isoformat())
    write_decision(
        step, await require_live(step, ProcedureKind.SUPPLEMENT), ProcedureState.ENDED, reason
    )
    step.ticket.closure_code = ClosureCode.CANCELLED
    for task in list(step.assignments):
        step.set_task(task, AssignmentState.WITHDRAWN)
    return await step.finish(
        move, Action.CANCEL_UNSUPPLEMENTED, text=reason, audience=Audience.PUBLIC
    )
