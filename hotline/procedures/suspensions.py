"""The long-cycle list: matters whose work has to wait."""

from collections.abc import Sequence
from datetime import datetime

from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.procedures.errors import AskedByLeader, EvidenceNeeded
from hotline.procedures.models import Procedure
from hotline.procedures.pauses import latest_review, require_review_date
from hotline.procedures.requests import (
    add_step,
    deciding,
    open_procedure,
    require_approver,
    verdict,
    write_decision,
)
from hotline.procedures.rules import (
    PauseReason,
    ProcedureKind,
    ProcedureState,
    require_told,
)
from hotline.procedures.waiting import approver_of_pause, pauses_of
from hotline.sla.policy import ClockKind, Limit, rule_for
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.lifecycle import Action, Outcome
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def request_suspension(
    tx: Tx,
    number: str,
    *,
    reason: PauseReason,
    explanation: str,
    evidence: Sequence[str],
    told_how: ContactMethod,
    told_at: datetime,
    expected_version: int | None = None,
) -> Ticket:
    """Ask to put a matter on the long-cycle list.

    Args:
        tx: the transaction.
        number: the ticket.
        reason: one of the four; what depends on somebody outside, a department's leader asks for.
        explanation: why, in words.
        evidence: references to what proves it.
        told_how: how the requester was told.
        told_at: when he was told.
        expected_version: the version the actor has read.

    Raises:
        AskedByLeader: the reason needs the leader's consent.
        EvidenceNeeded: nothing proves it.
        RequesterNotTold: he cannot have been told then.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_SUSPENSION)
    if reason is PauseReason.EXTERNAL_DEPENDENCY and Role.LEADER not in tx.actor.roles:
        raise AskedByLeader
    if not evidence:
        raise EvidenceNeeded
    require_told(told_at, since=step.ticket.submitted_at, now=tx.now)
    await open_procedure(
        step,
        ProcedureKind.SUSPENSION,
        text=explanation,
        reason=reason.value,
        details={
            "evidence": list(evidence),
            "told_how": told_how.value,
            "told_at": told_at.isoformat(),
        },
    )
    return await step.finish(move, Action.REQUEST_SUSPENSION, text=explanation, reason=reason.value)


async def decide_suspension(
    tx: Tx,
    number: str,
    *,
    approve: bool,
    explanation: str,
    review_at: datetime | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Put a matter on the long-cycle list, or not; its work's clock waits meanwhile.

    Args:
        tx: the transaction.
        number: the ticket.
        approve: whether it may wait.
        explanation: why, or why not.
        review_at: when it is looked at again; None for the latest that is allowed.
        expected_version: the version the actor has read.

    Raises:
        SuspensionLimit: that lies behind, beyond thirty days, or beyond 180 in all.
        ApproverNeeded: so long a wait takes the authority.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.SUSPENSION, Action.DECIDE_SUSPENSION, outcome
    )
    limits = {}
    if approve:
        limits = await _review_on(step, procedure, review_at)
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
        limits=limits,
    )


async def _review_on(
    step: Step, procedure: Procedure, review_at: datetime | None
) -> dict[ClockKind, Limit]:
    """Set the date of the next review and return the limit that its clock gets."""
    now = step.tx.now
    suspended = await pauses_of(step, (ProcedureKind.SUSPENSION,))
    until = review_at or latest_review(suspended, now)
    require_review_date(until, suspended, now)
    require_approver(step, await approver_of_pause(step, until))
    rule = rule_for(step.policy.policy, ClockKind.SUSPENSION_REVIEW)
    procedure.review_at = until
    if rule is None:
        return {}
    seconds = step.calendars[rule.calendar].elapsed(now, until) // 1_000_000
    return {ClockKind.SUSPENSION_REVIEW: Limit(seconds=max(seconds, 1))}


async def review_suspension(
    tx: Tx,
    number: str,
    *,
    goes_on: bool,
    explanation: str,
    review_at: datetime | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Look at a suspended matter again: it waits on to a new date, or the work goes on.

    Args:
        tx: the transaction.
        number: the ticket.
        goes_on: whether the suspension goes on.
        explanation: what was found.
        review_at: when it is looked at again; None for the latest that is allowed.
        expected_version: the version the actor has read.

    Raises:
        SuspensionLimit: that lies behind, beyond thirty days, or beyond 180 in all.
        ApproverNeeded: so long a wait takes the authority.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.CONTINUED if goes_on else Outcome.ENDED
    procedure, move = await deciding(
        step, ProcedureKind.SUSPENSION, Action.REVIEW_SUSPENSION, outcome
    )
    limits = {}
    if goes_on:
        limits = await _review_on(step, procedure, review_at)
    else:
        procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
    add_step(
        step,
        procedure,
        Role.AUTHORITY if Role.AUTHORITY in tx.actor.roles else Role.SUPERVISOR,
        outcome,
        explanation,
        procedure.review_at if goes_on else None,
    )
    return await step.finish(
        move,
        Action.REVIEW_SUSPENSION,
        outcome,
        text=explanation,
        audience=Audience.PUBLIC,
        limits=limits,
    )


async def end_suspension(
    tx: Tx, number: str, *, note: str, expected_version: int | None = None
) -> Ticket:
    """Take a matter off the long-cycle list."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.SUSPENSION, Action.END_SUSPENSION)
    procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
    return await step.finish(move, Action.END_SUSPENSION, text=note, audience=Audience.PUBLIC)
