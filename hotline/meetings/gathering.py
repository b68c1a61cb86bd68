"""What a consultation and a whistle share: calling units, their answers, who came, tasks, the end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.meetings.errors import (
    AlreadyAnswered,
    InvalidTask,
    MeetingExists,
    NoMeeting,
    NoUnitsCalled,
    OwnUnitCalled,
    TooManyUnits,
    UnitNotCalled,
)
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.sla.policy import MAX_LIMIT_DAYS, ClockKind, Limit
from hotline.sla.timers import Start
from hotline.tickets.actions.dispatch import require_department
from hotline.tickets.calls import call_unit
from hotline.tickets.errors import NotYourTask
from hotline.tickets.meeting_models import Meeting, MeetingTask, MeetingUnit
from hotline.tickets.meetings import (
    MOST_UNITS,
    UNDECIDED,
    MeetingKind,
    MeetingState,
    after_answers,
    after_decision,
    meeting_number,
    require_following,
)
from hotline.tickets.step import Step

_ENDED = frozenset({MeetingState.DONE, MeetingState.CALLED_OFF, MeetingState.LAPSED})


@dataclass(frozen=True, slots=True)
class TaskGiven:
    """A task as a meeting decides it.

    Attributes:
        department: the unit's code, or its name as the directory writes it.
        text: what it has to do.
        due_at: by when.
    """

    department: str
    text: str
    due_at: datetime


async def undecided(step: Step, kind: MeetingKind) -> Meeting | None:
    """Return the meeting of this kind that still waits for its decision."""
    return (
        await step.tx.session.exec(
            select(Meeting).where(
                Meeting.ticket_id == step.ticket.id,
                Meeting.kind == kind,
                col(Meeting.state).in_(UNDECIDED),
            )
        )
    ).first()


async def require_undecided(step: Step, kind: MeetingKind) -> Meeting:
    """Return the meeting of this kind that still waits for its decision.

    Raises:
        NoMeeting: there is none.
    """
    meeting = await undecided(step, kind)
    if meeting is None:
        raise NoMeeting
    return meeting


async def open_meeting(
    step: Step,
    kind: MeetingKind,
    *,
    question: str,
    held_at: datetime | None = None,
    place: str | None = None,
) -> Meeting:
    """Write a meeting down; whom it calls comes after.

    Raises:
        MeetingExists: one of its kind is not decided yet.
    """
    tx, ticket = step.tx, step.ticket
    present = await undecided(step, kind)
    if present is not None:
        raise MeetingExists(number=present.number)
    count = sa.func.count()
    nth = (
        await tx.session.exec(
            select(count)
            .select_from(Meeting)
            .where(col(Meeting.ticket_id) == ticket.id, col(Meeting.kind) == kind)
        )
    ).one() + 1
    meeting = Meeting(
        id=uuid7(tx.now),
        number=meeting_number(ticket.number, kind, nth),
        ticket_id=ticket.id,
        kind=kind,
        nth=nth,
        state=MeetingState.CALLED,
        question=question,
        held_at=held_at,
        place=place,
        called_by=tx.actor.user_id,
        called_department_id=tx.actor.department_id,
        called_at=tx.now,
    )
    tx.session.add(meeting)
    await tx.session.flush()  # its units refer to it
    return meeting


async def units_of(step: Step, meeting: Meeting) -> list[MeetingUnit]:
    """Return the units called to a meeting, in the order of their calls."""
    rows = await step.tx.session.exec(
        select(MeetingUnit)
        .where(MeetingUnit.meeting_id == meeting.id)
        .order_by(col(MeetingUnit.called_at), col(MeetingUnit.id))
    )
    return list(rows.all())


async def call(step: Step, meeting: Meeting, codes: Sequence[str]) -> list[MeetingUnit]:
    """Call units to a meeting that is not decided; those that were called already stay called.

    Raises:
        NoUnitsCalled: nobody new is named.
        TooManyUnits: nobody could hold such a meeting.
        OwnUnitCalled: the caller's own unit.
        UnknownCode: there is no such department.
        DepartmentInactive: it takes no tickets, or is the hotline itself.
    """
    tx = step.tx
    present = await units_of(step, meeting)
    called = {unit.department_id for unit in present}
    units = []
    for code in dict.fromkeys(codes):
        unit = await require_department(tx, code)
        if unit.id == tx.actor.department_id:
            raise OwnUnitCalled(department=unit.name)
        if unit.id in called:
            continue
        units.append(
            MeetingUnit(
                id=uuid7(tx.now),
                meeting_id=meeting.id,
                ticket_id=step.ticket.id,
                department_id=unit.id,
                called_at=tx.now,
            )
        )
    if not units:
        raise NoUnitsCalled
    if len(present) + len(units) > MOST_UNITS:
        raise TooManyUnits(most=MOST_UNITS)
    tx.session.add_all(units)
    _wait(meeting, [*present, *units])
    return units


async def names_of(step: Step, units: Sequence[MeetingUnit]) -> list[str]:
    """Return what the units are called, for the timeline."""
    directory = {unit.id: unit.name for unit in await _directory(step, units)}
    return [directory[unit.department_id] for unit in units]


async def tell_called(step: Step, units: Sequence[MeetingUnit], call_name: str) -> None:
    """Let the units know that they were called."""
    for unit in units:
        await call_unit(step.tx, step.ticket, call_name, unit.department_id)


async def own_call(step: Step, meeting: Meeting) -> MeetingUnit:
    """Return the call of the actor's department, which has not answered it.

    Raises:
        NotYourTask: it was not called.
        AlreadyAnswered: it has answered.
    """
    own = step.tx.actor.department_id
    unit = next((u for u in await units_of(step, meeting) if u.department_id == own), None)
    if unit is None:
        raise NotYourTask
    if unit.answered_at is not None:
        raise AlreadyAnswered
    return unit


async def answer(step: Step, meeting: Meeting, unit: MeetingUnit) -> None:
    """Mark a call as answered; when everybody has, the meeting has all it waits for."""
    unit.answered_at, unit.answered_by = step.tx.now, step.tx.actor.user_id
    _wait(meeting, [u if u.id != unit.id else unit for u in await units_of(step, meeting)])


def _wait(meeting: Meeting, units: Sequence[MeetingUnit]) -> None:
    waiting = sum(unit.answered_at is None for unit in units)
    move(meeting, after_answers(waiting=waiting))


def move(meeting: Meeting, state: MeetingState, at: datetime | None = None) -> None:
    """Move a meeting on.

    Raises:
        MeetingMoveRefused: its present state does not lead there.
    """
    require_following(meeting.state, state)
    meeting.state = state
    if state in _ENDED:
        meeting.ended_at = at


async def decide_meeting(
    step: Step,
    meeting: Meeting,
    *,
    decision: str,
    attended: Collection[str],
    tasks: Sequence[TaskGiven],
    minutes: str | None = None,
) -> list[Start]:
    """Write a decision, who came and who has what to do; return the clocks of the tasks.

    Whoever got no task loses sight of the ticket here, but for what it handles anyway.

    Raises:
        UnitNotCalled: somebody is said to have come, or is given a task, who was not called.
        InvalidTask: it lies in the past, or its unit has one already.
    """
    tx = step.tx
    units = await units_of(step, meeting)
    directory = await _directory(step, units)
    came = {_unit(directory, word).id for word in attended}
    starts = [await _give(step, meeting, _unit(directory, task.department), task) for task in tasks]
    busy = {start.department_id for start in starts}
    for unit in units:
        if units_were_seen(meeting, attended):
            unit.attended = unit.department_id in came
        if unit.department_id not in busy:
            unit.sight_ended_at = tx.now
    meeting.decision, meeting.minutes = decision, minutes
    meeting.decided_by, meeting.decided_at = tx.actor.user_id, tx.now
    move(meeting, after_decision(open_tasks=len(starts)), tx.now)
    return starts


def units_were_seen(meeting: Meeting, attended: Collection[str]) -> bool:
    """Tell whether it is known who came: a consultation may do without a sitting."""
    return meeting.kind is MeetingKind.WHISTLE or meeting.held_at is not None or bool(attended)


async def end_meeting(step: Step, meeting: Meeting, state: MeetingState) -> None:
    """End a meeting that was not decided: nobody called to it sees the ticket any more for that."""
    move(meeting, state, step.tx.now)
    for unit in await units_of(step, meeting):
        unit.sight_ended_at = step.tx.now


async def _directory(step: Step, units: Sequence[MeetingUnit]) -> Sequence[Department]:
    rows = await step.tx.session.exec(
        select(Department).where(col(Department.id).in_([unit.department_id for unit in units]))
    )
    return rows.all()


def _unit(directory: Sequence[Department], word: str) -> Department:
    for unit in directory:
        if word in {unit.code, unit.name, unit.name_en}:
            return unit
    raise UnitNotCalled(department=word)


async def require_called(step: Step, meeting: Meeting, code: str) -> MeetingUnit:
    """Return the call of a unit that is named by its code.

    Raises:
        UnitNotCalled: it was not called.
    """
    units = await units_of(step, meeting)
    unit = _unit(await _directory(step, units), code)
    return next(u for u in units if u.department_id == unit.id)


async def _give(step: Step, meeting: Meeting, unit: Department, given: TaskGiven) -> Start:
    tx = step.tx
    seconds = int((given.due_at - tx.now).total_seconds())
    if seconds <= 0 or seconds > MAX_LIMIT_DAYS * 86400:
        raise InvalidTask(department=unit.name, problem="it must be due within a year from now")
    if step.clocks.of_department(ClockKind.MEETING_TASK, unit.id) or await open_task(step, unit.id):
        raise InvalidTask(department=unit.name, problem="it has one on this ticket already")
    task = MeetingTask(
        id=uuid7(tx.now),
        meeting_id=meeting.id,
        ticket_id=step.ticket.id,
        department_id=unit.id,
        text=given.text,
        due_at=given.due_at,
        evidence=[],
    )
    tx.session.add(task)
    await tx.session.flush()  # so that a second one of the same unit is found
    return Start(ClockKind.MEETING_TASK, unit.id, Limit(seconds=seconds))


async def open_task(step: Step, department_id: int | None) -> MeetingTask | None:
    """Return what a unit still has to do for a meeting on this ticket."""
    return (
        await step.tx.session.exec(
            select(MeetingTask).where(
                MeetingTask.ticket_id == step.ticket.id,
                MeetingTask.department_id == department_id,
                col(MeetingTask.done_at).is_(None),
                col(MeetingTask.dropped_at).is_(None),
            )
        )
    ).first()


def by_system(step: Step) -> bool:
    """Tell whether an overdue clock acts, and nobody who could name units."""
    return Role.SYSTEM in step.tx.actor.roles
