"""The ledger of returns: every disputed assignment, what became of it, and how many wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    page_of,
)
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.procedures.dispute_rules import ReturnLevel
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ProcedureKind, ProcedureState, ReturnReason
from hotline.tickets.access import readable
from hotline.tickets.models import Post, Ticket
from hotline.tickets.queries import TicketFilter, count_tickets

RECENT = timedelta(days=30)
"""Over how long the share of upheld returns is counted."""

_Suggested, _Next = aliased(Department), aliased(Department)
_Arbitration = aliased(Procedure)

_IS_RETURN: sa.ColumnElement[bool] = sa.literal_column("procedures.kind = 'return'", sa.Boolean)
"""Written out, so that the planner sees the very condition of the partial indexes."""

_PENDING = col(Procedure.state) == ProcedureState.PENDING
_LEVEL: sa.ColumnElement[str] = sa.case(
    (col(_Arbitration.id).is_not(None), sa.literal(ReturnLevel.ARBITRATION.value, sa.Text)),
    (
        sa.and_(_PENDING, col(Ticket.holder_post) == Post.AUTHORITY),
        sa.literal(ReturnLevel.AUTHORITY.value, sa.Text),
    ),
    else_=sa.func.coalesce(
        col(Procedure.details)["level"].astext, sa.literal(ReturnLevel.DISPATCHER.value, sa.Text)
    ),
)
"""How far up it went: the highest that has decided, or has to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFilter:
    """Which returns a list is to show; an empty part asks for nothing.

    Attributes:
        state: any of these.
        reason: any of these.
        level: any of these, as far up as it went.
        department: code of the department that asked.
        overdue_at: only those that wait although their limit had passed at this instant.
        decided_from: only those decided at this instant or later.
    """

    state: tuple[ProcedureState, ...] = ()
    reason: tuple[ReturnReason, ...] = ()
    level: tuple[ReturnLevel, ...] = ()
    department: str | None = None
    overdue_at: datetime | None = None
    decided_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return with what belongs to it. Words are as they were written: mask them before showing.

    Attributes:
        request: the return.
        level: how far up it went.
        ticket_title: None for a department that does not see the ticket any more.
        due_at: when it has to be decided; None when it does not wait.
        department: who asked.
        suggested: whose duty it is, by what was asked.
        following: the department that got the ticket by the decision, if one was named.
        arbitration: what the authority was asked after it, if it was.
    """

    request: Procedure
    level: ReturnLevel
    ticket_number: str
    ticket_title: str | None
    due_at: datetime | None
    department: Department
    suggested: Department | None
    following: Department | None
    arbitration: Procedure | None

    @property
    def ended_at(self) -> datetime | None:
        """When the last of it was decided."""
        if self.arbitration is not None:
            return self.arbitration.decided_at
        return self.request.ended_at

    @property
    def assigned_at(self) -> datetime | None:
        """When the department was given the ticket."""
        return _instant(self.request.details.get("assigned_at"))

    @property
    def window_closes_at(self) -> datetime | None:
        """Until when it could ask."""
        return _instant(self.request.details.get("window_closes_at"))

    def seconds_held(self) -> float:
        """Return how long the department had the ticket before it asked."""
        since = self.assigned_at
        return (self.request.opened_at - since).total_seconds() if since else 0

    def seconds_disputed(self, now: datetime) -> float:
        """Return how long it was disputed."""
        return ((self.ended_at or now) - self.request.opened_at).total_seconds()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _mine(principal: Principal) -> sa.ColumnElement[bool]:
    """A department reads its own returns, the hotline all of them."""
    if Permission.READ_RETURNS not in principal.permissions:
        return sa.false()
    if principal.sees_every_ticket:
        return sa.true()
    return col(Procedure.opened_department_id) == principal.department_id


def _overdue(instant: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_PENDING, col(Ticket.due_at) < instant)


def _conditions(wanted: ReturnFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(col(Procedure.state).in_(wanted.state))
    if wanted.reason:
        asked.append(col(Procedure.reason).in_([reason.value for reason in wanted.reason]))
    if wanted.level:
        asked.append(_LEVEL.in_([level.value for level in wanted.level]))
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    if wanted.overdue_at:
        asked.append(_overdue(wanted.overdue_at))
    if wanted.decided_from:
        asked.append(col(Procedure.decided_at) >= wanted.decided_from)
    return asked


def _rows(principal: Principal) -> sa.Select[Any]:
    following = sa.func.coalesce(
        col(_Arbitration.details)["next_department"].astext,
        col(Procedure.details)["next_department"].astext,
    )
    columns: Sequence[Any] = (
        Procedure,
        _LEVEL,
        col(Ticket.number),
        sa.case((readable(principal), col(Ticket.title))),
        sa.case((_PENDING, col(Ticket.due_at))),
        Department,
        _Suggested,
        _Next,
        _Arbitration,
    )
    return (
        sa.select(*columns)  # noqa: TID251  # a hot list reads rows, not table objects
        .select_from(Procedure)
        .join(Ticket, col(Ticket.id) == col(Procedure.ticket_id))
        .join(Department, col(Department.id) == col(Procedure.opened_department_id))
        .outerjoin(
            _Arbitration,
            sa.and_(
                col(_Arbitration.ticket_id) == col(Procedure.ticket_id),
                col(_Arbitration.kind) == ProcedureKind.ARBITRATION,
                col(_Arbitration.details)["return"].astext == sa.cast(col(Procedure.id), sa.Text),
            ),
        )
        .outerjoin(
            _Suggested,
            col(_Suggested.code) == col(Procedure.details)["suggested_department"].astext,
        )
        .outerjoin(_Next, col(_Next.code) == following)
        .where(_IS_RETURN, _mine(principal))
    )


async def list_returns(
    session: AsyncSession,
    principal: Principal,
    wanted: ReturnFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ReturnRow]:
    """Return a page of the returns that this person may read, newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _rows(principal).where(*_conditions(wanted))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Procedure.opened_at), col(Procedure.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    statement = statement.order_by(col(Procedure.opened_at).desc(), col(Procedure.id).desc()).limit(
        limit + 1
    )
    found = [
        ReturnRow(request, ReturnLevel(level), *rest)
        for request, level, *rest in await session.exec(statement)  # type: ignore[call-overload]
    ]
    return page_of(found, limit, lambda row: (row.request.opened_at, row.request.id))


@dataclass(frozen=True, slots=True)
class ReturnCounts:
    """The figures above the ledger.

    Attributes:
        pending: returns that wait for a decision.
        overdue: those whose limit has passed.
        upheld: found right within the last thirty days.
        rejected: found wrong within the same time.
        bounced: open tickets that were given back twice or more.
    """

    pending: int
    overdue: int
    upheld: int
    rejected: int
    bounced: int

    @property
    def upheld_share(self) -> float | None:
        """How many of those that were decided were upheld; None when none was decided."""
        decided = self.upheld + self.rejected
        return self.upheld / decided if decided else None


async def count_returns(session: AsyncSession, principal: Principal, now: datetime) -> ReturnCounts:
    """Return the figures above the ledger, as far as this person may read it, in two statements."""
    number = sa.func.count()
    state = col(Procedure.state)
    recent = col(Procedure.decided_at) >= now - RECENT
    statement = (
        sa.select(  # noqa: TID251  # figures, not table objects
            number.filter(_PENDING),
            number.filter(_overdue(now)),
            number.filter(state == ProcedureState.GRANTED, recent),
            number.filter(state == ProcedureState.REFUSED, recent),
        )
        .select_from(Procedure)
        .join(Ticket, col(Ticket.id) == col(Procedure.ticket_id))
        .where(_IS_RETURN, _mine(principal), sa.or_(_PENDING, recent))
    )
    counted = (await session.exec(statement)).one()  # type: ignore[call-overload]
    pending, overdue, upheld, rejected = counted
    bounced = await count_tickets(session, principal, BOUNCED)
    return ReturnCounts(pending, overdue, upheld, rejected, bounced)


BOUNCED = TicketFilter(bounced=True, open_only=True)
"""Open tickets that may soon have to be designated, or had to be."""
