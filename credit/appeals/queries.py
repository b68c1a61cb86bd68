"""Reading appeals: the desk, one case."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.errors import AppealNotFound
from credit.appeals.models import CreditAppeal
from credit.appeals.rules import OPEN, AppealState
from credit.cases.access import of_reader
from credit.cases.models import CreditDeadline
from credit.models import CreditEntry
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    decode_cursor,
    encode_cursor,
)
from hotline.people.models import Department
from hotline.people.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list is to show; an empty part asks for nothing.

    Attributes:
        waits: only those in which a decision is owed, the most urgent first; else the newest first.
        states: any of these.
        department: code of the department.
    """

    waits: bool = False
    states: tuple[str, ...] = ()
    department: str | None = None


@dataclass(frozen=True, slots=True)
class AppealRow:
    """An appeal with whose it is, the entry it is against, and what is owed."""

    appeal: CreditAppeal
    department: Department
    entry: CreditEntry | None
    deadline: CreditDeadline | None


_COLUMNS: Sequence[Any] = (CreditAppeal, Department, CreditEntry, CreditDeadline)
_ROWS: sa.Select[Any] = (
    sa.select(*_COLUMNS)  # noqa: TID251  # rows of several tables
    .select_from(CreditAppeal)
    .join(Department, col(Department.id) == col(CreditAppeal.department_id))
    .outerjoin(CreditEntry, col(CreditEntry.id) == col(CreditAppeal.entry_id))
    .outerjoin(
        CreditDeadline,
        sa.and_(
            col(CreditDeadline.remedy_id) == col(CreditAppeal.id),
            col(CreditDeadline.settled_at).is_(None),
        ),
    )
)


async def list_appeals(
    session: AsyncSession,
    principal: Principal,
    wanted: CaseFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[AppealRow]:
    """Return a page of the appeals that a person may see.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    statement = _ROWS.where(of_reader(principal, col(CreditAppeal.department_id)))
    if wanted.states:
        statement = statement.where(col(CreditAppeal.state).in_(wanted.states))
    if wanted.department:
        statement = statement.where(col(Department.code) == wanted.department)
    statement, limit = paged(
        statement,
        wanted,
        col(CreditAppeal.opened_at),
        col(CreditAppeal.id),
        cursor=cursor,
        limit=limit,
    )
    found = [AppealRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    at = last.deadline.due_at if wanted.waits and last.deadline else last.appeal.opened_at
    return Page(found[:limit], encode_cursor(at.isoformat(), str(last.appeal.id)))


def paged(
    statement: sa.Select[Any],
    wanted: CaseFilter,
    newest: Mapped[datetime],
    key: Mapped[uuid.UUID],
    *,
    cursor: str | None,
    limit: int,
) -> tuple[sa.Select[Any], int]:
    """Return a list's statement in its order from a cursor on, one row longer than its limit."""
    limit = min(limit, MAX_LIMIT)
    order = col(CreditDeadline.due_at) if wanted.waits else newest
    if wanted.waits:
        statement = statement.where(order.is_not(None))
    if cursor:
        at, remedy_id = after_cursor(cursor)
        here, there = sa.tuple_(order, key), sa.tuple_(sa.literal(at), sa.literal(remedy_id))
        statement = statement.where(here > there if wanted.waits else here < there)
    ordered = (order, key) if wanted.waits else (order.desc(), key.desc())
    return statement.order_by(*ordered).limit(limit + 1), limit


def after_cursor(cursor: str) -> tuple[datetime, uuid.UUID]:
    """Return the last instant and id of the page before.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    at, key = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at), uuid.UUID(key)
    except ValueError as error:
        raise InvalidCursor from error


async def read_appeal(
    session: AsyncSession, principal: Principal, appeal_id: uuid.UUID
) -> AppealRow:
    """Return one appeal.

    Raises:
        AppealNotFound: there is none for him.
    """
    row = (
        await session.exec(  # type: ignore[call-overload]
            _ROWS.where(
                col(CreditAppeal.id) == appeal_id,
                of_reader(principal, col(CreditAppeal.department_id)),
            )
        )
    ).first()
    if row is None:
        raise AppealNotFound
    return AppealRow(*row)


async def appeals_of_entry(session: AsyncSession, entry_id: uuid.UUID) -> Sequence[CreditAppeal]:
    """Return every appeal against an entry, the oldest first."""
    rows = await session.exec(
        select(CreditAppeal)
        .where(CreditAppeal.entry_id == entry_id)
        .order_by(col(CreditAppeal.opened_at), col(CreditAppeal.id))
    )
    return rows.all()


async def figures_in_dispute(session: AsyncSession) -> Mapping[str, int]:
    """Return how many objections to figures are not decided, or not worked in yet, by period."""
    rows = await session.exec(
        select(CreditAppeal.period, sa.func.count())
        .where(
            col(CreditAppeal.period).is_not(None),
            sa.or_(
                col(CreditAppeal.state).in_(OPEN),
                sa.and_(
                    col(CreditAppeal.state) == AppealState.UPHELD,
                    col(CreditAppeal.recalculated_at).is_(None),
                ),
            ),
        )
        .group_by(col(CreditAppeal.period))
    )
    return {period: count for period, count in rows.all() if period is not None}
