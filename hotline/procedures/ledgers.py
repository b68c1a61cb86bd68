"""The two ledgers: matters that are suspended, and plans that are to be struck off."""

import uuid
from collections.abc import Mapping, Sequence
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
    encode_cursor,
)
from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.procedures.models import PlanMilestone, Procedure
from hotline.procedures.queries import MilestoneRow, milestones_of
from hotline.procedures.rules import PauseReason, ProcedureKind, ProcedureState
from hotline.tickets.models import Ticket

PLAN_STATES = (
    ProcedureState.PENDING,
    ProcedureState.RUNNING,
    ProcedureState.COMPLETED,
    ProcedureState.FAILED,
    ProcedureState.REFUSED,
    ProcedureState.LAPSED,
)
SUSPENSION_STATES = (ProcedureState.RUNNING, ProcedureState.ENDED)


def _readable(principal: Principal) -> sa.ColumnElement[bool]:
    """A department reads its own, the hotline all of them."""
    if principal.sees_every_ticket:
        return sa.true()
    if principal.is_department:
        return col(Ticket.lead_department_id) == principal.department_id
    return sa.false()


# -- suspensions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionFilter:
    """Which suspensions a list is to show; an empty part asks for nothing.

    Attributes:
        is_ended: those that are over, instead of those that go on.
        reason: only with this reason.
        department: code of the department that has the ticket.
        review_before: only those that are looked at again before this instant.
    """

    is_ended: bool = False
    reason: PauseReason | None = None
    department: str | None = None
    review_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A suspended matter. The title is as it was written: mask it before showing.

    Attributes:
        total: how long it was suspended in all, this time included.
    """

    suspension: Procedure
    ticket_number: str
    ticket_title: str
    department: Department | None
    total: timedelta

    @property
    def review_at(self) -> datetime:
        """When it is looked at again."""
        return self.suspension.review_at or self.suspension.opened_at


def _in_all(now: datetime) -> sa.ScalarSelect[Any]:
    other = aliased(Procedure)
    return (
        sa.select(  # noqa: TID251  # one figure
            sa.func.sum(
                sa.func.coalesce(col(other.ended_at), sa.literal(now)) - col(other.decided_at)
            )
        )
        .where(
            col(other.ticket_id) == col(Procedure.ticket_id),
            col(other.kind) == ProcedureKind.SUSPENSION,
            col(other.state).in_(SUSPENSION_STATES),
        )
        .correlate(Procedure)
        .scalar_subquery()
    )


async def list_suspensions(
    session: AsyncSession,
    principal: Principal,
    wanted: SuspensionFilter,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[SuspensionRow]:
    """Return a page of the suspensions that this person may read, in one statement.

    The one to be looked at first is at the head.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    key = (col(Procedure.review_at), col(Procedure.id))
    columns: Sequence[Any] = (
        Procedure,
        col(Ticket.number),
        col(Ticket.title),
        Department,
        _in_all(now),
    )
    statement = (
        sa.select(*columns)  # noqa: TID251  # rows of five columns
        .select_from(Procedure)
        .join(Ticket, col(Ticket.id) == col(Procedure.ticket_id))
        .outerjoin(Department, col(Department.id) == col(Ticket.lead_department_id))
        .where(
            sa.text("procedures.kind = 'suspension'"),
            # Written out, so that the planner sees the very condition of the partial index.
            sa.text(f"procedures.state = '{'ended' if wanted.is_ended else 'running'}'"),
            _readable(principal),
            *_suspension_conditions(wanted),
        )
        .order_by(*key)
        .limit(limit + 1)
    )
    if cursor:
        at, last = decode_place(cursor)
        statement = statement.where(sa.tuple_(*key) > sa.tuple_(sa.literal(at), sa.literal(last)))
    rows = await session.exec(statement)  # type: ignore[call-overload]
    found = [
        SuspensionRow(procedure, number, title, unit, total or timedelta())
        for procedure, number, title, unit, total in rows
    ]
    if len(found) <= limit:
        return Page(found, None)
    final = found[limit - 1]
    return Page(found[:limit], encode_cursor(final.review_at.isoformat(), str(final.suspension.id)))


def _suspension_conditions(wanted: SuspensionFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.reason:
        asked.append(col(Procedure.reason) == wanted.reason.value)
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    if wanted.review_before:
        asked.append(col(Procedure.review_at) < wanted.review_before)
    return asked


# -- plans -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    """Which plans a list is to show; an empty part asks for nothing.

    Attributes:
        state: any of these.
        department: code of the department that has the ticket.
        late_at: only those with a milestone that is open past its date at this instant.
        close_out: only those that the department has asked to strike off.
    """

    state: tuple[ProcedureState, ...] = ()
    department: str | None = None
    late_at: datetime | None = None
    close_out: bool = False


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan with its milestones. The title is as it was written: mask it before showing.

    Attributes:
        close_out_at: since when the department's request to strike it off waits.
    """

    plan: Procedure
    ticket_number: str
    ticket_title: str
    department: Department | None
    close_out_at: datetime | None
    milestones: Sequence[MilestoneRow]

    @property
    def next(self) -> MilestoneRow | None:
        """The milestone to be done next."""
        return next((row for row in self.milestones if not row.is_done), None)

    @property
    def done_count(self) -> int:
        """How many milestones are done."""
        return sum(row.is_done for row in self.milestones)


_close_out = aliased(Procedure)


async def list_plans(
    session: AsyncSession,
    principal: Principal,
    wanted: PlanFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[PlanRow]:
    """Return a page of the plans that this person may read, the newest first, in two statements.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    key = (col(Procedure.opened_at), col(Procedure.id))
    columns: Sequence[Any] = (
        Procedure,
        col(Ticket.number),
        col(Ticket.title),
        Department,
        col(_close_out.opened_at),
    )
    statement = (
        sa.select(*columns)  # noqa: TID251  # rows of five columns
        .select_from(Procedure)
        .join(Ticket, col(Ticket.id) == col(Procedure.ticket_id))
        .outerjoin(Department, col(Department.id) == col(Ticket.lead_department_id))
        .outerjoin(
            _close_out,
            sa.and_(
                col(_close_out.ticket_id) == col(Procedure.ticket_id),
                col(_close_out.kind) == ProcedureKind.CLOSE_OUT,
                col(_close_out.state) == ProcedureState.PENDING,
                col(Procedure.state) == ProcedureState.RUNNING,
            ),
        )
        .where(
            col(Procedure.kind) == ProcedureKind.RECTIFICATION,
            _readable(principal),
            *_plan_conditions(wanted),
        )
        .order_by(*(column.desc() for column in key))
        .limit(limit + 1)
    )
    if cursor:
        at, last = decode_place(cursor)
        statement = statement.where(sa.tuple_(*key) < sa.tuple_(sa.literal(at), sa.literal(last)))
    rows = (await session.exec(statement)).all()  # type: ignore[call-overload]
    milestones = await milestones_of(session, [row[0].id for row in rows])
    found = [_plan_row(row, milestones) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(found, None)
    final = found[-1].plan
    return Page(found, encode_cursor(final.opened_at.isoformat(), str(final.id)))


def _plan_row(
    row: Sequence[Any], milestones: Mapping[uuid.UUID, Sequence[MilestoneRow]]
) -> PlanRow:
    plan, number, title, unit, close_out_at = row
    return PlanRow(plan, number, title, unit, close_out_at, milestones.get(plan.id, ()))


def _plan_conditions(wanted: PlanFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(col(Procedure.state).in_(wanted.state))
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    if wanted.close_out:
        asked.append(col(_close_out.id).is_not(None))
    if wanted.late_at:
        asked.append(
            sa.exists().where(
                col(PlanMilestone.procedure_id) == col(Procedure.id),
                col(PlanMilestone.done_at).is_(None),
                col(PlanMilestone.due_at) < wanted.late_at,
                col(Procedure.state) == ProcedureState.RUNNING,
            )
        )
    return asked
