"""More time for the work, asked for before the limit has passed."""

from datetime import datetime

from hotline.people.principal import Tx
from hotline.procedures.errors import (
    NothingToDecide,
)
from hotline.procedures.requests import (
    count_requests,
    deciding,
    open_procedure,
    verdict,
    write_decision,
)
from hotline.procedures.rules import (
    ProcedureKind,
    ProcedureState,
    require_extension,
)
from hotline.sla.clocks import setting_of
from hotline.sla.models import Clock
from hotline.sla.policy import rule_for
from hotline.tickets.lifecycle import HANDLING, Action
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step


async def request_extension(
    tx: Tx,
    number: str,
    *,
    until: datetime,
    reason: str,
    requester_told: str,
    expected_version: int | None = None,
) -> Ticket:
    """Ask for more time; the requester was told first.

    Raises:
        ExtensionTooLate: the limit has passed.
        ExtensionLimit: too many, or too long.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_EXTENSION)
    work = step.clocks.running(HANDLING)
    if work is None:
        raise NothingToDecide(kind=ProcedureKind.EXTENSION)
    require_extension(
        step.clocks.calendar(work),
        now=tx.now,
        due_at=work.due_at,
        until=until,
        limit_seconds=_first_limit(step, work),
        granted=await count_requests(step, ProcedureKind.EXTENSION, ProcedureState.GRANTED),
    )
    await open_procedure(
        step,
        ProcedureKind.EXTENSION,
        text=reason,
        details={"until": until.isoformat(), "requester_told": requester_told},
    )
    return await step.finish(move, Action.REQUEST_EXTENSION, text=reason)


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
    """Give more time, or not."""
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
