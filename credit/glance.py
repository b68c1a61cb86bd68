"""Credit at a glance, for desks whose subject is another: grades in force, how a department stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.rules import OPEN
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


@dataclass(frozen=True, slots=True)
class CasesWaiting:
    """What waits for a decision of the hotline.

    Attributes:
        proposals: events that a second person must confirm or refuse.
        appeals: appeals whose decision is owed, at whichever level.
        overdue: how many of the appeals are past their term.
    """

    proposals: int
    appeals: int
    overdue: int


_WAITING = sa.text(
    "SELECT (SELECT count(*) FROM credit_proposals WHERE state = 'waiting') AS proposals, "
    "count(*) AS appeals, count(*) FILTER (WHERE d.due_at < :now) AS overdue "
    "FROM credit_appeals a LEFT JOIN credit_deadlines d "
    "ON d.remedy_id = a.id AND d.settled_at IS NULL WHERE a.state = ANY(:open)"
).bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("open", type_=ARRAY(sa.String)),
)


async def count_waiting(session: AsyncSession, now: datetime) -> CasesWaiting:
    """Return how many proposals and appeals wait for a decision, in one statement."""
    row: Any = (
        await session.exec(  # type: ignore[call-overload]
            _WAITING, params={"now": now, "open": [state.value for state in OPEN]}
        )
    ).one()
    return CasesWaiting(row.proposals, row.appeals, row.overdue)
