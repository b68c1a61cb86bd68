"""What presses at the moment: limits that are late or will be, what has waited for long, open orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.people.queries import departments_by_id
from hotline.sla.policy import ClockKind
from hotline.supervision.board.counting import Scope, begins
from hotline.supervision.lateness import SOON, Lateness, end_of_day
from hotline.tickets.models import Ticket
from hotline.tickets.queries import QueueCount, TicketFilter, conditions

WAITING_DAYS: Sequence[int] = (7, 15, 30, 60)
"""So many days old at least, to be counted among what has waited for long."""


@dataclass(frozen=True, slots=True)
class Pressing:
    """Tickets with running limits that are late or fall due until the day ends.

    Every figure counts tickets, so that it is the length of the list behind it.

    Attributes:
        total: with any limit.
        kinds: by the limit's kind.
        units: by the unit that is on it.
        cells: by both.
    """

    total: Lateness
    kinds: Mapping[ClockKind, Lateness]
    units: Sequence[tuple[Department, Lateness]]
    cells: Mapping[tuple[int, ClockKind], Lateness]


_PRESSING = (
    "WITH due AS MATERIALIZED (SELECT c.kind, c.department_id, c.ticket_id, c.due_at "
    "FROM sla_clocks c {tickets}WHERE c.state = 'running' AND c.due_at < :until{narrowed}) "
    "SELECT grouping(kind, department_id), kind, department_id, "
    "count(DISTINCT ticket_id) FILTER (WHERE due_at < :now), "
    "count(DISTINCT ticket_id) FILTER (WHERE due_at >= :now AND due_at < :soon), "
    "count(DISTINCT ticket_id) FILTER (WHERE due_at >= :now AND due_at < :midnight) "
    "FROM due GROUP BY GROUPING SETS ((kind), (department_id), (kind, department_id), ())"
)
_BOTH, _BY_KIND, _BY_UNIT, _ALL = 0b00, 0b01, 0b10, 0b11
"""What `grouping` says of a row: a bit is set for what it was not grouped by."""


async def count_pressing(session: AsyncSession, scope: Scope, now: datetime) -> Pressing:
    """Return what is late and will be until the day ends, in two statements."""
    midnight = end_of_day(now)
    asked: dict[str, Any] = {
        "now": now,
        "soon": now + SOON,
        "midnight": midnight,
        "until": max(now + SOON, midnight),
    }
    tickets = narrowed = ""
    if scope.department is not None:
        narrowed, asked["unit"] = " AND c.department_id = :unit", scope.department
    if scope.area is not None:
        tickets = "JOIN tickets t ON t.id = c.ticket_id "
        narrowed, asked["area"] = " AND t.area = :area", scope.area
    statement = sa.text(_PRESSING.format(tickets=tickets, narrowed=narrowed))
    rows = (await session.exec(statement, params=asked)).all()  # type: ignore[call-overload]
    units = await departments_by_id(session, {row[2] for row in rows})
    return Pressing(
        total=next((Lateness(*row[3:6]) for row in rows if row[0] == _ALL), Lateness()),
        kinds={ClockKind(row[1]): Lateness(*row[3:6]) for row in rows if row[0] == _BY_KIND},
        units=[
            (units[row[2]], Lateness(*row[3:6]))
            for row in rows
            if row[0] == _BY_UNIT and row[2] in units
        ],
        cells={(row[2], ClockKind(row[1])): Lateness(*row[3:6]) for row in rows if row[0] == _BOTH},
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open tickets by where they stand and by how long they have been there.

    Attributes:
        places: by status and hold.
        open: all of them.
        ages: how many were submitted so many days ago or longer, by days.
    """

    places: Sequence[QueueCount]
    open: int
    ages: Mapping[int, int]


def submitted_before(days: int, today: date) -> date:
    """Return the last day on which something was submitted that is so many days old."""
    return today - timedelta(days=days)


async def count_waiting(
    session: AsyncSession, principal: Principal, wanted: TicketFilter, now: datetime, today: date
) -> Waiting:
    """Return the open tickets that this person may see, in one statement.

    Args:
        session: where to read.
        principal: the reader.
        wanted: the scope as a list of tickets takes it.
        now: what is late is late as of this instant.
        today: in Shanghai.
    """
    count = sa.func.count()
    of_age = [
        count.filter(
            col(Ticket.submitted_at) < begins(submitted_before(days, today) + timedelta(days=1))
        )
        for days in WAITING_DAYS
    ]
    late = count.filter(col(Ticket.due_at) < now)
    rows: Any = (
        await session.exec(  # type: ignore[call-overload]
            sa.select(col(Ticket.status), col(Ticket.hold), count, late, *of_age)
            .where(*conditions(principal, wanted))
            .group_by(col(Ticket.status), col(Ticket.hold))
        )
    ).all()
    places = [QueueCount(*row[:4]) for row in rows]
    return Waiting(
        places,
        sum(place.count for place in places),
        {days: sum(row[4 + nth] for row in rows) for nth, days in enumerate(WAITING_DAYS)},
    )
