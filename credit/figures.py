"""Figures of departments for whoever may see them: one department's score, everybody's places.

The hotline sees all, a department its own whole, and of others what is published; observers see what is
published. What one may not see is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import PublishedBook, book_at
from credit.freezing import objections_holding_up
from credit.models import LiveScore
from credit.period_errors import PeriodNotFrozen
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore, PeriodState
from credit.periods import Period, PeriodKind
from credit.published import list_periods, scores_of
from credit.rulebook import Severity
from credit.scoring import Window, explanation_of, rolling, score_all
from credit.visibility import sees_inside
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.people.queries import find_department

_NOT_SHOWN = frozenset({Severity.MINOR.value})
"""Classes of events that the public is never shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One department's score as it was worked out once.

    Attributes:
        period: None for the live score.
        window: of the assignments that were counted.
        explanation: from S down to k of n.
        is_published: False for what only the hotline and the department itself see.
    """

    department: str
    name: str
    name_en: str
    peer_group: str | None
    period: str | None
    revision: int | None
    is_published: bool
    as_of: datetime
    window: Window
    formula: str
    rule_version: int
    score: Decimal | None
    performance: Decimal | None
    ledger: Decimal
    low: Decimal | None
    high: Decimal | None
    n: int
    band: int | None
    rank: int | None
    grade: str | None
    grade_before: str | None
    grade_reasons: Sequence[str]
    is_trial: bool
    input_digest: bytes
    explanation: Mapping[str, Any]


async def department_figures(
    session: AsyncSession,
    principal: Principal,
    code: str,
    *,
    period: str | None = None,
    as_of: datetime | None = None,
    now: datetime,
) -> Figures:
    """Return one department's figures: of a period, as of an instant, or of the last night.

    To whoever sees only what is published, the last night is the newest published period.

    Args:
        session: may be read-only.
        principal: who asks.
        code: the department's.
        period: a frozen one.
        as_of: worked out anew out of what was known then.
        now: stands in where no night has been scored yet.

    Raises:
        InvalidPeriod: the words name no period.
        DepartmentNotFound: there is none, or none for him.
        PeriodNotFrozen: there is nothing for him to see of it.
    """
    unit = await find_department(session, code)
    if unit is None or unit.is_hotline:
        raise DepartmentNotFound(department=code)
    if not sees_inside(principal, unit.id):
        if principal.is_department or as_of is not None:
            raise DepartmentNotFound(department=code)
        return _for_the_public(await _published(session, unit, period))
    if period is not None:
        row = await find_period(session, principal, period)
        return await _frozen(session, unit, row, row.revision)
    live = None if as_of else await _last_night(session, unit.id)
    if live is not None:
        return _of_night(unit, live, await book_at(session, live.as_of))
    return await _worked_out(session, unit, as_of or now)


async def find_period(session: AsyncSession, principal: Principal, text: str) -> CreditPeriod:
    """Return a frozen period that somebody may see something of.

    Raises:
        InvalidPeriod: the words name no period.
        PeriodNotFrozen: it is not frozen, or not for him.
    """
    row = await session.get(CreditPeriod, str(Period.parse(text)))
    if row is None or not (row.state is PeriodState.PUBLISHED or sees_frozen(principal)):
        raise PeriodNotFrozen(period=text)
    return row


def sees_frozen(principal: Principal) -> bool:
    """Tell whether somebody sees periods before they are published; a department, its own figures."""
    return principal.sees_every_ticket or principal.is_department


async def _published(session: AsyncSession, unit: Department, text: str | None) -> Figures:
    if text is None:
        row = (
            await session.exec(
                select(CreditPeriod)
                .where(CreditPeriod.state == PeriodState.PUBLISHED)
                .order_by(col(CreditPeriod.until).desc(), col(CreditPeriod.key))
                .limit(1)
            )
        ).first()
    else:
        row = await session.get(CreditPeriod, str(Period.parse(text)))
    if row is None or row.published_revision is None:
        raise PeriodNotFrozen(period=text or "")
    return await _frozen(session, unit, row, row.published_revision)


async def _frozen(
    session: AsyncSession, unit: Department, period: CreditPeriod, revision: int
) -> Figures:
    rows = await scores_of(session, period.key, revision, department_id=unit.id)
    if not rows:
        raise PeriodNotFrozen(period=period.key)
    row = rows[0]
    made = await session.get_one(PeriodRevision, (period.key, revision))
    return Figures(
        department=row.department_code,
        name=row.department_name,
        name_en=row.department_name_en,
        peer_group=row.peer_group,
        period=period.key,
        revision=revision,
        is_published=period.published_revision == revision,
        as_of=made.as_of,
        window=Window(period.since, period.until),
        formula=made.formula,
        rule_version=made.rule_version,
        score=row.score,
        performance=row.performance,
        ledger=row.ledger,
        low=row.low,
        high=row.high,
        n=row.n,
        band=row.band,
        rank=row.rank,
        grade=row.grade,
        grade_before=row.grade_before,
        grade_reasons=row.grade_reasons,
        is_trial=row.is_trial,
        input_digest=row.input_digest,
        explanation=row.explanation,
    )


async def _last_night(session: AsyncSession, department_id: int) -> LiveScore | None:
    return (
        await session.exec(
            select(LiveScore)
            .where(LiveScore.department_id == department_id)
            .order_by(col(LiveScore.day).desc())
            .limit(1)
        )
    ).first()


def _of_night(unit: Department, row: LiveScore, rules: PublishedBook) -> Figures:
    return Figures(
        department=unit.code,
        name=unit.name,
        name_en=unit.name_en,
        peer_group=row.peer_group,
        period=None,
        revision=None,
        is_published=False,
        as_of=row.as_of,
        window=rolling(row.as_of, rules.book),
        formula=row.formula,
        rule_version=row.rule_version,
        score=row.score,
        performance=row.performance,
        ledger=row.ledger,
        low=row.low,
        high=row.high,
        n=row.n,
        band=row.band,
        rank=row.rank,
        grade=row.grade,
        grade_before=None,
        grade_reasons=(),
        is_trial=row.is_trial,
        input_digest=row.input_digest,
        explanation=row.explanation,
    )


async def _worked_out(session: AsyncSession, unit: Department, as_of: datetime) -> Figures:
    """Return what the score was at an instant; a grade has no past, so there is none."""
    rules = await book_at(session, as_of)
    scored = await score_all(session, as_of, rules=rules)
    one = next((one for one in scored if one.department.id == unit.id), None)
    if one is None:
        raise DepartmentNotFound(department=unit.code)
    interval = one.score.interval
    return Figures(
        department=one.department.code,
        name=one.department.name,
        name_en=one.department.name_en,
        peer_group=one.department.peer_group,
        period=None,
        revision=None,
        is_published=False,
        as_of=as_of,
        window=rolling(as_of, rules.book),
        formula=one.score.formula,
        rule_version=one.rule_version,
        score=one.score.score,
        performance=one.score.performance,
        ledger=one.score.ledger,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        n=one.score.n,
        band=one.place.band,
        rank=one.place.rank,
        grade=None,
        grade_before=None,
        grade_reasons=(),
        is_trial=one.score.n < rules.book.grades.least_n,
        input_digest=one.digest,
        explanation=explanation_of(one.score),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """Which work a figure was counted from, and up to when it was known."""

    since: datetime
    until: datetime
    as_of: datetime


async def window_behind(
    session: AsyncSession,
    principal: Principal,
    department_id: int,
    *,
    period: str | None,
    as_of: datetime | None,
    now: datetime,
) -> Seen:
    """Return which work is behind a department's figures of a period, an instant, or the last night.

    Raises:
        InvalidPeriod: the words name no period.
        PeriodNotFrozen: there is nothing for him to see of it.
    """
    if period is not None:
        row = await find_period(session, principal, period)
        made = await session.get_one(PeriodRevision, (row.key, row.revision))
        return Seen(row.since, row.until, made.as_of)
    if as_of is None:
        live = await _last_night(session, department_id)
        as_of = live.as_of if live else now
    window = rolling(as_of, (await book_at(session, as_of)).book)
    return Seen(window.since, window.until, as_of)


def _for_the_public(figures: Figures) -> Figures:
    """Leave out what is never displayed: events of the lightest class."""
    entries = [
        one for one in figures.explanation.get("entries", ()) if one["severity"] not in _NOT_SHOWN
    ]
    return replace(figures, explanation={**figures.explanation, "entries": entries})


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRow:
    """A department's place among its peers."""

    department: str
    name: str
    name_en: str
    peer_group: str | None
    n: int
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    band: int | None
    rank: int | None
    grade: str | None
    is_trial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Everybody's places at one time, each peer group by itself.

    Attributes:
        period: None for the last night.
        rows: by peer group and rank; who is not ranked comes last.
    """

    period: str | None
    revision: int | None
    is_published: bool
    rows: Sequence[RankingRow]


async def read_ranking(
    session: AsyncSession,
    principal: Principal,
    *,
    period: str | None = None,
    peer_group: str | None = None,
) -> Ranking:
    """Return a ranking: the hotline may see any, all others what is published.

    Without a period the hotline sees the last night, all others the newest published month or quarter.

    Raises:
        InvalidPeriod: the words name no period.
        PeriodNotFrozen: there is nothing for him to see of it.
    """
    if period is None and principal.sees_every_ticket:
        return Ranking(
            period=None,
            revision=None,
            is_published=False,
            rows=await _places_of_night(session, peer_group),
        )
    row = await _ranked_period(session, principal, period)
    if row is None:
        return Ranking(period=None, revision=None, is_published=False, rows=())
    revision = row.revision if principal.sees_every_ticket else row.published_revision
    return Ranking(
        period=row.key,
        revision=revision,
        is_published=row.published_revision == revision,
        rows=await _places_of_period(session, row.key, revision or 0, peer_group),
    )


async def _ranked_period(
    session: AsyncSession, principal: Principal, text: str | None
) -> CreditPeriod | None:
    if text is None:
        query = select(CreditPeriod).where(
            CreditPeriod.state == PeriodState.PUBLISHED, CreditPeriod.kind != PeriodKind.YEAR
        )
        newest = query.order_by(col(CreditPeriod.until).desc(), col(CreditPeriod.key)).limit(1)
        return (await session.exec(newest)).first()
    row = await session.get(CreditPeriod, str(Period.parse(text)))
    is_seen = row is not None and (
        principal.sees_every_ticket or row.published_revision is not None
    )
    if not is_seen:
        raise PeriodNotFrozen(period=text)
    return row


_OF_PERIOD = sa.text(
    "SELECT department_code AS department, department_name AS name, department_name_en AS name_en, "
    "peer_group, n, score, low, high, band, rank, grade, is_trial FROM credit_period_scores "
    "WHERE period = :period AND revision = :revision "
    "AND (CAST(:peer_group AS varchar) IS NULL OR peer_group = :peer_group) "
    "AND (is_active OR n > 0) "
    "ORDER BY peer_group NULLS LAST, rank NULLS LAST, score DESC NULLS LAST, department_code"
)
_OF_NIGHT = sa.text(
    "SELECT d.code AS department, d.name, d.name_en, s.peer_group, s.n, s.score, s.low, s.high, "
    "s.band, s.rank, s.grade, s.is_trial FROM credit_scores s "
    "JOIN departments d ON d.id = s.department_id "
    "WHERE s.day = (SELECT max(day) FROM credit_scores) "
    "AND (CAST(:peer_group AS varchar) IS NULL OR s.peer_group = :peer_group) "
    "AND (d.is_active OR s.n > 0) "
    "ORDER BY s.peer_group NULLS LAST, s.rank NULLS LAST, s.score DESC NULLS LAST, d.code"
)


async def _places_of_period(
    session: AsyncSession, key: str, revision: int, peer_group: str | None
) -> Sequence[RankingRow]:
    rows = await session.exec(  # type: ignore[call-overload]
        _OF_PERIOD, params={"period": key, "revision": revision, "peer_group": peer_group}
    )
    return [RankingRow(**row) for row in rows.mappings()]


async def _places_of_night(session: AsyncSession, peer_group: str | None) -> Sequence[RankingRow]:
    rows = await session.exec(_OF_NIGHT, params={"peer_group": peer_group})  # type: ignore[call-overload]
    return [RankingRow(**row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A frozen period as it is listed.

    Attributes:
        objections: how many open objections hold its publication up.
    """

    period: CreditPeriod
    objections: int


async def read_periods(
    session: AsyncSession, principal: Principal, kind: PeriodKind | None = None
) -> Sequence[PeriodRow]:
    """Return the periods that somebody may see something of, the newest first."""
    held_up = await objections_holding_up(session)
    return [
        PeriodRow(row, held_up.get(row.key, 0))
        for row in await list_periods(session, kind)
        if row.state is PeriodState.PUBLISHED or sees_frozen(principal)
    ]


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What a revision changed of one department."""

    department: str
    before: PeriodScore
    after: PeriodScore


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A revision with what it changed."""

    revision: PeriodRevision
    changes: Sequence[ScoreChange]


async def read_revisions(
    session: AsyncSession, principal: Principal, text: str
) -> Sequence[RevisionRow]:
    """Return the revisions of a period that somebody may see, each with what it changed, oldest first.

    A department sees what was changed of itself; observers see what is published.

    Raises:
        InvalidPeriod: the words name no period.
        PeriodNotFrozen: it is not frozen, or not for him.
    """
    period = await find_period(session, principal, text)
    most = period.revision if sees_frozen(principal) else period.published_revision
    revisions = await session.exec(
        select(PeriodRevision)
        .where(PeriodRevision.period == period.key, col(PeriodRevision.revision) <= most)
        .order_by(col(PeriodRevision.revision))
    )
    own = principal.department_id if principal.is_department else None
    found: list[RevisionRow] = []
    before: Mapping[int, PeriodScore] = {}
    for revision in revisions.all():
        rows = await scores_of(session, period.key, revision.revision, department_id=own)
        after = {row.department_id: row for row in rows}
        found.append(RevisionRow(revision, _changes(before, after)))
        before = after
    return found


_COMPARED = ("score", "performance", "ledger", "n", "band", "rank", "grade", "input_digest")


def _changes(
    before: Mapping[int, PeriodScore], after: Mapping[int, PeriodScore]
) -> Sequence[ScoreChange]:
    return [
        ScoreChange(row.department_code, before[unit], row)
        for unit, row in after.items()
        if unit in before
        and any(getattr(before[unit], name) != getattr(row, name) for name in _COMPARED)
    ]
