"""Disputed assignments: asking to give a ticket back, deciding it, disputing that, arbitration."""

from collections.abc import Sequence

from hotline.dispatching.models import PrecedentSource
from hotline.kernel.outbox import emit
from hotline.people.models import Department
from hotline.people.principal import Tx
from hotline.procedures.dispute_rules import (
    ReturnLevel,
    arbitration_outcome,
    dispute_outcome,
    level_of,
    require_another,
    require_grounds,
    require_may_dispute,
    require_may_return,
    uphold_outcome,
)
from hotline.procedures.disputes import (
    add_details,
    charged_until,
    has_tried_contact,
    is_urgent,
    name_of_leader,
    overrule_precedents,
    promise_anew,
    returns_of,
    settle_duty,
    sign_in_its_place,
    take_back,
)
from hotline.procedures.errors import ReturnWindowClosed
from hotline.procedures.events import ArbitrationDecided, ReturnJudged, TicketDesignated
from hotline.procedures.models import Procedure
from hotline.procedures.queries import is_raised, past_return
from hotline.procedures.requests import deciding, open_procedure, require_live, write_decision
from hotline.procedures.rules import (
    ProcedureKind,
    ProcedureState,
    ReturnReason,
    return_window,
)
from hotline.sla.clocks import setting_of
from hotline.sla.policy import CalendarCode, ClockKind, rule_for
from hotline.tickets.actions.dispatch import dispatch_to, require_department, require_not_returned
from hotline.tickets.errors import NotYourTask, SecondPersonNeeded
from hotline.tickets.lifecycle import HANDLING, Action, Move, Outcome
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.step import Step


async def request_return(
    tx: Tx,
    number: str,
    *,
    reason: ReturnReason,
    suggested_department: str,
    explanation: str,
    legal_basis: str | None = None,
    evidence: Sequence[str] = (),
    leader: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Dispute the assignment, naming the department whose matter it is.

    Args:
        tx: the transaction.
        number: the ticket.
        reason: one of six.
        suggested_department: code of the department that is to go on with the requester.
        explanation: why.
        legal_basis: the provision that says so.
        evidence: references to photographs, minutes, documents.
        leader: name of the leader who answers for it; left out, the asking leader or the
            department's own.
        expected_version: the version the actor has read.

    Raises:
        ReturnForbidden: the ticket was designated.
        ReturnAskedBefore: the department asked already since it was given the ticket.
        ReturnNeedsContact: it calls the matter unclear and has not tried to ask.
        ReturnWindowClosed: a quarter of the limit, and two hours, have passed.
        ReturnToSelf: it names itself.
        UnknownCode: the suggested department does not exist.
        DepartmentInactive: the suggested department takes no tickets.
        LeaderNeeded: nobody answers for it.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_RETURN)
    lead = step.lead
    if lead is None:
        raise NotYourTask
    ticket = step.ticket
    past = [past_return(one) for one in await returns_of(step)]
    require_may_return(past, hop=ticket.hop, is_designated=ticket.is_designated)
    window = _require_in_window(step, lead)
    require_grounds(reason, has_tried_contact=await has_tried_contact(step, lead))
    suggested = await require_department(tx, suggested_department)
    require_another(suggested.id, lead.department_id)
    details = {
        "suggested_department": suggested.code,
        "leader": await name_of_leader(tx, leader),
        "legal_basis": legal_basis,
        "evidence": list(evidence),
        "hop": ticket.hop,
        "bounce": ticket.bounce_count + 1,
        "assigned_at": lead.assigned_at.isoformat(),
        "window_closes_at": window,
    }
    await open_procedure(
        step, ProcedureKind.RETURN, text=explanation, reason=reason.value, details=details
    )
    return await step.finish(
        move,
        Action.REQUEST_RETURN,
        text=explanation,
        reason=reason.value,
        details={"suggested_department": suggested.code, "evidence_count": len(evidence)},
    )


def _require_in_window(step: Step, lead: Assignment) -> str | None:
    """Return when the window closes.

    The window is a share of the first limit: more time for the work is no more time to dispute it.
    """
    work = step.clocks.running(HANDLING)
    if work is None:
        return None
    calendar = step.clocks.calendar(work)
    rule = rule_for(step.policy.policy, work.kind)
    first = work.limit_seconds
    if rule is not None:
        given = setting_of(rule, step.ticket.request_type.value, calendar).limit_seconds
        first = min(first, given)
    closes = return_window(step.policy.policy, calendar, lead.assigned_at, first)
    if step.tx.now > closes:
        raise ReturnWindowClosed(closed_at=closes.isoformat())
    return closes.isoformat()


async def decide_return(
    tx: Tx,
    number: str,
    *,
    uphold: bool,
    department: str | None = None,
    explanation: str,
    override_reason: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Decide a disputed assignment.

    Upheld, the ticket goes to `department`, or waits to be dispatched again when none is named;
    the third time it goes to arbitration. Rejected, it stays, and the review up to its own limit
    counts as the department's time.

    Raises:
        ReturnWithAuthority: the review's limit has passed; only the authority decides.
        ReturnToSelf: the next department is the present one.
        AlreadyReturned: the next department was right to return this matter before.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = (
        uphold_outcome(step.ticket.bounce_count, is_named=department is not None)
        if uphold
        else Outcome.REFUSED
    )
    procedure, move = await deciding(step, ProcedureKind.RETURN, Action.DECIDE_RETURN, outcome)
    level = level_of(tx.actor.roles, is_raised=is_raised(step.ticket))
    if not uphold:
        return await _reject(step, move, procedure, level, explanation)
    following = await _following(step, outcome, department)
    write_decision(step, procedure, ProcedureState.GRANTED, explanation)
    add_details(procedure, {"level": level.value, "next_department": department})
    await _tell_judged(step, procedure)
    take_back(step)
    if following is None:
        await overrule_precedents(step, explanation)
    else:
        await settle_duty(
            step, PrecedentSource.RETURN, department_id=following.id, explanation=explanation
        )
    if outcome is Outcome.REDISPATCHED and following is not None:
        return await dispatch_to(
            step,
            move,
            Action.DECIDE_RETURN,
            outcome,
            department=following.code,
            text=explanation,
            override_reason=override_reason,
        )
    if outcome is Outcome.ARBITRATED:
        await _open_arbitration(step, procedure, explanation)
    return await step.finish(move, Action.DECIDE_RETURN, outcome, text=explanation)


async def _following(step: Step, outcome: Outcome, department: str | None) -> Department | None:
    """Return the department that is to have the ticket next, if one is named and gets it."""
    if department is None:
        return None
    following = await require_department(step.tx, department)
    require_another(following.id, step.ticket.lead_department_id)
    if outcome is Outcome.ARBITRATED:
        return None  # it is the authority that says whose duty it is
    await require_not_returned(step, following)
    return following


async def _reject(
    step: Step, move: Move, procedure: Procedure, level: ReturnLevel, explanation: str
) -> Ticket:
    write_decision(step, procedure, ProcedureState.REFUSED, explanation)
    add_details(procedure, {"level": level.value})
    await _tell_judged(step, procedure)
    lead = step.lead
    if lead is not None:
        await settle_duty(
            step,
            PrecedentSource.RETURN,
            department_id=lead.department_id,
            explanation=explanation,
        )
    return await _go_on(
        step, move, procedure, Action.DECIDE_RETURN, Outcome.REFUSED, text=explanation
    )


async def _tell_judged(step: Step, procedure: Procedure) -> None:
    """Tell what became of a request, while the department that made it still leads."""
    lead = step.lead
    if lead is None:
        return
    refused_before = any(
        one.id != procedure.id
        and one.state is ProcedureState.REFUSED
        and one.opened_department_id == lead.department_id
        for one in await returns_of(step)
    )
    await emit(
        step.tx,
        ReturnJudged(
            ticket_id=str(step.ticket.id),
            ticket_number=step.ticket.number,
            return_id=str(procedure.id),
            department_id=lead.department_id,
            hop=lead.hop,
            outcome=procedure.state.value,
            was_refused_before=refused_before,
        ),
    )


async def _go_on(
    step: Step,
    move: Move,
    procedure: Procedure,
    action: Action,
    outcome: Outcome = Outcome.DONE,
    *,
    text: str | None,
) -> Ticket:
    """Let the department go on; the review in vain counts as its time, up to the review's limit."""
    sign_in_its_place(step)
    ticket = await step.finish(
        move,
        action,
        outcome,
        text=text,
        charged_until=charged_until(step, ClockKind.DISPUTE_REVIEW, procedure.opened_at),
    )
    await promise_anew(step)
    return ticket


async def withdraw_return(
    tx: Tx, number: str, *, note: str | None = None, expected_version: int | None = None
) -> Ticket:
    """Take back the request to return a ticket: the department goes on, as if it were rejected.

    It cannot ask again: who could ask and take back at will would be buying time.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.WITHDRAW_RETURN)
    procedure = await require_live(step, ProcedureKind.RETURN)
    write_decision(step, procedure, ProcedureState.WITHDRAWN, note)
    await _tell_judged(step, procedure)
    return await _go_on(step, move, procedure, Action.WITHDRAW_RETURN, text=note)


async def dispute_return(
    tx: Tx, number: str, *, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Take the hotline's rejection to the authority; only the leader may, once and soon.

    The department keeps the ticket until the authority has decided. Its time is frozen meanwhile,
    but not where the matter is urgent: there it acts first.

    Raises:
        NothingToDispute: there is no rejection, or it is the last word.
        DisputeWindowClosed: two working hours have passed since.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = dispute_outcome(is_urgent=is_urgent(step))
    move = step.decide(Action.DISPUTE_RETURN, outcome)
    ticket = step.ticket
    returns = await returns_of(step)
    require_may_dispute(
        [past_return(one) for one in returns],
        hop=ticket.hop,
        is_designated=ticket.is_designated,
        now=tx.now,
        working=step.calendars[CalendarCode.WORKING],
    )
    rejected = next(one for one in returns if past_return(one).hop == ticket.hop)
    add_details(rejected, {"disputed_at": tx.now.isoformat()})
    await _open_arbitration(step, rejected, explanation)
    return await step.finish(move, Action.DISPUTE_RETURN, outcome, text=explanation)


async def refer_to_arbitration(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Put a disputed assignment before the authority, undecided.

    The department keeps the ticket meanwhile, as it does when it disputes a rejection.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = dispute_outcome(is_urgent=is_urgent(step))
    procedure, move = await deciding(step, ProcedureKind.RETURN, Action.REFER_ARBITRATION, outcome)
    write_decision(step, procedure, ProcedureState.ENDED, reason)
    add_details(procedure, {"level": ReturnLevel.ARBITRATION.value})
    await _open_arbitration(step, procedure, reason)
    sign_in_its_place(step)
    ticket = await step.finish(
        move,
        Action.REFER_ARBITRATION,
        outcome,
        text=reason,
        charged_until=charged_until(step, ClockKind.DISPUTE_REVIEW, procedure.opened_at),
    )
    await promise_anew(step)
    return ticket


async def _open_arbitration(step: Step, procedure: Procedure, text: str) -> None:
    await open_procedure(
        step,
        ProcedureKind.ARBITRATION,
        text=text,
        details={
            "return": str(procedure.id),
            "suggested_department": procedure.details.get("suggested_department"),
        },
    )


async def decide_arbitration(
    tx: Tx, number: str, *, department: str, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Designate a department; it cannot return the ticket.

    Where the designated department still has the ticket it goes on, and the dispute counts as its
    time up to the limit of whoever had to decide. Any other gets it anew, with the full limit.

    Raises:
        SecondPersonNeeded: the actor asked for the arbitration, or decided the return himself.
    """
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.ARBITRATION, Action.DECIDE_ARBITRATION)
    disputed = (await returns_of(step))[-1]  # nothing else comes to arbitration
    if tx.actor.user_id is not None and disputed.decided_by == tx.actor.user_id:
        raise SecondPersonNeeded(action=Action.DECIDE_ARBITRATION)
    unit = await require_department(tx, department)
    write_decision(step, procedure, ProcedureState.ENDED, explanation)
    add_details(procedure, {"next_department": unit.code})
    ticket = step.ticket
    ticket.is_designated = True
    await settle_duty(
        step, PrecedentSource.ARBITRATION, department_id=unit.id, explanation=explanation
    )
    lead = step.lead
    outcome = arbitration_outcome(unit.id, lead.department_id if lead else None)
    if outcome is Outcome.KEPT:
        await _designate_present(step, procedure, disputed, unit, explanation)
    else:
        if lead is not None:
            # Stopped here where it ran on: a department without a duty carries none of the time.
            await step.clocks.pause(HANDLING, Action.DECIDE_ARBITRATION)
            take_back(step)
        await dispatch_to(
            step, move, Action.DECIDE_ARBITRATION, department=unit.code, text=explanation
        )
    await emit(
        tx,
        TicketDesignated(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            department_id=unit.id,
            bounce_count=ticket.bounce_count,
        ),
        *_arbitrated(ticket, disputed, unit),
    )
    return ticket


def _arbitrated(
    ticket: Ticket, disputed: Procedure, unit: Department
) -> Sequence[ArbitrationDecided]:
    asker = disputed.opened_department_id
    if asker is None:
        return ()
    return (
        ArbitrationDecided(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            return_id=str(disputed.id),
            department_id=asker,
            designated_department_id=unit.id,
            is_upheld=asker != unit.id,
        ),
    )


async def _designate_present(
    step: Step, procedure: Procedure, disputed: Procedure, unit: Department, explanation: str
) -> None:
    was_rejected = disputed.state is ProcedureState.REFUSED
    await step.finish(
        step.decide(Action.DECIDE_ARBITRATION, Outcome.KEPT),
        Action.DECIDE_ARBITRATION,
        Outcome.KEPT,
        text=explanation,
        details={"department": unit.code},
        charged_until=charged_until(step, ClockKind.ARBITRATION, procedure.opened_at)
        if was_rejected
        else charged_until(step, ClockKind.DISPUTE_REVIEW, disputed.opened_at),
    )
    await promise_anew(step)
