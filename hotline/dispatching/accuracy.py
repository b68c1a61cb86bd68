"""First-dispatch accuracy: the hotline's own figure, and the tickets behind it.

A first dispatch was right when no other department had to lead after it. Nobody can say so before
the department's window for giving the ticket back has closed, nor while a return is being decided:
until then it does not count.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.models import Department
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import Hold
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.routing.models import DispatchRecord, DispatchRoad

MONTHS = 6
"""So many months the page looks back, the present one included."""


NO_CATEGORY = "-"
"""Asks for matters without a category."""


class DispatchVerdict(enum.StrEnum):
    """What became of a first dispatch."""

    RIGHT = "right"
    WRONG = "wrong"
    OPEN = "open"


def _lead_task(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(Assignment.ticket_id) == col(DispatchRecord.ticket_id),
        col(Assignment.role) == AssignmentRole.LEAD,
        *conditions,
    )


_OTHER_LED = _lead_task(col(Assignment.department_id) != col(DispatchRecord.department_id))
_GIVEN_BACK = sa.and_(
    _lead_task(col(Assignment.state) == AssignmentState.RETURNED),
    col(Ticket.lead_department_id).is_(None),
    col(Ticket.hold).is_distinct_from(Hold.ARBITRATION),
)
_BEING_DECIDED = col(Ticket.hold).in_((Hold.RETURN_REVIEW, Hold.ARBITRATION))


def _verdict(now: datetime) -> sa.ColumnElement[str]:
    return sa.case(
        (col(DispatchRecord.returnable_until) > now, DispatchVerdict.OPEN.value),
        (sa.or_(_OTHER_LED, _GIVEN_BACK), DispatchVerdict.WRONG.value),
        (sa.func.coalesce(_BEING_DECIDED, sa.false()), DispatchVerdict.OPEN.value),
        else_=DispatchVerdict.RIGHT.value,
    )


_MONTH = sa.func.to_char(
    sa.func.timezone("Asia/Shanghai", col(DispatchRecord.dispatched_at)), sa.literal("YYYY-MM")
)


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """How many first dispatches of a month, a road and a category were judged, and were right."""

    month: str
    road: DispatchRoad
    category: str | None
    judged: int
    right: int


def month_begins(month: date) -> datetime:
    """Return the first instant of a month in Shanghai."""
    return datetime(month.year, month.month, 1, tzinfo=SHANGHAI)


def months_back(now: datetime, months: int) -> list[date]:
    """Return the first days of the last months, the present one first."""
    today = now.astimezone(SHANGHAI).date()
    count = today.year * 12 + today.month - 1
    return [date((count - n) // 12, (count - n) % 12 + 1, 1) for n in range(months)]


async def read_accuracy(
    session: AsyncSession, now: datetime, *, months: int = MONTHS
) -> Sequence[AccuracyRow]:
    """Return the figures of the last months, in one statement."""
    verdict = _verdict(now)
    since = month_begins(months_back(now, months)[-1])
    judged = (
        sa.select(  # noqa: TID251  # sums, not table objects
            _MONTH.label("month"),
            col(DispatchRecord.road).label("road"),
            col(DispatchRecord.category_code).label("category"),
            verdict.label("verdict"),
        )
        .join(Ticket, col(Ticket.id) == col(DispatchRecord.ticket_id))
        .where(col(DispatchRecord.dispatched_at) >= since)
        .subquery()
    )
    shown = judged.c
    statement: sa.Select[Any] = (
        sa.select(  # noqa: TID251  # sums, not table objects
            shown.month,
            shown.road,
            shown.category,
            sa.func.count(),
            sa.func.count().filter(shown.verdict == DispatchVerdict.RIGHT.value),
        )
        .where(shown.verdict != DispatchVerdict.OPEN.value)
        .group_by(shown.month, shown.road, shown.category)
        .order_by(shown.month.desc(), shown.road, shown.category)
    )
    rows = await session.exec(statement)  # type: ignore[call-overload]
    return [AccuracyRow(month, DispatchRoad(road), *rest) for month, road, *rest in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFilter:
    """Which first dispatches a list is to show; an empty part asks for nothing.

    Attributes:
        month: dispatched in it.
        since: dispatched in this month or later.
        category: exactly this one; `NO_CATEGORY` for those without.
        is_judged: True for those that the figure counts.
    """

    month: date | None = None
    since: date | None = None
    road: DispatchRoad | None = None
    category: str | None = None
    verdict: DispatchVerdict | None = None
    is_judged: bool = False


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """A first dispatch with its ticket."""

    record: DispatchRecord
    number: str
    title: str
    department: Department
    proposed: Department | None
    verdict: DispatchVerdict


async def list_dispatches(
    session: AsyncSession,
    wanted: DispatchFilter,
    now: datetime,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[DispatchRow]:
    """Return a page of first dispatches, newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    proposed, verdict = aliased(Department), _verdict(now)
    columns: Sequence[Any] = (
        *(DispatchRecord, col(Ticket.number), col(Ticket.title), Department, proposed),
        verdict.label("verdict"),
    )
    statement: sa.Select[Any] = (
        sa.select(*columns)  # noqa: TID251  # more columns than sqlmodel's own takes
        .select_from(DispatchRecord)
        .join(Ticket, col(Ticket.id) == col(DispatchRecord.ticket_id))
        .join(Department, col(Department.id) == col(DispatchRecord.department_id))
        .outerjoin(proposed, col(proposed.id) == col(DispatchRecord.proposed_id))
        .where(*_conditions(wanted, verdict))
    )
    if cursor:
        place = sa.tuple_(col(DispatchRecord.dispatched_at), col(DispatchRecord.ticket_id))
        at, key = decode_place(cursor)
        statement = statement.where(place < sa.tuple_(sa.literal(at), sa.literal(key)))
    statement = statement.order_by(
        col(DispatchRecord.dispatched_at).desc(), col(DispatchRecord.ticket_id).desc()
    ).limit(limit + 1)
    rows = await session.exec(statement)  # type: ignore[call-overload]
    found = [
        DispatchRow(record, number, title, unit, other, DispatchVerdict(told))
        for record, number, title, unit, other, told in rows
    ]
    return page_of(found, limit, lambda row: (row.record.dispatched_at, row.record.ticket_id))


def _conditions(
    wanted: DispatchFilter, verdict: sa.ColumnElement[str]
) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.month is not None:
        after = date(wanted.month.year + wanted.month.month // 12, wanted.month.month % 12 + 1, 1)
        at = col(DispatchRecord.dispatched_at)
        asked += [at >= month_begins(wanted.month), at < month_begins(after)]
    if wanted.since is not None:
        asked.append(col(DispatchRecord.dispatched_at) >= month_begins(wanted.since))
    if wanted.road is not None:
        asked.append(col(DispatchRecord.road) == wanted.road)
    if wanted.category:
        code = None if wanted.category == NO_CATEGORY else wanted.category
        asked.append(col(DispatchRecord.category_code).is_not_distinct_from(code))
    if wanted.verdict is not None:
        asked.append(verdict == wanted.verdict.value)
    if wanted.is_judged:
        asked.append(verdict != DispatchVerdict.OPEN.value)
    return asked
