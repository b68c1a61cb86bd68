"""Reading supervision orders, and what urging many tickets would do and has done."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    page_of,
)
from hotline.people.models import Department, User
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal
from hotline.supervision.errors import UrgeRunNotFound
from hotline.supervision.models import LIVE_SQL, SupervisionOrder, UrgeItem, UrgeRun
from hotline.supervision.rules import (
    LIVE,
    PASSED,
    REPLY_OWED,
    URGED_LATELY,
    WITH_DEPARTMENT,
    OrderLevel,
    OrderState,
    UrgeState,
)
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import CLOCK_FIRED, Post, Ticket, TicketEvent
from hotline.tickets.queries import TicketFilter, conditions

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


def is_in_force() -> sa.ColumnElement[bool]:
    """Return the condition that somebody owes something on an order, its ticket joined."""
    return sa.and_(_IS_LIVE, _IN_FORCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders a list is to show; an empty part asks for nothing.

    Attributes:
        state: any of these.
        level: any of these.
        department: code of the department that they were issued to.
        owed_before: only those whose reply was to come before this instant and has not.
    """

    state: tuple[OrderState, ...] = ()
    level: tuple[int, ...] = ()
    department: str | None = None
    owed_before: datetime | None = None


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
    """A department reads the orders to itself, the hotline and, with a clue, the inspection all."""
    if principal.sees_every_ticket or Permission.READ_CLUES in principal.permissions:
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
        at, key = decode_place(cursor)
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
    return page_of(found, limit, lambda row: (row.order.issued_at, row.order.id))


def _conditions(wanted: OrderFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(_STATE.in_([state.value for state in wanted.state]))
    if wanted.state and set(wanted.state) <= set(LIVE):
        asked += [_IS_LIVE, _IN_FORCE]
    if wanted.level:
        asked.append(col(SupervisionOrder.level).in_(wanted.level))
    if wanted.owed_before:
        asked += [_IS_LIVE, _IN_FORCE, _owed_before(wanted.owed_before)]
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    return asked


def _owed_before(instant: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(SupervisionOrder.state).in_(REPLY_OWED), col(SupervisionOrder.due_at) < instant
    )


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """How many orders somebody owes something on.

    Attributes:
        issued: not acknowledged yet.
        acknowledged: not answered yet.
        answered: not verified yet.
        overdue: the reply was to come before now.
        listed: of the level that is shown on the board.
    """

    issued: int
    acknowledged: int
    answered: int
    overdue: int
    listed: int


async def count_orders(
    session: AsyncSession, now: datetime, department: int | None = None
) -> OrderCounts:
    """Return how many orders are open, to all departments or to one, in one statement."""
    state = col(SupervisionOrder.state)
    number = sa.func.count()
    statement = (
        sa.select(
            *(number.filter(state == one) for one in LIVE),
            number.filter(_owed_before(now)),
            number.filter(col(SupervisionOrder.level) == OrderLevel.LISTING),
        )
        .select_from(SupervisionOrder)
        .join(Ticket, col(Ticket.id) == col(SupervisionOrder.ticket_id))
        .where(_IS_LIVE, _IN_FORCE)
    )
    if department is not None:
        statement = statement.where(col(SupervisionOrder.department_id) == department)
    return OrderCounts(*(await session.exec(statement)).one())  # type: ignore[call-overload]


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


MOST_AT_ONCE = 500
"""More than this is no urging but a policy that does not fit."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that may be urged, and who would be told."""

    number: str
    unit: Department | None
    holder: User | None
    post: Post | None
    urged_at: datetime | None

    @property
    def is_left_out(self) -> bool:
        """Tell whether it was urged so lately that it is left in peace."""
        return self.urged_at is not None


@dataclass(frozen=True, slots=True)
class UrgePreview:
    """What urging a list would do.

    Attributes:
        items: its tickets, the one due first at the head.
        is_cut: there are more than can be urged at once.
    """

    items: Sequence[Candidate]
    is_cut: bool

    @property
    def to_urge(self) -> Sequence[Candidate]:
        """The tickets that would be urged."""
        return [item for item in self.items if not item.is_left_out]

    @property
    def left_out(self) -> Sequence[Candidate]:
        """The tickets that were urged lately."""
        return [item for item in self.items if item.is_left_out]


def urged_since(since: datetime) -> sa.ScalarSelect[datetime]:
    """Return when the hotline or the ladder last urged a ticket; a requester's word is no such."""
    return (
        sa.select(sa.func.max(col(TicketEvent.at)))
        .where(
            col(TicketEvent.ticket_id) == col(Ticket.id),
            col(TicketEvent.at) > since,
            sa.or_(
                sa.and_(
                    col(TicketEvent.action) == Action.URGE.value,
                    col(TicketEvent.role) != Role.REQUESTER.value,
                ),
                sa.and_(col(TicketEvent.action) == CLOCK_FIRED, col(TicketEvent.reason) == "urge"),
            ),
        )
        .correlate(Ticket)
        .scalar_subquery()
    )


async def preview_urging(
    session: AsyncSession, principal: Principal, wanted: TicketFilter, now: datetime
) -> UrgePreview:
    """Return what urging the tickets of a list would do; nothing is done."""
    statement = (
        sa.select(
            col(Ticket.number),
            Department,
            User,
            col(Ticket.holder_post),
            urged_since(now - URGED_LATELY),
        )
        .select_from(Ticket)
        .outerjoin(Department, col(Department.id) == col(Ticket.owner_department_id))
        .outerjoin(User, col(User.id) == col(Ticket.holder_user_id))
        .where(*conditions(principal, wanted), col(Ticket.due_at).is_not(None))
        .order_by(col(Ticket.due_at), col(Ticket.id))
        .limit(MOST_AT_ONCE + 1)
    )
    rows = [Candidate(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]
    return UrgePreview(rows[:MOST_AT_ONCE], len(rows) > MOST_AT_ONCE)


async def was_urged_since(session: AsyncSession, number: str, since: datetime) -> bool:
    """Tell whether the hotline or the ladder has urged a ticket after `since`."""
    statement = sa.select(urged_since(since)).where(col(Ticket.number) == number)
    return (await session.exec(statement)).scalar() is not None  # type: ignore[call-overload]


async def find_run(session: AsyncSession, principal: Principal, run_id: uuid.UUID) -> UrgeRun:
    """Return a run of one's own.

    Raises:
        UrgeRunNotFound: there is none, or it is somebody else's.
    """
    run = await session.get(UrgeRun, run_id)
    if run is None or run.requested_by != principal.user_id:
        raise UrgeRunNotFound
    return run


@dataclass(frozen=True, slots=True)
class UrgeProgress:
    """How far a run is."""

    run: UrgeRun
    items: Sequence[UrgeItem]

    def of(self, state: UrgeState) -> Sequence[UrgeItem]:
        """Return the tickets that have come to `state`."""
        return [item for item in self.items if item.state is state]


async def read_progress(
    session: AsyncSession, principal: Principal, run_id: uuid.UUID
) -> UrgeProgress:
    """Return how far a run of one's own is.

    Raises:
        UrgeRunNotFound: there is none, or it is somebody else's.
    """
    run = await find_run(session, principal, run_id)
    items = await session.exec(
        select(UrgeItem).where(UrgeItem.run_id == run_id).order_by(col(UrgeItem.ticket_number))
    )
    return UrgeProgress(run, items.all())
