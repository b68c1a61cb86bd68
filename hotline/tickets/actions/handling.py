"""What a department does with its task: sign, contact, report progress, give an opinion."""

import enum

from sqlmodel import col, select

from hotline.people.permissions import DEPARTMENT_ROLES, Role
from hotline.people.principal import Tx
from hotline.tickets.actions.following import lock_with_parent, urge_through
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.calls import call_unit
from hotline.tickets.co_reports import write_report
from hotline.tickets.errors import NothingUrged, NotYourTask, UnknownCode
from hotline.tickets.lifecycle import Action, Outcome, Status
from hotline.tickets.meetings import ReportKind
from hotline.tickets.models import Assignment, Audience, ServiceItem, Ticket
from hotline.tickets.step import Step
from hotline.tickets.urges import URGE_CLOCKS, latest_counted, outcome_of, write_urge


class ContactMethod(enum.StrEnum):
    """How a department spoke with the requester."""

    PHONE = "phone"
    VISIT = "visit"
    SMS = "sms"
    ONLINE = "online"
    RELAY = "relay"


def own_task(step: Step) -> Assignment:
    """Return the open task of the actor's department.

    Raises:
        NotYourTask: it has none.
    """
    if step.own is None:
        raise NotYourTask
    return step.own


async def sign_ticket(tx: Tx, number: str, *, expected_version: int | None = None) -> Ticket:
    """Acknowledge the ticket; whoever signs is its named person from then on."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.SIGN)
    task = step.lead
    if task is None:
        raise NotYourTask
    step.set_task(task, AssignmentState.SIGNED)
    task.signed_at = tx.now
    if tx.actor.roles & DEPARTMENT_ROLES:
        task.handler_id = tx.actor.user_id
    return await step.finish(move, Action.SIGN, audience=Audience.PUBLIC)


async def record_contact(
    tx: Tx,
    number: str,
    *,
    method: ContactMethod,
    reached: bool,
    note: str,
    expected_version: int | None = None,
) -> Ticket:
    """Record that the department spoke, or tried to speak, with the requester."""
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.DONE if reached else Outcome.UNREACHED
    move = step.decide(Action.CONTACT, outcome)
    task = own_task(step)
    if reached:
        if task.state in {
            AssignmentState.PENDING_SIGN,
            AssignmentState.SIGNED,
            AssignmentState.REJECTED,
        }:
            step.set_task(task, AssignmentState.CONTACTED)
        task.contacted_at = task.contacted_at or tx.now
    return await step.finish(
        move,
        Action.CONTACT,
        outcome,
        text=note,
        details={"method": method.value, "reached": reached},
        only_department=task.department_id,
    )


async def report_progress(
    tx: Tx,
    number: str,
    *,
    note: str,
    done_step: int | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Report how the work goes, and tick off a step of the service list with it.

    Args:
        tx: the transaction.
        number: the ticket.
        note: what was done; the requester may read it.
        done_step: position of the service-list step that is done.
        expected_version: the version the actor has read.

    Raises:
        UnknownCode: the list has no such step.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.PROGRESS)
    task = own_task(step)
    if task.state in {
        AssignmentState.SIGNED,
        AssignmentState.CONTACTED,
        AssignmentState.REJECTED,
    }:
        step.set_task(task, AssignmentState.WORKING)
    if done_step is not None:
        item = (
            await tx.session.exec(
                select(ServiceItem).where(
                    ServiceItem.ticket_id == step.ticket.id,
                    col(ServiceItem.position) == done_step,
                )
            )
        ).first()
        if item is None:
            raise UnknownCode(what="service step", value=done_step)
        item.done_at = item.done_at or tx.now
        item.done_by = item.done_by or tx.actor.user_id
    return await step.finish(
        move,
        Action.PROGRESS,
        text=note,
        audience=Audience.PUBLIC,
        details={"done_step": done_step} if done_step is not None else None,
        only_department=task.department_id,
    )


async def submit_opinion(
    tx: Tx, number: str, *, opinion: str, expected_version: int | None = None
) -> Ticket:
    """Give the leading department a co-handler's result."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.SUBMIT_OPINION)
    task = own_task(step)
    if task.role is not AssignmentRole.CO:
        raise NotYourTask
    step.set_task(task, AssignmentState.OPINION_SUBMITTED)
    task.opinion = opinion
    task.submitted_at = tx.now
    write_report(step, task, ReportKind.OPINION, opinion)
    return await step.finish(
        move, Action.SUBMIT_OPINION, text=opinion, only_department=task.department_id
    )


async def urge_ticket(
    tx: Tx, number: str, *, note: str, expected_version: int | None = None
) -> Ticket:
    """Ask for speed; whoever has the ticket is told, and a department owes an answer.

    A requester who asks again a moment later is noted with what he asked before: nobody is told anew.

    Raises:
        MatterEnded: the ticket follows another one, which has ended.
    """
    parent = await lock_with_parent(tx, number)
    step = await Step.begin(tx, number, expected_version)
    if step.ticket.status is Status.MERGED:
        return await urge_through(step, parent, note=note)
    step.decide(Action.URGE)
    earlier = await latest_counted(tx, step.ticket.id) if Role.REQUESTER in tx.actor.roles else None
    outcome = outcome_of(
        step.state,
        is_merged=earlier is not None,
        has_clock=step.clocks.first(URGE_CLOCKS) is not None,
    )
    move = step.decide(Action.URGE, outcome)
    if earlier is not None:
        earlier.merged_count += 1
        earlier.merged_at = tx.now
    else:
        write_urge(tx, step.ticket)
    ticket = await step.finish(move, Action.URGE, outcome, text=note, audience=Audience.PUBLIC)
    if earlier is None:
        await call_unit(tx, ticket, "urge", ticket.owner_department_id)
    return ticket


async def answer_urge(
    tx: Tx, number: str, *, reply: str, expected_version: int | None = None
) -> Ticket:
    """Answer what the department was urged with; the requester may read it.

    Raises:
        NothingUrged: no answer is owed.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ANSWER_URGE)
    if step.clocks.first(URGE_CLOCKS) is None:
        raise NothingUrged(number=number)
    return await step.finish(move, Action.ANSWER_URGE, text=reply, audience=Audience.PUBLIC)


async def note_ticket(
    tx: Tx, number: str, *, note: str, expected_version: int | None = None
) -> Ticket:
    """Write down something for the hotline's own staff."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.NOTE)
    return await step.finish(move, Action.NOTE, text=note, audience=Audience.HOTLINE)
