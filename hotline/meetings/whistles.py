"""Whistles (吹哨): units called to report in, meet, decide and do; the hotline judges how they came.

Nothing here stops the ticket. Each unit called has a clock of its own until it reports in, and one
more until its task is done.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from hotline.dispatching.models import PrecedentSource
from hotline.dispatching.precedents import record_precedent
from hotline.kernel.outbox import emit
from hotline.meetings.errors import (
    AlreadyScored,
    CannotAddCoHandlers,
    NotDecidedYet,
    UnitNotCalled,
)
from hotline.meetings.events import WhistleScored
from hotline.meetings.gathering import (
    TaskGiven,
    answer,
    call,
    decide_meeting,
    end_meeting,
    move,
    names_of,
    open_meeting,
    open_task,
    own_call,
    require_called,
    require_undecided,
    tell_called,
)
from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind, Limit
from hotline.sla.timers import Start
from hotline.tickets.actions.cohandling import add_parts
from hotline.tickets.actions.dispatch import require_department
from hotline.tickets.calls import call_unit
from hotline.tickets.errors import NotYourTask
from hotline.tickets.lifecycle import TRANSITIONS, Action
from hotline.tickets.meeting_models import Meeting, MeetingTask, MeetingUnit
from hotline.tickets.meetings import MeetingKind, MeetingState, ResponseScore
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.step import Step

_WHISTLE = MeetingKind.WHISTLE


async def blow_whistle(
    tx: Tx,
    number: str,
    *,
    departments: Sequence[str],
    reason: str,
    report_limit: Limit | None = None,
    held_at: datetime | None = None,
    place: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Call units together about a ticket that one unit alone cannot settle.

    Args:
        tx: the transaction.
        number: the ticket.
        departments: codes of the units that have to report in.
        reason: what they are called for.
        report_limit: how long they have to report in; None for what the policy says.
        held_at: when they meet.
        place: where, or how they are connected.
        expected_version: the version the actor has read.

    Raises:
        MeetingExists: an earlier whistle is not decided yet.
        NoUnitsCalled: nobody is named.
        OwnUnitCalled: the caller's own unit is named.
        DepartmentInactive: one of them takes no tickets.
    """
    step = await Step.begin(tx, number, expected_version)
    move_made = step.decide(Action.BLOW_WHISTLE)
    meeting = await open_meeting(step, _WHISTLE, question=reason, held_at=held_at, place=place)
    units = await call(step, meeting, departments)
    ticket = await step.finish(
        move_made,
        Action.BLOW_WHISTLE,
        text=reason,
        details={"meeting": meeting.number, "units": await names_of(step, units)},
        unit_starts=[
            Start(ClockKind.REPORT_IN, unit.department_id, report_limit) for unit in units
        ],
    )
    for unit in units:
        clock = step.clocks.of_department(ClockKind.REPORT_IN, unit.department_id)
        unit.due_at = clock.due_at if clock else None
    await tell_called(step, units, "whistle")
    return ticket


async def report_in(
    tx: Tx,
    number: str,
    *,
    attendee: str,
    deputy: bool,
    note: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Answer a whistle: say who comes for the unit; its clock ends here.

    Args:
        tx: the transaction.
        number: the ticket.
        attendee: who comes.
        deputy: whether he stands in for the one who should.
        note: what the unit brings or needs.
        expected_version: the version the actor has read.

    Raises:
        NoMeeting: no whistle waits for an answer.
        NotYourTask: the actor's unit was not called.
        AlreadyAnswered: it has reported in.
    """
    step = await Step.begin(tx, number, expected_version)
    move_made = step.decide(Action.REPORT_IN)
    meeting = await require_undecided(step, _WHISTLE)
    unit = await own_call(step, meeting)
    unit.attendee, unit.is_deputy, unit.words = attendee, deputy, note
    await answer(step, meeting, unit)
    return await step.finish(
        move_made,
        Action.REPORT_IN,
        text=note,
        details={"meeting": meeting.number, "deputy": deputy},
        only_department=unit.department_id,
    )


async def decide_whistle(
    tx: Tx,
    number: str,
    *,
    decision: str,
    attended: Sequence[str] = (),
    tasks: Sequence[TaskGiven] = (),
    co_departments: Sequence[str] = (),
    duty: str | None = None,
    minutes: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Write what a whistled meeting decided.

    Args:
        tx: the transaction.
        number: the ticket.
        decision: what was decided.
        attended: codes of the units that came.
        tasks: who has what to do by when; at most one for each unit.
        co_departments: codes of units that become co-handlers of the ticket.
        duty: code of the unit whose duty the matter was found to be; kept as a precedent.
        minutes: what was said.
        expected_version: the version the actor has read.

    Raises:
        NoMeeting: no whistle waits for a decision.
        UnitNotCalled: a unit is named that was not called.
        InvalidTask: a task cannot be given so.
        CannotAddCoHandlers: no department leads the ticket now.
    """
    step = await Step.begin(tx, number, expected_version)
    move_made = step.decide(Action.DECIDE_WHISTLE)
    meeting = await require_undecided(step, _WHISTLE)
    # Whoever let his time pass has missed it; the others' ends without a verdict.
    for clock in step.clocks.live:
        if clock.kind is ClockKind.REPORT_IN and clock.due_at < tx.now:
            await step.clocks.settle({ClockKind.REPORT_IN}, department_id=clock.department_id)
    starts = await decide_meeting(
        step, meeting, decision=decision, attended=attended, tasks=tasks, minutes=minutes
    )
    given = [start.department_id for start in starts]
    added = await _add_co_handlers(step, co_departments, decision)
    if duty is not None:
        unit = await require_department(tx, duty)
        meeting.duty_department_id = unit.id
        record_precedent(step, PrecedentSource.WHISTLE, department_id=unit.id, explanation=decision)
    ticket = await step.finish(
        move_made,
        Action.DECIDE_WHISTLE,
        text=decision,
        details={
            "meeting": meeting.number,
            "attended": list(attended),
            "co_departments": list(co_departments),
            "task_count": len(starts),
        },
        unit_starts=[*starts, *added],
    )
    for department_id in given:
        await call_unit(tx, ticket, "meeting_task", department_id, clock=ClockKind.MEETING_TASK)
    for start in added:
        await call_unit(tx, ticket, "co_added", start.department_id, clock=ClockKind.CO_OPINION)
    return ticket


async def _add_co_handlers(step: Step, codes: Sequence[str], note: str) -> list[Start]:
    if not codes:
        return []
    if step.lead is None or step.state not in TRANSITIONS[Action.ADD_CO_DEPARTMENT].sources:
        raise CannotAddCoHandlers
    return await add_parts(step, codes, note)


async def score_whistle(
    tx: Tx,
    number: str,
    *,
    department: str,
    score: ResponseScore,
    explanation: str,
    expected_version: int | None = None,
) -> Ticket:
    """Judge how a unit answered the last whistle that was decided, once.

    Raises:
        NotDecidedYet: no whistle of the ticket was decided.
        UnitNotCalled: the unit was not called to it.
        AlreadyScored: it was judged before.
    """
    step = await Step.begin(tx, number, expected_version)
    move_made = step.decide(Action.SCORE_WHISTLE)
    meeting, unit = await _to_score(step, department)
    if unit.score is not None:
        raise AlreadyScored(department=department)
    unit.score, unit.score_words = int(score), explanation
    unit.scored_by, unit.scored_at = tx.actor.user_id, tx.now
    await emit(
        tx,
        WhistleScored(
            ticket_id=str(step.ticket.id),
            ticket_number=step.ticket.number,
            meeting_number=meeting.number,
            department_id=unit.department_id,
            score=int(score),
        ),
    )
    return await step.finish(
        move_made,
        Action.SCORE_WHISTLE,
        text=explanation,
        audience=Audience.HOTLINE,
        details={
            "meeting": meeting.number,
            "units": await names_of(step, [unit]),
            "score": int(score),
        },
    )


async def _to_score(step: Step, department: str) -> tuple[Meeting, MeetingUnit]:
    """Return the newest decided whistle with a call of this unit that waits for a score."""
    decided = (
        await step.tx.session.exec(
            select(Meeting)
            .where(
                Meeting.ticket_id == step.ticket.id,
                Meeting.kind == _WHISTLE,
                col(Meeting.decided_at).is_not(None),
            )
            .order_by(col(Meeting.nth).desc())
        )
    ).all()
    if not decided:
        raise NotDecidedYet
    found = []
    for meeting in decided:
        try:
            found.append((meeting, await require_called(step, meeting, department)))
        except UnitNotCalled:
            continue
    if not found:
        raise UnitNotCalled(department=department)
    return next((pair for pair in found if pair[1].score is None), found[0])


async def call_off_whistle(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Call a whistle off before it has decided anything.

    Raises:
        NoMeeting: none waits for a decision.
    """
    step = await Step.begin(tx, number, expected_version)
    move_made = step.decide(Action.CALL_OFF_WHISTLE)
    meeting = await require_undecided(step, _WHISTLE)
    meeting.call_off_reason = reason
    await end_meeting(step, meeting, MeetingState.CALLED_OFF)
    return await step.finish(
        move_made, Action.CALL_OFF_WHISTLE, text=reason, details={"meeting": meeting.number}
    )


async def finish_meeting_task(
    tx: Tx,
    number: str,
    *,
    report: str,
    evidence: Sequence[str] = (),
    expected_version: int | None = None,
) -> Ticket:
    """Report that the unit's task of a meeting is done; its clock ends here.

    Args:
        tx: the transaction.
        number: the ticket.
        report: what was done.
        evidence: references to photographs, minutes, documents.
        expected_version: the version the actor has read.

    Raises:
        NotYourTask: the unit has no open task.
    """
    step = await Step.begin(tx, number, expected_version)
    move_made = step.decide(Action.FINISH_MEETING_TASK)
    task = await open_task(step, tx.actor.department_id)
    if task is None:
        raise NotYourTask
    task.report, task.evidence = report, list(evidence)
    task.done_at, task.done_by = tx.now, tx.actor.user_id
    meeting = await tx.session.get_one(Meeting, task.meeting_id)
    if meeting.state is MeetingState.DECIDED and not await _left(step, task):
        move(meeting, MeetingState.DONE, tx.now)
    return await step.finish(
        move_made,
        Action.FINISH_MEETING_TASK,
        text=report,
        details={"meeting": meeting.number, "evidence_count": len(evidence)},
        only_department=task.department_id,
    )


async def _left(step: Step, done: MeetingTask) -> bool:
    """Tell whether another task of the same meeting is still open."""
    rows = await step.tx.session.exec(
        select(MeetingTask.id).where(
            MeetingTask.meeting_id == done.meeting_id,
            MeetingTask.id != done.id,
            col(MeetingTask.done_at).is_(None),
            col(MeetingTask.dropped_at).is_(None),
        )
    )
    return rows.first() is not None
