"""Reading repairs: the desk, one case."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.cases.access import of_reader
from credit.cases.listing import CaseFilter, paged, placed_by
from credit.cases.models import CreditDeadline
from credit.models import CreditEntry
from credit.repairs.errors import RepairNotFound
from credit.repairs.models import CreditRepair
from hotline.kernel.paging import DEFAULT_LIMIT, Page, page_of
from hotline.people.models import Department
from hotline.people.principal import Principal


@dataclass(frozen=True, slots=True)
class RepairRow:
    """A repair with whose it is, the entry it is about, and what is owed."""

    repair: CreditRepair
    department: Department
    entry: CreditEntry
    deadline: CreditDeadline | None


_COLUMNS: Sequence[Any] = (CreditRepair, Department, CreditEntry, CreditDeadline)
_ROWS: sa.Select[Any] = (
    sa.select(*_COLUMNS)  # noqa: TID251  # rows of several tables
    .select_from(CreditRepair)
    .join(Department, col(Department.id) == col(CreditRepair.department_id))
    .join(CreditEntry, col(CreditEntry.id) == col(CreditRepair.entry_id))
    .outerjoin(
        CreditDeadline,
        sa.and_(
            col(CreditDeadline.remedy_id) == col(CreditRepair.id),
            col(CreditDeadline.settled_at).is_(None),
        ),
    )
)


async def list_repairs(
    session: AsyncSession,
    principal: Principal,
    wanted: CaseFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[RepairRow]:
    """Return a page of the repairs that a person may see.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    statement = _ROWS.where(of_reader(principal, col(CreditRepair.department_id)))
    if wanted.states:
        statement = statement.where(col(CreditRepair.state).in_(wanted.states))
    if wanted.department:
        statement = statement.where(col(Department.code) == wanted.department)
    statement, limit = paged(
        statement,
        wanted,
        col(CreditRepair.asked_at),
        col(CreditRepair.id),
        cursor=cursor,
        limit=limit,
    )
    found = [RepairRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]
    return page_of(
        found,
        limit,
        lambda row: (placed_by(wanted, row.deadline, row.repair.asked_at), row.repair.id),
    )


async def read_repair(
    session: AsyncSession, principal: Principal, repair_id: uuid.UUID
) -> RepairRow:
    """Return one repair.

    Raises:
        RepairNotFound: there is none for him.
    """
    row = (
        await session.exec(  # type: ignore[call-overload]
            _ROWS.where(
                col(CreditRepair.id) == repair_id,
                of_reader(principal, col(CreditRepair.department_id)),
            )
        )
    ).first()
    if row is None:
        raise RepairNotFound
    return RepairRow(*row)
