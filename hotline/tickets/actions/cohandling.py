"""Co-handlers: who has a part in a ticket, how far it is, why it is late, and asking again.

The lead answers for the ticket; a co-handler answers to the lead, on a clock of its own. What it
says on the way is kept word by word and stops no clock.
"""

from collections.abc import Sequence

from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.people.queries import departments_by_id, hotline_department_id
from hotline.sla.clocks import ClockState
from hotline.sla.policy import ClockKind
from hotline.sla.timers import Start
from hotline.tickets.actions.dispatch import require_department
from hotline.tickets.actions.handling import own_task
from hotline.tickets.assignments import OPINION_OPEN, AssignmentRole, AssignmentState
from hotline.tickets.calls import call_unit
from hotline.tickets.co_reports import write_report
from hotline.tickets.errors import (
    AlreadyOnTicket,
    AskedAgainAlready,
    NoCoHandler,
    NothingOwed,
)
from hotline.tickets.events import OpinionDefaulted
from hotline.tickets.lifecycle import Action
from hotline.tickets.meetings import ReportKind, WorkStage
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.step import Step, was_never_warned

_GIVEN = frozenset({AssignmentState.OPINION_SUBMITTED, AssignmentState.DEFAULT_CONSENT})


async def sign_co(tx: Tx, number: str, *, expected_version: int | None = None) -> Ticket:
    """Acknowledge a co-handler's part; whoever signs is its named person from then on."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.SIGN_CO)
    task = _owed_part(step)
    if task.state is not AssignmentState.PENDING_SIGN:
        raise NothingOwed(what=AssignmentState.SIGNED)
    _sign(step, task)
    return await step.finish(move, Action.SIGN_CO)


async def report_stage(
    tx: Tx,
    number: str,
    *,
    stage: WorkStage,
    note: str,
    evidence: Sequence[str] = (),
    expected_version: int | None = None,
) -> Ticket:
    """Tell the lead how far a co-handler's part is.

    Args:
        tx: the transaction.
        number: the ticket.
        stage: how far.
        note: what was done, for the lead and the hotline.
        evidence: references to photographs, minutes, documents.
        expected_version: the version the actor has read.

    Raises:
        NothingOwed: the opinion was given, or silence has stood for it.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REPORT_STAGE)
    task = _owed_part(step)
    if task.state is AssignmentState.PENDING_SIGN:
        _sign(step, task)
    step.set_task(task, AssignmentState.WORKING)
    write_report(step, task, ReportKind.STAGE, note, stage=stage, evidence=evidence)
    ticket = await step.finish(
        move,
        Action.REPORT_STAGE,
        text=note,
        reason=stage.value,
        details={"evidence_count": len(evidence)},
    )
    await call_unit(tx, ticket, "co_report", ticket.lead_department_id)
    return ticket


async def explain_delay(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Say why a co-handler's part is late or will be; kept, and no clock stops for it."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.EXPLAIN_DELAY)
    task = _co_part(step)
    write_report(step, task, ReportKind.DELAY, reason)
    ticket = await step.finish(move, Action.EXPLAIN_DELAY, text=reason)
    await call_unit(tx, ticket, "co_report", ticket.lead_department_id)
    return ticket


async def propose_co_department(
    tx: Tx, number: str, *, department: str, reason: str, expected_version: int | None = None
) -> Ticket:
    """Ask the hotline to give another department a part: the dispatcher decides.

    Raises:
        AlreadyOnTicket: it has one.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.PROPOSE_CO_DEPARTMENT)
    unit = await require_department(tx, department)
    _require_new(step, unit.id, unit.code)
    write_report(step, own_task(step), ReportKind.PROPOSAL, reason, department_id=unit.id)
    ticket = await step.finish(
        move,
        Action.PROPOSE_CO_DEPARTMENT,
        text=reason,
        details={"department": unit.code, "units": [unit.name]},
    )
    hotline = await hotline_department_id(tx.session)
    await call_unit(tx, ticket, "co_proposal", hotline, clock=ClockKind.DISPATCH)
    return ticket


async def add_co_department(
    tx: Tx,
    number: str,
    *,
    department: str,
    note: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Give a further department a part in a ticket that is with its lead, on a clock of its own.

    Raises:
        UnknownCode: there is no such department.
        DepartmentInactive: it takes no tickets.
        AlreadyOnTicket: it has a task on this one.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ADD_CO_DEPARTMENT)
    unit = await require_department(tx, department)
    starts = await add_parts(step, [department], note)
    ticket = await step.finish(
        move,
        Action.ADD_CO_DEPARTMENT,
        text=note,
        details={"department": unit.code, "units": [unit.name]},
        unit_starts=starts,
    )
    for start in starts:
        await call_unit(tx, ticket, "co_added", start.department_id, clock=ClockKind.CO_OPINION)
    return ticket


async def add_parts(step: Step, departments: Sequence[str], note: str | None) -> list[Start]:
    """Give departments a co-handler's part, and return the clocks that are to start for them.

    Raises:
        AlreadyOnTicket: one of them has a task on this ticket.
    """
    starts = []
    for code in dict.fromkeys(departments):
        unit = await require_department(step.tx, code)
        _require_new(step, unit.id, unit.code)
        step.assign(unit.id, AssignmentRole.CO, note)
        starts.append(Start(ClockKind.CO_OPINION, unit.id))
    return starts


async def release_co_department(
    tx: Tx, number: str, *, department: str, reason: str, expected_version: int | None = None
) -> Ticket:
    """Take a co-handler's part back; what was late by then stays late.

    Raises:
        NoCoHandler: it has no such part.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.RELEASE_CO_DEPARTMENT)
    task, unit = await _part_of(step, department)
    clock = step.clocks.of_department(ClockKind.CO_OPINION, task.department_id)
    if clock is not None and clock.due_at < tx.now:
        await step.clocks.settle({ClockKind.CO_OPINION}, department_id=task.department_id)
    else:
        await step.clocks.cancel({ClockKind.CO_OPINION}, department_id=task.department_id)
    step.set_task(task, AssignmentState.WITHDRAWN)
    return await step.finish(
        move,
        Action.RELEASE_CO_DEPARTMENT,
        text=reason,
        details={"department": unit.code, "units": [unit.name]},
    )


async def ask_again(
    tx: Tx, number: str, *, department: str, reason: str, expected_version: int | None = None
) -> Ticket:
    """Ask a co-handler for a better opinion, once, on a fresh clock.

    Raises:
        NoCoHandler: the department has no such part.
        NothingOwed: it has not given its opinion yet.
        AskedAgainAlready: it was asked again before.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ASK_AGAIN)
    task, unit = await _part_of(step, department)
    if task.asked_again_at is not None:
        raise AskedAgainAlready(department=department)
    if task.state not in _GIVEN:
        raise NothingOwed(what=AssignmentState.OPINION_SUBMITTED)
    step.set_task(task, AssignmentState.WORKING)
    task.asked_again_at = tx.now
    write_report(step, task, ReportKind.ASKED_AGAIN, reason)
    ticket = await step.finish(
        move,
        Action.ASK_AGAIN,
        text=reason,
        details={"department": unit.code, "units": [unit.name]},
        unit_starts=[Start(ClockKind.CO_OPINION, task.department_id)],
    )
    await call_unit(tx, ticket, "ask_again", task.department_id, clock=ClockKind.CO_OPINION)
    return ticket


def silent_parts(step: Step) -> tuple[list[Assignment], list[Assignment]]:
    """Return the co-handlers that still have time, and those whose silence stands for consent."""
    in_time: list[Assignment] = []
    silent: list[Assignment] = []
    for task in step.assignments:
        if task.role is not AssignmentRole.CO or task.state not in OPINION_OPEN:
            continue
        clock = step.clocks.of_department(ClockKind.CO_OPINION, task.department_id)
        is_running = clock is not None and clock.state is ClockState.RUNNING
        still = is_running and clock is not None and clock.due_at >= step.tx.now
        (in_time if still else silent).append(task)
    return in_time, silent


def defaulted(step: Step, task: Assignment) -> OpinionDefaulted:
    """Return the fact that a co-handler's silence was taken for consent, before its clock ends."""
    clock = step.clocks.of_department(ClockKind.CO_OPINION, task.department_id)
    return OpinionDefaulted(
        ticket_id=str(step.ticket.id),
        ticket_number=step.ticket.number,
        assignment_id=str(task.id),
        department_id=task.department_id,
        is_excused=clock is not None and was_never_warned(clock, step.tx.now),
    )


def _co_part(step: Step) -> Assignment:
    task = own_task(step)
    if task.role is not AssignmentRole.CO:
        raise NoCoHandler(department=step.tx.actor.department_code)
    return task


def _owed_part(step: Step) -> Assignment:
    task = _co_part(step)
    if task.state not in OPINION_OPEN:
        raise NothingOwed(what=task.state)
    return task


def _sign(step: Step, task: Assignment) -> None:
    step.set_task(task, AssignmentState.SIGNED)
    task.signed_at = step.tx.now
    if Role.SYSTEM not in step.tx.actor.roles:
        task.handler_id = step.tx.actor.user_id


def _require_new(step: Step, department_id: int, code: str) -> None:
    if any(task.department_id == department_id for task in step.assignments):
        raise AlreadyOnTicket(department=code)


async def _part_of(step: Step, code: str) -> tuple[Assignment, Department]:
    parts = [task for task in step.assignments if task.role is AssignmentRole.CO]
    units = await departments_by_id(step.tx.session, {task.department_id for task in parts})
    for task in parts:
        if units[task.department_id].code == code:
            return task, units[task.department_id]
    raise NoCoHandler(department=code)
