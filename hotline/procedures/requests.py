"""What all requests about a ticket share: opening one, finding the one that waits, deciding it.

Every request is a row of its own; a decision makes a step of the ticket and never writes the
ticket's columns itself.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.procedures.errors import (
    AlreadyRequested,
    NothingToDecide,
)
from hotline.procedures.models import Procedure
from hotline.procedures.rules import (
    ProcedureKind,
    ProcedureState,
)
from hotline.tickets.lifecycle import Action, Move, Outcome
from hotline.tickets.step import Step

_LIVE = (ProcedureState.PENDING, ProcedureState.RUNNING)


async def live(step: Step, kind: ProcedureKind) -> Procedure | None:
    """Return the request of this kind that is not over yet."""
    return (
        await step.tx.session.exec(
            select(Procedure).where(
                Procedure.ticket_id == step.ticket.id,
                Procedure.kind == kind,
                col(Procedure.state).in_(_LIVE),
            )
        )
    ).first()


async def require_live(step: Step, kind: ProcedureKind) -> Procedure:
    """Return the request of this kind that is not over yet.

    Raises:
        NothingToDecide: there is none.
    """
    procedure = await live(step, kind)
    if procedure is None:
        raise NothingToDecide(kind=kind)
    return procedure


async def deciding(
    step: Step, kind: ProcedureKind, action: Action, outcome: Outcome = Outcome.DONE
) -> tuple[Procedure, Move]:
    """Return the request that is to be decided and the move that this makes.

    Whether the actor may decide, and whether the state allows it, is asked before anything is said
    about requests.

    Raises:
        NothingToDecide: none waits.
        SecondPersonNeeded: the actor asked for it himself.
    """
    step.decide(action, outcome)
    procedure = await require_live(step, kind)
    return procedure, step.decide(action, outcome, [(action, procedure.opened_by)])


async def count_requests(
    step: Step, kind: ProcedureKind, state: ProcedureState | None = None
) -> int:
    """Return how many requests of this kind there were, or how many came to `state`."""
    statement = (
        select(sa.func.count())
        .select_from(Procedure)
        .where(col(Procedure.ticket_id) == step.ticket.id, col(Procedure.kind) == kind)
    )
    if state is not None:
        statement = statement.where(col(Procedure.state) == state)
    return (await step.tx.session.exec(statement)).one()


async def open_procedure(
    step: Step,
    kind: ProcedureKind,
    *,
    text: str,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
    state: ProcedureState = ProcedureState.PENDING,
) -> Procedure:
    """Write down a request.

    Raises:
        AlreadyRequested: one of its kind is not over yet.
    """
    if await live(step, kind) is not None:
        raise AlreadyRequested(kind=kind)
    procedure = Procedure(
        id=uuid7(step.tx.now),
        ticket_id=step.ticket.id,
        kind=kind,
        state=state,
        nth=await count_requests(step, kind) + 1,
        reason=reason,
        text=text,
        details=dict(details or {}),
        opened_by=step.tx.actor.user_id,
        opened_department_id=step.tx.actor.department_id,
        opened_at=step.tx.now,
    )
    step.tx.session.add(procedure)
    return procedure


def write_decision(
    step: Step, procedure: Procedure, state: ProcedureState, decision: str | None
) -> None:
    """Write what became of a request, by whom and why; one that runs on is not over yet."""
    procedure.state = state
    procedure.decided_by = step.tx.actor.user_id
    procedure.decided_at = step.tx.now
    procedure.decision = decision
    if state is not ProcedureState.RUNNING:
        procedure.ended_at = step.tx.now


def verdict(approve: bool) -> tuple[Outcome, ProcedureState]:
    """Return what a yes or a no makes of the action and of the request."""
    if approve:
        return Outcome.APPROVED, ProcedureState.GRANTED
    return Outcome.REFUSED, ProcedureState.REFUSED
