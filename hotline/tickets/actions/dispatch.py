"""Giving a ticket to the departments that handle it."""

from collections.abc import Sequence

from hotline.people.models import Department
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.sla.policy import Limit
from hotline.sla.timers import Start
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.errors import DepartmentInactive, UnknownCode
from hotline.tickets.lifecycle import HANDLING, Action, Move, Outcome
from hotline.tickets.models import Audience, Ticket
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
    unit_starts: Sequence[Start] = (),
) -> Ticket:
    """Finish a step that ends in a department's hands; every road to a department leads here."""
    lead = await require_department(step.tx, department)
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
        unit_starts=unit_starts,
    )
    work = step.clocks.running(HANDLING)
    if commitment is not None and work is not None:
        commitment.department_id = lead.id
        commitment.due_at = work.due_at
    return ticket
