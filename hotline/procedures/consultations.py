"""Asking the departments concerned whose matter it is, before dispatching."""

from collections.abc import Sequence
from datetime import datetime

from hotline.dispatching.models import PrecedentSource
from hotline.dispatching.precedents import record_precedent
from hotline.meetings.errors import NoUnitsCalled
from hotline.meetings.gathering import (
    TaskGiven,
    answer,
    by_system,
    call,
    decide_meeting,
    names_of,
    open_meeting,
    own_call,
    require_undecided,
    tell_called,
    undecided,
)
from hotline.people.principal import Tx
from hotline.procedures.requests import deciding, open_procedure, write_decision
from hotline.procedures.rules import (
    ProcedureKind,
    ProcedureState,
)
from hotline.sla.policy import ClockKind
from hotline.sla.timers import Start
from hotline.tickets.actions.dispatch import dispatch_to, require_department
from hotline.tickets.calls import call_unit
from hotline.tickets.lifecycle import Action
from hotline.tickets.meetings import DutyOpinion, MeetingKind
from hotline.tickets.models import Ticket
from hotline.tickets.step import Step

_CONSULTATION = MeetingKind.CONSULTATION


async def request_consultation(
    tx: Tx,
    number: str,
    *,
    reason: str,
    departments: Sequence[str] = (),
    held_at: datetime | None = None,
    place: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Ask the departments concerned whose matter it is, before dispatching.

    Args:
        tx: the transaction; an overdue dispatch lets the system itself ask, and it names nobody.
        number: the ticket.
        reason: the question.
        departments: codes of the units called.
        held_at: when they meet, if they do.
        place: where, or how they are connected.
        expected_version: the version the actor has read.

    Raises:
        NoUnitsCalled: nobody is named.
        DepartmentInactive: one of them takes no tickets.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REQUEST_CONSULTATION)
    await open_procedure(step, ProcedureKind.CONSULTATION, text=reason)
    if not departments and not by_system(step):
        raise NoUnitsCalled
    meeting = await open_meeting(step, _CONSULTATION, question=reason, held_at=held_at, place=place)
    units = await call(step, meeting, departments) if departments else []
    ticket = await step.finish(
        move,
        Action.REQUEST_CONSULTATION,
        text=reason,
        details={"meeting": meeting.number, "units": await names_of(step, units)},
    )
    await tell_called(step, units, "consultation")
    return ticket


async def call_units(
    tx: Tx,
    number: str,
    *,
    departments: Sequence[str],
    held_at: datetime | None = None,
    place: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Call units, or more of them, into the consultation that is open; say when and where it is.

    Raises:
        NoUnitsCalled: nobody new is named.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.CALL_UNITS)
    meeting = await undecided(step, _CONSULTATION) or await open_meeting(
        step, _CONSULTATION, question=step.ticket.title
    )
    units = await call(step, meeting, departments)
    meeting.held_at, meeting.place = held_at or meeting.held_at, place or meeting.place
    ticket = await step.finish(
        move,
        Action.CALL_UNITS,
        text=place,
        details={"meeting": meeting.number, "units": await names_of(step, units)},
    )
    await tell_called(step, units, "consultation")
    return ticket


async def respond_consultation(
    tx: Tx,
    number: str,
    *,
    opinion: DutyOpinion,
    explanation: str,
    expected_version: int | None = None,
) -> Ticket:
    """Say whether a matter is one's own department's, and why.

    Raises:
        NoMeeting: no consultation waits for an answer.
        NotYourTask: the actor's unit was not called.
        AlreadyAnswered: it has answered.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.RESPOND_CONSULTATION)
    meeting = await require_undecided(step, _CONSULTATION)
    unit = await own_call(step, meeting)
    unit.opinion, unit.words = opinion, explanation
    await answer(step, meeting, unit)
    return await step.finish(
        move,
        Action.RESPOND_CONSULTATION,
        text=explanation,
        reason=opinion.value,
        details={"meeting": meeting.number},
    )


async def decide_consultation(
    tx: Tx,
    number: str,
    *,
    department: str,
    co_departments: Sequence[str] = (),
    explanation: str,
    override_reason: str | None = None,
    attended: Sequence[str] = (),
    tasks: Sequence[TaskGiven] = (),
    expected_version: int | None = None,
) -> Ticket:
    """End a consultation by dispatching; whose duty it was found to be is kept as a precedent.

    Args:
        tx: the transaction.
        number: the ticket.
        department: code of the leading department.
        co_departments: codes of the co-handling ones.
        explanation: why.
        attended: codes of the units that came, where there was a sitting.
        tasks: what single units have to do by when.
        override_reason: why a unit of too low a level gets it all the same.
        expected_version: the version the actor has read.

    Raises:
        UnitNotCalled: a unit came or is given a task that was not called.
        InvalidTask: a task cannot be given so.
    """
    step = await Step.begin(tx, number, expected_version)
    procedure, move = await deciding(step, ProcedureKind.CONSULTATION, Action.DECIDE_CONSULTATION)
    lead = await require_department(tx, department)
    write_decision(step, procedure, ProcedureState.ENDED, explanation)
    meeting = await undecided(step, _CONSULTATION)
    starts: list[Start] = []
    if meeting is not None:
        starts = await decide_meeting(
            step, meeting, decision=explanation, attended=attended, tasks=tasks
        )
        meeting.duty_department_id = lead.id
    record_precedent(
        step, PrecedentSource.CONSULTATION, department_id=lead.id, explanation=explanation
    )
    ticket = await dispatch_to(
        step,
        move,
        Action.DECIDE_CONSULTATION,
        department=department,
        co_departments=co_departments,
        text=explanation,
        override_reason=override_reason,
        unit_starts=starts,
    )
    for start in starts:
        await call_unit(
            tx, ticket, "meeting_task", start.department_id, clock=ClockKind.MEETING_TASK
        )
    return ticket
