"""What a step tells of the tasks that end in it, and of a ticket's end that says nothing of the work."""

from collections.abc import Sequence

from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.counted import AssignmentSettled, EndChanged
from hotline.tickets.lifecycle import OPEN_STATUSES, ClosureCode, Status
from hotline.tickets.models import Assignment, Ticket

_UNANSWERED = frozenset(
    {Status.MERGED, Status.CANCELLED, Status.NOT_ACCEPTED, Status.TRANSFERRED_OUT}
)
"""Ends that say nothing of a department's work."""


def settled_tasks(
    ticket: Ticket, ended: Sequence[Assignment], *, round_: int, was_paused: bool
) -> Sequence[AssignmentSettled]:
    """Return what each department is done with, or free of.

    Args:
        ticket: as the step leaves it.
        ended: the tasks that end here.
        round_: in which they end.
        was_paused: whether the lead's work waited with consent.
    """
    return [
        AssignmentSettled(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            assignment_id=str(task.id),
            department_id=task.department_id,
            role=task.role.value,
            hop=task.hop,
            round=round_,
            category=ticket.category_code or "",
            ended=task.state.value,
            signed=task.sign_outcome.value if task.sign_outcome else None,
            contacted=task.contact_outcome.value if task.contact_outcome else None,
            was_paused=was_paused and task.role is AssignmentRole.LEAD,
        )
        for task in ended
    ]


def end_changed(
    ticket: Ticket, before: Status, closure_before: ClosureCode | None
) -> Sequence[EndChanged]:
    """Return that a ticket which a department had ended without its answer, or came back from there.

    Args:
        ticket: as the step leaves it.
        before: where it was.
        closure_before: why it had ended then.
    """
    if not ticket.hop or ticket.status is before:
        return ()
    reached = _is_unanswered(ticket.status, ticket.closure_code)
    came_back = _is_unanswered(before, closure_before) and ticket.status in OPEN_STATUSES
    if not reached and not came_back:
        return ()
    closure = ticket.closure_code if reached else None
    return (
        EndChanged(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            closure=closure.value if closure else None,
            version=ticket.version,
        ),
    )


def _is_unanswered(status: Status, closure: ClosureCode | None) -> bool:
    return status in _UNANSWERED or (status is Status.CLOSED and closure is ClosureCode.FINAL_REPLY)
