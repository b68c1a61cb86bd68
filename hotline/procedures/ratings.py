"""Bad ratings looked into."""

from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, live, open_procedure, write_decision
from hotline.procedures.rules import (
    ProcedureKind,
    ProcedureState,
)
from hotline.tickets.actions.closing import rework, rework_outcome
from hotline.tickets.lifecycle import Action, ClosureCode, Outcome
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def open_rating_check(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Look into a bad rating."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.OPEN_RATING_CHECK)
    await open_procedure(step, ProcedureKind.RATING_CHECK, text=reason)
    return await step.finish(move, Action.OPEN_RATING_CHECK, text=reason, audience=Audience.HOTLINE)


async def decide_rating_check(
    tx: Tx, number: str, *, founded: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Find a bad rating founded, and have the matter handled again, or close it."""
    step = await Step.begin(tx, number, expected_version)
    outcome = rework_outcome(step, Outcome.FOUNDED) if founded else Outcome.UNFOUNDED
    step.decide(Action.DECIDE_RATING_CHECK, outcome)
    if await live(step, ProcedureKind.RATING_CHECK) is None:
        # A visit with a bad rating puts the ticket here by itself; its record begins now.
        opened = await open_procedure(step, ProcedureKind.RATING_CHECK, text=explanation)
        opened.opened_by = opened.opened_department_id = None
    procedure, move = await deciding(
        step, ProcedureKind.RATING_CHECK, Action.DECIDE_RATING_CHECK, outcome
    )
    write_decision(
        step,
        procedure,
        ProcedureState.GRANTED if founded else ProcedureState.REFUSED,
        explanation,
    )
    if founded:
        return await rework(
            step,
            move,
            Action.DECIDE_RATING_CHECK,
            outcome,
            text=explanation,
            audience=Audience.STAFF,
        )
    step.ticket.closure_code = step.ticket.closure_code or ClosureCode.SOLVED
    return await step.finish(
        move, Action.DECIDE_RATING_CHECK, outcome, text=explanation, audience=Audience.HOTLINE
    )
