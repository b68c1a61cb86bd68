"""Asking for something about a ticket, and deciding it.

Every request is a row of its own; a decision makes a step of the ticket and never writes the
ticket's columns itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.people.principal import Tx
from hotline.procedures.errors import (
    AlreadyRequested,
    NothingToDecide,
    ReturnForbidden,
    ReturnWindowClosed,
    SupplementLimit,
    SupplementStillRunning,
)
from hotline.procedures.models import Procedure
from hotline.procedures.rules import (
    BOUNCES_TO_ARBITRATION,
    Milestone,
    PauseReason,
    ProcedureKind,
    ProcedureState,
    ReturnReason,
    require_extension,
    require_plan,
    return_window,
)
from hotline.sla.clocks import setting_of
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, rule_for
from hotline.tickets.actions.closing import rework, rework_outcome
from hotline.tickets.actions.dispatch import dispatch_to, require_department
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import HANDLING, Action, ClosureCode, Move, Outcome
from hotline.tickets.models import Audience, CommitmentState, Ticket
from hotline.tickets.step import Step, end_promise

_LIVE = (ProcedureState.PENDING, ProcedureState.RUNNING)
_KIND = ProcedureKind


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


async def _require_live(step: Step, kind: ProcedureKind) -> Procedure:
    procedure = await live(step, kind)
    if procedure is None:
        raise NothingToDecide(kind=kind)
    return procedure


async def _deciding(
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
    procedure = await _require_live(step, kind)
    return procedure, step.decide(action, outcome, [(action, procedure.opened_by)])


async def _count(step: Step, kind: ProcedureKind, state: ProcedureState | None = None) -> int:
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
        nth=await _count(step, kind) + 1,
        reason=reason,
        text=text,
        details=dict(details or {}),
        opened_by=step.tx.actor.user_id,
        opened_department_id=step.tx.actor.department_id,
        opened_at=step.tx.now,
    )
    step.tx.session.add(procedure)
    return procedure


def _decide(step: Step, procedure: Procedure, state: ProcedureState, decision: str | None) -> None:
    procedure.state = state
    procedure.decided_by = step.tx.actor.user_id
    procedure.decided_at = step.tx.now
    procedure.decision = decision
    if state is not ProcedureState.RUNNING:
        procedure.ended_at = step.tx.now


def _verdict(approve: bool) -> tuple[Outcome, ProcedureState]:
    if approve:
        return Outcome.APPROVED, ProcedureState.GRANTED
    return Outcome.REFUSED, ProcedureState.REFUSED


# -- refusal ---------------------------------------------------------------------------------------


async def refuse_ticket(
    tx: Tx, number: str, *, reason: str, where_to: str, expected_version: int | None = None
) -> Ticket:
    """Propose not to accept a matter, saying where to go; nobody refuses alone."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REFUSE)
    await open_procedure(step, _KIND.REFUSAL, text=reason, details={"where_to": where_to})
    return await step.finish(move, Action.REFUSE, text=reason, audience=Audience.HOTLINE)


async def decide_refusal(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Confirm or overrule a proposed refusal."""
    step = await Step.begin(tx, number, expected_version)
    outcome, state = _verdict(approve)
    procedure, move = await _deciding(step, _KIND.REFUSAL, Action.DECIDE_REFUSAL, outcome)
    _decide(step, procedure, state, explanation)
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


# -- supplement ------------------------------------------------------------------------------------


async def request_supplement(
    tx: Tx, number: str, *, items: Sequence[str], expected_version: int | None = None
) -> Ticket:
    """Ask the requester for what is missing: one checklist, once.

    Raises:
        SupplementLimit: he was asked before.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_SUPPLEMENT)
    if await _count(step, _KIND.SUPPLEMENT):
        raise SupplementLimit
    text = "\n".join(items)
    await open_procedure(
        step,
        _KIND.SUPPLEMENT,
        text=text,
        reason=PauseReason.WAITING_REQUESTER.value,
        details={"items": list(items)},
        state=ProcedureState.RUNNING,
    )
    return await step.finish(move, Action.REQUEST_SUPPLEMENT, text=text, audience=Audience.PUBLIC)


async def provide_supplement(
    tx: Tx, number: str, *, text: str, expected_version: int | None = None
) -> Ticket:
    """Add what was missing; the clocks go on with what remained."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.PROVIDE_SUPPLEMENT)
    _decide(step, await _require_live(step, _KIND.SUPPLEMENT), ProcedureState.ENDED, None)
    return await step.finish(move, Action.PROVIDE_SUPPLEMENT, text=text)


async def cancel_unsupplemented(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """End a matter whose requester was asked and stayed silent for as long as he had.

    Raises:
        SupplementStillRunning: he still has time; nobody ends a matter by asking for papers.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.CANCEL_UNSUPPLEMENTED)
    waiting = step.clocks.running({ClockKind.SUPPLEMENT})
    if waiting is not None and tx.now <= waiting.due_at:
        raise SupplementStillRunning(due_at=waiting.due_at.isoformat())
    _decide(step, await _require_live(step, _KIND.SUPPLEMENT), ProcedureState.ENDED, reason)
    step.ticket.closure_code = ClosureCode.CANCELLED
    for task in list(step.assignments):
        step.set_task(task, AssignmentState.WITHDRAWN)
    return await step.finish(
        move, Action.CANCEL_UNSUPPLEMENTED, text=reason, audience=Audience.PUBLIC
    )


# -- consultation, return, arbitration -------------------------------------------------------------


async def request_consultation(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Ask the departments concerned whose matter it is, before dispatching."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_CONSULTATION)
    await open_procedure(step, _KIND.CONSULTATION, text=reason)
    return await step.finish(move, Action.REQUEST_CONSULTATION, text=reason)


async def decide_consultation(
    tx: Tx,
    number: str,
    *,
    department: str,
    co_departments: Sequence[str] = (),
    explanation: str,
    expected_version: int | None = None,
) -> Ticket:
    """End a consultation by dispatching."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await _deciding(step, _KIND.CONSULTATION, Action.DECIDE_CONSULTATION)
    _decide(step, procedure, ProcedureState.ENDED, explanation)
    return await dispatch_to(
        step,
        move,
        Action.DECIDE_CONSULTATION,
        department=department,
        co_departments=co_departments,
        text=explanation,
    )


async def request_return(
    tx: Tx,
    number: str,
    *,
    reason: ReturnReason,
    suggested_department: str,
    explanation: str,
    expected_version: int | None = None,
) -> Ticket:
    """Dispute the assignment, naming the department whose matter it is.

    Raises:
        ReturnForbidden: the ticket was designated.
        ReturnWindowClosed: a quarter of the limit, and two hours, have passed.
        UnknownCode: the suggested department does not exist.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_RETURN)
    if step.ticket.is_designated:
        raise ReturnForbidden
    await require_department(tx, suggested_department)
    work, lead = step.clocks.running(HANDLING), step.lead
    if work is not None and lead is not None:
        closes = return_window(
            step.policy.policy,
            step.clocks.calendar(work),
            lead.assigned_at,
            work.limit_seconds,
        )
        if tx.now > closes:
            raise ReturnWindowClosed(closed_at=closes.isoformat())
    await open_procedure(
        step,
        _KIND.RETURN,
        text=explanation,
        reason=reason.value,
        details={"suggested_department": suggested_department},
    )
    return await step.finish(
        move,
        Action.REQUEST_RETURN,
        text=explanation,
        reason=reason.value,
        details={"suggested_department": suggested_department},
    )


async def decide_return(
    tx: Tx,
    number: str,
    *,
    uphold: bool,
    department: str | None = None,
    explanation: str,
    expected_version: int | None = None,
) -> Ticket:
    """Decide a disputed assignment.

    Upheld, the ticket goes to `department`, or waits to be dispatched again when none is named;
    the third time it goes to arbitration. Rejected, it stays, and the review up to its own limit
    counts as the department's time.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = _return_outcome(step, uphold, department)
    procedure, move = await _deciding(step, _KIND.RETURN, Action.DECIDE_RETURN, outcome)
    _decide(
        step,
        procedure,
        ProcedureState.GRANTED if uphold else ProcedureState.REFUSED,
        explanation,
    )
    if not uphold:
        return await _keep_with_department(step, procedure, explanation)
    _take_back(step)
    if outcome is Outcome.REDISPATCHED and department is not None:
        return await dispatch_to(
            step, move, Action.DECIDE_RETURN, outcome, department=department, text=explanation
        )
    if outcome is Outcome.ARBITRATED:
        await open_procedure(step, _KIND.ARBITRATION, text=explanation)
    return await step.finish(move, Action.DECIDE_RETURN, outcome, text=explanation)


def _return_outcome(step: Step, uphold: bool, department: str | None) -> Outcome:
    if not uphold:
        return Outcome.REFUSED
    if step.ticket.bounce_count + 1 >= BOUNCES_TO_ARBITRATION:
        return Outcome.ARBITRATED
    return Outcome.REDISPATCHED if department else Outcome.UNASSIGNED


def _take_back(step: Step) -> None:
    step.ticket.bounce_count += 1
    step.ticket.lead_department_id = None
    for task in list(step.assignments):
        step.set_task(
            task,
            AssignmentState.RETURNED
            if task.role is AssignmentRole.LEAD
            else AssignmentState.WITHDRAWN,
        )


async def _keep_with_department(step: Step, procedure: Procedure, explanation: str) -> Ticket:
    lead = step.lead
    if lead is not None and lead.state is AssignmentState.PENDING_SIGN:
        step.set_task(lead, AssignmentState.SIGNED)
        lead.signed_at = step.tx.now
    move = step.decide(Action.DECIDE_RETURN, Outcome.REFUSED)
    return await step.finish(
        move,
        Action.DECIDE_RETURN,
        Outcome.REFUSED,
        text=explanation,
        charged_until=min(step.tx.now, _review_limit(step, procedure)),
    )


def _review_limit(step: Step, procedure: Procedure) -> datetime:
    """Return up to when a review in vain counts as the department's own time."""
    rule = rule_for(step.policy.policy, ClockKind.DISPUTE_REVIEW)
    if rule is None:
        return step.tx.now
    calendar = step.calendars[rule.calendar]
    limit = setting_of(rule, step.ticket.request_type.value, calendar).limit_seconds
    return calendar.add(procedure.opened_at, limit * 1_000_000)


async def refer_to_arbitration(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Put a disputed assignment before the authority."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await _deciding(step, _KIND.RETURN, Action.REFER_ARBITRATION)
    _decide(step, procedure, ProcedureState.ENDED, reason)
    _take_back(step)
    await open_procedure(step, _KIND.ARBITRATION, text=reason)
    return await step.finish(move, Action.REFER_ARBITRATION, text=reason)


async def decide_arbitration(
    tx: Tx, number: str, *, department: str, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Designate a department; it cannot return the ticket."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await _deciding(step, _KIND.ARBITRATION, Action.DECIDE_ARBITRATION)
    _decide(step, procedure, ProcedureState.ENDED, explanation)
    step.ticket.is_designated = True
    return await dispatch_to(
        step, move, Action.DECIDE_ARBITRATION, department=department, text=explanation
    )


# -- more time, or a plan --------------------------------------------------------------------------


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
        raise NothingToDecide(kind=_KIND.EXTENSION)
    require_extension(
        step.clocks.calendar(work),
        now=tx.now,
        due_at=work.due_at,
        until=until,
        limit_seconds=_first_limit(step, work),
        granted=await _count(step, _KIND.EXTENSION, ProcedureState.GRANTED),
    )
    await open_procedure(
        step,
        _KIND.EXTENSION,
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
    outcome, state = _verdict(approve)
    procedure, move = await _deciding(step, _KIND.EXTENSION, Action.DECIDE_EXTENSION, outcome)
    _decide(step, procedure, state, explanation)
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


async def request_suspension(
    tx: Tx,
    number: str,
    *,
    reason: PauseReason,
    explanation: str,
    requester_told: str,
    expected_version: int | None = None,
) -> Ticket:
    """Ask to put a matter on the long-cycle list."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_SUSPENSION)
    await open_procedure(
        step,
        _KIND.SUSPENSION,
        text=explanation,
        reason=reason.value,
        details={"requester_told": requester_told},
    )
    return await step.finish(move, Action.REQUEST_SUSPENSION, text=explanation, reason=reason.value)


async def decide_suspension(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Put a matter on the long-cycle list, or not; its work's clock waits meanwhile."""
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = _verdict(approve)
    procedure, move = await _deciding(step, _KIND.SUSPENSION, Action.DECIDE_SUSPENSION, outcome)
    _decide(
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
    )


async def end_suspension(
    tx: Tx, number: str, *, note: str, expected_version: int | None = None
) -> Ticket:
    """Take a matter off the long-cycle list."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await _deciding(step, _KIND.SUSPENSION, Action.END_SUSPENSION)
    procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
    return await step.finish(move, Action.END_SUSPENSION, text=note, audience=Audience.PUBLIC)


async def request_rectification(
    tx: Tx,
    number: str,
    *,
    reason: str,
    milestones: Sequence[Milestone],
    requester_told: str,
    expected_version: int | None = None,
) -> Ticket:
    """Put a plan with milestones before the supervisor, where nothing can be fixed soon.

    Raises:
        InvalidPlan: too few or too many milestones, or dates that do not rise.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_RECTIFICATION)
    require_plan(milestones, tx.now)
    await open_procedure(
        step,
        _KIND.RECTIFICATION,
        text=reason,
        details={
            "requester_told": requester_told,
            "milestones": [
                {"text": milestone.text, "due_at": milestone.due_at.isoformat()}
                for milestone in milestones
            ],
        },
    )
    return await step.finish(move, Action.REQUEST_RECTIFICATION, text=reason)


async def decide_rectification(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Let a plan take the place of the promise, or not."""
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = _verdict(approve)
    procedure, move = await _deciding(
        step, _KIND.RECTIFICATION, Action.DECIDE_RECTIFICATION, outcome
    )
    _decide(
        step,
        procedure,
        ProcedureState.RUNNING if approve else ProcedureState.REFUSED,
        explanation,
    )
    if approve:
        commitment = await step.active_commitment()
        if commitment is not None:
            commitment.state, commitment.outcome_at = CommitmentState.REPLACED, tx.now
    await step.finish(
        move,
        Action.DECIDE_RECTIFICATION,
        outcome,
        text=explanation,
        audience=Audience.PUBLIC if approve else Audience.STAFF,
    )
    if approve:
        last = datetime.fromisoformat(procedure.details["milestones"][-1]["due_at"])
        await step.clocks.extend({ClockKind.MILESTONE}, last, Action.DECIDE_RECTIFICATION)
        clock = step.clocks.running({ClockKind.MILESTONE})
        # On a working calendar the end of a plan outside office hours is the end of work before.
        step.ticket.due_at = clock.due_at if clock else last
        step.promise(content=procedure.text, due_at=step.ticket.due_at)
    return step.ticket


async def end_rectification(
    tx: Tx, number: str, *, completed: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Strike a plan off, done or failed; only the supervisor may."""
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.COMPLETED if completed else Outcome.FAILED
    procedure, move = await _deciding(step, _KIND.RECTIFICATION, Action.END_RECTIFICATION, outcome)
    procedure.state, procedure.ended_at = ProcedureState.ENDED, tx.now
    commitment = await step.active_commitment()
    if commitment is not None and not completed:
        await end_promise(tx, step.ticket, commitment, kept=False, at=tx.now)
    return await step.finish(
        move,
        Action.END_RECTIFICATION,
        outcome,
        text=explanation,
        audience=Audience.PUBLIC,
    )


# -- final reply and rating check ------------------------------------------------------------------


async def request_final_reply(
    tx: Tx, number: str, *, reply: str, reason: str, expected_version: int | None = None
) -> Ticket:
    """Ask to end a matter that cannot go further; a department's leader signs for it."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_FINAL_REPLY)
    await open_procedure(step, _KIND.FINAL_REPLY, text=reason, details={"reply": reply})
    return await step.finish(move, Action.REQUEST_FINAL_REPLY, text=reason)


async def decide_final_reply(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """End the matter for good, or let it go on."""
    step = await Step.begin(tx, number, expected_version)
    outcome, state = _verdict(approve)
    procedure, move = await _deciding(step, _KIND.FINAL_REPLY, Action.DECIDE_FINAL_REPLY, outcome)
    _decide(step, procedure, state, explanation)
    if approve:
        step.ticket.closure_code = ClosureCode.FINAL_REPLY
        for task in list(step.assignments):
            step.set_task(
                task,
                AssignmentState.DONE
                if task.state is not AssignmentState.PENDING_SIGN
                else AssignmentState.WITHDRAWN,
            )
    return await step.finish(
        move,
        Action.DECIDE_FINAL_REPLY,
        outcome,
        text=procedure.details["reply"] if approve else explanation,
        audience=Audience.PUBLIC if approve else Audience.STAFF,
    )


async def open_rating_check(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Look into a bad rating."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.OPEN_RATING_CHECK)
    await open_procedure(step, _KIND.RATING_CHECK, text=reason)
    return await step.finish(move, Action.OPEN_RATING_CHECK, text=reason, audience=Audience.HOTLINE)


async def decide_rating_check(
    tx: Tx, number: str, *, founded: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Find a bad rating founded, and have the matter handled again, or close it."""
    step = await Step.begin(tx, number, expected_version)
    outcome = rework_outcome(step, Outcome.FOUNDED) if founded else Outcome.UNFOUNDED
    step.decide(Action.DECIDE_RATING_CHECK, outcome)
    if await live(step, _KIND.RATING_CHECK) is None:
        # A visit with a bad rating puts the ticket here by itself; its record begins now.
        opened = await open_procedure(step, _KIND.RATING_CHECK, text=explanation)
        opened.opened_by = opened.opened_department_id = None
    procedure, move = await _deciding(step, _KIND.RATING_CHECK, Action.DECIDE_RATING_CHECK, outcome)
    _decide(
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
