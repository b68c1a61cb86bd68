"""Reading interviews, and what the figures propose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.models import Department, User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import users_by_id
from hotline.supervision.errors import InterviewNotFound
from hotline.supervision.interviews.rules import (
    Floors,
    InterviewState,
    MonthFigures,
    Proposal,
    propose,
)
from hotline.supervision.models import Interview, InterviewTicket, PromisedThing
from hotline.tickets.models import Ticket


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which an interview exists for this person.

    Whoever supervises sees all of them, a leader those of his department.
    """
    if Permission.INTERVIEW in principal.permissions:
        return sa.true()
    if Permission.READ_INTERVIEWS in principal.permissions:
        return col(Interview.department_id) == principal.department_id
    return sa.false()


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewFilter:
    """Which interviews a list is to show; an empty part asks for nothing.

    Attributes:
        state: any of these.
        department: code of the department called.
        due_before: only those of which something was due before this instant.
        due_from: only those of which something is due at this instant or later.
    """

    state: tuple[InterviewState, ...] = ()
    department: str | None = None
    due_before: datetime | None = None
    due_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class InterviewRow:
    """An interview with the department called."""

    interview: Interview
    department: Department


@dataclass(frozen=True, slots=True)
class InterviewDetail:
    """Everything about one interview.

    Attributes:
        tickets: number and title of the tickets it is about; mask the title before showing.
        names: who planned, recorded, followed up and closed it.
    """

    interview: Interview
    department: Department
    promises: Sequence[PromisedThing]
    tickets: Sequence[tuple[str, str]]
    names: dict[str, str]


_COLUMNS: Sequence[Any] = (Interview, Department)
_ROWS: sa.Select[Any] = (
    sa.select(*_COLUMNS)
    .select_from(Interview)
    .join(Department, col(Department.id) == col(Interview.department_id))
)


async def list_interviews(
    session: AsyncSession,
    principal: Principal,
    wanted: InterviewFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[InterviewRow]:
    """Return a page of the interviews that this person may read, the latest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _ROWS.where(readable(principal))
    if wanted.state:
        statement = statement.where(col(Interview.state).in_(wanted.state))
    if wanted.department:
        statement = statement.where(col(Department.code) == wanted.department)
    if wanted.due_before:
        statement = statement.where(col(Interview.due_at) < wanted.due_before)
    if wanted.due_from:
        statement = statement.where(col(Interview.due_at) >= wanted.due_from)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Interview.planned_at), col(Interview.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = await session.exec(  # type: ignore[call-overload]
        statement.order_by(col(Interview.planned_at).desc(), col(Interview.id).desc()).limit(
            limit + 1
        )
    )
    rows = [InterviewRow(*row) for row in found]
    return page_of(rows, limit, lambda row: (row.interview.planned_at, row.interview.id))


async def read_interview(
    session: AsyncSession, principal: Principal, number: str
) -> InterviewDetail:
    """Return everything about an interview.

    Raises:
        InterviewNotFound: there is none for him.
    """
    row = (
        await session.exec(  # type: ignore[call-overload]
            _ROWS.where(col(Interview.number) == number, readable(principal))
        )
    ).first()
    if row is None:
        raise InterviewNotFound(number=number)
    interview, department = row
    promises = await session.exec(
        select(PromisedThing)
        .where(PromisedThing.interview_id == interview.id)
        .order_by(col(PromisedThing.position))
    )
    tickets = await session.exec(
        select(Ticket.number, Ticket.title)
        .join(InterviewTicket, col(InterviewTicket.ticket_id) == col(Ticket.id))
        .where(InterviewTicket.interview_id == interview.id)
        .order_by(col(Ticket.number))
    )
    parts = ("planned_by", "recorded_by", "followed_up_by", "closed_by")
    users: dict[Any, User] = dict(
        await users_by_id(session, {getattr(interview, part) for part in parts})
    )
    return InterviewDetail(
        interview,
        department,
        promises.all(),
        tickets.all(),
        {
            part: users[getattr(interview, part)].display_name
            for part in parts
            if getattr(interview, part) in users
        },
    )


_MONTHLY = sa.text(
    "SELECT department_id, month, sum(ratings)::int, sum(satisfied)::int, sum(answered)::int, "
    "sum(in_time)::int FROM ("
    "SELECT t.lead_department_id AS department_id, v.month, count(*) AS ratings, "
    "count(*) FILTER (WHERE v.rating >= 3) AS satisfied, 0 AS answered, 0 AS in_time "
    "FROM (SELECT ticket_id, rating, CASE WHEN at >= :latest THEN 0 ELSE 1 END AS month "
    "FROM visits WHERE rating IS NOT NULL AND at >= :earliest AND at < :until) v "
    "JOIN tickets t ON t.id = v.ticket_id WHERE t.lead_department_id IS NOT NULL GROUP BY 1, 2 "
    "UNION ALL "
    "SELECT department_id, CASE WHEN due_at >= :latest THEN 0 ELSE 1 END, 0, 0, count(*), "
    "count(*) FILTER (WHERE state = 'met') FROM sla_clocks "
    "WHERE kind IN ('complete', 'rework_complete', 'bad_rating_fix') "
    "AND department_id IS NOT NULL AND due_at >= :earliest AND due_at < :until "
    "AND state <> 'cancelled' GROUP BY 1, 2) figures GROUP BY 1, 2"
)


def months_before(now: datetime) -> tuple[datetime, datetime, datetime]:
    """Return when the last two whole months in Shanghai began, and when the latter ended."""
    until = now.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def before(instant: datetime) -> datetime:
        year, month = divmod(instant.year * 12 + instant.month - 2, 12)
        return instant.replace(year=year, month=month + 1)

    latest = before(until)
    return before(latest), latest, until


async def read_proposals(
    session: AsyncSession, floors: Floors, now: datetime
) -> Sequence[tuple[Proposal, Department]]:
    """Return which units the last two whole months propose for an interview."""
    earliest, latest, until = months_before(now)
    rows = await session.exec(  # type: ignore[call-overload]
        _MONTHLY, params={"earliest": earliest, "latest": latest, "until": until}
    )
    proposals = propose([MonthFigures(*row) for row in rows], floors)
    units = await session.exec(
        select(Department).where(col(Department.id).in_([p.department_id for p in proposals]))
    )
    by_id = {unit.id: unit for unit in units}
    return [(proposal, by_id[proposal.department_id]) for proposal in proposals]


async def count_interviews(session: AsyncSession, now: datetime) -> tuple[int, int]:
    """Return of how many interviews something is ahead, and of how many it is overdue."""
    row = (
        await session.exec(
            select(
                sa.func.count().filter(col(Interview.due_at) >= now),
                sa.func.count().filter(col(Interview.due_at) < now),
            )
            .select_from(Interview)
            .where(col(Interview.due_at).is_not(None))
        )
    ).one()
    return row[0], row[1]
