"""More time for the work, asked for before the limit has passed."""

from datetime import datetime

from hotline.people.principal import Tx
from hotline.people.treatments import treatment_of
from hotline.procedures.errors import ExtensionBarred, NothingToDecide
from hotline.procedures.requests import (
    count_requests,
    deciding,
    open_procedure,
    verdict,
    write_decision,
)
from hotline.procedures.rules import (
    ExtensionReason,
    ProcedureKind,
    ProcedureState,
    extension_approver,
    require_extension,
    require_told,
)
from hotline.sla.clocks import setting_of
from hotline.sla.models import Clock
from hotline.sla.policy import CalendarCode, rule_for
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.lifecycle import HANDLING, Action
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def request_extension(
    tx: Tx,
    number: str,
    *,
    until: datetime,
    reason: ExtensionReason,
    explanation: str,
    told_how: ContactMethod,
    told_at: datetime,
    expected_version: int | None = None,
) -> Ticket:
    """Ask for more time; the requester was told first.

    The supervisor decides the first, the authority the second; while nobody has, the clock goes on.

    Args:
        tx: the transaction.
        number: the ticket.
        until: the new limit.
        reason: why, as a code.
        explanation: why, in words.
        told_how: how the requester was told.
        told_at: when he was told.
        expected_version: the version the actor has read.

    Raises:
        ExtensionBarred: the credit of the actor's department does not allow it.
        ExtensionTooLate: the limit has passed.
        ExtensionLimit: too many, or too long.
        RequesterNotTold: he cannot have been told then.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_EXTENSION)
    await _require_credit(step)
    work = step.clocks.running(HANDLING)
    if work is None:
        raise NothingToDecide(kind=ProcedureKind.EXTENSION)
    granted = await count_requests(step, ProcedureKind.EXTENSION, ProcedureState.GRANTED)
    require_extension(
        step.clocks.calendar(work),
        step.calendars[CalendarCode.WORKING],
        now=tx.now,
        due_at=work.due_at,
        until=until,
        limit_seconds=_first_limit(step, work),
        granted=granted,
    )
    require_told(told_at, since=step.ticket.submitted_at, now=tx.now)
    await open_procedure(
        step,
        ProcedureKind.EXTENSION,
        text=explanation,
        reason=reason.value,
        details={
            "until": until.isoformat(),
            "told_how": told_how.value,
            "told_at": told_at.isoformat(),
        },
        approver=extension_approver(granted),
    )
    return await step.finish(move, Action.REQUEST_EXTENSION, text=explanation, reason=reason.value)


async def _require_credit(step: Step) -> None:
    """Refuse a department whose published grade takes the right to ask for more time."""
    actor = step.tx.actor
    if not actor.is_department:
        return
    treatment = await treatment_of(step.tx.session, actor.department_id)
    if treatment is not None and not treatment.may_extend:
        raise ExtensionBarred(
            grade=treatment.grade, period=treatment.period, lifted_by=treatment.extends_from or "–"
        )


def _first_limit(step: Step, work: Clock) -> int:
    """Return how long the work could take at first, before it was given more time."""
    rule = rule_for(step.policy.policy, work.kind)
    if rule is None:
        return work.limit_seconds
    calendar = step.clocks.calendar(work)
    given = setting_of(rule, step.ticket.request_type.value, calendar).limit_seconds
    return min(work.limit_seconds, given)


async def decide_extension(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Give more time, or not.

    Raises:
        ApproverNeeded: the second extension is the authority's to give.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome, state = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.EXTENSION, Action.DECIDE_EXTENSION, outcome
    )
    write_decision(step, procedure, state, explanation)
    if approve:
        until = datetime.fromisoformat(procedure.details["until"])
        await step.clocks.extend(HANDLING, until, Action.DECIDE_EXTENSION)
        work, commitment = step.clocks.running(HANDLING), await step.active_commitment()
        if work is not None and commitment is not None:
            commitment.due_at = work.due_at
    return await step.finish(
        move,
        Action.DECIDE_EXTENSION,
        outcome,
        text=explanation,
        audience=Audience.PUBLIC if approve else Audience.STAFF,
    )
