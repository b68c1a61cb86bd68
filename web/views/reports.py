"""Reports of credit, as they are shown."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from credit.periods import PeriodKind
from credit.reports.content import ReportContent
from credit.reports.models import Report, ReportText
from credit.reports.queries import ReportDetail, ReportRow
from credit.reports.rules import ReportState
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.supervision.figures.values import Dimension
from web.i18n import Translator
from web.reports.summary import Section, sections_of
from web.reports.tables import Cell, Column, TableOf, Value, rate_words, shown, tables_of
from web.reports.word import basis_words
from web.reports.words import name_of, title_of
from web.views.report_charts import Scored, Trend, Whiskers, trend, whiskers


def name_in_path(report: Report) -> str:
    """Return what a report is called in an address: its number, or its id while it has none."""
    return report.number or str(report.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """A report in a list."""

    href: str
    title: str
    number: str | None
    kind: PeriodKind
    state: ReportState
    revision: int
    at: datetime
    due_on: date
    is_late: bool
    is_outdated: bool


def report_line(row: ReportRow, t: Translator, now: datetime) -> ReportLine:
    """Return a report as a line."""
    one = row.report
    waits = one.state in {ReportState.DRAFT, ReportState.SIGNED}
    return ReportLine(
        href=f"/credit/reports/{name_in_path(one)}",
        title=title_of(one.period, t),
        number=one.number,
        kind=one.kind,
        state=one.state,
        revision=one.revision,
        at=one.published_at or one.signed_at or one.drafted_at,
        due_on=one.due_on,
        is_late=waits and one.due_on < now.astimezone(SHANGHAI).date(),
        is_outdated=row.is_outdated,
    )


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A value as it is read, and the list behind it if there is one that its reader may open."""

    text: str
    href: str | None
    is_number: bool


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as it is drawn."""

    code: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[ShownCell]]


@dataclass(frozen=True, slots=True)
class GroupChart:
    """Scores of one peer group."""

    code: str
    title: str
    chart: Whiskers


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report in full.

    Attributes:
        steps: what was done with it, by whom and when, as message id, name, instant.
        texts: earlier versions of its words, for whoever works in the hotline.
    """

    path: str
    title: str
    issuer: str
    number: str | None
    kind: PeriodKind
    state: ReportState
    version: int
    period: str
    revision: int
    is_outdated: bool
    is_shown: bool
    withdraw_reason: str | None
    replaced: str | None
    preface: str
    comment: str
    sections: Sequence[Section]
    tables: Mapping[str, ShownTable]
    rankings: Sequence[ShownTable]
    groups: Mapping[str, GroupChart]
    trend: Trend
    trend_table: ShownTable
    slowest: Sequence[tuple[str, str, str]]
    definitions: Sequence[Column]
    basis: str
    digest: str
    steps: Sequence[tuple[str, str, datetime]]
    texts: Sequence[tuple[ReportText, str]]


def is_shown(report: Report, reader: Principal) -> bool:
    """Tell whether what a report says is shown: one that was withdrawn only inside the hotline."""
    return report.state is not ReportState.WITHDRAWN or reader.sees_every_ticket


def report_view(
    detail: ReportDetail, reader: Principal, t: Translator, routes: Collection[str]
) -> ReportView:
    """Return a report as this reader sees it.

    Args:
        detail: the report.
        reader: who reads it.
        t: his language.
        routes: what the application answers, for lists behind figures.
    """
    one, content = detail.report, detail.content
    is_inside = reader.sees_every_ticket
    lead = _leading(content, routes, reader)
    tables = [_shown(table, lead) for table in tables_of(content, t)]
    text = detail.texts[0] if detail.texts else None
    return ReportView(
        path=f"/credit/reports/{name_in_path(one)}",
        title=title_of(one.period, t),
        issuer=name_of(content.issuer, t),
        number=one.number,
        kind=one.kind,
        state=one.state,
        version=one.version,
        period=one.period,
        revision=one.revision,
        is_outdated=detail.is_outdated,
        is_shown=is_shown(one, reader),
        withdraw_reason=one.withdraw_reason,
        replaced=detail.replaced if is_inside else None,
        preface=text.preface if text else "",
        comment=text.comment if text else "",
        sections=sections_of(content, t),
        tables={table.code: table for table in tables},
        rankings=[table for table in tables if table.code.startswith("ranking-")],
        groups=_groups(content, t),
        trend=_trend(content, t),
        trend_table=_trend_table(content, t),
        slowest=[
            (line.number, name_of(line.unit, t), t.duration(line.seconds))
            for line in (content.slowest if is_inside else ())
        ],
        definitions=_definitions(tables),
        basis=basis_words(content, t),
        digest=one.digest.hex(),
        steps=_steps(detail, t, is_inside=is_inside),
        texts=[
            (version, detail.names.get(version.written_by, "") if version.written_by else "")
            for version in (detail.texts[1:] if is_inside else ())
        ],
    )


Lead = Callable[[str, str, str], str | None]
"""Takes a table's code, a figure and a line's key; returns where the list behind it is."""


def _leading(content: ReportContent, routes: Collection[str], reader: Principal) -> Lead:
    """Return what finds the list behind a figure: nothing for whoever may not open it."""
    is_inside = reader.sees_every_ticket
    first = content.since.astimezone(SHANGHAI).date()
    last = (content.until - timedelta(days=1)).astimezone(SHANGHAI).date()

    def lead(table: str, figure: str, key: str) -> str | None:
        if figure == "department" and table.startswith("ranking-"):
            known = "/credit/departments/{code:str}" in routes
            return f"/credit/departments/{key}" if known and is_inside else None
        if not is_inside or not key:
            return None
        if figure == "count" and table in {Dimension.CATEGORY.value, "hot"}:
            span = {"created_from": first.isoformat(), "created_to": last.isoformat()}
            return f"/tickets?{urlencode({'category': key, **span})}"
        if (
            table == "process"
            and figure == "rated"
            and Permission.READ_VISITS in reader.permissions
        ):
            span = {"from": first.isoformat(), "to": last.isoformat()}
            return f"/visits/answers?{urlencode({'only': 'rated', 'department': key, **span})}"
        return None

    return lead


def _shown(table: TableOf, lead: Lead) -> ShownTable:
    return ShownTable(
        table.code,
        table.title,
        table.columns,
        [
            [
                ShownCell(
                    shown(value, column.cell),
                    lead(table.code, column.figure, row.key) if value else None,
                    is_number=column.cell is not Cell.TEXT,
                )
                for column, value in zip(table.columns, row.values, strict=True)
            ]
            for row in table.rows
        ],
    )


def _groups(content: ReportContent, t: Translator) -> Mapping[str, GroupChart]:
    """Return the charts of the peer groups in which anybody has a score."""
    names = {one.code: name_of(one, t) for one in content.groups}
    found: dict[str, list[Any]] = {}
    for one in content.units:
        if one.score is not None and one.low is not None and one.high is not None:
            found.setdefault(one.peer_group or "", []).append(one)
    charts = {}
    for code, units in found.items():
        units.sort(key=lambda one: (one.band is None, one.band or 0, -one.score, one.unit.code))
        chart = whiskers(
            [
                Scored(
                    name_of(one.unit, t),
                    float(one.score),
                    float(one.low),
                    float(one.high),
                    one.band,
                    one.is_small,
                )
                for one in units
            ]
        )
        key = f"ranking-{code}"
        charts[key] = GroupChart(key, names.get(code, code), chart)
    return charts


def _months(content: ReportContent) -> list[str]:
    return sorted({point.month for point in content.trend})


_LOOKS = {"contact": "solid", "resolved": "dashed", "satisfied": "dotted"}


def _trend(content: ReportContent, t: Translator) -> Trend:
    months = _months(content)
    known = {(point.measure.value, point.month): point.raw for point in content.trend}
    return trend(
        months,
        [
            (rate_words(measure, t), look, [known.get((measure, month)) for month in months])
            for measure, look in _LOOKS.items()
        ],
    )


def _trend_table(content: ReportContent, t: Translator) -> ShownTable:
    known = {(point.measure.value, point.month): point for point in content.trend}
    columns = [
        Column("month", t.text(N_("Month")), "", Cell.TEXT),
        *(Column(measure, rate_words(measure, t), "", Cell.SHARE) for measure in _LOOKS),
    ]
    rows = []
    for month in _months(content):
        values: list[Value] = [month]
        values += [known[(measure, month)].raw for measure in _LOOKS]
        rows.append(
            [
                ShownCell(shown(value, column.cell), None, is_number=column.cell is not Cell.TEXT)
                for column, value in zip(columns, values, strict=True)
            ]
        )
    return ShownTable("trend", t.text(N_("The three rates over the months")), columns, rows)


def _definitions(tables: Sequence[ShownTable]) -> Sequence[Column]:
    known: dict[str, Column] = {}
    for table in tables:
        for column in table.columns:
            known.setdefault(column.figure, column)
    return list(known.values())


_STEPS: Sequence[tuple[str, str]] = (
    (N_("Drafted"), "drafted"),
    (N_("Signed off"), "signed"),
    (N_("Published"), "published"),
    (N_("Withdrawn"), "withdrawn"),
)


def _steps(
    detail: ReportDetail, t: Translator, *, is_inside: bool
) -> list[tuple[str, str, datetime]]:
    """Return what was done with a report; who wrote and drafted it is the hotline's own matter."""
    found: list[tuple[str, str, datetime]] = []
    for text, part in _STEPS:
        at: Any = getattr(detail.report, f"{part}_at")
        if at is None or (part == "drafted" and not is_inside):
            continue
        by = getattr(detail.report, f"{part}_by")
        found.append((text, detail.names.get(by) or t.text(N_("the system")), at))
    if detail.texts and is_inside:
        last = detail.texts[0]
        name = detail.names.get(last.written_by, "") if last.written_by else ""
        found.insert(1, (N_("Words written"), name, last.written_at))
    return found
