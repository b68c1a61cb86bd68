"""Credit at a glance, for desks whose subject is another: grades in force, how a department stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.dossier import LedgerLine, TrendPoint, trend_of, waiting_of
from credit.rulebook import Grade


@dataclass(frozen=True, slots=True)
class GradeHeld:
    """A department's newest published grade.

    Attributes:
        period: the one that it was published with.
    """

    department_id: int
    grade: Grade
    is_trial: bool
    period: str


@dataclass(frozen=True, slots=True)
class Glance:
    """How a department stands.

    Attributes:
        course: its live scores, the oldest first.
        waiting: what does not count yet.
    """

    in_force: GradeHeld | None
    course: Sequence[TrendPoint]
    waiting: Sequence[LedgerLine]


_IN_FORCE = sa.text(
    "SELECT DISTINCT ON (s.department_id) s.department_id, s.grade, s.is_trial, s.period "
    "FROM credit_period_scores s "
    "JOIN credit_periods p ON p.key = s.period AND p.published_revision = s.revision "
    "WHERE p.state = 'published' AND p.kind <> 'year' AND s.grade IS NOT NULL "
    "AND (:department_id = 0 OR s.department_id = :department_id) "
    "ORDER BY s.department_id, p.until DESC, (p.kind = 'quarter') DESC"
).bindparams(sa.bindparam("department_id", type_=sa.Integer))
"""What `published.grades_in_force` says, without the explanations."""


async def read_in_force(
    session: AsyncSession, department_id: int | None = None
) -> Mapping[int, GradeHeld]:
    """Return the grade in force of every department that has one, or of one."""
    rows: Sequence[Any] = (
        await session.exec(_IN_FORCE, params={"department_id": department_id or 0})  # type: ignore[call-overload]
    ).all()
    return {
        row.department_id: GradeHeld(row.department_id, Grade(row.grade), row.is_trial, row.period)
        for row in rows
    }


async def glance_of(session: AsyncSession, department_id: int, day: date) -> Glance:
    """Return how a department stands on a day."""
    return Glance(
        (await read_in_force(session, department_id)).get(department_id),
        await trend_of(session, department_id, day),
        await waiting_of(session, department_id),
    )


async def count_grades(session: AsyncSession) -> Mapping[Grade, int]:
    """Return how many departments have each grade in force; none is left out."""
    found = await read_in_force(session)
    counts = dict.fromkeys(Grade, 0)
    for one in found.values():
        counts[one.grade] += 1
    return counts
