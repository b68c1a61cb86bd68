"""Asking the departments concerned whose matter it is, before dispatching."""

from collections.abc import Sequence

from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, open_procedure, write_decision
from hotline.procedures.rules import (
    ProcedureKind,
    ProcedureState,
)
from hotline.tickets.actions.dispatch import dispatch_to
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Ticket
from hotline.tickets.step import Step


async def request_consultation(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Ask the departments concerned whose matter it is, before dispatching."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_CONSULTATION)
    await open_procedure(step, ProcedureKind.CONSULTATION, text=reason)
    return await step.finish(move, Action.REQUEST_CONSULTATION, text=reason)


async def decide_consultation(
    tx: Tx,
    number: str,
    *,
    department: str,
    co_departments: Sequence[str] = (),
    explanation: str,
    override_reason: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """End a consultation by dispatching."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.CONSULTATION, Action.DECIDE_CONSULTATION)
    write_decision(step, procedure, ProcedureState.ENDED, explanation)
    return await dispatch_to(
        step,
        move,
        Action.DECIDE_CONSULTATION,
        department=department,
        co_departments=co_departments,
        text=explanation,
        override_reason=override_reason,
    )
