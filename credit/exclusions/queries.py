"""Reading exclusions: the register of those that people decided."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.exclusions.errors import ExclusionNotFound
from credit.exclusions.models import Exclusion
from credit.exclusions.rules import ExclusionCode, ExclusionState
from credit.ledger import Measure
from credit.models import Observation
from credit.recalculating import recalculations_of
from credit.recalculation_models import Recalculation
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    decode_cursor,
    decode_place,
    encode_cursor,
    page_of,
)
from hotline.people.models import Department, User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import users_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionFilter:
    """Which exclusions a list is to show; an empty part asks for nothing.

    Attributes:
        department: code of the unit whose work it is.
        is_recheck_due: only those drawn to be looked at again.
    """

    state: tuple[ExclusionState, ...] = ()
    code: tuple[ExclusionCode, ...] = ()
    department: str | None = None
    is_recheck_due: bool = False


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """An exclusion with whose work it is, who had a part in it, and how frozen periods follow it."""

    exclusion: Exclusion
    department: Department
    asker: User
    first: User | None
    second: User | None
    rechecker: User | None
    recalculation: Recalculation | None = field(kw_only=True)


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which an exclusion exists for this person."""
    if Permission.READ_EXCLUSIONS not in principal.permissions:
        return sa.false()
    if principal.sees_every_ticket:
        return sa.true()
    return col(Exclusion.department_id) == principal.department_id


async def list_exclusions(
    session: AsyncSession,
    principal: Principal,
    wanted: ExclusionFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ExclusionRow]:
    """Return a page of the exclusions that this person may see, the newest first, in three statements.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    conditions = [readable(principal), *_conditions(wanted)]
    if cursor:
        at, key = decode_place(cursor)
        conditions.append(
            sa.tuple_(col(Exclusion.asked_at), col(Exclusion.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = await _found(session, conditions, limit + 1)
    return page_of(rows, limit, lambda row: (row.exclusion.asked_at, row.exclusion.id))


async def find_exclusion(
    session: AsyncSession, principal: Principal, exclusion_id: uuid.UUID
) -> ExclusionRow:
    """Return an exclusion that this person may see.

    Raises:
        ExclusionNotFound: there is none, or none for him.
    """
    rows = await _found(session, [readable(principal), col(Exclusion.id) == exclusion_id], 1)
    if not rows:
        raise ExclusionNotFound
    return rows[0]


async def lock_exclusion(
    session: AsyncSession, principal: Principal, exclusion_id: uuid.UUID
) -> Exclusion:
    """Return an exclusion that this person may see, locked until the transaction ends.

    Raises:
        ExclusionNotFound: there is none, or none for him.
    """
    row = (
        await session.exec(
            select(Exclusion)
            .where(Exclusion.id == exclusion_id, readable(principal))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if row is None:
        raise ExclusionNotFound
    return row


async def _found(
    session: AsyncSession, conditions: Sequence[sa.ColumnElement[bool]], limit: int
) -> list[ExclusionRow]:
    rows = (
        await session.exec(
            select(Exclusion, Department)
            .join(Department, col(Department.id) == col(Exclusion.department_id))
            .where(*conditions)
            .order_by(col(Exclusion.asked_at).desc(), col(Exclusion.id).desc())
            .limit(limit)
        )
    ).all()
    people = await users_by_id(session, {who for row, _ in rows for who in _part_in(row)})
    followed = await recalculations_of(session, {row.id for row, _ in rows})
    return [
        ExclusionRow(
            row,
            department,
            people[row.asked_by],
            *(people.get(who) if who else None for who in _part_in(row)[1:]),
            recalculation=followed.get(row.id),
        )
        for row, department in rows
    ]


def _part_in(row: Exclusion) -> Sequence[uuid.UUID | None]:
    return (row.asked_by, row.first_by, row.second_by, row.rechecked_by)


@dataclass(frozen=True, slots=True)
class ByFact:
    """Work that does not count because of what happened to the ticket; nobody asked for it."""

    ticket_number: str
    department: Department
    code: ExclusionCode
    finished_at: datetime


async def list_by_facts(
    session: AsyncSession,
    principal: Principal,
    wanted: ExclusionFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ByFact]:
    """Return a page of the work that was excluded by what happened, the latest finished first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    codes = wanted.code or tuple(ExclusionCode)
    decided = (
        sa.exists()
        .where(
            col(Exclusion.ticket_id) == col(Observation.ticket_id),
            col(Exclusion.department_id) == col(Observation.department_id),
            col(Exclusion.state) == ExclusionState.APPROVED,
        )
        .correlate(Observation)
    )
    conditions = [
        col(Observation.measure) == Measure.BASE,
        col(Observation.cause).in_([code.value for code in codes]),
        ~decided,
        _own_work(principal),
    ]
    if wanted.department:
        conditions.append(col(Department.code) == wanted.department)
    if cursor:
        at, key = decode_cursor(cursor, 2)
        conditions.append(
            sa.tuple_(col(Observation.finished_at), col(Observation.id))
            < sa.tuple_(sa.literal(_instant(at)), sa.literal(_number(key)))
        )
    rows = (
        await session.exec(
            select(Observation, Department)
            .join(Department, col(Department.id) == col(Observation.department_id))
            .where(*conditions)
            .order_by(col(Observation.finished_at).desc(), col(Observation.id).desc())
            .limit(limit + 1)
        )
    ).all()
    items = [
        ByFact(row.ticket_number, unit, ExclusionCode(row.cause or ""), row.finished_at)
        for row, unit in rows[:limit]
    ]
    if len(rows) <= limit:
        return Page(items, None)
    last = rows[limit - 1][0]
    return Page(items, encode_cursor(last.finished_at.isoformat(), str(last.id)))


def _own_work(principal: Principal) -> sa.ColumnElement[bool]:
    if Permission.READ_EXCLUSIONS not in principal.permissions:
        return sa.false()
    if principal.sees_every_ticket:
        return sa.true()
    return col(Observation.department_id) == principal.department_id


def _conditions(wanted: ExclusionFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(col(Exclusion.state).in_(wanted.state))
    if wanted.code:
        asked.append(col(Exclusion.code).in_(wanted.code))
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    if wanted.is_recheck_due:
        asked += [
            col(Exclusion.state) == ExclusionState.APPROVED,
            col(Exclusion.is_sampled).is_(True),
            col(Exclusion.is_founded).is_(None),
        ]
    return asked


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise InvalidCursor
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(2**62)):
        raise InvalidCursor
    return int(text)
