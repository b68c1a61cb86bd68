"""Accepting, answering at once, sending elsewhere: what becomes of a submitted matter."""

from datetime import datetime

from hotline.kernel.ids import uuid7
from hotline.people.principal import Tx
from hotline.sla.clocks import setting_of
from hotline.sla.policy import ClockKind, Limit, rule_for
from hotline.tickets.actions.dispatch import direct_dispatch_ticket
from hotline.tickets.catalogue import service_steps
from hotline.tickets.errors import InvalidLimit
from hotline.tickets.lifecycle import Action, ClosureCode, Outcome
from hotline.tickets.models import Audience, ServiceItem, Ticket
from hotline.tickets.step import Step


async def accept_ticket(
    tx: Tx,
    number: str,
    *,
    promise: str,
    handler_limit: Limit | None = None,
    and_dispatch: bool = False,
    expected_version: int | None = None,
) -> Ticket:
    """Take the matter on: accepting is a promise in writing, with its service list.

    Args:
        tx: the transaction.
        number: the ticket.
        promise: what will be done.
        handler_limit: a stricter limit for the work than the policy's own.
        and_dispatch: give it at once to whom the catalogue is sure of; both or nothing.
        expected_version: the version the actor has read.

    Raises:
        InvalidLimit: the promised limit is longer than the policy allows.
        DirectDispatchImpossible: it is to be dispatched at once, and the catalogue is not sure.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ACCEPT)
    step.promise(
        content=promise,
        due_at=_latest_due(step, handler_limit),
        handler_limit=handler_limit,
    )
    if step.ticket.accepted_at is None:
        await _list_services(step)
    ticket = await step.finish(move, Action.ACCEPT, text=promise, audience=Audience.PUBLIC)
    return await direct_dispatch_ticket(tx, number) if and_dispatch else ticket


async def _list_services(step: Step) -> None:
    """Write the service list; a matter that comes back to the desk keeps the one it has."""
    session, ticket = step.tx.session, step.ticket
    for position, text in enumerate(await service_steps(session, ticket.category_code), start=1):
        session.add(
            ServiceItem(id=uuid7(step.tx.now), ticket_id=ticket.id, position=position, step=text)
        )


def _latest_due(step: Step, handler_limit: Limit | None) -> datetime:
    """Return by when the work is promised: the dispatch limit and the work's own, one after the other.

    Dispatching makes it exact.
    """
    now, policy = step.tx.now, step.policy.policy
    request_type = step.ticket.request_type.value
    due_at = now
    for kind in (ClockKind.DISPATCH, ClockKind.COMPLETE):
        rule = rule_for(policy, kind)
        if rule is None:
            raise AssertionError("every policy has a dispatch and a complete clock")
        calendar = step.calendars[rule.calendar]
        seconds = setting_of(rule, request_type, calendar).limit_seconds
        if kind is ClockKind.COMPLETE and handler_limit is not None:
            promised = handler_limit.on_calendar(calendar.day_seconds)
            if promised > seconds:
                raise InvalidLimit(limit=str(rule.limit_for(request_type)))
            seconds = promised
        due_at = calendar.add(due_at, seconds * 1_000_000)
    return due_at


async def answer_ticket(
    tx: Tx,
    number: str,
    *,
    reply: str,
    is_confirmed: bool = False,
    expected_version: int | None = None,
) -> Ticket:
    """Answer the matter without a department.

    Args:
        tx: the transaction.
        number: the ticket.
        reply: the answer given.
        is_confirmed: True when the requester said on the call that this settles it; otherwise a
            return visit follows.
        expected_version: the version the actor has read.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.CLOSED_ON_CALL if is_confirmed else Outcome.VISIT_WANTED
    move = step.decide(Action.ANSWER, outcome)
    commitment = await step.active_commitment()
    if commitment is not None:
        step.fulfil(commitment)
    if is_confirmed:
        step.ticket.closure_code = ClosureCode.ANSWERED
    return await step.finish(move, Action.ANSWER, outcome, text=reply, audience=Audience.PUBLIC)


async def transfer_ticket_out(
    tx: Tx, number: str, *, target: str, reason: str, expected_version: int | None = None
) -> Ticket:
    """Hand the matter to somebody outside: 110, 119, 120, a court, the petition office.

    Args:
        tx: the transaction.
        number: the ticket.
        target: whom it goes to.
        reason: why, for the requester to read.
        expected_version: the version the actor has read.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.TRANSFER_OUT)
    step.ticket.closure_code = ClosureCode.TRANSFERRED
    return await step.finish(
        move,
        Action.TRANSFER_OUT,
        text=reason,
        audience=Audience.PUBLIC,
        details={"target": target},
    )
