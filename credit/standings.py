"""Everybody's standing as it was written down: of the newest night, or of a frozen period.

Nothing is worked out here; a fixed number of statements, whatever the number of departments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.models import LiveScore
from credit.movers import Parts, parts_of
from credit.period_models import CreditPeriod, PeriodRevision, PeriodState
from credit.periods import Period
from credit.rulebook import Grade, Indicator
from credit.statistics import Interval
from hotline.people.principal import Principal

TREND_DAYS = 30
"""A live score is held against the one of so many days before."""

MOST_CHANGES = 300


@dataclass(frozen=True, slots=True)
class Standing:
    """A department's standing at one time.

    Attributes:
        peer_group: those it was compared with.
        is_active: False for a department that is closed.
        apart: how many more matters it resolved than its peers would have; None where none was counted.
        parts: points by part of the score.
        earlier: the interval of the score before; None without one.
    """

    department_id: int
    code: str
    name: str
    name_en: str
    peer_group: str | None
    is_active: bool
    score: Decimal | None
    performance: Decimal | None
    ledger: Decimal
    interval: Interval | None
    n: int
    band: int | None
    rank: int | None
    grade: Grade | None
    is_trial: bool
    apart: Decimal | None
    parts: Parts
    earlier: Interval | None = None

    @property
    def trend(self) -> int:
        """Return 1 for better than before, -1 for worse, 0 for what the data cannot tell apart."""
        if self.interval is None or self.earlier is None or self.interval.overlaps(self.earlier):
            return 0
        return 1 if self.interval.low > self.earlier.high else -1


@dataclass(frozen=True, slots=True)
class Standings:
    """Everybody's standing.

    Attributes:
        day: of the live scores; None for a period, and where no score was ever made.
        period: the frozen period; None for the live scores.
        revision: which of its revisions.
        earlier: what the trend is held against, as a day or a period's name; None for nothing.
    """

    items: Sequence[Standing]
    day: date | None = None
    period: CreditPeriod | None = None
    revision: int | None = None
    earlier: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a revision of a period changed for one department."""

    code: str
    name: str
    name_en: str
    score_before: Decimal | None
    score: Decimal | None
    band_before: int | None
    band: int | None
    grade_before: Grade | None
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class Revised:
    """A later revision of a period: why it was made, and what became of whom."""

    revision: int
    reason: str
    made_at: datetime
    is_published: bool
    moved: Sequence[Moved]


_LIVE = sa.text(
    "SELECT s.department_id, d.code, d.name, d.name_en, s.peer_group, d.is_active, s.score, "
    "s.performance, s.ledger, s.low, s.high, s.n, s.band, s.rank, s.grade, s.is_trial, "
    "NULL::numeric AS apart, s.explanation->'indicators' AS indicators "
    "FROM credit_scores s JOIN departments d ON d.id = s.department_id WHERE s.day = :day"
).columns(indicators=JSONB)
_LIVE_BEFORE = sa.text(
    "SELECT department_id, low, high, day::text AS said FROM credit_scores "
    "WHERE day = (SELECT max(day) FROM credit_scores WHERE day <= :day)"
)
_PERIOD = sa.text(
    "SELECT s.department_id, s.department_code AS code, s.department_name AS name, "
    "s.department_name_en AS name_en, s.peer_group, s.is_active, s.score, s.performance, s.ledger, "
    "s.low, s.high, s.n, s.band, s.rank, s.grade, s.is_trial, s.observed - s.expected AS apart, "
    "s.explanation->'indicators' AS indicators "
    "FROM credit_period_scores s WHERE s.period = :key AND s.revision = :revision"
).columns(indicators=JSONB)
_PERIOD_BEFORE = sa.text(
    "SELECT s.department_id, s.low, s.high, s.period AS said FROM credit_period_scores s "
    "JOIN credit_periods p ON p.key = s.period "
    "AND s.revision = CASE WHEN :inside THEN p.revision ELSE p.published_revision END "
    "WHERE s.period = :key"
)


async def newest_day(session: AsyncSession) -> date | None:
    """Return the day of the newest live scores; None before the first night."""
    return (
        await session.exec(select(col(LiveScore.day)).order_by(col(LiveScore.day).desc()).limit(1))
    ).first()


async def live_standings(session: AsyncSession) -> Standings:
    """Return the standings of the newest night."""
    day = await newest_day(session)
    if day is None:
        return Standings(())
    rows = await _rows(session, _LIVE, day=day)
    before = await _rows(session, _LIVE_BEFORE, day=day - timedelta(days=TREND_DAYS))
    return Standings(
        _standings(rows, before),
        day=day,
        earlier=before[0].said if before else None,
    )


async def visible_revision(
    session: AsyncSession, principal: Principal, key: str
) -> tuple[CreditPeriod, int] | None:
    """Return a frozen period and the revision of it that a person may see; None for nothing."""
    period = await session.get(CreditPeriod, key)
    if period is None:
        return None
    revision = period.revision if principal.sees_every_ticket else period.published_revision
    return None if revision is None else (period, revision)


async def period_standings(
    session: AsyncSession, principal: Principal, key: str
) -> Standings | None:
    """Return the standings of a frozen period; None when a person may see none of it."""
    visible = await visible_revision(session, principal, key)
    if visible is None:
        return None
    period, revision = visible
    rows = await _rows(session, _PERIOD, key=key, revision=revision)
    before = await _rows(
        session,
        _PERIOD_BEFORE,
        key=str(Period.parse(key).before),
        inside=principal.sees_every_ticket,
    )
    return Standings(
        _standings(rows, before),
        period=period,
        revision=revision,
        earlier=before[0].said if before else None,
    )


async def _rows(session: AsyncSession, statement: Executable, **params: object) -> Sequence[Any]:
    rows: Sequence[Any] = (await session.exec(statement, params=params)).all()  # type: ignore[call-overload]
    return rows


def _standings(rows: Sequence[Any], before: Sequence[Any]) -> Sequence[Standing]:
    earlier = {row.department_id: _interval(row) for row in before}
    found = [_standing(row, earlier.get(row.department_id)) for row in rows]
    return sorted(
        found, key=lambda one: (one.rank is None, one.rank or 0, -(one.score or 0), one.code)
    )


def _interval(row: Any) -> Interval | None:  # noqa: ANN401  # a row of a statement
    return None if row.low is None else Interval(row.low, row.high)


def _standing(row: Any, earlier: Interval | None) -> Standing:  # noqa: ANN401  # likewise
    lines = row.indicators or ()
    kept: Decimal | None = row.apart
    return Standing(
        department_id=row.department_id,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        peer_group=row.peer_group,
        is_active=row.is_active,
        score=row.score,
        performance=row.performance,
        ledger=row.ledger,
        interval=_interval(row),
        n=row.n,
        band=row.band,
        rank=row.rank,
        grade=Grade(row.grade) if row.grade else None,
        is_trial=row.is_trial,
        apart=_apart(lines) if kept is None else kept,
        parts=parts_of(lines, row.ledger),
        earlier=earlier,
    )


def _apart(lines: Sequence[Mapping[str, Any]]) -> Decimal | None:
    """Return how many more matters were resolved than peers would have of the same mix."""
    for line in lines:
        if line["indicator"] == Indicator.RESOLVED and line["n"]:
            apart: Decimal = Decimal(line["k"]) - line["n"] * Decimal(line["prior"])
            return apart
    return None


async def list_shown_periods(
    session: AsyncSession, principal: Principal, limit: int = 40
) -> Sequence[CreditPeriod]:
    """Return the frozen periods whose ranking a person may see, the newest first."""
    query = select(CreditPeriod).order_by(col(CreditPeriod.until).desc(), col(CreditPeriod.key))
    if not principal.sees_every_ticket:
        query = query.where(CreditPeriod.state == PeriodState.PUBLISHED)
    return (await session.exec(query.limit(limit))).all()


async def revisions_of(
    session: AsyncSession, period: CreditPeriod, up_to: int
) -> Sequence[Revised]:
    """Return the later revisions of a period, the newest first, with what each changed for whom."""
    if up_to < 2:  # noqa: PLR2004  # the first has changed nothing
        return ()
    revisions = (
        await session.exec(
            select(PeriodRevision)
            .where(
                PeriodRevision.period == period.key,
                col(PeriodRevision.revision) > 1,
                col(PeriodRevision.revision) <= up_to,
            )
            .order_by(col(PeriodRevision.revision).desc())
        )
    ).all()
    moved = await _moved(session, period.key, up_to)
    return [
        Revised(
            one.revision,
            one.reason,
            one.made_at,
            is_published=one.revision <= (period.published_revision or 0),
            moved=moved.get(one.revision, ()),
        )
        for one in revisions
    ]


_MOVED = sa.text(
    "SELECT s.revision, s.department_code AS code, s.department_name AS name, "
    "s.department_name_en AS name_en, b.score AS score_before, s.score, b.band AS band_before, "
    "s.band, b.grade AS grade_before, s.grade "
    "FROM credit_period_scores s JOIN credit_period_scores b ON b.period = s.period "
    "AND b.revision = s.revision - 1 AND b.department_id = s.department_id "
    "WHERE s.period = :period AND s.revision > 1 AND s.revision <= :up_to "
    "AND (s.score, s.band, s.grade) IS DISTINCT FROM (b.score, b.band, b.grade) "
    "ORDER BY s.revision, abs(coalesce(s.score, 0) - coalesce(b.score, 0)) DESC, s.department_code "
    "LIMIT :most"
)


async def _moved(session: AsyncSession, key: str, up_to: int) -> Mapping[int, Sequence[Moved]]:
    found: dict[int, list[Moved]] = {}
    for row in await _rows(session, _MOVED, period=key, up_to=up_to, most=MOST_CHANGES):
        found.setdefault(row.revision, []).append(
            Moved(
                row.code,
                row.name,
                row.name_en,
                row.score_before,
                row.score,
                row.band_before,
                row.band,
                Grade(row.grade_before) if row.grade_before else None,
                Grade(row.grade) if row.grade else None,
            )
        )
    return found
