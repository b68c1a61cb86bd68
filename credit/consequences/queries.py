"""Reading consequences: what is in force, what was, who is due for a check, who may be honoured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.consequences.models import CreditConsequence, CreditConsequenceEnd, RoutineCheck
from credit.consequences.rules import ConsequenceKind, lifts, worst_in_a_row
from credit.period_models import CreditPeriod, PeriodScore, PeriodState
from credit.periods import Period, PeriodKind
from credit.rulebook import Grade
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.people.queries import find_department

_LOOKED_BACK = 8
"""So many quarters are looked at for a row of worst grades."""


@dataclass(frozen=True, slots=True)
class StandingConsequence:
    """A consequence in force.

    Attributes:
        lifted_by: the worst grade with which it ends; None where every grade has it.
    """

    consequence: CreditConsequence
    department: Department
    lifted_by: Grade | None


@dataclass(frozen=True, slots=True)
class Past:
    """A consequence that is over."""

    consequence: CreditConsequence
    ended_at: datetime
    grade: Grade | None
    period: str | None


@dataclass(frozen=True, slots=True)
class DueCheck:
    """When a department is due for its next routine check.

    Attributes:
        days: of its cycle.
        last: the check before; None when there was none since the cycle began.
    """

    department: Department
    days: int
    grade: Grade
    last: datetime | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Honour:
    """Whether a department may be honoured, and what forbids it.

    Attributes:
        veto: the consequence that forbids it; None when nothing does.
    """

    department: Department
    grade: Grade | None
    is_trial: bool
    veto: CreditConsequence | None
    lifted_by: Grade | None


_IN_FORCE = sa.not_(
    sa.exists().where(col(CreditConsequenceEnd.consequence_id) == col(CreditConsequence.id))
)


async def standing_rows(
    session: AsyncSession,
) -> Mapping[int, Mapping[ConsequenceKind, CreditConsequence]]:
    """Return every consequence in force, by department and kind."""
    found: dict[int, dict[ConsequenceKind, CreditConsequence]] = {}
    for row in await session.exec(select(CreditConsequence).where(_IN_FORCE)):
        found.setdefault(row.department_id, {})[row.kind] = row
    return found


async def consequences_in_force(
    session: AsyncSession,
    now: datetime,
    *,
    department_id: int | None = None,
    kinds: Sequence[ConsequenceKind] = (),
) -> Sequence[StandingConsequence]:
    """Return consequences in force with what would lift them, the longest in force first."""
    query = (
        select(CreditConsequence, Department)
        .join(Department, col(Department.id) == col(CreditConsequence.department_id))
        .where(_IN_FORCE)
        .order_by(col(CreditConsequence.since), col(Department.code), col(CreditConsequence.kind))
    )
    if department_id is not None:
        query = query.where(CreditConsequence.department_id == department_id)
    if kinds:
        query = query.where(col(CreditConsequence.kind).in_(kinds))
    rows = await session.exec(query)
    rules = (await book_at(session, now)).book
    return [
        StandingConsequence(row, department, lifts(rules.consequences, row.kind))
        for row, department in rows
    ]


async def past_consequences(
    session: AsyncSession, department_id: int, limit: int = 50
) -> Sequence[Past]:
    """Return a department's consequences that are over, the latest ended first."""
    rows = await session.exec(
        select(CreditConsequence, CreditConsequenceEnd)
        .join(
            CreditConsequenceEnd,
            col(CreditConsequenceEnd.consequence_id) == col(CreditConsequence.id),
        )
        .where(CreditConsequence.department_id == department_id)
        .order_by(col(CreditConsequenceEnd.ended_at).desc(), col(CreditConsequence.kind))
        .limit(limit)
    )
    return [Past(row, end.ended_at, end.grade, end.period) for row, end in rows]


async def worst_quarters(session: AsyncSession) -> Mapping[int, int]:
    """Return how many published quarters in a row each department ended with the worst grade."""
    rows = await session.exec(
        select(PeriodScore.department_id, PeriodScore.period, PeriodScore.grade)
        .join(
            CreditPeriod,
            (col(CreditPeriod.key) == col(PeriodScore.period))
            & (col(CreditPeriod.published_revision) == col(PeriodScore.revision)),
        )
        .where(
            CreditPeriod.state == PeriodState.PUBLISHED,
            CreditPeriod.kind == PeriodKind.QUARTER,
            col(CreditPeriod.key).in_(
                select(col(CreditPeriod.key))
                .where(
                    col(CreditPeriod.kind) == PeriodKind.QUARTER,
                    col(CreditPeriod.state) == PeriodState.PUBLISHED,
                )
                .order_by(col(CreditPeriod.until).desc())
                .limit(_LOOKED_BACK)
            ),
        )
    )
    found: dict[int, dict[Period, Grade | None]] = {}
    latest: Period | None = None
    for department_id, key, grade in rows:
        quarter = Period.parse(key)
        latest = quarter if latest is None else max(latest, quarter)
        found.setdefault(department_id, {})[quarter] = Grade(grade) if grade else None
    if latest is None:
        return {}
    row = [latest]
    while len(row) < _LOOKED_BACK:
        row.append(row[-1].before)
    return {
        department_id: worst_in_a_row([grades.get(quarter) for quarter in row])
        for department_id, grades in found.items()
    }


async def due_checks(session: AsyncSession) -> Sequence[DueCheck]:
    """Return when each department with a check cycle is due, the longest due first."""
    last = (
        select(sa.func.max(col(RoutineCheck.checked_at)))
        .where(col(RoutineCheck.department_id) == col(CreditConsequence.department_id))
        .scalar_subquery()
    )
    rows = await session.exec(
        select(CreditConsequence, Department, last)
        .join(Department, col(Department.id) == col(CreditConsequence.department_id))
        .where(
            _IN_FORCE,
            CreditConsequence.kind == ConsequenceKind.CHECK_CYCLE,
            col(Department.is_active),
        )
    )
    found = [
        DueCheck(
            department,
            int(row.value),
            row.grade,
            checked,
            (checked or row.since) + timedelta(days=int(row.value)),
        )
        for row, department, checked in rows
    ]
    return sorted(found, key=lambda one: (one.due_at, one.department.code))


async def routine_checks_of(
    session: AsyncSession, department_id: int, limit: int = 20
) -> Sequence[RoutineCheck]:
    """Return a department's routine checks, the latest first."""
    rows = await session.exec(
        select(RoutineCheck)
        .where(RoutineCheck.department_id == department_id)
        .order_by(col(RoutineCheck.checked_at).desc())
        .limit(limit)
    )
    return rows.all()


async def honours_of(
    session: AsyncSession, now: datetime, codes: Sequence[str] | None = None
) -> Sequence[Honour]:
    """Return for departments whether they may be honoured, by code; None for all that are active."""
    query = select(Department).where(col(Department.is_hotline).is_(False))
    query = (
        query.where(col(Department.is_active))
        if codes is None
        else query.where(col(Department.code).in_(codes))
    )
    units = (await session.exec(query.order_by(col(Department.code)))).all()
    rows = (
        await session.exec(
            select(CreditConsequence).where(
                _IN_FORCE,
                col(CreditConsequence.department_id).in_([unit.id for unit in units]),
                col(CreditConsequence.kind).in_(
                    (ConsequenceKind.QA_SHARE, ConsequenceKind.NO_HONOURS)
                ),
            )
        )
    ).all()
    rules = (await book_at(session, now)).book
    lifted = lifts(rules.consequences, ConsequenceKind.NO_HONOURS)
    graded = {row.department_id: row for row in rows if row.kind is ConsequenceKind.QA_SHARE}
    vetoed = {row.department_id: row for row in rows if row.kind is ConsequenceKind.NO_HONOURS}
    found = []
    for unit in units:
        row, veto = graded.get(unit.id), vetoed.get(unit.id)
        found.append(
            Honour(
                unit,
                row.grade if row else None,
                row.is_trial if row else False,
                veto,
                lifted if veto else None,
            )
        )
    return found


async def find_own_department(session: AsyncSession, principal: Principal, code: str) -> Department:
    """Return a department whose consequences this person may read: the hotline all, others their own.

    Raises:
        DepartmentNotFound: there is none, or none for him.
    """
    unit = await find_department(session, code)
    is_own = unit is not None and unit.id == principal.department_id
    if unit is None or unit.is_hotline or not (principal.sees_every_ticket or is_own):
        raise DepartmentNotFound(department=code)
    return unit
