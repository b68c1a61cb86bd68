"""Not taking a matter on: proposed by one person, decided by another."""

from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, open_procedure, verdict, write_decision
from hotline.procedures.rules import (
    ProcedureKind,
)
from hotline.tickets.lifecycle import Action, ClosureCode
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def refuse_ticket(
    tx: Tx, number: str, *, reason: str, where_to: str, expected_version: int | None = None
) -> Ticket:
    """Propose not to accept a matter, saying where to go; nobody refuses alone."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REFUSE)
    await open_procedure(step, ProcedureKind.REFUSAL, text=reason, details={"where_to": where_to})
    return await step.finish(move, Action.REFUSE, text=reason, audience=Audience.HOTLINE)


async def decide_refusal(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Confirm or overrule a proposed refusal."""
    step = await Step.begin(tx, number, expected_version)
    outcome, state = verdict(approve)
    procedure, move = await deciding(step, ProcedureKind.REFUSAL, Action.DECIDE_REFUSAL, outcome)
    write_decision(step, procedure, state, explanation)
    if approve:
        step.ticket.closure_code = ClosureCode.OUT_OF_DUTY
    where_to = procedure.details["where_to"]
    return await step.finish(
        move,
        Action.DECIDE_REFUSAL,
        outcome,
        text=f"{explanation}\n{where_to}" if approve else explanation,
        audience=Audience.PUBLIC if approve else Audience.HOTLINE,
    )
