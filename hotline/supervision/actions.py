"""Issuing a supervision order, taking note of it, answering it, verifying the answer, raising it.

Each is one step of the ticket; the reply's limit is a clock of the ticket like any other.
"""

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind, Limit
from hotline.supervision.errors import NoOrder, OrderExists
from hotline.supervision.events import OrderIssued, OrderUnanswered
from hotline.supervision.listings.actions import end_listing_of, list_order
from hotline.supervision.models import SupervisionOrder
from hotline.supervision.rules import (
    LIVE,
    REPLY_LIMITS,
    OrderLevel,
    OrderReason,
    OrderState,
    next_level,
    require_following,
    require_level,
)
from hotline.tickets.calls import call_unit
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.lifecycle import Action, Move, Outcome
from hotline.tickets.models import Ticket
from hotline.tickets.step import Step, was_never_warned


async def issue_order(
    tx: Tx,
    number: str,
    *,
    level: int,
    reason: OrderReason,
    demand: str,
    reply_limit: Limit | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Order the leading department to act, and to say so by a date.

    Args:
        tx: the transaction; the system itself may act in it.
        number: the ticket.
        level: 1 a letter, 2 an order, 3 listed on the board, 4 an interview.
        reason: why.
        demand: what the department is to do.
        reply_limit: how long it has to reply; None for what is usual at the level.
        expected_version: the version the actor has read.

    Raises:
        OrderExists: one of the same or a higher level is open; a lower one is raised by this.
        OrderAtTop: the system never goes above level 3.
        InvalidOrderLevel: there is no such level.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ISSUE_ORDER)
    wanted = require_level(level, by_system=_by_system(tx))
    present = await _open_order(step)
    if present is not None and present.level >= wanted:
        raise OrderExists(number=present.number)
    return await _issue(
        step,
        move,
        Action.ISSUE_ORDER,
        level=wanted,
        reason=reason,
        demand=demand,
        reply_limit=reply_limit,
        text=demand,
        follows=present,
    )


async def acknowledge_order(tx: Tx, number: str, *, expected_version: int | None = None) -> Ticket:
    """Take note of the order that is open on a ticket."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ACKNOWLEDGE_ORDER)
    order = await _require_open(step, OrderState.ACKNOWLEDGED)
    order.state = OrderState.ACKNOWLEDGED
    order.acknowledged_by, order.acknowledged_at = tx.actor.user_id, tx.now
    return await _finish(step, move, Action.ACKNOWLEDGE_ORDER, order)


async def answer_order(
    tx: Tx, number: str, *, reply: str, expected_version: int | None = None
) -> Ticket:
    """Say what was done about an order; its clock ends here."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.ANSWER_ORDER)
    order = await _require_open(step, OrderState.ANSWERED)
    if tx.now > order.due_at:
        await _tell_unanswered(step, order)
    order.state = OrderState.ANSWERED
    if order.acknowledged_at is None:
        order.acknowledged_by, order.acknowledged_at = tx.actor.user_id, tx.now
    order.reply = reply
    order.answered_by, order.answered_at = tx.actor.user_id, tx.now
    return await _finish(step, move, Action.ANSWER_ORDER, order, text=reply)


async def verify_order(
    tx: Tx, number: str, *, accept: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Find the reply to an order good, or ask for another; then its clock begins anew.

    Raises:
        SecondPersonNeeded: the actor wrote the reply himself.
    """
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.APPROVED if accept else Outcome.REFUSED
    move = step.decide(Action.VERIFY_ORDER, outcome)
    order = await _require_open(step, OrderState.VERIFIED)
    if order.answered_by is not None and order.answered_by == tx.actor.user_id:
        raise SecondPersonNeeded(action=Action.VERIFY_ORDER)
    order.state = OrderState.VERIFIED if accept else OrderState.ACKNOWLEDGED
    order.verification = explanation
    order.verified_by, order.verified_at = tx.actor.user_id, tx.now
    if accept and order.level == OrderLevel.LISTING:
        await end_listing_of(tx, order.id, explanation)
    limit = None if accept else Limit.parse(order.reply_limit)
    return await _finish(
        step, move, Action.VERIFY_ORDER, order, outcome, text=explanation, limit=limit
    )


async def raise_order(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Put the open order one level higher; the new one has a limit of its own.

    Raises:
        NoOrder: none is open.
        OrderAtTop: there is no level above, or the system may not go there.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.RAISE_ORDER)
    order = await _require_open(step, OrderState.ESCALATED)
    is_unanswered = order.state is not OrderState.ANSWERED and tx.now >= order.due_at
    if is_unanswered:
        await _tell_unanswered(step, order)
    return await _issue(
        step,
        move,
        Action.RAISE_ORDER,
        level=next_level(OrderLevel(order.level), by_system=_by_system(tx)),
        reason=OrderReason.ORDER_UNANSWERED if is_unanswered else OrderReason.BY_HAND,
        demand=order.demand,
        reply_limit=None,
        text=reason,
        follows=order,
    )


async def _tell_unanswered(step: Step, order: SupervisionOrder) -> None:
    clock = step.clocks.running({ClockKind.SUPERVISION_REPLY})
    await emit(
        step.tx,
        OrderUnanswered(
            ticket_id=str(step.ticket.id),
            ticket_number=step.ticket.number,
            order_number=order.number,
            department_id=order.department_id,
            due_at=order.due_at.isoformat(),
            is_excused=clock is not None and was_never_warned(clock, step.tx.now),
        ),
    )


def _by_system(tx: Tx) -> bool:
    return Role.SYSTEM in tx.actor.roles


async def _open_order(step: Step) -> SupervisionOrder | None:
    """Return the order that is open on the department's present task."""
    return (
        await step.tx.session.exec(
            select(SupervisionOrder).where(
                SupervisionOrder.ticket_id == step.ticket.id,
                SupervisionOrder.hop == step.ticket.hop,
                SupervisionOrder.round == step.ticket.round,
                col(SupervisionOrder.state).in_(LIVE),
            )
        )
    ).first()


async def _require_open(step: Step, following: OrderState) -> SupervisionOrder:
    order = await _open_order(step)
    if order is None:
        raise NoOrder
    require_following(order.state, following)
    return order


async def _issue(
    step: Step,
    move: Move,
    action: Action,
    *,
    level: OrderLevel,
    reason: OrderReason,
    demand: str,
    reply_limit: Limit | None,
    text: str,
    follows: SupervisionOrder | None,
) -> Ticket:
    tx, ticket = step.tx, step.ticket
    if follows is not None:
        follows.state = OrderState.ESCALATED
        await tx.session.flush()  # before the next one takes its place as the one that is open
    if ticket.lead_department_id is None:
        raise AssertionError(f"{ticket.number} is with a department but has no lead")
    limit = reply_limit or REPLY_LIMITS[level]
    nth = (
        1
        + (
            await tx.session.exec(
                select(sa.func.count())
                .select_from(SupervisionOrder)
                .where(col(SupervisionOrder.ticket_id) == ticket.id)
            )
        ).one()
    )
    order = SupervisionOrder(
        id=uuid7(tx.now),
        number=f"{ticket.number}-D{nth}",
        ticket_id=ticket.id,
        nth=nth,
        hop=ticket.hop,
        round=ticket.round,
        department_id=ticket.lead_department_id,
        level=level.value,
        reason=reason,
        demand=demand,
        reply_limit=str(limit),
        state=OrderState.ISSUED,
        follows_id=follows.id if follows else None,
        issued_by=tx.actor.user_id,
        issued_at=tx.now,
        due_at=tx.now,
    )
    await _finish(step, move, action, order, text=text, limit=limit)
    tx.session.add(order)
    if level is OrderLevel.LISTING:
        await tx.session.flush()  # the listing refers to its order
        list_order(tx, order)
    await call_unit(tx, ticket, _CALLS[level], order.department_id)
    await emit(
        tx,
        OrderIssued(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            order_number=order.number,
            department_id=order.department_id,
            level=order.level,
            hop=order.hop,
            round=order.round,
        ),
    )
    return ticket


_CALLS: Mapping[OrderLevel, str] = MappingProxyType(
    {
        OrderLevel.URGE_LETTER: "letter",
        OrderLevel.ORDER: "order",
        OrderLevel.LISTING: "listing",
        OrderLevel.INTERVIEW: "listing",
    }
)
"""How the unit is called upon with an order."""


async def _finish(
    step: Step,
    move: Move,
    action: Action,
    order: SupervisionOrder,
    outcome: Outcome = Outcome.DONE,
    *,
    text: str | None = None,
    limit: Limit | None = None,
) -> Ticket:
    """Make the move, and take the reply's due instant from the clock that it started, if it did."""
    kind = ClockKind.SUPERVISION_REPLY
    ticket = await step.finish(
        move,
        action,
        outcome,
        text=text,
        reason=order.reason.value if kind in move.starts else None,
        details={"order": order.number, "level": order.level},
        limits={kind: limit} if limit else None,
    )
    if limit is not None and (clock := step.clocks.running({kind})) is not None:
        order.due_at = clock.due_at
    return ticket
