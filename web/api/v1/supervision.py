"""Supervision: orders, what is late and will be, and urging many tickets at once."""

import uuid
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.sla.policy import ClockKind, Level
from hotline.supervision.lateness import SOON, Lateness, count_lateness, end_of_day
from hotline.supervision.queries import (
    OrderFilter,
    OrderRow,
    UrgeProgress,
    list_orders,
    preview_urging,
    read_progress,
)
from hotline.supervision.rules import OrderLevel, OrderState, UrgeState
from hotline.supervision.urging import request_urging
from hotline.tickets.queries import ClockWait, TicketFilter
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Unit, Words
from web.resources import Resources
from web.security.guards import requires


class OrderOut(Answer):
    """A supervision order, personal data masked."""

    number: str
    ticket: str
    department: Unit
    level: int
    reason: str
    demand: str
    state: str
    issued_by: str | None
    issued_at: Instant
    reply_limit: str
    due_at: Instant
    acknowledged_at: Instant | None
    reply: str | None
    answered_at: Instant | None
    verification: str | None
    verified_at: Instant | None


class OrderList(Answer):
    """A page of orders, the newest first."""

    items: list[OrderOut]
    next_cursor: str | None = None


class LateFigures(Answer):
    """How many tickets have a limit that has passed, or will within the hour or the day."""

    late: int
    hour: int
    today: int


class LateByClock(Answer):
    """The same, by the limit's kind."""

    clock: str
    count: LateFigures


class LateByDepartment(Answer):
    """The same, by the unit that is on the limit."""

    department: Unit
    count: LateFigures


class LateByHolder(Answer):
    """The same, by who holds the ticket: a person, or a duty post of a unit."""

    user: str | None
    post: str | None
    department: Unit | None
    count: LateFigures


class LateOut(Answer):
    """What is late now and will be."""

    as_of: Instant
    hour_until: Instant
    today_until: Instant
    total: LateFigures
    clocks: list[LateByClock]
    departments: list[LateByDepartment]
    holders: list[LateByHolder]


class UrgeBody(Body):
    """Which late tickets to urge, and what to say."""

    note: Words = Field(max_length=2000)
    clock: ClockKind | None = Field(default=None, description="Only with this limit late")
    department: Annotated[str | None, Field(max_length=64)] = Field(
        default=None, description="Only where this unit is on the limit"
    )
    level: tuple[Level, ...] = Field(default=(), max_length=4)
    dry_run: bool = Field(default=False, description="Only say what would be done")
    run_id: uuid.UUID | None = Field(
        default=None, description="Your own name for it: sent twice, it is done once"
    )


class UrgeItemOut(Answer):
    """A ticket, and what would become or became of it: waiting, urged, left_out or failed."""

    ticket: str
    state: str
    reason: str | None
    department: str | None = None
    holder: str | None = None
    urged_at: Instant | None = None


class UrgeOut(Answer):
    """What urging would do, or how far it is; `run_id` is missing from a dry run."""

    run_id: uuid.UUID | None
    total: int
    to_urge: int
    urged: int
    left_out: int
    failed: int
    finished_at: Instant | None
    items: list[UrgeItemOut]


def unit_out(unit: Department) -> Unit:
    """Return a department as it is named everywhere."""
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en)


def late_figures(count: Lateness) -> LateFigures:
    """Return how many are late and will be."""
    return LateFigures(late=count.late, hour=count.hour, today=count.today)


def order_out(row: OrderRow) -> OrderOut:
    """Return an order, personal data masked."""
    order = row.order
    return OrderOut(
        number=order.number,
        ticket=row.ticket_number,
        department=unit_out(row.department),
        level=order.level,
        reason=order.reason.value,
        demand=mask_text(order.demand),
        state=row.state.value,
        issued_by=row.issuer.username if row.issuer else None,
        issued_at=order.issued_at,
        reply_limit=order.reply_limit,
        due_at=order.due_at,
        acknowledged_at=order.acknowledged_at,
        reply=mask_text(order.reply or "") or None,
        answered_at=order.answered_at,
        verification=mask_text(order.verification or "") or None,
        verified_at=order.verified_at,
    )


class SupervisionController(Controller):
    """What the supervisor works with."""

    path = "/supervision"
    tags = ("supervision",)

    @get(
        "/orders",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listSupervisionOrders",
        operation_class=ApiOperation,
        summary="List supervision orders",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def orders(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        states: Annotated[list[OrderState] | None, QueryParameter(name="state")] = None,
        level: Annotated[list[OrderLevel] | None, QueryParameter(name="level")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> OrderList:
        """List the orders you may see, newest first: a department its own, the hotline all."""
        page = await list_orders(
            reader,
            principal,
            OrderFilter(state=tuple(states or ()), level=tuple(level or ()), department=department),
            cursor=cursor,
            limit=limit,
        )
        return OrderList(items=[order_out(row) for row in page.items], next_cursor=page.next_cursor)

    @get(
        "/late",
        guards=[requires(Permission.READ_BOARD)],
        operation_id="countLateTickets",
        operation_class=ApiOperation,
        summary="What is late now and will be",
        responses=problem_responses(401, 403, 503),
    )
    async def late(
        self, reader: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
    ) -> LateOut:
        """Count the tickets with limits that have passed, or will within the hour or the day."""
        now = resources.clock.now()
        view = await count_lateness(reader, now)
        return LateOut(
            as_of=now,
            hour_until=now + SOON,
            today_until=end_of_day(now),
            total=late_figures(view.total),
            clocks=[LateByClock(clock=k.value, count=late_figures(n)) for k, n in view.kinds],
            departments=[
                LateByDepartment(department=unit_out(unit), count=late_figures(count))
                for unit, count in view.units
            ],
            holders=[
                LateByHolder(
                    user=holder.user.username if holder.user else None,
                    post=holder.post.value if holder.post else None,
                    department=unit_out(holder.unit) if holder.unit else None,
                    count=late_figures(count),
                )
                for holder, count in view.holders
            ],
        )

    @post(
        "/urge",
        status_code=200,
        guards=[requires(Permission.URGE_MANY)],
        operation_id="urgeLateTickets",
        operation_class=ApiOperation,
        summary="Urge every late ticket of a kind",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def urge(self, tx: NamedDependency[Tx], data: JSONBody[UrgeBody]) -> UrgeOut:
        """Urge the tickets whose limit has passed; they are worked off one by one.

        A dry run says what would be done; a real one is followed by its `run_id`.
        """
        wanted = _wanted(data, tx.now)
        if data.dry_run:
            preview = await preview_urging(tx.session, tx.actor, wanted, tx.now)
            items = [
                UrgeItemOut(
                    ticket=item.number,
                    state=(UrgeState.LEFT_OUT if item.is_left_out else UrgeState.WAITING).value,
                    reason="urged_lately" if item.is_left_out else None,
                    department=item.unit.code if item.unit else None,
                    holder=item.holder.username
                    if item.holder
                    else item.post.value
                    if item.post
                    else None,
                    urged_at=item.urged_at,
                )
                for item in preview.items
            ]
            return UrgeOut(
                run_id=None,
                total=len(items),
                to_urge=len(preview.to_urge),
                urged=0,
                left_out=len(preview.left_out),
                failed=0,
                finished_at=None,
                items=items,
            )
        run = await request_urging(
            tx, data.run_id or uuid.uuid4(), wanted, asked=_asked(data), note=data.note
        )
        return progress_out(await read_progress(tx.session, tx.actor, run.id))

    @get(
        "/urge/{run_id:uuid}",
        guards=[requires(Permission.URGE_MANY)],
        operation_id="readUrging",
        operation_class=ApiOperation,
        summary="How far your urging is",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def progress(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        run_id: FromPath[uuid.UUID],
    ) -> UrgeOut:
        """Return what became of each ticket so far."""
        return progress_out(await read_progress(reader, principal, run_id))


def _wanted(body: UrgeBody, now: datetime) -> TicketFilter:
    return TicketFilter(
        level=body.level,
        clock=ClockWait(kind=body.clock, unit=body.department, due_to=now),
    )


def _asked(body: UrgeBody) -> str:
    parts = {
        "limit": body.clock.value if body.clock else "",
        "limit_unit": body.department or "",
        "limit_due": "late",
        "level": body.level[0].value if len(body.level) == 1 else "",
    }
    return "/tickets?" + urlencode({name: text for name, text in parts.items() if text})


def progress_out(progress: UrgeProgress) -> UrgeOut:
    """Return how far a run is."""
    return UrgeOut(
        run_id=progress.run.id,
        total=len(progress.items),
        to_urge=len(progress.of(UrgeState.WAITING)),
        urged=len(progress.of(UrgeState.URGED)),
        left_out=len(progress.of(UrgeState.LEFT_OUT)),
        failed=len(progress.of(UrgeState.FAILED)),
        finished_at=progress.run.finished_at,
        items=[
            UrgeItemOut(ticket=item.ticket_number, state=item.state.value, reason=item.reason)
            for item in progress.items
        ],
    )
