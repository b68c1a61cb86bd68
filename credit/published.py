"""Reading frozen periods: what the public may see, what a department may see of itself before."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.period_models import CreditPeriod, PeriodScore, PeriodState
from credit.periods import PeriodKind


async def list_periods(
    session: AsyncSession, kind: PeriodKind | None = None, limit: int = 50
) -> Sequence[CreditPeriod]:
    """Return frozen periods, the newest first."""
    query = select(CreditPeriod).order_by(col(CreditPeriod.until).desc(), col(CreditPeriod.key))
    if kind is not None:
        query = query.where(CreditPeriod.kind == kind)
    return (await session.exec(query.limit(limit))).all()


async def scores_of(
    session: AsyncSession, key: str, revision: int, *, department_id: int | None = None
) -> Sequence[PeriodScore]:
    """Return the scores of one revision of a period, in the order of ranking within peer groups."""
    query = (
        select(PeriodScore)
        .where(PeriodScore.period == key, PeriodScore.revision == revision)
        .order_by(
            col(PeriodScore.peer_group).nulls_last(),
            col(PeriodScore.rank).nulls_last(),
            col(PeriodScore.score).desc().nulls_last(),
            col(PeriodScore.department_code),
        )
    )
    if department_id is not None:
        query = query.where(PeriodScore.department_id == department_id)
    return (await session.exec(query)).all()


async def published_scores(session: AsyncSession, key: str) -> Sequence[PeriodScore]:
    """Return the published scores of a period; nothing while it is not published."""
    period = await session.get(CreditPeriod, key)
    if period is None or period.published_revision is None:
        return ()
    return await scores_of(session, key, period.published_revision)


async def grades_in_force(
    session: AsyncSession,
    department_ids: Sequence[int] | None = None,
    *,
    until: datetime | None = None,
    but: str | None = None,
    known_at: datetime | None = None,
) -> Mapping[int, PeriodScore]:
    """Return each department's newest published score that has a grade: what its consequences follow.

    Months and quarters grade; a year only sums up.

    Args:
        session: may be read-only.
        department_ids: None for all.
        until: the last end of a period that is asked about; None for any.
        but: a period that is left out.
        known_at: what was published after this instant is left out.
    """
    conditions: list[sa.ColumnElement[bool]] = [
        col(CreditPeriod.state) == PeriodState.PUBLISHED,
        col(CreditPeriod.kind) != PeriodKind.YEAR,
        col(PeriodScore.grade).is_not(None),
    ]
    if department_ids is not None:
        conditions.append(col(PeriodScore.department_id).in_(department_ids))
    if until is not None:
        conditions.append(col(CreditPeriod.until) <= until)
    if but is not None:
        conditions.append(col(CreditPeriod.key) != but)
    if known_at is not None:
        conditions.append(col(CreditPeriod.published_at) <= known_at)
    rows = await session.exec(
        select(PeriodScore)
        .join(
            CreditPeriod,
            (col(CreditPeriod.key) == col(PeriodScore.period))
            & (col(CreditPeriod.published_revision) == col(PeriodScore.revision)),
        )
        .where(*conditions)
        .ext(distinct_on(col(PeriodScore.department_id)))
        .order_by(
            col(PeriodScore.department_id),
            col(CreditPeriod.until).desc(),
            sa.case((col(CreditPeriod.kind) == PeriodKind.QUARTER, 0), else_=1),
        )
    )
    return {row.department_id: row for row in rows}
