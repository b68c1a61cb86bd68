"""Telling departments until when they may object to a period, and what was published of them."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.period_events import PeriodOnNotice, PeriodPublished
from credit.period_models import PeriodScore
from credit.periods import Period, PeriodKind
from credit.published import scores_of
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.models import User
from hotline.people.permissions import Role

ON_NOTICE = "credit_on_notice"
PUBLISHED = "credit_published"
GRADE_CHANGED = "credit_grade_changed"


async def tell_on_notice(tx: Transaction, fact_id: uuid.UUID, fact: PeriodOnNotice) -> int:
    """Tell the leaders of every scored department until when they may object; return how many."""
    notices = [
        (row, ON_NOTICE, {"due_at": fact.until})
        for row in await scores_of(tx.session, fact.period, fact.revision)
        if row.score is not None
    ]
    return await _tell(tx, fact_id, notices)


async def tell_published(tx: Transaction, fact_id: uuid.UUID, fact: PeriodPublished) -> int:
    """Tell the leaders of every scored department that a period is published; return how many.

    Of a month, which says little by itself, only those whose grade has changed are told.
    """
    is_month = Period.parse(fact.period).kind is PeriodKind.MONTH
    notices = [
        (row, GRADE_CHANGED if _is_regraded(row) else PUBLISHED, _grades(row))
        for row in await scores_of(tx.session, fact.period, fact.revision)
        if row.score is not None and (_is_regraded(row) or not is_month)
    ]
    return await _tell(tx, fact_id, notices)


def _is_regraded(row: PeriodScore) -> bool:
    # A year only sums up: the grade in force is that of its last quarter.
    is_graded = Period.parse(row.period).kind is not PeriodKind.YEAR and row.grade is not None
    return is_graded and row.grade is not row.grade_before


def _grades(row: PeriodScore) -> Mapping[str, Any]:
    return {
        "grade": row.grade.value if row.grade else None,
        "grade_before": row.grade_before.value if row.grade_before else None,
    }


async def _tell(
    tx: Transaction,
    fact_id: uuid.UUID,
    notices: Sequence[tuple[PeriodScore, str, Mapping[str, Any]]],
) -> int:
    leaders = await _leaders(tx.session)
    rows = [
        NewNotice(
            user_id=user_id,
            fact_id=fact_id,
            kind=kind,
            params={"period": row.period, "unit": row.department_code, **more},
        )
        for row, kind, more in notices
        for user_id in leaders.get(row.department_id, ())
    ]
    await write_notices(tx, rows)
    return len(rows)


async def _leaders(session: AsyncSession) -> Mapping[int, Sequence[uuid.UUID]]:
    """Return the leaders of every department, in one statement."""
    rows = await session.exec(
        select(User.department_id, User.id)
        .where(col(User.roles).contains([Role.LEADER.value]), col(User.is_active).is_(True))
        .order_by(col(User.username))
    )
    found: defaultdict[int, list[uuid.UUID]] = defaultdict(list)
    for department_id, user_id in rows:
        found[department_id].append(user_id)
    return found
