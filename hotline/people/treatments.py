"""How the hotline treats a department: what its published credit asks for, in the hotline's own table.

Whoever keeps credit writes it when a grade is published; the hotline reads it and knows no more. A
department without a row is treated like any other.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Field, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.tables import TableModel


class DepartmentTreatment(TableModel, table=True):
    """What a department's grade asks of the hotline.

    `extends_from` is the worst grade with which a department may ask for more time again.
    """

    __tablename__ = "department_treatments"
    __table_args__ = (
        sa.CheckConstraint(
            "qa_share BETWEEN 0 AND 1 AND check_share BETWEEN 0 AND 1", name="shares"
        ),
    )

    department_id: int = Field(
        primary_key=True, foreign_key="departments.id", sa_column_kwargs={"autoincrement": False}
    )
    grade: str = Field(max_length=1)
    period: str = Field(max_length=8)
    is_trial: bool
    qa_share: Decimal = Field(sa_type=sa.Numeric(5, 4))
    check_share: Decimal = Field(sa_type=sa.Numeric(5, 4))
    check_days: int
    is_watched: bool
    may_extend: bool
    extends_from: str | None = Field(default=None, max_length=1)
    honours: bool
    since: datetime


async def treatment_of(
    session: AsyncSession, department_id: int | None
) -> DepartmentTreatment | None:
    """Return how a department is treated; None like any other."""
    return None if department_id is None else await session.get(DepartmentTreatment, department_id)


async def treatments(session: AsyncSession) -> Mapping[int, DepartmentTreatment]:
    """Return how departments are treated, by id."""
    rows = await session.exec(select(DepartmentTreatment))
    return {row.department_id: row for row in rows}
