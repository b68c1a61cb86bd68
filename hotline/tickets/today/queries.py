"""Reading what a department owes: counted, listed, by person; by the clocks that run for it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import InvalidCursor, Page, decode_cursor, encode_cursor
from hotline.people.models import DutyHolder, User
from hotline.people.principal import Principal
from hotline.people.queries import colleagues_of
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, Level
from hotline.tickets.access import readable_each
from hotline.tickets.lifecycle import HANDLING, Status
from hotline.tickets.models import Assignment, Feedback, Ticket
from hotline.tickets.queries import TicketRow, rows_of
from hotline.tickets.today.rules import PACE_DAYS, Bucket, Edges, Pace

_RUNNING: sa.ColumnElement[bool] = sa.literal_column("sla_clocks.state = 'running'", sa.Boolean)
"""Written out, so that the planner sees the very condition of the partial index."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a department's tickets a list of the day is to show.

    Attributes:
        own_only: only what the reader handles, or nobody yet.
        handler: only what this person handles.
        unnamed: only what nobody handles yet.
        bucket: only what is due so soon.
        number: only this ticket.
        limit: which limit, of whatever kind.
    """

    own_only: bool = False
    handler: uuid.UUID | None = None
    unnamed: bool = False
    bucket: Bucket | None = None
    number: str | None = None
    limit: ClockKind | None = None


@dataclass(frozen=True, slots=True)
class OwedClock:
    """A running limit of the department on a ticket."""

    kind: ClockKind
    due_at: datetime
    started_at: datetime
    level: Level


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A ticket that the department owes something on.

    Attributes:
        ticket: as lists show it: mask title and address before showing.
        due_at: when the first of its limits passes.
        clocks: its limits, the one due first at the head.
        task: the department's part; None when it was only called to a meeting.
        handler: who handles the part.
    """

    ticket: TicketRow
    due_at: datetime
    clocks: Sequence[OwedClock]
    task: Assignment | None
    handler: str | None


def _conditions(principal: Principal, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """Return what a running limit must satisfy to be owed by the reader's department."""
    conditions: list[sa.ColumnElement[bool]] = [
        col(Clock.department_id) == principal.department_id,
        _RUNNING,
        readable_each(principal, col(Clock.ticket_id)),
    ]
    if wanted.limit is not None:
        conditions.append(col(Clock.kind) == wanted.limit)
    if wanted.number is not None:
        key = sa.select(col(Ticket.id)).where(col(Ticket.number) == wanted.number)
        conditions.append(col(Clock.ticket_id).in_(key))
    is_whose = _is_whose(principal, wanted)
    if is_whose is not None:
        conditions.append(
            sa.exists().where(
                col(Assignment.ticket_id) == col(Clock.ticket_id),
                col(Assignment.department_id) == principal.department_id,
                col(Assignment.ended_at).is_(None),
                is_whose,
            )
        )
    return conditions


def _is_whose(principal: Principal, wanted: Wanted) -> sa.ColumnElement[bool] | None:
    """Return what must be true of who handles a ticket; None when that is all one."""
    if wanted.handler is not None:
        return col(Assignment.handler_id) == wanted.handler
    is_nobodys = col(Assignment.handler_id).is_(None)
    if wanted.unnamed:
        return is_nobodys
    if wanted.own_only:
        return sa.or_(col(Assignment.handler_id) == principal.user_id, is_nobodys)
    return None


def _owed(principal: Principal, wanted: Wanted) -> sa.Subquery:
    """Return the tickets on which the reader's department has a running limit, with the first of it."""
    return (
        sa.select(
            col(Clock.ticket_id).label("ticket_id"),
            sa.func.min(col(Clock.due_at)).label("due_at"),
        )
        .where(*_conditions(principal, wanted))
        .group_by(col(Clock.ticket_id))
        .subquery("owed")
    )


async def count_limits(
    session: AsyncSession, principal: Principal, wanted: Wanted
) -> Mapping[ClockKind, int]:
    """Return on how many tickets each kind of limit runs; each is the length of its list."""
    statement = (
        sa.select(col(Clock.kind), sa.func.count(sa.distinct(col(Clock.ticket_id))))
        .where(*_conditions(principal, wanted))
        .group_by(col(Clock.kind))
    )
    return dict((await session.exec(statement)).all())  # type: ignore[call-overload]


def _within(owed: sa.Subquery, edges: Edges, bucket: Bucket) -> sa.ColumnElement[bool]:
    since, until = edges.span(bucket)
    parts: list[sa.ColumnElement[bool]] = [sa.true()]
    if since is not None:
        parts.append(owed.c.due_at >= since)
    if until is not None:
        parts.append(owed.c.due_at < until)
    return sa.and_(*parts)


async def count_owed_tickets(
    session: AsyncSession, principal: Principal, wanted: Wanted, edges: Edges
) -> Mapping[Bucket, int]:
    """Return how many tickets are due how soon, in one statement; each is the length of its list."""
    owed = _owed(principal, wanted)
    statement = sa.select(
        *(sa.func.count().filter(_within(owed, edges, bucket)) for bucket in Bucket)
    ).select_from(owed)
    row = (await session.exec(statement)).one()  # type: ignore[call-overload]
    return dict(zip(Bucket, row, strict=True))


async def list_owed_tickets(
    session: AsyncSession,
    principal: Principal,
    wanted: Wanted,
    edges: Edges,
    *,
    cursor: str | None = None,
    limit: int = 60,
) -> Page[OwedRow]:
    """Return what the department owes, what is due first at the head, in four statements.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    owed = _owed(principal, wanted)
    statement = sa.select(owed.c.ticket_id, owed.c.due_at)
    if wanted.bucket is not None:
        statement = statement.where(_within(owed, edges, wanted.bucket))
    if cursor:
        statement = statement.where(sa.tuple_(owed.c.due_at, owed.c.ticket_id) > _after(cursor))
    statement = statement.order_by(owed.c.due_at, owed.c.ticket_id).limit(limit + 1)
    due: list[Any] = (await session.exec(statement)).all()  # type: ignore[call-overload]
    next_cursor = None
    if len(due) > limit:
        due = due[:limit]
        next_cursor = encode_cursor(due[-1].due_at.isoformat(), str(due[-1].ticket_id))
    keys = [row.ticket_id for row in due]
    tickets = await rows_of(session, principal, keys)
    clocks = await _clocks(session, principal, keys)
    tasks = await _tasks(session, principal, keys)
    return Page(
        [
            OwedRow(tickets[key], due_at, clocks.get(key, ()), *tasks.get(key, (None, None)))
            for key, due_at in due
            if key in tickets
        ],
        next_cursor,
    )


def _after(cursor: str) -> sa.Tuple:
    at, key = decode_cursor(cursor, 2)
    try:
        instant = datetime.fromisoformat(at).astimezone(UTC)
        return sa.tuple_(sa.literal(instant), sa.literal(uuid.UUID(key)))
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error


async def _clocks(
    session: AsyncSession, principal: Principal, keys: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[OwedClock]]:
    statement = (
        sa.select(
            col(Clock.ticket_id),
            col(Clock.kind),
            col(Clock.due_at),
            col(Clock.started_at),
            col(Clock.level),
        )
        .where(
            col(Clock.ticket_id).in_(keys),
            col(Clock.department_id) == principal.department_id,
            col(Clock.state) == ClockState.RUNNING,
        )
        .order_by(col(Clock.due_at), col(Clock.kind))
    )
    found: dict[uuid.UUID, list[OwedClock]] = {}
    for key, *rest in await session.exec(statement):  # type: ignore[call-overload]
        found.setdefault(key, []).append(OwedClock(*rest))
    return found


async def _tasks(
    session: AsyncSession, principal: Principal, keys: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, tuple[Assignment, str | None]]:
    rows = await session.exec(
        select(Assignment, User.display_name)
        .outerjoin(User, col(User.id) == col(Assignment.handler_id))
        .where(
            col(Assignment.ticket_id).in_(keys),
            Assignment.department_id == principal.department_id,
            col(Assignment.ended_at).is_(None),
        )
    )
    return {task.ticket_id: (task, name) for task, name in rows}


# -- by person ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """What a person of the department has before him.

    Attributes:
        user: who; None for what nobody has yet.
        is_duty: whether he answers for the department when nobody else does.
        open: tickets on which something is owed, by how soon.
        reviewed: tickets whose feedback waits for the audit.
        pace: what the forecast goes by.
    """

    user: User | None
    is_duty: bool
    open: Mapping[Bucket, int]
    reviewed: int
    pace: Pace


async def load_by_person(
    session: AsyncSession, principal: Principal, edges: Edges
) -> Sequence[PersonLoad]:
    """Return what each person of the reader's department has before him, in five statements."""
    people = await colleagues_of(session, principal.department_id)
    duty = await session.get(DutyHolder, principal.department_id or 0)
    owed = await _owed_by(session, principal, edges)
    reviewed = await _reviewed_by(session, principal)
    paces = await _paces(session, principal, edges.start)
    loads = []
    for user in [*people, None]:
        key = user.id if user else None
        counts, due = owed.get(key, ({}, 0))
        done, handed_in, days = paces.get(key, (0, 0, 0))
        if user is None and not counts and not reviewed.get(None):
            continue
        loads.append(
            PersonLoad(
                user,
                user is not None and duty is not None and duty.user_id == user.id,
                counts,
                reviewed.get(key, 0),
                Pace(due, done, handed_in, days),
            )
        )
    return loads


async def _owed_by(
    session: AsyncSession, principal: Principal, edges: Edges
) -> Mapping[uuid.UUID | None, tuple[Mapping[Bucket, int], int]]:
    owed = _owed(principal, Wanted())
    work = sa.exists().where(
        col(Clock.ticket_id) == owed.c.ticket_id,
        col(Clock.department_id) == principal.department_id,
        col(Clock.state) == ClockState.RUNNING,
        col(Clock.kind).in_(HANDLING),
        col(Clock.due_at) >= edges.start,
        col(Clock.due_at) < edges.day,
    )
    statement = (
        sa.select(
            col(Assignment.handler_id),
            *(sa.func.count().filter(_within(owed, edges, bucket)) for bucket in Bucket),
            sa.func.count().filter(work),
        )
        .select_from(owed)
        .outerjoin(
            Assignment,
            sa.and_(
                col(Assignment.ticket_id) == owed.c.ticket_id,
                col(Assignment.department_id) == principal.department_id,
                col(Assignment.ended_at).is_(None),
            ),
        )
        .group_by(col(Assignment.handler_id))
    )
    rows = (await session.exec(statement)).all()  # type: ignore[call-overload]
    return {row[0]: (dict(zip(Bucket, row[1:-1], strict=True)), row[-1]) for row in rows}


async def _reviewed_by(
    session: AsyncSession, principal: Principal
) -> Mapping[uuid.UUID | None, int]:
    statement = (
        sa.select(col(Assignment.handler_id), sa.func.count())
        .join(Ticket, col(Ticket.id) == col(Assignment.ticket_id))
        .where(
            col(Ticket.lead_department_id) == principal.department_id,
            col(Ticket.status) == Status.FEEDBACK_SUBMITTED,
            col(Assignment.department_id) == principal.department_id,
            col(Assignment.ended_at).is_(None),
        )
        .group_by(col(Assignment.handler_id))
    )
    return dict((await session.exec(statement)).all())  # type: ignore[call-overload]


async def _paces(
    session: AsyncSession, principal: Principal, now: datetime
) -> Mapping[uuid.UUID | None, tuple[int, int, int]]:
    local = now.astimezone(SHANGHAI)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    day = sa.func.date_trunc("day", sa.func.timezone(str(SHANGHAI), col(Feedback.submitted_at)))
    is_before = col(Feedback.submitted_at) < today
    statement = (
        sa.select(
            col(Feedback.submitted_by),
            sa.func.count().filter(sa.not_(is_before)),
            sa.func.count().filter(is_before),
            sa.func.count(sa.distinct(day)).filter(is_before),
        )
        .where(
            col(Feedback.department_id) == principal.department_id,
            col(Feedback.submitted_at) >= today - timedelta(days=PACE_DAYS),
        )
        .group_by(col(Feedback.submitted_by))
    )
    rows = (await session.exec(statement)).all()  # type: ignore[call-overload]
    return {row[0]: (row[1], row[2], row[3]) for row in rows}
