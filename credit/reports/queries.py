"""Reading reports, and reading what they are made of."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.codec import book_from_json
from credit.ledger import Measure
from credit.models import RuleBookVersion
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore
from credit.periods import Period, PeriodKind
from credit.published import scores_of
from credit.reports.codec import content_from_json
from credit.reports.composing import Frozen, Named, RateCount, trend_months
from credit.reports.content import (
    EntryLine,
    IndicatorLine,
    Name,
    ReportContent,
    UnitLine,
    YearParts,
)
from credit.reports.errors import ReportNotFound
from credit.reports.models import FileForm, Report, ReportFile, ReportText
from credit.reports.rules import ReportState
from credit.rulebook import Indicator, RuleBook, Severity
from credit.statistics import Rate
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_departments, list_peer_groups, users_by_id
from hotline.tickets.catalogue import list_categories

_TICK = timedelta(microseconds=1)

# -- what a report is made of ------------------------------------------------------------------

_RATES = sa.text(
    "SELECT s.key, o.measure, sum(o.k), sum(o.n) "
    "FROM unnest(CAST(:keys AS text[]), CAST(:sinces AS timestamptz[]), "
    "CAST(:ends AS timestamptz[])) AS s(key, since, until) "
    "JOIN credit_observations o ON o.finished_at >= s.since AND o.finished_at < s.until "
    "WHERE o.recorded_at <= :as_of AND o.measure IN ('contact', 'resolved', 'satisfied') "
    "GROUP BY s.key, o.measure"
)


async def read_frozen(session: AsyncSession, found: CreditPeriod) -> Frozen:
    """Return the newest revision of a frozen period."""
    revision = await session.get_one(PeriodRevision, (found.key, found.revision))
    version = await session.get_one(RuleBookVersion, revision.rule_version)
    book = book_from_json(version.book)
    period = Period.parse(found.key)
    day = (period.until - _TICK).astimezone(SHANGHAI).date()
    return Frozen(
        period=period,
        revision=found.revision,
        as_of=revision.as_of,
        formula=revision.formula,
        rule_version=revision.rule_version,
        scores_digest=revision.result_digest.hex(),
        least_ranked_n=book.least_ranked_n,
        weighings=book.weighings,
        units=[
            unit_line(row, book, day) for row in await scores_of(session, found.key, found.revision)
        ],
    )


async def count_rates(session: AsyncSession, frozen: Frozen) -> list[RateCount]:
    """Return the three rates of a period, of the one before it and of the months of its trend.

    What was recorded after the scores had been frozen is not known, so that the figures agree.
    """
    period = frozen.period
    spans = {str(one): one for one in (period, period.before, *trend_months(period))}
    rows: Any = await session.exec(  # type: ignore[call-overload]
        _RATES,
        params={
            "keys": list(spans),
            "sinces": [one.since for one in spans.values()],
            "ends": [one.until for one in spans.values()],
            "as_of": frozen.as_of,
        },
    )
    return [RateCount(key, Measure(measure), Rate(k, n)) for key, measure, k, n in rows if n]


async def read_names(session: AsyncSession) -> Named:
    """Return the names that stand today."""
    units = await list_departments(session)
    house = next((one for one in units if one.is_hotline), None)
    return Named(
        issuer=Name(house.code, house.name, house.name_en) if house else Name("", "", ""),
        departments={
            one.id: Name(one.code, one.name, one.name_en) for one in units if not one.is_hotline
        },
        categories={
            one.code: Name(one.code, one.name, one.name_en)
            for one in await list_categories(session)
        },
        groups=[Name(one.code, one.name, one.name_en) for one in await list_peer_groups(session)],
    )


def unit_line(row: PeriodScore, book: RuleBook, day: date) -> UnitLine:
    """Return a frozen score as a line of a report."""
    told: Mapping[str, Any] = row.explanation
    return UnitLine(
        unit=Name(row.department_code, row.department_name, row.department_name_en),
        peer_group=row.peer_group,
        score=row.score,
        performance=row.performance,
        ledger=row.ledger,
        low=row.low,
        high=row.high,
        n=row.n,
        band=row.band,
        rank=row.rank,
        is_small=row.n < book.least_ranked_n,
        severe=row.severe,
        grade=row.grade,
        grade_before=row.grade_before,
        is_trial=row.is_trial,
        observed=row.observed,
        expected=row.expected,
        indicators=tuple(_indicator(one) for one in told.get("indicators", ())),
        entries=tuple(
            line
            for one in told.get("entries", ())
            if one["counts"]
            for line in (_entry(one),)
            if is_shown(line, book, day)
        ),
        year=_year(told.get("year")),
    )


def _year(told: Mapping[str, Any] | None) -> YearParts | None:
    if told is None:
        return None
    return YearParts(
        _decimal(told["quarters"]), _decimal(told["ledger_part"]), _decimal(told["survey"])
    )


def is_shown(entry: EntryLine, book: RuleBook, day: date) -> bool:
    """Tell whether an event that counts is shown publicly on a day, by its class and age."""
    decay = book.decays.get(entry.severity)
    if decay is None or decay.shown_days is None:
        return False
    return 0 <= (day - entry.confirmed_on).days < decay.shown_days[1]


def _indicator(told: Mapping[str, Any]) -> IndicatorLine:
    return IndicatorLine(
        Indicator(told["indicator"]),
        Decimal(told["k"]),
        told["n"],
        _decimal(told["raw"]),
        _decimal(told["shrunk"]),
        _decimal(told["low"]) if told["n"] else None,
        _decimal(told["high"]) if told["n"] else None,
        _decimal(told["points"]),
    )


def _entry(told: Mapping[str, Any]) -> EntryLine:
    return EntryLine(
        told["code"],
        Severity(told["severity"]),
        date.fromisoformat(told["confirmed_on"]),
        Decimal(told["value"]),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


# -- reports -----------------------------------------------------------------------------------


def writes_reports(principal: Principal) -> bool:
    """Tell whether somebody writes, signs and publishes reports."""
    return Permission.PUBLISH_BULLETIN in principal.permissions


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a report exists for this person.

    The hotline's people see all; everybody else what was signed and published, also when it was
    withdrawn afterwards.
    """
    if principal.sees_every_ticket:
        return sa.true()
    if Permission.READ_CREDIT in principal.permissions:
        return col(Report.published_at).is_not(None)
    return sa.false()


_NEVER_SIGNED = sa.and_(col(Report.state) == ReportState.WITHDRAWN, col(Report.signed_at).is_(None))
"""A draft that gave way to another one: kept, and in nobody's way."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report in a list.

    Attributes:
        newest: the newest revision of its period.
    """

    report: Report
    newest: int

    @property
    def is_outdated(self) -> bool:
        """Tell whether the period was frozen anew since."""
        return self.report.state is not ReportState.WITHDRAWN and self.report.revision < self.newest


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """A report with its words and the names of those who stand behind it.

    Attributes:
        texts: every version of the words, the newest first.
        names: of accounts, by id.
        replaced: number or id of the report that it takes the place of.
    """

    report: Report
    newest: int
    content: ReportContent
    texts: Sequence[ReportText]
    names: Mapping[uuid.UUID, str]
    replaced: str | None

    @property
    def is_outdated(self) -> bool:
        """Tell whether the period was frozen anew since."""
        return ReportRow(self.report, self.newest).is_outdated


async def list_reports(
    session: AsyncSession,
    principal: Principal,
    *,
    kind: PeriodKind | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ReportRow]:
    """Return a page of the reports that this person may read, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = (
        select(Report, CreditPeriod.revision)
        .join(CreditPeriod, col(CreditPeriod.key) == col(Report.period))
        .options(sa.orm.defer(Report.content))  # type: ignore[arg-type]  # a column of the table
        .where(readable(principal), ~_NEVER_SIGNED)
    )
    if kind is not None:
        statement = statement.where(Report.kind == kind)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Report.drafted_at), col(Report.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = (
        await session.exec(
            statement.order_by(col(Report.drafted_at).desc(), col(Report.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    found = [ReportRow(report, newest) for report, newest in rows]
    return page_of(found, limit, lambda row: (row.report.drafted_at, row.report.id))


async def read_report(session: AsyncSession, principal: Principal, name: str) -> ReportDetail:
    """Return a report by its number, or by its id while it has none.

    Raises:
        ReportNotFound: there is none for him.
    """
    row = (
        await session.exec(
            select(Report, CreditPeriod.revision)
            .join(CreditPeriod, col(CreditPeriod.key) == col(Report.period))
            .where(named(name), readable(principal))
        )
    ).first()
    if row is None:
        raise ReportNotFound
    report, newest = row
    texts = (
        await session.exec(
            select(ReportText)
            .where(ReportText.report_id == report.id)
            .order_by(col(ReportText.version).desc())
        )
    ).all()
    people = {report.drafted_by, report.signed_by, report.published_by, report.withdrawn_by}
    users = await users_by_id(session, people | {text.written_by for text in texts})
    return ReportDetail(
        report,
        newest,
        content_from_json(report.content),
        texts,
        {key: user.display_name for key, user in users.items()},
        await _replaced(session, report),
    )


async def _replaced(session: AsyncSession, report: Report) -> str | None:
    if report.replaces_id is None:
        return None
    number = await session.exec(select(Report.number).where(Report.id == report.replaces_id))
    return number.one() or str(report.replaces_id)


def named(name: str) -> sa.ColumnElement[bool]:
    """Return the condition that a report is the one of this number or id."""
    try:
        return col(Report.id) == uuid.UUID(name)
    except ValueError:
        return col(Report.number) == name


async def signed_file(session: AsyncSession, report_id: uuid.UUID, form: FileForm) -> bytes | None:
    """Return a file as it was signed; None while the report is not."""
    return (
        await session.exec(
            select(ReportFile.body).where(
                ReportFile.report_id == report_id, ReportFile.form == form
            )
        )
    ).first()


async def living_report(session: AsyncSession, key: str) -> Report | None:
    """Return the report of a period that was not withdrawn."""
    return (
        await session.exec(
            select(Report).where(Report.period == key, Report.state != ReportState.WITHDRAWN)
        )
    ).first()
