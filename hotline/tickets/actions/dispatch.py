"""Giving a ticket to the departments that handle it."""

from collections.abc import Sequence

from sqlmodel import col, select

from hotline.people.models import Department
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.sla.policy import Limit
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.errors import AlreadyReturned, DepartmentInactive, UnknownCode
from hotline.tickets.lifecycle import HANDLING, Action, Move, Outcome
from hotline.tickets.models import Assignment, Audience, Ticket
from hotline.tickets.step import Step


async def require_department(tx: Tx, code: str) -> Department:
    """Return a department that takes tickets.

    Raises:
        UnknownCode: there is none with this code.
        DepartmentInactive: it takes none, or is the hotline itself.
    """
    department = await find_department(tx.session, code)
    if department is None:
        raise UnknownCode(what="department", value=code)
    if not department.is_active or department.is_hotline:
        raise DepartmentInactive(department=code)
    return department


SETTLED_TOGETHER = frozenset({Action.DECIDE_CONSULTATION, Action.DECIDE_ARBITRATION})
"""Decisions by which even a department that was right to return a matter may get it again."""


async def require_not_returned(step: Step, department: Department) -> None:
    """Pass in silence when this department has not given this very matter back for good.

    Raises:
        AlreadyReturned: it has, and giving it the ticket again would only make it return it again.
    """
    returned = await step.tx.session.exec(
        select(Assignment.id)
        .where(
            Assignment.ticket_id == step.ticket.id,
            Assignment.department_id == department.id,
            col(Assignment.state) == AssignmentState.RETURNED,
        )
        .limit(1)
    )
    if returned.first() is not None:
        raise AlreadyReturned(department=department.name)


async def dispatch_ticket(
    tx: Tx,
    number: str,
    *,
    department: str,
    co_departments: Sequence[str] = (),
    note: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Give an accepted ticket to one leading department and any number of co-handlers.

    Args:
        tx: the transaction.
        number: the ticket.
        department: code of the leading department.
        co_departments: codes of the co-handling ones.
        note: words for the departments.
        expected_version: the version the actor has read.

    Raises:
        UnknownCode: a department does not exist.
        DepartmentInactive: a department takes no tickets.
        AlreadyReturned: the department was right to return this matter before.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.DISPATCH)
    return await dispatch_to(
        step, move, Action.DISPATCH, department=department, co_departments=co_departments, text=note
    )


async def dispatch_to(
    step: Step,
    move: Move,
    action: Action,
    outcome: Outcome = Outcome.DONE,
    *,
    department: str,
    co_departments: Sequence[str] = (),
    text: str | None = None,
    reason: str | None = None,
) -> Ticket:
    """Finish a step that ends in a department's hands; every road to a department leads here.

    Raises:
        AlreadyReturned: the department was right to return this matter before.
    """
    lead = await require_department(step.tx, department)
    if action not in SETTLED_TOGETHER:
        await require_not_returned(step, lead)
    others = [
        await require_department(step.tx, code)
        for code in dict.fromkeys(co_departments)
        if code != department
    ]
    ticket = step.ticket
    ticket.hop += 1
    ticket.lead_department_id = lead.id
    ticket.first_department_id = ticket.first_department_id or lead.id
    step.assign(lead.id, AssignmentRole.LEAD, text)
    for other in others:
        step.assign(other.id, AssignmentRole.CO, text)
    commitment = await step.active_commitment()
    limit = (
        Limit.parse(commitment.handler_limit) if commitment and commitment.handler_limit else None
    )
    await step.finish(
        move,
        action,
        outcome,
        text=text,
        reason=reason,
        audience=Audience.STAFF,
        details={"department": lead.code, "co_departments": [other.code for other in others]},
        handler_limit=limit,
    )
    work = step.clocks.running(HANDLING)
    if commitment is not None and work is not None:
        commitment.department_id = lead.id
        commitment.due_at = work.due_at
    return ticket
