"""What is late now and what will be: counted by limit, by department and by holder."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.people.models import Department, User
from hotline.people.queries import departments_by_id, users_by_id
from hotline.sla.policy import ClockKind
from hotline.tickets.models import Post

SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How many tickets have a limit that has passed, or will pass.

    Attributes:
        late: a limit has passed already.
        hour: one passes within the next hour.
        today: one passes before the day ends in Shanghai.
    """

    late: int = 0
    hour: int = 0
    today: int = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a ticket: a person, or a duty post of a unit."""

    user: User | None
    post: Post | None
    unit: Department | None


@dataclass(frozen=True, slots=True)
class LatenessView:
    """Tickets with limits that pass until the day ends, counted four ways.

    Every figure counts tickets, so that it is the length of the list behind it.

    Attributes:
        total: with any limit.
        kinds: by the limit's kind.
        units: by the unit that is on the limit.
        holders: by who holds the ticket.
    """

    total: Lateness
    kinds: Sequence[tuple[ClockKind, Lateness]]
    units: Sequence[tuple[Department, Lateness]]
    holders: Sequence[tuple[Holder, Lateness]]


def end_of_day(now: datetime) -> datetime:
    """Return the midnight that ends the day in Shanghai."""
    tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=SHANGHAI)


_COUNT = sa.text(
    "WITH due AS MATERIALIZED (SELECT kind, department_id, ticket_id, due_at FROM sla_clocks "
    "WHERE state = 'running' AND due_at < :until) "
    "SELECT grouping(c.kind, c.department_id, t.holder_post), c.kind, c.department_id, "
    "t.holder_user_id, t.holder_post, t.owner_department_id, "
    "count(DISTINCT c.ticket_id) FILTER (WHERE c.due_at < :now), "
    "count(DISTINCT c.ticket_id) FILTER (WHERE c.due_at >= :now AND c.due_at < :soon), "
    "count(DISTINCT c.ticket_id) FILTER (WHERE c.due_at >= :now AND c.due_at < :midnight) "
    "FROM due c JOIN tickets t ON t.id = c.ticket_id "
    "GROUP BY GROUPING SETS ((c.kind), (c.department_id), "
    "(t.holder_user_id, t.holder_post, t.owner_department_id), ())"
)
_BY_KIND, _BY_UNIT, _BY_HOLDER, _ALL = 0b011, 0b101, 0b110, 0b111
"""What `grouping` says of a row: a bit is set for what it was not grouped by."""


async def count_lateness(session: AsyncSession, now: datetime) -> LatenessView:
    """Return what is late and will be until the day ends, in three statements."""
    midnight = end_of_day(now)
    rows = (
        await session.exec(  # type: ignore[call-overload]
            _COUNT,
            params={
                "now": now,
                "soon": now + SOON,
                "midnight": midnight,
                "until": max(now + SOON, midnight),
            },
        )
    ).all()
    units = await departments_by_id(session, {row[2] for row in rows} | {row[5] for row in rows})
    users = await users_by_id(session, {row[3] for row in rows})

    def grouped(mask: int) -> list[tuple[Sequence[Any], Lateness]]:
        return [(row, Lateness(*row[6:9])) for row in rows if row[0] == mask]

    def holder(row: Sequence[Any]) -> Holder:
        user_id, post, owner_id = row[3:6]
        return Holder(
            users.get(user_id) if isinstance(user_id, uuid.UUID) else None,
            Post(post) if isinstance(post, str) else None,
            units.get(owner_id) if isinstance(owner_id, int) else None,
        )

    return LatenessView(
        total=next((count for _, count in grouped(_ALL)), Lateness()),
        kinds=[(ClockKind(row[1]), count) for row, count in grouped(_BY_KIND)],
        units=[(units[row[2]], count) for row, count in grouped(_BY_UNIT) if row[2] in units],
        holders=[(holder(row), count) for row, count in grouped(_BY_HOLDER)],
    )
