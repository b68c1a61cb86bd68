"""After the end: reopening, archiving, objecting to a refusal; and taking a matter back."""

from datetime import timedelta

from sqlmodel import col, select

from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.sla.policy import CalendarCode
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.errors import (
    ArchiveTooEarly,
    FollowedByOthers,
    NothingToObjectTo,
    ObjectionWindowClosed,
    ReopenWindowClosed,
)
from hotline.tickets.events import MatterRecurred
from hotline.tickets.lifecycle import HANDLING, Action, ClosureCode, Move, Outcome, Status
from hotline.tickets.models import Assignment, Audience, Ticket, TicketEvent
from hotline.tickets.step import Step

SOLVED = (ClosureCode.SOLVED, ClosureCode.PLANNED_DONE)
"""Ends of a matter that was done."""

RECURS_WITHIN_DAYS = 30
"""Natural days within which the same matter again says that it was not done well."""

REOPEN_DAYS = 15
"""Natural days for reopening a closed ticket, on recurrence or a new fact."""

ARCHIVE_AFTER_DAYS = 30
"""Natural days that a closed ticket waits before it is archived."""

OBJECTION_WORKING_DAYS = 5
"""Working days for an objection to a refusal."""


async def reopen_ticket(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Handle a closed matter again, in the next round.

    Raises:
        ReopenWindowClosed: fifteen days have passed.
    """
    return await _reopen(tx, number, reason, expected_version, is_recurrence=True)


async def reopen_undone(tx: Tx, number: str, *, reason: str) -> Ticket:
    """Handle a closed matter again that never was done: it has not come back.

    Raises:
        ReopenWindowClosed: fifteen days have passed.
    """
    return await _reopen(tx, number, reason, None, is_recurrence=False)


async def _reopen(
    tx: Tx, number: str, reason: str, expected_version: int | None, *, is_recurrence: bool
) -> Ticket:
    """Reopen a closed matter.

    Raises:
        ReopenWindowClosed: fifteen days have passed.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = rework_outcome(step, Outcome.WITH_LEAD)
    move = step.decide(Action.REOPEN, outcome)
    closed_at = step.ticket.closed_at or tx.now
    if tx.now > closed_at + timedelta(days=REOPEN_DAYS):
        raise ReopenWindowClosed(days=REOPEN_DAYS)
    if is_recurrence:
        await tell_recurred(tx, step.ticket, again=number)
    return await rework(step, move, Action.REOPEN, outcome, text=reason)


async def tell_recurred(tx: Tx, ticket: Ticket, *, again: str) -> None:
    """Tell that a matter that was closed as solved came back, if it did so soon.

    Args:
        tx: the transaction.
        ticket: the one that was closed.
        again: the number in which it is told of again.
    """
    closed_at, unit = ticket.closed_at, ticket.lead_department_id
    if ticket.closure_code not in SOLVED or closed_at is None or unit is None:
        return
    if tx.now > closed_at + timedelta(days=RECURS_WITHIN_DAYS):
        return
    await emit(
        tx,
        MatterRecurred(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            department_id=unit,
            round=ticket.round,
            closed_at=closed_at.isoformat(),
            again_number=again,
        ),
    )


def rework_outcome(step: Step, with_lead: Outcome) -> Outcome:
    """Return how a matter is handled again: by its department, or from the desk if it had none."""
    return with_lead if step.ticket.lead_department_id is not None else Outcome.WITHOUT_LEAD


async def rework(
    step: Step,
    move: Move,
    action: Action,
    outcome: Outcome,
    *,
    text: str | None,
    audience: Audience = Audience.PUBLIC,
    details: dict[str, object] | None = None,
) -> Ticket:
    """Finish a step that hands the matter back for another round, with a promise of its own."""
    ticket = step.ticket
    if ticket.lead_department_id is not None:
        earlier = (
            await step.tx.session.exec(
                select(Assignment)
                .where(
                    Assignment.ticket_id == ticket.id,
                    Assignment.department_id == ticket.lead_department_id,
                    Assignment.role == AssignmentRole.LEAD,
                )
                .order_by(col(Assignment.assigned_at).desc())
                .limit(1)
            )
        ).one()
        again = step.assign(ticket.lead_department_id, AssignmentRole.LEAD, text)
        again.state = AssignmentState.WORKING
        again.handler_id = earlier.handler_id
        again.signed_at = step.tx.now
    await step.finish(move, action, outcome, text=text, audience=audience, details=details)
    work = step.clocks.running(HANDLING)
    if work is not None:
        step.promise(content="二次办理", due_at=work.due_at)
    return ticket


async def solved_code(step: Step) -> ClosureCode:
    """Return why a solved matter ends: by a plan that was completed in its present round, or plainly."""
    completed = (
        await step.tx.session.exec(
            select(TicketEvent.id)
            .where(
                TicketEvent.ticket_id == step.ticket.id,
                TicketEvent.round == step.ticket.round,
                TicketEvent.action == Action.END_RECTIFICATION,
                TicketEvent.outcome == Outcome.COMPLETED,
            )
            .limit(1)
        )
    ).first()
    return ClosureCode.SOLVED if completed is None else ClosureCode.PLANNED_DONE


async def archive_ticket(tx: Tx, number: str, *, expected_version: int | None = None) -> Ticket:
    """Freeze a ticket that has been closed for thirty days.

    Raises:
        ArchiveTooEarly: it has not.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ARCHIVE)
    closed_at = step.ticket.closed_at or tx.now
    if tx.now < closed_at + timedelta(days=ARCHIVE_AFTER_DAYS):
        raise ArchiveTooEarly(days=ARCHIVE_AFTER_DAYS)
    return await step.finish(move, Action.ARCHIVE)


async def object_to_refusal(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Put a matter before the desk again that was refused, or explained as a repeat.

    Raises:
        ObjectionWindowClosed: five working days have passed.
        NothingToObjectTo: it was closed because it was handled.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.OBJECT)
    if step.ticket.status is Status.CLOSED and not was_explained_as_repeat(step.ticket):
        raise NothingToObjectTo
    working = step.calendars[CalendarCode.WORKING]
    refused_at = step.ticket.closed_at or tx.now
    window = OBJECTION_WORKING_DAYS * working.day_seconds * 1_000_000
    if tx.now > working.add(refused_at, window):
        raise ObjectionWindowClosed(days=OBJECTION_WORKING_DAYS)
    return await step.finish(move, Action.OBJECT, text=reason, audience=Audience.PUBLIC)


def objections(ticket: Ticket) -> tuple[tuple[Action, None], ...]:
    """Return that there is something to object to, when there is: for what is offered to whom."""
    is_open = ticket.status is Status.NOT_ACCEPTED or was_explained_as_repeat(ticket)
    return ((Action.OBJECT, None),) if is_open else ()


def was_explained_as_repeat(ticket: Ticket) -> bool:
    """Tell whether a ticket ended because its matter had been handled before."""
    return (
        ticket.status is Status.CLOSED
        and ticket.closure_code is ClosureCode.EXPLAINED
        and ticket.repeat_of_id is not None
        and ticket.dispatched_at is None
    )


async def withdraw_ticket(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Take a matter back before a department has it.

    Raises:
        FollowedByOthers: it is not his alone any more.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.WITHDRAW)
    if await step.has_followers():
        raise FollowedByOthers
    step.ticket.closure_code = ClosureCode.CANCELLED
    return await step.finish(move, Action.WITHDRAW, text=reason, audience=Audience.PUBLIC)
