"""Asking the requester for what is missing: one checklist, once; a second one needs consent."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.people.queries import principal_of
from hotline.procedures.errors import (
    NothingProvided,
    SupplementLimit,
    SupplementNotReminded,
    SupplementStillRunning,
)
from hotline.procedures.models import Procedure
from hotline.procedures.requests import (
    deciding,
    open_procedure,
    require_live,
    verdict,
    write_decision,
)
from hotline.procedures.rules import (
    MAX_SUPPLEMENTS,
    PauseReason,
    ProcedureKind,
    ProcedureState,
)
from hotline.procedures.waiting import approver_of_pause
from hotline.sla.clocks import setting_of
from hotline.sla.models import Clock, Threshold
from hotline.sla.policy import SUPPLEMENT_REMINDED_AT, ClockKind, rule_for
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.lifecycle import Action, ClosureCode, Outcome, Status
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step

SILENCE_SHARE = 4
"""A quarter of the limit has to lie between the second telling and the end of a matter."""


async def request_supplement(
    tx: Tx, number: str, *, items: Sequence[str], expected_version: int | None = None
) -> Ticket:
    """Ask the requester for what is missing: one checklist, once.

    A second checklist waits for a supervisor's consent before the requester hears of it; where the
    matter would wait too long with it, for the authority's.

    Raises:
        SupplementLimit: he was asked twice before.
    """
    step = await Step.begin(tx, number, expected_version)
    asked = await _count_asked(step)
    outcome = Outcome.PROPOSED if asked else Outcome.DONE
    move = step.decide(Action.REQUEST_SUPPLEMENT, outcome)
    if asked >= MAX_SUPPLEMENTS:
        raise SupplementLimit
    text = "\n".join(items)
    await open_procedure(
        step,
        ProcedureKind.SUPPLEMENT,
        text=text,
        reason=PauseReason.WAITING_REQUESTER.value,
        details={"items": list(items)},
        state=ProcedureState.PENDING if asked else ProcedureState.RUNNING,
        approver=await approver_of_pause(step, _until(step)) if asked else None,
    )
    return await step.finish(
        move,
        Action.REQUEST_SUPPLEMENT,
        outcome,
        text=text,
        audience=Audience.STAFF if asked else Audience.PUBLIC,
    )


async def _count_asked(step: Step) -> int:
    """Return how many checklists reached the requester."""
    statement = (
        select(sa.func.count())
        .select_from(Procedure)
        .where(
            col(Procedure.ticket_id) == step.ticket.id,
            col(Procedure.kind) == ProcedureKind.SUPPLEMENT,
            col(Procedure.state).not_in((ProcedureState.REFUSED, ProcedureState.LAPSED)),
        )
    )
    return (await step.tx.session.exec(statement)).one()


def _until(step: Step) -> datetime:
    """Return until when the requester would have."""
    rule = rule_for(step.policy.policy, ClockKind.SUPPLEMENT)
    if rule is None:
        return step.tx.now
    calendar = step.calendars[rule.calendar]
    limit = setting_of(rule, step.ticket.request_type.value, calendar).limit_seconds
    return calendar.add(step.tx.now, limit * 1_000_000)


async def decide_supplement(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Let the requester be asked a second time, or not."""
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.SUPPLEMENT, Action.DECIDE_SUPPLEMENT, outcome
    )
    write_decision(
        step,
        procedure,
        ProcedureState.RUNNING if approve else ProcedureState.REFUSED,
        explanation,
    )
    return await step.finish(
        move,
        Action.DECIDE_SUPPLEMENT,
        outcome,
        text=procedure.text if approve else explanation,
        audience=Audience.PUBLIC if approve else Audience.STAFF,
    )


async def provide_supplement(
    tx: Tx,
    number: str,
    *,
    items: Sequence[str] = (),
    text: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Add what was missing, item by item; when all is there, the clocks go on with what remained.

    Args:
        tx: the transaction.
        number: the ticket.
        items: what was provided for each item of the checklist, in its order; empty for nothing yet.
        text: words on the whole; with them the checklist counts as answered, whatever is left out.
        expected_version: the version the actor has read.

    Raises:
        NothingProvided: no item and no word.
    """
    step = await Step.begin(tx, number, expected_version)
    step.decide(Action.PROVIDE_SUPPLEMENT)
    procedure = await require_live(step, ProcedureKind.SUPPLEMENT)
    asked: Sequence[str] = procedure.details["items"]
    given = {str(place): words for place, words in enumerate(items[: len(asked)]) if words.strip()}
    if not given and not text:
        raise NothingProvided
    provided: Mapping[str, str] = {**procedure.details.get("provided", {}), **given}
    procedure.details = {**procedure.details, "provided": provided}
    is_whole = bool(text) or len(provided) == len(asked)
    outcome = Outcome.DONE if is_whole else Outcome.PARTLY
    if is_whole:
        procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
        await _hand_back(step, procedure)
    lines = [f"{asked[int(place)]}: {words}" for place, words in given.items()]
    return await step.finish(
        step.decide(Action.PROVIDE_SUPPLEMENT, outcome),
        Action.PROVIDE_SUPPLEMENT,
        outcome,
        text="\n".join([*lines, *([text] if text else [])]),
    )


async def _hand_back(step: Step, procedure: Procedure) -> None:
    """Give a matter of the desk back to the operator who asked; a department has its handler."""
    if step.ticket.status is not Status.SUBMITTED or procedure.opened_by is None:
        return
    asker = await principal_of(step.tx.session, procedure.opened_by)
    if asker is not None and Role.OPERATOR in asker.roles:
        step.hand_to(user_id=asker.user_id)


async def cancel_unsupplemented(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """End a matter whose requester was told twice and stayed silent for as long as he had.

    Raises:
        SupplementStillRunning: he still has time; nobody ends a matter by asking for papers.
        SupplementNotReminded: he was not told a second time, or only just.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.CANCEL_UNSUPPLEMENTED)
    waiting = step.clocks.running({ClockKind.SUPPLEMENT})
    if waiting is not None:
        if tx.now <= waiting.due_at:
            raise SupplementStillRunning(due_at=waiting.due_at.isoformat())
        await _require_reminded(step, waiting)
    procedure = await require_live(step, ProcedureKind.SUPPLEMENT)
    procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
    procedure.decision = reason
    step.ticket.closure_code = ClosureCode.CANCELLED
    for task in list(step.assignments):
        step.set_task(task, AssignmentState.WITHDRAWN)
    return await step.finish(
        move, Action.CANCEL_UNSUPPLEMENTED, text=reason, audience=Audience.PUBLIC
    )


async def _require_reminded(step: Step, waiting: Clock) -> None:
    """Ask whether the requester was told again when half of his time was over, and had some left."""
    reminded_at = (
        await step.tx.session.exec(
            select(Threshold.fired_at).where(
                Threshold.clock_id == waiting.id, Threshold.rung == SUPPLEMENT_REMINDED_AT
            )
        )
    ).first()
    if reminded_at is None:
        raise SupplementNotReminded
    silence = step.clocks.calendar(waiting).elapsed(reminded_at, step.tx.now)
    if silence * SILENCE_SHARE < waiting.limit_seconds * 1_000_000:
        raise SupplementNotReminded
