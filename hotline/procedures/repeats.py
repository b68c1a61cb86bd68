"""The same matter again without new facts: explained and linked, not handled twice.

Nobody turns a requester away alone: one person writes the explanation, another decides.
"""

from sqlmodel import select

from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, open_procedure, verdict, write_decision
from hotline.procedures.rules import ProcedureKind
from hotline.tickets.access import find_readable
from hotline.tickets.actions.closing import tell_recurred
from hotline.tickets.errors import RepeatImpossible
from hotline.tickets.grouping import Earlier, repeat_problem
from hotline.tickets.lifecycle import Action, ClosureCode, State
from hotline.tickets.models import Audience, Ticket, TicketRequester
from hotline.tickets.step import Step


async def explain_repeat(
    tx: Tx, number: str, *, earlier: str, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Propose to explain a repeat instead of handling it again; somebody else decides.

    Args:
        tx: the transaction.
        number: the ticket.
        earlier: the number of the ticket in which the matter was handled.
        explanation: what the requester is told, and reads once it is approved.
        expected_version: the version the actor has read.

    Raises:
        TicketNotFound: one of the two does not exist for the actor.
        RepeatImpossible: another requester's, not ended, not handled, or nobody can tell.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.EXPLAIN_REPEAT)
    await _require_repeat(step, await find_readable(tx.session, tx.actor, earlier.strip()))
    await open_procedure(
        step, ProcedureKind.REPEAT, text=explanation, details={"earlier": earlier.strip()}
    )
    return await step.finish(
        move,
        Action.EXPLAIN_REPEAT,
        text=explanation,
        audience=Audience.HOTLINE,
        details={"earlier": earlier.strip()},
    )


async def decide_repeat(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Confirm that a repeat is explained and closed, or have the matter handled.

    Raises:
        NothingToDecide: nobody proposed it.
        SecondPersonNeeded: the actor proposed it himself.
        RepeatImpossible: the earlier matter has been opened again meanwhile.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome, state = verdict(approve)
    procedure, move = await deciding(step, ProcedureKind.REPEAT, Action.DECIDE_REPEAT, outcome)
    write_decision(step, procedure, state, explanation)
    if approve:
        earlier = await find_readable(tx.session, tx.actor, str(procedure.details["earlier"]))
        await _require_repeat(step, earlier)
        step.ticket.repeat_of_id = earlier.id
        step.ticket.closure_code = ClosureCode.EXPLAINED
    else:
        earlier = await find_readable(tx.session, tx.actor, str(procedure.details["earlier"]))
        await tell_recurred(tx, earlier, again=number)
    return await step.finish(
        move,
        Action.DECIDE_REPEAT,
        outcome,
        text=procedure.text if approve else explanation,
        audience=Audience.PUBLIC if approve else Audience.HOTLINE,
        details={"earlier": procedure.details["earlier"]},
    )


async def _require_repeat(step: Step, earlier: Ticket) -> None:
    problem = repeat_problem(await _told(step, step.ticket), await _told(step, earlier))
    if problem is not None:
        raise RepeatImpossible(earlier=earlier.number, problem=problem)


async def _told(step: Step, ticket: Ticket) -> Earlier:
    rows = await step.tx.session.exec(
        select(TicketRequester.phone_index).where(TicketRequester.ticket_id == ticket.id)
    )
    return Earlier(
        ticket.number,
        State(ticket.status, ticket.hold),
        ticket.closure_code,
        ticket.submitted_at,
        frozenset(index for index in rows if index is not None),
    )
