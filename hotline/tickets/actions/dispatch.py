"""Giving a ticket to the departments that handle it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from hotline.people.levels import is_below
from hotline.people.models import Department
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.sla.policy import Limit, return_window_seconds
from hotline.sla.timers import Start
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.errors import AlreadyReturned, DepartmentInactive, UnknownCode
from hotline.tickets.lifecycle import HANDLING, Action, Move, Outcome
from hotline.tickets.models import Assignment, Audience, Ticket
from hotline.tickets.routing.errors import (
    DeviationNeedsReason,
    DirectDispatchImpossible,
    GrassrootsGuard,
)
from hotline.tickets.routing.models import DispatchRecord, DispatchRoad
from hotline.tickets.routing.queries import Routed, route, traits_of
from hotline.tickets.step import Step

_ROADS: Mapping[Action, DispatchRoad] = {
    Action.DISPATCH: DispatchRoad.DESK,
    Action.DIRECT_DISPATCH: DispatchRoad.DIRECT,
}
"""By whom a ticket goes to its first department; every other road is a decision."""


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
    deviation: str | None = None,
    override_reason: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Give an accepted ticket to one leading department and any number of co-handlers.

    Args:
        tx: the transaction.
        number: the ticket.
        department: code of the leading department.
        co_departments: codes of the co-handling ones.
        note: words for the departments.
        deviation: why it goes elsewhere than where the catalogue is sure it belongs.
        override_reason: why it goes past the catalogue's guard of levels.
        expected_version: the version the actor has read.

    Raises:
        UnknownCode: a department does not exist.
        DepartmentInactive: a department takes no tickets.
        AlreadyReturned: the department was right to return this matter before.
        DeviationNeedsReason: the catalogue is sure of another one, and no reason is given.
        GrassrootsGuard: the matter is not for so low a level, and no reason is given.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.DISPATCH)
    return await dispatch_to(
        step,
        move,
        Action.DISPATCH,
        department=department,
        co_departments=co_departments,
        text=note,
        deviation=deviation,
        override_reason=override_reason,
    )


async def direct_dispatch_ticket(
    tx: Tx, number: str, *, note: str | None = None, expected_version: int | None = None
) -> Ticket:
    """Give an accepted ticket to whom the catalogue is sure of, without a dispatcher (直派即办).

    Raises:
        DirectDispatchImpossible: the catalogue is not sure, or direct dispatch is switched off.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.DIRECT_DISPATCH)
    routed = await route(tx.session, traits_of(step.ticket), tx.now)
    if routed.proposal is None or not routed.is_direct:
        raise DirectDispatchImpossible
    return await dispatch_to(
        step,
        move,
        Action.DIRECT_DISPATCH,
        department=routed.proposal.department,
        co_departments=routed.proposal.co_departments,
        text=note,
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
    deviation: str | None = None,
    override_reason: str | None = None,
    unit_starts: Sequence[Start] = (),
) -> Ticket:
    """Finish a step that ends in a department's hands; every road to a department leads here.

    Raises:
        AlreadyReturned: the department was right to return this matter before.
        UnknownCode: a department does not exist.
        DepartmentInactive: a department takes no tickets.
        DeviationNeedsReason: a dispatcher leaves a sure proposal without a reason.
        GrassrootsGuard: the matter is not for so low a level; the authority alone is above this.
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
    routed = await route(step.tx.session, traits_of(ticket), step.tx.now)
    remarks = _remarks(routed, action, lead, deviation, override_reason)
    is_first = ticket.first_department_id is None
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
        details={
            "department": lead.code,
            "co_departments": [other.code for other in others],
            **remarks,
        },
        handler_limit=limit,
        unit_starts=unit_starts,
    )
    work = step.clocks.running(HANDLING)
    if commitment is not None and work is not None:
        commitment.department_id = lead.id
        commitment.due_at = work.due_at
    if is_first:
        await _record(step, action, lead, routed, remarks.get("deviation"))
    return ticket


def _remarks(
    routed: Routed,
    action: Action,
    lead: Department,
    deviation: str | None,
    override_reason: str | None,
) -> dict[str, Any]:
    """Return what the timeline says of the catalogue's opinion.

    Raises:
        DeviationNeedsReason: a dispatcher leaves a sure proposal without a reason.
        GrassrootsGuard: the level is too low, and nobody says why it may be so.
    """
    remarks: dict[str, Any] = {}
    proposal = routed.proposal
    if routed.catalogue is not None and proposal is not None:
        remarks["catalogue"] = routed.catalogue.version
        remarks["proposed"] = proposal.department
        remarks["sure"] = proposal.is_sure
        if proposal.is_sure and proposal.department != lead.code:
            if action is Action.DISPATCH and not deviation:
                raise DeviationNeedsReason(department=proposal.department)
            remarks |= {"deviation": deviation} if deviation else {}
    if is_below(lead.level, routed.lowest):
        if action is not Action.DECIDE_ARBITRATION and not override_reason:
            raise GrassrootsGuard(department=lead.code, level=lead.level.value)
        remarks["override"] = override_reason or ""
    return remarks


async def _record(
    step: Step, action: Action, lead: Department, routed: Routed, deviation: str | None
) -> None:
    """Keep the first dispatch for the figure of how often it was right."""
    ticket, proposal = step.ticket, routed.proposal
    proposed = None
    if proposal is not None:
        unit = await find_department(step.tx.session, proposal.department)
        proposed = unit.id if unit else None
    step.tx.session.add(
        DispatchRecord(
            ticket_id=ticket.id,
            dispatched_at=step.tx.now,
            road=_ROADS.get(action, DispatchRoad.DECIDED),
            department_id=lead.id,
            category_code=ticket.category_code,
            area=ticket.area,
            returnable_until=_returnable_until(step),
            catalogue_id=routed.catalogue.id if routed.catalogue else None,
            proposed_id=proposed,
            is_sure=proposal is not None and proposal.is_sure,
            deviation=deviation,
        )
    )


def _returnable_until(step: Step) -> datetime:
    """Return the end of the window in which the department may give the ticket back."""
    work = step.clocks.running(HANDLING)
    if work is None:
        return step.tx.now
    calendar = step.clocks.calendar(work)
    seconds = return_window_seconds(step.policy.policy, work.limit_seconds, calendar.day_seconds)
    return calendar.add(step.tx.now, seconds * 1_000_000)
