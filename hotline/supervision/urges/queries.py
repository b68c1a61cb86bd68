"""Reading urges: those of one ticket, and those that wait for an answer."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from hotline.people.models import Department
from hotline.sla.clocks import LIVE_STATES
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.supervision.models import SupervisionOrder
from hotline.supervision.queries import is_in_force
from hotline.supervision.rules import OrderLevel, OrderState
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Ticket, Urge


@dataclass(frozen=True, slots=True)
class TicketUrges:
    """How a ticket was urged.

    Attributes:
        urges: the newest first.
        units: the units that were told, by id.
        due_at: until when an answer is owed; None when none is.
        owed_since: the instant from which unanswered urges wait for that answer.
    """

    urges: Sequence[Urge]
    units: dict[int, Department]
    due_at: datetime | None
    owed_since: datetime | None

    @property
    def waiting(self) -> Sequence[Urge]:
        """The urges that wait for an answer."""
        since = self.owed_since
        if since is None:
            return ()
        return [one for one in self.urges if one.answered_at is None and one.urged_at >= since]

    @property
    def pending(self) -> tuple[tuple[Action, uuid.UUID | None], ...]:
        """The step that answers them, where an answer is owed; anybody of the unit may take it."""
        return ((Action.ANSWER_URGE, None),) if self.due_at is not None else ()

    @property
    def requester_count(self) -> int:
        """How often the requester asked, merged or not."""
        return sum(1 + one.merged_count for one in self.urges if one.is_requester)


async def urges_of_ticket(session: AsyncSession, ticket_id: uuid.UUID) -> TicketUrges:
    """Return how a ticket was urged and until when the answer is owed."""
    rows = await session.exec(
        select(Urge, Department)
        .outerjoin(Department, col(Department.id) == col(Urge.department_id))
        .where(Urge.ticket_id == ticket_id)
        .order_by(col(Urge.urged_at).desc(), col(Urge.id).desc())
    )
    found = rows.all()
    clock = (
        await session.exec(
            select(Clock.due_at, Clock.started_at).where(
                Clock.ticket_id == ticket_id,
                Clock.kind == ClockKind.URGE_REPLY,
                col(Clock.state).in_(LIVE_STATES),
            )
        )
    ).first()
    return TicketUrges(
        [urge for urge, _ in found],
        {unit.id: unit for _, unit in found if unit is not None},
        clock[0] if clock else None,
        clock[1] if clock else None,
    )


@dataclass(frozen=True, slots=True)
class WaitingUrge:
    """A ticket whose urging waits for an answer. Mask the title before showing."""

    number: str
    title: str
    department: Department | None
    started_at: datetime
    due_at: datetime
    count: int


# In the very words of the index over them: there are few among all the limits that ever were.
_WAITING = sa.text(
    f"sla_clocks.kind = '{ClockKind.URGE_REPLY.value}' "
    "AND sla_clocks.state IN ('running', 'paused', 'submitted')"
)
_ASKED = (
    sa.select(sa.func.coalesce(sa.func.sum(col(Urge.merged_count) + 1), 0))
    .where(
        col(Urge.ticket_id) == col(Clock.ticket_id),
        col(Urge.urged_at) >= col(Clock.started_at),
        col(Urge.answered_at).is_(None),
    )
    .correlate(Clock)
    .scalar_subquery()
)


async def list_waiting_urges(
    session: AsyncSession, *, due_before: datetime | None = None, limit: int = DEFAULT_LIMIT
) -> Sequence[WaitingUrge]:
    """Return what waits for an answer to its urging, the one due first at the head.

    Args:
        session: where to read.
        due_before: only where the answer was due before this instant.
        limit: rows at most.
    """
    is_wanted = (
        sa.and_(_WAITING, col(Clock.due_at) < due_before) if due_before is not None else _WAITING
    )
    columns: Sequence[Any] = (
        col(Ticket.number),
        col(Ticket.title),
        Department,
        col(Clock.started_at),
        col(Clock.due_at),
        _ASKED,
    )
    rows = await session.exec(  # type: ignore[call-overload]
        sa.select(*columns)
        .select_from(Clock)
        .join(Ticket, col(Ticket.id) == col(Clock.ticket_id))
        .outerjoin(Department, col(Department.id) == col(Clock.department_id))
        .where(is_wanted)
        .order_by(col(Clock.due_at), col(Clock.id))
        .limit(min(limit, MAX_LIMIT))
    )
    return [WaitingUrge(*row) for row in rows]


async def count_waiting_urges(session: AsyncSession, now: datetime) -> tuple[int, int]:
    """Return how many tickets wait for an answer to their urging, and how many for too long."""
    row = (
        await session.exec(
            select(sa.func.count(), sa.func.count().filter(col(Clock.due_at) < now))
            .select_from(Clock)
            .where(_WAITING)
        )
    ).one()
    return row[0], row[1]


async def count_orders_by_level(
    session: AsyncSession,
) -> dict[tuple[OrderLevel, OrderState], int]:
    """Return how many orders are open, by level and state."""
    rows = await session.exec(  # type: ignore[call-overload]
        sa.select(*(col(SupervisionOrder.level), col(SupervisionOrder.state), sa.func.count()))
        .select_from(SupervisionOrder)
        .join(Ticket, col(Ticket.id) == col(SupervisionOrder.ticket_id))
        .where(is_in_force())
        .group_by(col(SupervisionOrder.level), col(SupervisionOrder.state))
    )
    return {(OrderLevel(level), OrderState(state)): count for level, state, count in rows}
