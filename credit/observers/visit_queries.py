"""Reading visits and findings: what was asked for, what was seen, how far it is put right."""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.access import readable_findings, readable_visits
from credit.observers.errors import FindingNotFound, ObserverVisitNotFound
from credit.observers.models import (
    Observer,
    ObserverFinding,
    ObserverFindingStep,
    ObserverVisit,
)
from credit.observers.rules import FindingState
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.models import Department
from hotline.people.principal import Principal


class VisitShown(enum.StrEnum):
    """Which visits a list shows."""

    DUE = "due"
    OVERDUE = "overdue"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with who made it, where, and what was found."""

    visit: ObserverVisit
    observer: Observer
    department: Department
    finding: ObserverFinding | None

    @property
    def is_made(self) -> bool:
        """Tell whether it was recorded."""
        return self.visit.checked_in_at is not None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its day is over and it was not made."""
        due = self.visit.due_at
        return not self.is_made and due is not None and due <= now


_VISITS = (
    select(ObserverVisit, Observer, Department, ObserverFinding)
    .select_from(ObserverVisit)
    .join(Observer, col(Observer.id) == col(ObserverVisit.observer_id))
    .join(Department, col(Department.id) == col(ObserverVisit.department_id))
    .outerjoin(ObserverFinding, col(ObserverFinding.visit_id) == col(ObserverVisit.id))
)


async def list_visits(
    session: AsyncSession,
    principal: Principal,
    now: datetime,
    *,
    shown: VisitShown | None = None,
    department: str | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[VisitRow]:
    """Return a page of the visits that this person may see, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _VISITS.where(readable_visits(principal))
    is_made = col(ObserverVisit.checked_in_at).is_not(None)
    if shown is VisitShown.MADE:
        statement = statement.where(is_made)
    elif shown is not None:
        is_late = col(ObserverVisit.due_at) <= now
        wanted = is_late if shown is VisitShown.OVERDUE else sa.not_(is_late)
        statement = statement.where(sa.not_(is_made), wanted)
    if department:
        statement = statement.where(col(Department.code) == department)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(ObserverVisit.created_at), col(ObserverVisit.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = await session.exec(
        statement.order_by(
            col(ObserverVisit.created_at).desc(), col(ObserverVisit.id).desc()
        ).limit(limit + 1)
    )
    rows = [VisitRow(*row) for row in found]
    return page_of(rows, limit, lambda row: (row.visit.created_at, row.visit.id))


async def read_visit(session: AsyncSession, principal: Principal, visit_id: uuid.UUID) -> VisitRow:
    """Return a visit.

    Raises:
        ObserverVisitNotFound: there is none for him.
    """
    found = (
        await session.exec(_VISITS.where(ObserverVisit.id == visit_id, readable_visits(principal)))
    ).first()
    if found is None:
        raise ObserverVisitNotFound
    return VisitRow(*found)


@dataclass(frozen=True, slots=True)
class VisitTally:
    """What was asked for beside what was done; visits whose day is still to come are left out.

    Attributes:
        asked: visits asked for whose day is over, or which were made.
        on_time: of these, made by their day.
        late: of these, made after it.
        missing: of these, not made.
        own: visits that observers made of their own accord.
    """

    asked: int
    on_time: int
    late: int
    missing: int
    own: int

    @property
    def rate(self) -> float | None:
        """Share of the visits asked for that were made by their day; None when none was due."""
        return self.on_time / self.asked if self.asked else None


async def tally_visits(
    session: AsyncSession, now: datetime, observer_id: uuid.UUID | None = None
) -> VisitTally:
    """Return how many visits were made as asked for, of all observers or of one."""
    due, made = col(ObserverVisit.due_at), col(ObserverVisit.checked_in_at)
    on_time = sa.and_(due.is_not(None), made < due)
    late = sa.and_(due.is_not(None), made >= due)
    missing = sa.and_(due <= now, made.is_(None))
    statement = select(
        sa.func.count().filter(on_time),
        sa.func.count().filter(late),
        sa.func.count().filter(missing),
        sa.func.count().filter(due.is_(None)),
    ).select_from(ObserverVisit)
    if observer_id is not None:
        statement = statement.where(ObserverVisit.observer_id == observer_id)
    kept, behind, absent, own = (await session.exec(statement)).one()
    return VisitTally(kept + behind + absent, kept, behind, absent, own)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with its visit, who made it and who has to put it right."""

    finding: ObserverFinding
    visit: ObserverVisit
    observer: Observer
    department: Department

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether what is next is overdue."""
        return self.finding.due_at is not None and self.finding.due_at <= now


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """A finding with what was done about it, in order."""

    row: FindingRow
    steps: Sequence[ObserverFindingStep]


_FINDINGS = (
    select(ObserverFinding, ObserverVisit, Observer, Department)
    .select_from(ObserverFinding)
    .join(ObserverVisit, col(ObserverVisit.id) == col(ObserverFinding.visit_id))
    .join(Observer, col(Observer.id) == col(ObserverVisit.observer_id))
    .join(Department, col(Department.id) == col(ObserverFinding.department_id))
)


async def list_findings(
    session: AsyncSession,
    principal: Principal,
    now: datetime,
    *,
    states: Sequence[FindingState] = (),
    overdue: bool = False,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[FindingRow]:
    """Return a page of the findings that this person may see, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _FINDINGS.where(readable_findings(principal))
    if states:
        statement = statement.where(col(ObserverFinding.state).in_(states))
    if overdue:
        statement = statement.where(col(ObserverFinding.due_at) <= now)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(ObserverFinding.opened_at), col(ObserverFinding.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = await session.exec(
        statement.order_by(
            col(ObserverFinding.opened_at).desc(), col(ObserverFinding.id).desc()
        ).limit(limit + 1)
    )
    rows = [FindingRow(*row) for row in found]
    return page_of(rows, limit, lambda row: (row.finding.opened_at, row.finding.id))


async def read_finding(
    session: AsyncSession, principal: Principal, finding_id: uuid.UUID
) -> FindingDetail:
    """Return a finding with its history.

    Raises:
        FindingNotFound: there is none for him.
    """
    found = (
        await session.exec(
            _FINDINGS.where(ObserverFinding.id == finding_id, readable_findings(principal))
        )
    ).first()
    if found is None:
        raise FindingNotFound
    steps = await session.exec(
        select(ObserverFindingStep)
        .where(ObserverFindingStep.finding_id == finding_id)
        .order_by(col(ObserverFindingStep.seq))
    )
    return FindingDetail(FindingRow(*found), steps.all())
