"""Reading supervision orders."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    decode_cursor,
    encode_cursor,
)
from hotline.people.models import Department, User
from hotline.people.principal import Principal
from hotline.supervision.models import LIVE_SQL, SupervisionOrder
from hotline.supervision.rules import LIVE, PASSED, WITH_DEPARTMENT, OrderState
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Ticket

_IS_LIVE: sa.ColumnElement[bool] = sa.literal_column(f"supervision_orders.{LIVE_SQL}", sa.Boolean)
"""Written out, so that the planner sees the very condition of the partial indexes."""

_IN_FORCE = sa.and_(
    col(Ticket.hop) == col(SupervisionOrder.hop),
    col(Ticket.round) == col(SupervisionOrder.round),
    col(Ticket.status).in_(WITH_DEPARTMENT),
)
_IS_PASSED = sa.and_(
    col(Ticket.hop) == col(SupervisionOrder.hop),
    sa.or_(
        col(Ticket.round) > col(SupervisionOrder.round),
        col(Ticket.status).in_(PASSED),
    ),
)
_STATE: sa.ColumnElement[str] = sa.case(
    (
        sa.or_(col(SupervisionOrder.state) == OrderState.ESCALATED, _IN_FORCE),
        sa.cast(col(SupervisionOrder.state), sa.Text),
    ),
    (
        sa.or_(col(SupervisionOrder.state) == OrderState.VERIFIED, _IS_PASSED),
        sa.literal(OrderState.CLOSED.value, sa.Text),
    ),
    else_=sa.literal(OrderState.VOID.value, sa.Text),
)
"""How far an order is, now that its ticket stands where it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders a list is to show; an empty part asks for nothing.

    Attributes:
        state: any of these.
        level: any of these.
        department: code of the department that they were issued to.
    """

    state: tuple[OrderState, ...] = ()
    level: tuple[int, ...] = ()
    department: str | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with what belongs to it. The title is as it was written: mask it before showing."""

    order: SupervisionOrder
    state: OrderState
    ticket_number: str
    ticket_title: str
    department: Department
    issuer: User | None

    @property
    def is_live(self) -> bool:
        """Tell whether somebody still owes something on it."""
        return self.state in LIVE


_COLUMNS: Sequence[Any] = (
    SupervisionOrder,
    _STATE,
    col(Ticket.number),
    col(Ticket.title),
    Department,
    User,
)

_ROWS: sa.Select[Any] = (
    sa.select(*_COLUMNS)
    .select_from(SupervisionOrder)
    .join(Ticket, col(Ticket.id) == col(SupervisionOrder.ticket_id))
    .join(Department, col(Department.id) == col(SupervisionOrder.department_id))
    .outerjoin(User, col(User.id) == col(SupervisionOrder.issued_by))
)


async def _found(session: AsyncSession, statement: sa.Select[Any]) -> list[OrderRow]:
    return [
        OrderRow(order, OrderState(state), *rest)
        for order, state, *rest in await session.exec(statement)  # type: ignore[call-overload]
    ]


def _readable(principal: Principal) -> sa.ColumnElement[bool]:
    """A department reads the orders to itself, the hotline all of them."""
    if principal.sees_every_ticket:
        return sa.true()
    if principal.is_department:
        return col(SupervisionOrder.department_id) == principal.department_id
    return sa.false()


async def orders_of_ticket(
    session: AsyncSession, principal: Principal, ticket_id: uuid.UUID
) -> Sequence[OrderRow]:
    """Return every order on a ticket that this person may read, newest first."""
    return await _found(
        session,
        _ROWS.where(col(SupervisionOrder.ticket_id) == ticket_id, _readable(principal)).order_by(
            col(SupervisionOrder.nth).desc()
        ),
    )


async def open_orders(
    session: AsyncSession,
    principal: Principal,
    *,
    level: int | None = None,
    state: Sequence[OrderState] = LIVE,
    limit: int = DEFAULT_LIMIT,
) -> Sequence[OrderRow]:
    """Return orders on which somebody owes something, the one due first at the head.

    Args:
        session: where to read.
        principal: the reader.
        level: only of this level, when given.
        state: only in these of the live states.
        limit: rows at most.
    """
    statement = _ROWS.where(
        _IS_LIVE, _IN_FORCE, _readable(principal), col(SupervisionOrder.state).in_(state)
    )
    if level is not None:
        statement = statement.where(col(SupervisionOrder.level) == level)
    return await _found(
        session,
        statement.order_by(col(SupervisionOrder.due_at), col(SupervisionOrder.id)).limit(limit),
    )


async def list_orders(
    session: AsyncSession,
    principal: Principal,
    wanted: OrderFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[OrderRow]:
    """Return a page of the orders that this person may read, newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _ROWS.where(_readable(principal), *_conditions(wanted))
    if cursor:
        at, key = _after(cursor)
        statement = statement.where(
            sa.tuple_(col(SupervisionOrder.issued_at), col(SupervisionOrder.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = await _found(
        session,
        statement.order_by(
            col(SupervisionOrder.issued_at).desc(), col(SupervisionOrder.id).desc()
        ).limit(limit + 1),
    )
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1].order
    return Page(found[:limit], encode_cursor(last.issued_at.isoformat(), str(last.id)))


def _conditions(wanted: OrderFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(_STATE.in_([state.value for state in wanted.state]))
    if wanted.state and set(wanted.state) <= set(LIVE):
        asked += [_IS_LIVE, _IN_FORCE]
    if wanted.level:
        asked.append(col(SupervisionOrder.level).in_(wanted.level))
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    return asked


def _after(cursor: str) -> tuple[datetime, uuid.UUID]:
    at, key = decode_cursor(cursor, 2)
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise InvalidCursor
        return instant.astimezone(UTC), uuid.UUID(key)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error


WAITING_FOR: dict[OrderState, tuple[Action, ...]] = {
    OrderState.ISSUED: (Action.ACKNOWLEDGE_ORDER, Action.ANSWER_ORDER, Action.RAISE_ORDER),
    OrderState.ACKNOWLEDGED: (Action.ANSWER_ORDER, Action.RAISE_ORDER),
    OrderState.ANSWERED: (Action.VERIFY_ORDER, Action.RAISE_ORDER),
}
"""What may be done about an order that is so far."""


def waiting(orders: Sequence[OrderRow]) -> tuple[tuple[Action, uuid.UUID | None], ...]:
    """Return which steps the open order waits for, each with who may not take it himself."""
    return tuple(
        (action, row.order.answered_by if action is Action.VERIFY_ORDER else None)
        for row in orders
        for action in WAITING_FOR.get(row.state, ())
    )
