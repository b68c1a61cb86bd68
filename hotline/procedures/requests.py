"""What all requests about a ticket share: opening one, finding the one that waits, deciding it.

Every request is a row of its own; a decision makes a step of the ticket and never writes the
ticket's columns itself.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.people.permissions import Role
from hotline.procedures.errors import (
    AlreadyRequested,
    ApproverNeeded,
    NothingToDecide,
)
from hotline.procedures.lifespans import has_lapsed
from hotline.procedures.models import Procedure, ProcedureStep
from hotline.procedures.rules import (
    ProcedureKind,
    ProcedureState,
)
from hotline.tickets.lifecycle import Action, Move, Outcome
from hotline.tickets.step import Step, follow_moves

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
        SecondPersonNeeded: the actor asked for it himself, or consented to it before.
        ApproverNeeded: the decision is another role's.
    """
    step.decide(action, outcome)
    procedure = await require_live(step, kind)
    asked = [(action, procedure.opened_by), (action, procedure.reviewed_by)]
    move = step.decide(action, outcome, [one for one in asked if one[1] is not None])
    require_approver(step, procedure.approver)
    return procedure, move


def require_approver(step: Step, approver: Role | None) -> None:
    """Pass in silence when the actor may decide what `approver` has to; the authority stands above.

    Raises:
        ApproverNeeded: he may not.
    """
    if not may_approve(step.tx.actor.roles, approver):
        raise ApproverNeeded(approver=approver)


def may_approve(roles: Collection[Role], approver: Role | None) -> bool:
    """Tell whether someone of these roles may decide what `approver` has to."""
    if approver is None or approver in roles:
        return True
    return approver is Role.SUPERVISOR and Role.AUTHORITY in roles


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
    approver: Role | None = None,
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
        approver=approver,
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


def add_step(
    step: Step,
    procedure: Procedure,
    role: Role,
    outcome: Outcome,
    text: str,
    until: datetime | None = None,
) -> None:
    """Write down a step between the opening of a request and its end."""
    step.tx.session.add(
        ProcedureStep(
            procedure_id=procedure.id,
            at=step.tx.now,
            role=role,
            by=step.tx.actor.user_id,
            outcome=outcome,
            text=text,
            until=until,
        )
    )


@follow_moves
async def end_lapsed(step: Step) -> None:
    """End every request of a ticket that has left the states in which it could be decided."""
    found = await step.tx.session.exec(
        select(Procedure).where(
            Procedure.ticket_id == step.ticket.id, col(Procedure.state).in_(_LIVE)
        )
    )
    for procedure in found:
        if has_lapsed(procedure.kind, procedure.state, step.state):
            procedure.state, procedure.ended_at = ProcedureState.LAPSED, step.tx.now


def verdict(approve: bool) -> tuple[Outcome, ProcedureState]:
    """Return what a yes or a no makes of the action and of the request."""
    if approve:
        return Outcome.APPROVED, ProcedureState.GRANTED
    return Outcome.REFUSED, ProcedureState.REFUSED
