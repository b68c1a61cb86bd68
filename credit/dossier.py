"""One department's credit as its page shows it: scores, peers, ledger, periods, what waits.

A fixed number of statements; scores and explanations were stored when they were made.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.ledger import EntryState
from credit.models import LiveScore
from credit.period_models import PeriodState
from credit.periods import Period, PeriodKind
from credit.rulebook import Grade, Severity
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import InvalidCursor, Page, decode_cursor, encode_cursor
from hotline.people.principal import Principal

TREND_DAYS = 180
COMPARED_DAYS = 30
"""A live score is held against the one of so many days before."""

MOST_PERIODS = 36
MOST_WAITING = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A score with its explanation: of a night, or of a frozen period.

    Attributes:
        day: as of which the ledger was weighed.
        period: the period's name; None for the live score.
        state: how far the period has come; None for the live score.
        by_score: what the score alone says; None where that was not kept.
        before: the grade before it, that the change was judged by.
    """

    day: date
    as_of: datetime
    score: Decimal | None
    performance: Decimal | None
    ledger: Decimal
    low: Decimal | None
    high: Decimal | None
    n: int
    band: int | None
    rank: int | None
    peer_group: str | None
    grade: Grade | None
    is_trial: bool
    rule_version: int
    formula: str
    digest: bytes
    explanation: Mapping[str, Any]
    period: str | None = None
    revision: int | None = None
    state: PeriodState | None = None
    by_score: Grade | None = None
    before: Grade | None = None
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A score of the past."""

    day: date
    score: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A frozen period as one line of a department's history."""

    key: str
    kind: PeriodKind
    state: PeriodState
    until: datetime
    notice_until: datetime | None
    revision: int
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int
    band: int | None
    grade: Grade | None
    grade_before: Grade | None
    is_trial: bool


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Which entries a list is to show; an empty part asks for nothing."""

    state: tuple[EntryState, ...] = ()
    severity: tuple[Severity, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """An entry and where it stands.

    Attributes:
        changed_at: since when it stands there.
        in_force_at: when it came into force; None when it never did.
    """

    id: uuid.UUID
    code: str
    severity: Severity
    points: Decimal
    rule_version: int
    ticket_number: str | None
    document: str | None
    occurred_at: datetime
    recorded_at: datetime
    is_reversal: bool
    state: EntryState
    changed_at: datetime
    in_force_at: datetime | None


async def newest_score(session: AsyncSession, department_id: int) -> Shown | None:
    """Return a department's newest live score."""
    row = (
        await session.exec(
            select(LiveScore)
            .where(LiveScore.department_id == department_id)
            .order_by(col(LiveScore.day).desc())
            .limit(1)
        )
    ).first()
    if row is None:
        return None
    return Shown(
        day=row.day,
        as_of=row.as_of,
        score=row.score,
        performance=row.performance,
        ledger=row.ledger,
        low=row.low,
        high=row.high,
        n=row.n,
        band=row.band,
        rank=row.rank,
        peer_group=row.peer_group,
        grade=row.grade,
        is_trial=row.is_trial,
        rule_version=row.rule_version,
        formula=row.formula,
        digest=row.input_digest,
        explanation=row.explanation,
    )


_TREND = sa.text(
    "SELECT day, score, low, high FROM credit_scores WHERE department_id = :department_id "
    "AND day > :since AND day <= :until AND score IS NOT NULL ORDER BY day"
)


async def trend_of(session: AsyncSession, department_id: int, until: date) -> Sequence[TrendPoint]:
    """Return a department's live scores of the last half year, the oldest first."""
    rows = await _rows(
        session,
        _TREND,
        department_id=department_id,
        since=until - timedelta(days=TREND_DAYS),
        until=until,
    )
    return [TrendPoint(row.day, row.score, row.low, row.high) for row in rows]


_PERIODS = sa.text(
    "SELECT p.key, p.kind, p.state, p.until, p.notice_until, s.revision, s.score, s.low, s.high, s.n, "
    "s.band, s.grade, s.grade_before, s.is_trial FROM credit_periods p "
    "JOIN credit_period_scores s ON s.period = p.key AND s.department_id = :department_id "
    "AND s.revision = CASE WHEN :inside OR p.state = 'notice' THEN p.revision "
    "ELSE p.published_revision END "
    "ORDER BY p.until DESC, p.key LIMIT :most"
)
"""A department sees its own result as soon as it is shown for objections, the hotline at once."""


async def periods_of(
    session: AsyncSession, principal: Principal, department_id: int
) -> Sequence[PeriodLine]:
    """Return a department's frozen periods as far as a person may see them, the newest first."""
    rows = await _rows(
        session,
        _PERIODS,
        department_id=department_id,
        inside=principal.sees_every_ticket,
        most=MOST_PERIODS,
    )
    return [
        PeriodLine(
            row.key,
            PeriodKind(row.kind),
            PeriodState(row.state),
            row.until,
            row.notice_until,
            row.revision,
            row.score,
            row.low,
            row.high,
            row.n,
            row.band,
            _grade(row.grade),
            _grade(row.grade_before),
            row.is_trial,
        )
        for row in rows
    ]


_SHOWN = sa.text(
    "SELECT s.*, r.as_of, r.rule_version, r.formula FROM credit_period_scores s "
    "JOIN credit_period_revisions r ON r.period = s.period AND r.revision = s.revision "
    "WHERE s.period = :key AND s.revision = :revision AND s.department_id = :department_id"
).columns(explanation=JSONB, grade_reasons=JSONB)


async def period_score(session: AsyncSession, department_id: int, line: PeriodLine) -> Shown | None:
    """Return a department's score of a period with its explanation."""
    rows = await _rows(
        session, _SHOWN, key=line.key, revision=line.revision, department_id=department_id
    )
    if not rows:
        return None
    row = rows[0]
    return Shown(
        day=(line.until - timedelta(microseconds=1)).astimezone(SHANGHAI).date(),
        as_of=row.as_of,
        score=row.score,
        performance=row.performance,
        ledger=row.ledger,
        low=row.low,
        high=row.high,
        n=row.n,
        band=row.band,
        rank=row.rank,
        peer_group=row.peer_group,
        grade=_grade(row.grade),
        is_trial=row.is_trial,
        rule_version=row.rule_version,
        formula=row.formula,
        digest=row.input_digest,
        explanation=row.explanation,
        period=line.key,
        revision=line.revision,
        state=line.state,
        by_score=_grade(row.grade_by_score),
        before=_grade(row.grade_before),
        reasons=row.grade_reasons,
    )


_PEERS_LIVE = sa.text(
    "SELECT s.ledger, s.explanation->'indicators' AS indicators FROM credit_scores s "
    "WHERE s.day = :day AND s.peer_group = :peer_group AND s.score IS NOT NULL"
).columns(indicators=JSONB)
_PEERS = sa.text(
    "SELECT s.ledger, s.explanation->'indicators' AS indicators FROM credit_period_scores s "
    "WHERE s.period = :period AND s.revision = :revision AND s.peer_group = :peer_group "
    "AND s.score IS NOT NULL"
).columns(indicators=JSONB)
_BEFORE_LIVE = sa.text(
    "SELECT s.ledger, s.explanation->'indicators' AS indicators, s.day::text AS said "
    "FROM credit_scores s WHERE s.department_id = :department_id AND s.day <= :day "
    "AND s.score IS NOT NULL ORDER BY s.day DESC LIMIT 1"
).columns(indicators=JSONB)
_BEFORE = sa.text(
    "SELECT s.ledger, s.explanation->'indicators' AS indicators, s.period AS said "
    "FROM credit_period_scores s JOIN credit_periods p ON p.key = s.period "
    "AND s.revision = CASE WHEN :inside THEN p.revision ELSE p.published_revision END "
    "WHERE s.department_id = :department_id AND s.period = :period AND s.score IS NOT NULL"
).columns(indicators=JSONB)


@dataclass(frozen=True, slots=True)
class Compared:
    """A score's parts, of somebody or some time that it is compared with.

    Attributes:
        lines: of the indicators, as an explanation has them.
        said: which day or period; nothing for peers.
    """

    ledger: Decimal
    lines: Sequence[Mapping[str, Any]]
    said: str = ""


async def peers_of(session: AsyncSession, shown: Shown) -> Sequence[Compared]:
    """Return the parts of everybody's score in a score's peer group, its own among them."""
    if shown.peer_group is None:
        return ()
    if shown.period is None:
        rows = await _rows(session, _PEERS_LIVE, day=shown.day, peer_group=shown.peer_group)
    else:
        rows = await _rows(
            session,
            _PEERS,
            period=shown.period,
            revision=shown.revision,
            peer_group=shown.peer_group,
        )
    return [Compared(row.ledger, row.indicators or ()) for row in rows]


async def before_of(
    session: AsyncSession, principal: Principal, department_id: int, shown: Shown
) -> Compared | None:
    """Return the parts of the score a month before a live one, or of the period before."""
    if shown.period is None:
        rows = await _rows(
            session,
            _BEFORE_LIVE,
            department_id=department_id,
            day=shown.day - timedelta(days=COMPARED_DAYS),
        )
    else:
        rows = await _rows(
            session,
            _BEFORE,
            department_id=department_id,
            period=str(Period.parse(shown.period).before),
            inside=principal.sees_every_ticket,
        )
    return Compared(rows[0].ledger, rows[0].indicators or (), rows[0].said) if rows else None


_LEDGER = sa.text(
    "SELECT e.id, e.code, e.severity, e.points, e.rule_version, e.ticket_number, e.document, "
    "e.occurred_at, e.recorded_at, e.reverses_id IS NOT NULL AS is_reversal, last.state, "
    "last.changed_at, forced.at AS in_force_at FROM credit_entries e "
    "JOIN LATERAL (SELECT c.state, c.changed_at FROM credit_entry_changes c "
    "WHERE c.entry_id = e.id ORDER BY c.seq DESC LIMIT 1) last ON true "
    "JOIN LATERAL (SELECT min(c.changed_at) AS at FROM credit_entry_changes c "
    "WHERE c.entry_id = e.id AND c.state = 'in_force') forced ON true "
    "WHERE e.department_id = :department_id "
    "AND (:any_state OR last.state = ANY(:states)) AND (:any_class OR e.severity = ANY(:classes)) "
    "AND (:is_first OR (e.recorded_at, e.id) < (:recorded_at, :id)) "
    "ORDER BY e.recorded_at DESC, e.id DESC LIMIT :most"
).bindparams(
    sa.bindparam("states", type_=ARRAY(sa.String)),
    sa.bindparam("classes", type_=ARRAY(sa.String)),
    sa.bindparam("recorded_at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("id", type_=sa.Uuid),
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def ledger_of(
    session: AsyncSession,
    department_id: int,
    wanted: LedgerFilter,
    *,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[LedgerLine]:
    """Return a department's entries, the newest first, each with where it stands."""
    after = decode_cursor(cursor, 2) if cursor else None
    rows = await _rows(
        session,
        _LEDGER,
        department_id=department_id,
        any_state=not wanted.state,
        states=[one.value for one in wanted.state],
        any_class=not wanted.severity,
        classes=[one.value for one in wanted.severity],
        is_first=after is None,
        recorded_at=_instant(after[0]) if after else _EPOCH,
        id=_uuid(after[1]) if after else uuid.UUID(int=0),
        most=limit + 1,
    )
    lines = [_ledger_line(row) for row in rows[:limit]]
    last = lines[-1] if len(rows) > limit else None
    return Page(lines, encode_cursor(last.recorded_at.isoformat(), str(last.id)) if last else None)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise InvalidCursor from error


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidCursor from error


def _ledger_line(row: Any) -> LedgerLine:  # noqa: ANN401  # a row of a statement
    return LedgerLine(
        id=row.id,
        code=row.code,
        severity=Severity(row.severity),
        points=row.points,
        rule_version=row.rule_version,
        ticket_number=row.ticket_number,
        document=row.document,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        is_reversal=row.is_reversal,
        state=EntryState(row.state),
        changed_at=row.changed_at,
        in_force_at=row.in_force_at,
    )


_TICKETS = sa.text(
    "SELECT id::text AS id, ticket_number FROM credit_entries "
    "WHERE id = ANY(:ids) AND ticket_number IS NOT NULL"
).bindparams(sa.bindparam("ids", type_=ARRAY(sa.Uuid)))


async def tickets_weighed(session: AsyncSession, shown: Shown) -> Mapping[str, str]:
    """Return the tickets of the events that weigh in a score, by the event's id."""
    ids = [uuid.UUID(line["id"]) for line in shown.explanation.get("entries", ())]
    rows = await _rows(session, _TICKETS, ids=ids)
    return {row.id: row.ticket_number for row in rows}


async def waiting_of(session: AsyncSession, department_id: int) -> Sequence[LedgerLine]:
    """Return what does not count yet: provisional entries and those that are objected to."""
    found = await ledger_of(
        session,
        department_id,
        LedgerFilter((EntryState.PROVISIONAL, EntryState.OBJECTED)),
        limit=MOST_WAITING,
    )
    return found.items


def _grade(text: str | None) -> Grade | None:
    return Grade(text) if text else None


async def _rows(session: AsyncSession, statement: Executable, **params: object) -> Sequence[Any]:
    rows: Sequence[Any] = (await session.exec(statement, params=params)).all()  # type: ignore[call-overload]
    return rows
