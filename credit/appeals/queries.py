"""Reading appeals: the desk, one case."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.errors import AppealNotFound
from credit.appeals.models import CreditAppeal
from credit.appeals.rules import OPEN, AppealState
from credit.cases.access import of_reader
from credit.cases.listing import CaseFilter, paged, placed_by
from credit.cases.models import CreditDeadline
from credit.models import CreditEntry
from hotline.kernel.paging import DEFAULT_LIMIT, Page, page_of
from hotline.people.models import Department
from hotline.people.principal import Principal


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
    return page_of(
        found,
        limit,
        lambda row: (placed_by(wanted, row.deadline, row.appeal.opened_at), row.appeal.id),
    )


async def count_appeals(
    session: AsyncSession,
    principal: Principal,
    since: datetime,
    until: datetime,
    department: int | None = None,
) -> int:
    """Return how many appeals that a person may see were made in a span of time."""
    statement = (
        select(sa.func.count())
        .select_from(CreditAppeal)
        .where(
            of_reader(principal, col(CreditAppeal.department_id)),
            CreditAppeal.opened_at >= since,
            CreditAppeal.opened_at < until,
        )
    )
    if department is not None:
        statement = statement.where(CreditAppeal.department_id == department)
    return (await session.exec(statement)).one()


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
