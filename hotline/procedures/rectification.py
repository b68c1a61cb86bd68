"""Plans with milestones, where nothing can be fixed soon.

A plan is told to the requester, then put before the supervisor; while it runs every milestone has a
clock of its own. It is struck off on the department's request and by the supervisor's decision only,
and fails by itself with the second milestone missed.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.people.principal import Tx
from hotline.procedures.errors import (
    CloseOutNeeded,
    EvidenceNeeded,
    MilestonesOpen,
    NoSuchMilestone,
)
from hotline.procedures.models import PlanMilestone, Procedure
from hotline.procedures.requests import (
    deciding,
    live,
    open_procedure,
    require_live,
    verdict,
    write_decision,
)
from hotline.procedures.rules import (
    SLIPS_TO_FAILURE,
    Milestone,
    ProcedureKind,
    ProcedureState,
    count_slips,
    require_plan,
    require_told,
)
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, Limit, rule_for
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.counted import MilestoneEnded
from hotline.tickets.lifecycle import Action, Outcome
from hotline.tickets.models import Audience, CommitmentState, Ticket
from hotline.tickets.step import Step, end_promise, was_never_warned


async def request_rectification(
    tx: Tx,
    number: str,
    *,
    reason: str,
    milestones: Sequence[Milestone],
    told_how: ContactMethod,
    told_at: datetime,
    expected_version: int | None = None,
) -> Ticket:
    """Put a plan with milestones before the supervisor, where nothing can be fixed soon.

    Args:
        tx: the transaction.
        number: the ticket.
        reason: why it takes a plan.
        milestones: 2 to 12, each with its date and the person who answers for it.
        told_how: how the requester was told of the plan.
        told_at: when he was told.
        expected_version: the version the actor has read.

    Raises:
        InvalidPlan: it cannot be followed.
        RequesterNotTold: he cannot have been told then.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_RECTIFICATION)
    require_plan(milestones, tx.now)
    require_told(told_at, since=step.ticket.submitted_at, now=tx.now)
    procedure = await open_procedure(
        step,
        ProcedureKind.RECTIFICATION,
        text=reason,
        details={"told_how": told_how.value, "told_at": told_at.isoformat()},
    )
    await tx.session.flush()  # milestones refer to their plan
    tx.session.add_all(
        PlanMilestone(
            id=uuid7(tx.now),
            procedure_id=procedure.id,
            position=position,
            text=milestone.text,
            person=milestone.person.strip(),
            due_at=milestone.due_at,
        )
        for position, milestone in enumerate(milestones, 1)
    )
    return await step.finish(move, Action.REQUEST_RECTIFICATION, text=reason)


async def decide_rectification(
    tx: Tx, number: str, *, approve: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Let a plan take the place of the promise, or not.

    Raises:
        InvalidPlan: its first milestone has passed meanwhile.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome, _ = verdict(approve)
    procedure, move = await deciding(
        step, ProcedureKind.RECTIFICATION, Action.DECIDE_RECTIFICATION, outcome
    )
    milestones = await _milestones(step, procedure)
    if approve:
        require_plan([Milestone(one.text, one.due_at, one.person) for one in milestones], tx.now)
    write_decision(
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
        limits={ClockKind.MILESTONE: _limits(step, milestones)},
    )
    if approve:
        clocks = [clock for clock in step.clocks.live if clock.kind is ClockKind.MILESTONE]
        for milestone, clock in zip(milestones, clocks, strict=bool(clocks)):
            milestone.clock_id = clock.id
        # On a working calendar the end of a plan outside office hours is the end of work before.
        due_at = clocks[-1].due_at if clocks else milestones[-1].due_at
        step.promise(content=procedure.text, due_at=due_at)
    return step.ticket


def _limits(step: Step, milestones: Sequence[PlanMilestone]) -> Sequence[Limit]:
    """Return how long each milestone's clock runs, on the calendar of such clocks."""
    rule = rule_for(step.policy.policy, ClockKind.MILESTONE)
    if rule is None:
        return ()
    calendar = step.calendars[rule.calendar]
    return [
        Limit(seconds=max(1, calendar.elapsed(step.tx.now, one.due_at) // 1_000_000))
        for one in milestones
    ]


async def _milestones(step: Step, procedure: Procedure) -> Sequence[PlanMilestone]:
    rows = await step.tx.session.exec(
        select(PlanMilestone)
        .where(PlanMilestone.procedure_id == procedure.id)
        .order_by(col(PlanMilestone.position))
    )
    return rows.all()


async def complete_milestone(
    tx: Tx,
    number: str,
    *,
    milestone: int,
    note: str,
    evidence: Sequence[str],
    told_how: ContactMethod,
    told_at: datetime,
    expected_version: int | None = None,
) -> Ticket:
    """Report a milestone as done, with evidence, the requester having been told.

    Its own clock ends here, met or missed. After the last one the department asks to strike the plan
    off.

    Args:
        tx: the transaction.
        number: the ticket.
        milestone: its place in the plan, from 1.
        note: what was done; the requester reads it.
        evidence: references to what proves it.
        told_how: how the requester was told.
        told_at: when he was told.
        expected_version: the version the actor has read.

    Raises:
        NoSuchMilestone: none of this place is open.
        EvidenceNeeded: nothing proves it.
        RequesterNotTold: he cannot have been told then.
    """
    step = await Step.begin(tx, number, expected_version)
    step.decide(Action.COMPLETE_MILESTONE)
    procedure = await require_live(step, ProcedureKind.RECTIFICATION)
    still_open = {
        one.position: one for one in await _milestones(step, procedure) if one.done_at is None
    }
    done = still_open.pop(milestone, None)
    if done is None:
        raise NoSuchMilestone(position=milestone)
    if not evidence:
        raise EvidenceNeeded
    require_told(told_at, since=step.ticket.submitted_at, now=tx.now)
    outcome = Outcome.DONE if still_open else Outcome.COMPLETED
    move = step.decide(Action.COMPLETE_MILESTONE, outcome)
    done.done_at, done.done_by, done.note = tx.now, tx.actor.user_id, note
    done.evidence = list(evidence)
    done.told_how, done.told_at = told_how.value, told_at
    settled = await step.clocks.settle({ClockKind.MILESTONE}, only={done.clock_id})
    step.tell(*_ended(step, [done], settled))
    return await step.finish(
        move,
        Action.COMPLETE_MILESTONE,
        outcome,
        text=f"{done.text}: {note}",
        audience=Audience.PUBLIC,
        details={"milestone": milestone, "evidence_count": len(evidence)},
    )


async def request_close_out(
    tx: Tx,
    number: str,
    *,
    summary: str,
    evidence: Sequence[str],
    expected_version: int | None = None,
) -> Ticket:
    """Ask to strike a plan off: all its milestones are done; the supervisor decides.

    Raises:
        MilestonesOpen: some are not.
        EvidenceNeeded: nothing proves it.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_CLOSE_OUT)
    procedure = await require_live(step, ProcedureKind.RECTIFICATION)
    await _require_all_done(step, procedure)
    if not evidence:
        raise EvidenceNeeded
    await open_procedure(
        step, ProcedureKind.CLOSE_OUT, text=summary, details={"evidence": list(evidence)}
    )
    return await step.finish(move, Action.REQUEST_CLOSE_OUT, text=summary)


async def _require_all_done(step: Step, procedure: Procedure) -> None:
    count = sum(one.done_at is None for one in await _milestones(step, procedure))
    if count:
        raise MilestonesOpen(count=count)


async def refuse_close_out(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Leave a plan on the ledger: the department has to show more, and asks again."""
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.CLOSE_OUT, Action.REFUSE_CLOSE_OUT)
    write_decision(step, procedure, ProcedureState.REFUSED, reason)
    return await step.finish(move, Action.REFUSE_CLOSE_OUT, text=reason)


async def end_rectification(
    tx: Tx, number: str, *, completed: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Strike a plan off, done or failed; only the supervisor may.

    Raises:
        CloseOutNeeded: it is to be done, but the department has not asked.
        SecondPersonNeeded: the actor asked himself.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.COMPLETED if completed else Outcome.FAILED
    step.decide(Action.END_RECTIFICATION, outcome)
    asked = await live(step, ProcedureKind.CLOSE_OUT)
    if completed:
        if asked is None:
            raise CloseOutNeeded
        _, move = await deciding(step, ProcedureKind.CLOSE_OUT, Action.END_RECTIFICATION, outcome)
        write_decision(step, asked, ProcedureState.GRANTED, explanation)
        plan = await require_live(step, ProcedureKind.RECTIFICATION)
        plan.state, plan.ended_at = ProcedureState.COMPLETED, tx.now
        return await step.finish(
            move,
            Action.END_RECTIFICATION,
            outcome,
            text=explanation,
            audience=Audience.PUBLIC,
        )
    return await _fail(step, explanation)


async def fail_rectification(tx: Tx, number: str, *, explanation: str) -> bool:
    """Let a plan fail whose second milestone was missed; tell whether it had come to that.

    Taken by the system when a milestone's limit has passed.
    """
    step = await Step.begin(tx, number)
    step.decide(Action.END_RECTIFICATION, Outcome.FAILED)
    plan = await require_live(step, ProcedureKind.RECTIFICATION)
    milestones = await _milestones(step, plan)
    slips = count_slips(await _dates(step, milestones), tx.now)
    if slips < SLIPS_TO_FAILURE:
        return False
    await _fail(step, explanation)
    return True


async def _dates(
    step: Step, milestones: Sequence[PlanMilestone]
) -> list[tuple[datetime, datetime | None]]:
    """Return when each milestone was due by its clock, and when it was done."""
    clocks = await step.tx.session.exec(
        select(Clock.id, Clock.due_at).where(
            col(Clock.id).in_([one.clock_id for one in milestones])
        )
    )
    due: dict[uuid.UUID | None, datetime] = dict(clocks.all())
    return [(due.get(one.clock_id, one.due_at), one.done_at) for one in milestones]


async def _fail(step: Step, explanation: str) -> Ticket:
    """End a plan that came to nothing: its promise is broken, the work has its limit again."""
    tx = step.tx
    plan = await require_live(step, ProcedureKind.RECTIFICATION)
    move = step.decide(Action.END_RECTIFICATION, Outcome.FAILED)
    plan.state, plan.ended_at = ProcedureState.FAILED, tx.now
    overdue = {
        clock.id
        for clock in step.clocks.live
        if clock.kind is ClockKind.MILESTONE and clock.due_at < tx.now
    }
    settled = await step.clocks.settle({ClockKind.MILESTONE}, only=overdue)
    if settled:
        step.tell(*_ended(step, await _milestones(step, plan), settled))
    commitment = await step.active_commitment()
    if commitment is not None:
        await end_promise(tx, step.ticket, commitment, kept=False, at=tx.now)
    return await step.finish(
        move,
        Action.END_RECTIFICATION,
        Outcome.FAILED,
        text=explanation,
        audience=Audience.PUBLIC,
    )


def _ended(
    step: Step, milestones: Sequence[PlanMilestone], settled: Sequence[Clock]
) -> Sequence[MilestoneEnded]:
    """Return the milestones among these whose clocks end here, each kept or missed."""
    ticket, verdicts = step.ticket, {clock.id: clock for clock in settled}
    return [
        MilestoneEnded(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            milestone_id=str(one.id),
            department_id=clock.department_id,
            hop=clock.hop,
            round=clock.round,
            category=ticket.category_code or "",
            position=one.position,
            due_at=clock.due_at.isoformat(),
            met=clock.state is ClockState.MET,
            is_excused=clock.state is ClockState.MISSED and was_never_warned(clock, step.tx.now),
        )
        for one in milestones
        if one.clock_id is not None
        and (clock := verdicts.get(one.clock_id)) is not None
        and clock.department_id is not None
    ]
