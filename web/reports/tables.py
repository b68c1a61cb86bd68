"""The tables of a report: made once, shown on a page, set in Word and written to Excel alike."""

import enum
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from credit.periods import PeriodKind
from credit.reports.content import (
    COUNTED,
    Name,
    ProcessLine,
    ReportContent,
    UnitLine,
)
from credit.rulebook import Severity
from hotline.kernel.errors import N_
from hotline.supervision.figures.values import Dimension
from hotline.tickets.models import Channel, RequestType
from web.i18n import Translator
from web.labels import label
from web.reports.words import (
    DIMENSIONS,
    FIGURES,
    REQUESTS,
    name_of,
    reason_words,
)
from web.views.credit_words import event_words

Value = str | int | Decimal | date | None


class Cell(enum.Enum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    SCORE = "score"
    PART = "part"
    HOURS = "hours"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its figure, its heading, and what it counts in words."""

    figure: str
    text: str
    definition: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Attributes:
        values: one for each column; None where nothing was counted.
        key: what the line is about, for whoever leads on to the list behind it.
    """

    values: Sequence[Value]
    key: str = ""


@dataclass(frozen=True, slots=True)
class TableOf:
    """A table with its heading."""

    code: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]

    def column(self, figure: str) -> int:
        """Return where a figure stands."""
        return next(place for place, one in enumerate(self.columns) if one.figure == figure)


_CELLS: Mapping[Cell, frozenset[str]] = {
    Cell.TEXT: frozenset(
        {"group", "department", "grade", "remark", "indicator", "event", "severity", "item"}
        | {"rate", "request", "cause", "month"}
    ),
    Cell.SHARE: frozenset(
        {"raw", "shrunk", "rate_low", "rate_high", "share", "rise", "season_rise", "rate_before"}
    ),
    Cell.SCORE: frozenset(
        {
            "score",
            "low",
            "high",
            "performance",
            "ledger",
            "quarters",
            "ledger_part",
            "survey",
            "points",
            "value",
        }
    ),
    Cell.PART: frozenset({"k", "over"}),
    Cell.HOURS: frozenset({"median", "slow"}),
    Cell.DAY: frozenset({"confirmed_on"}),
}


def _cell(figure: str) -> Cell:
    return next((cell for cell, known in _CELLS.items() if figure in known), Cell.COUNT)


def _columns(content: ReportContent, t: Translator, *figures: str) -> list[Column]:
    found = []
    for figure in figures:
        text, definition = FIGURES[figure]
        found.append(
            Column(
                figure,
                t.text(text),
                t.text(definition, least_n=content.least_ranked_n),
                _cell(figure),
            )
        )
    return found


def tables_of(content: ReportContent, t: Translator) -> Sequence[TableOf]:
    """Return every table of a report, in the order in which it tells them."""
    return [
        three_rates(content, t),
        hot_issues(content, t),
        *rankings(content, t),
        process(content, t),
        *(volume(content, dimension, t) for dimension in DIMENSIONS),
        causes(content, t),
        ratings(content, t),
        indicators(content, t),
        entries(content, t),
    ]


def three_rates(content: ReportContent, t: Translator) -> TableOf:
    """Return response, resolution and satisfaction; empty, never nothing, where nobody was asked."""
    columns = _columns(content, t, "rate", "k", "of", "raw", "rate_low", "rate_high", "rate_before")
    return TableOf(
        "rates",
        t.text(N_("The three rates")),
        columns,
        [
            Row(
                (
                    rate_words(one.measure.value, t),
                    one.k,
                    one.n,
                    one.raw,
                    one.low,
                    one.high,
                    one.raw_before,
                ),
                one.measure.value,
            )
            for one in content.rates
        ],
    )


RATE_WORDS: Mapping[str, str] = {
    "contact": N_("Response rate"),
    "resolved": N_("Resolution rate"),
    "satisfied": N_("Satisfaction rate"),
}


def rate_words(measure: str, t: Translator) -> str:
    """Return what one of the three rates is called."""
    return t.text(RATE_WORDS[measure])


def volume(content: ReportContent, dimension: str, t: Translator) -> TableOf:
    """Return how many tickets came in, by one dimension."""
    kind = Dimension(dimension)
    return TableOf(
        dimension,
        t.text(DIMENSIONS[dimension]),
        _columns(content, t, "item", "count", "share", "before"),
        [
            Row(
                (
                    item_words(kind, one.item, t),
                    one.count,
                    Decimal(one.count) / content.submitted if content.submitted else None,
                    one.before,
                ),
                one.item.code,
            )
            for one in content.share_of(kind)
        ],
    )


def item_words(dimension: Dimension, item: Name, t: Translator) -> str:
    """Return what is counted in words; tickets without it are said to be without it."""
    if not item.code:
        return t.text(N_("Not given"))
    known: Mapping[Dimension, type[enum.StrEnum]] = {
        Dimension.CHANNEL: Channel,
        Dimension.REQUEST_TYPE: RequestType,
    }
    for member in known.get(dimension, ()):
        if member.value == item.code:
            return t.text(label(member))
    return name_of(item, t)


def hot_issues(content: ReportContent, t: Translator) -> TableOf:
    """Return what surely rose."""
    return TableOf(
        "hot",
        t.text(N_("Hot issues")),
        _columns(content, t, "item", "count", "before", "rise", "season", "season_rise"),
        [
            Row(
                (
                    name_of(one.category, t),
                    one.count,
                    one.before,
                    one.rise,
                    one.season,
                    one.season_rise,
                ),
                one.category.code,
            )
            for one in content.hot
        ],
    )


def process(content: ReportContent, t: Translator) -> TableOf:
    """Return what the period looked like for each unit, and for all of them in the last line."""
    return TableOf(
        "process",
        t.text(N_("Handling by department")),
        _columns(content, t, "department", *COUNTED, "median", "slow"),
        [
            *(_process(one, name_of(one.unit, t) if one.unit else "") for one in content.lines),
            _process(content.total, t.text(N_("All together"))),
        ],
    )


def _process(line: ProcessLine, name: str) -> Row:
    figures = [getattr(line, figure) for figure in COUNTED]
    return Row(
        (name, *figures, _hours(line.median), _hours(line.slow)),
        line.unit.code if line.unit else "",
    )


def _hours(seconds: int | None) -> Decimal | None:
    return None if seconds is None else (Decimal(seconds) / 3600).quantize(Decimal("0.1"))


def causes(content: ReportContent, t: Translator) -> TableOf:
    """Return the coded reasons."""
    return TableOf(
        "causes",
        t.text(N_("Causes")),
        _columns(content, t, "request", "cause", "times"),
        [
            Row(
                (t.text(REQUESTS[one.kind]), reason_words(one.kind, one.reason, t), one.count),
                f"{one.kind}:{one.reason}",
            )
            for one in content.causes
            if one.kind in REQUESTS
        ],
    )


def ratings(content: ReportContent, t: Translator) -> TableOf:
    """Return how often each rating was given, the best first; no line where nobody rated."""
    rated = sum(content.ratings)
    return TableOf(
        "ratings",
        t.text(N_("Ratings")),
        _columns(content, t, "rating", "times", "share"),
        [
            Row((stars, content.ratings[stars - 1], Decimal(content.ratings[stars - 1]) / rated))
            for stars in (5, 4, 3, 2, 1)
        ]
        if rated
        else [],
    )


def rankings(content: ReportContent, t: Translator) -> Sequence[TableOf]:
    """Return the ranking of each peer group by itself; who has few tickets is named and not ranked."""
    names = {one.code: one for one in content.groups}
    codes = sorted(
        {one.peer_group or "" for one in content.units}, key=lambda code: (not code, code)
    )
    tables = []
    for code in codes:
        group = names.get(code)
        title = name_of(group, t) if group else code or t.text(N_("Compared with nobody"))
        units = [one for one in content.units if (one.peer_group or "") == code]
        tables.append(
            TableOf(
                f"ranking-{code}",
                t.text(N_("Ranking: {group}"), group=title),
                _columns(content, t, *(YEARLY if content.kind is PeriodKind.YEAR else RANKED)),
                [Row(_ranked(one, t), one.unit.code) for one in sorted(units, key=_place)],
            )
        )
    return tables


_PLACED = ("rank", "band", "department", "n", "score", "low", "high")
RANKED = (*_PLACED, "performance", "ledger", "over", "grade", "remark")
YEARLY = (*_PLACED, "quarters", "ledger_part", "survey", "grade", "remark")


def _place(one: UnitLine) -> tuple[bool, int, Decimal, str]:
    return (one.rank is None, one.rank or 0, -(one.score or Decimal(0)), one.unit.code)


def _ranked(one: UnitLine, t: Translator) -> Sequence[Value]:
    return (
        one.rank,
        one.band,
        name_of(one.unit, t),
        one.n,
        one.score,
        one.low,
        one.high,
        *_parts(one, t),
        remark(one, t),
    )


def _parts(one: UnitLine, t: Translator) -> Sequence[Value]:
    grade = t.text(label(one.grade)) if one.grade else t.text(N_("No grade"))
    if one.year is not None:
        return (one.year.quarters, one.year.ledger, one.year.survey, grade)
    over = None
    if one.observed is not None and one.expected is not None:
        over = one.observed - one.expected
    return (one.performance, one.ledger, over, grade)


def remark(one: UnitLine, t: Translator) -> str:
    """Return the marks that belong to a score of few tickets."""
    marks = []
    if one.score is None:
        marks.append(t.text(N_("No activity")))
    elif one.is_small:
        marks.append(t.text(N_("Small sample")))
    if one.is_trial and one.grade is not None:
        marks.append(t.text(N_("On trial")))
    return t.listed(marks)


def indicators(content: ReportContent, t: Translator) -> TableOf:
    """Return every rate of every department: k of n, plain, counted, with its interval."""
    return TableOf(
        "indicators",
        t.text(N_("Indicators")),
        _columns(
            content,
            t,
            *("group", "department", "indicator", "k", "of", "raw", "shrunk"),
            *("rate_low", "rate_high", "points"),
        ),
        [
            Row(
                (
                    group_words(content, unit, t),
                    name_of(unit.unit, t),
                    t.text(label(one.indicator)),
                    one.k,
                    one.n,
                    one.raw,
                    one.shrunk,
                    one.low,
                    one.high,
                    one.points,
                ),
                unit.unit.code,
            )
            for unit in content.units
            for one in unit.indicators
        ],
    )


def group_words(content: ReportContent, unit: UnitLine, t: Translator) -> str:
    """Return the name of a department's peer group; empty when it is compared with nobody."""
    found = next((one for one in content.groups if one.code == unit.peer_group), None)
    return name_of(found, t) if found else unit.peer_group or ""


def entries(content: ReportContent, t: Translator) -> TableOf:
    """Return the events that the public may see."""
    return TableOf(
        "entries",
        t.text(N_("Events shown publicly")),
        _columns(content, t, "department", "event", "severity", "confirmed_on", "value"),
        [
            Row(
                (
                    name_of(unit.unit, t),
                    event_words(one.code, t),
                    t.text(label(one.severity)),
                    one.confirmed_on,
                    one.value,
                ),
                unit.unit.code,
            )
            for unit in content.units
            for one in unit.entries
        ],
    )


def entries_together(content: ReportContent, t: Translator) -> TableOf:
    """Return the same events on paper: one line for each kind of each department."""
    columns = _columns(content, t, "department", "event", "severity", "times", "value")
    rows = []
    for unit in content.units:
        kinds: defaultdict[tuple[str, Severity], list[Decimal]] = defaultdict(list)
        for one in unit.entries:
            kinds[one.code, one.severity].append(one.value)
        rows += [
            Row(
                (
                    name_of(unit.unit, t),
                    event_words(code, t),
                    t.text(label(severity)),
                    len(values),
                    sum(values, Decimal(0)),
                ),
                unit.unit.code,
            )
            for (code, severity), values in kinds.items()
        ]
    return TableOf("entries", t.text(N_("Events shown publicly")), columns, rows)


def shown(value: Value, cell: Cell) -> str:
    """Return a value as it is read; what was not counted is a dash, never nothing."""
    return "—" if value is None else _SHOWN[cell](value)


def _signed_share(value: Any) -> str:  # noqa: ANN401  # a number of its column
    return f"{value * 100:.1f}%"


_MANY_HOURS = 100

_SHOWN: Mapping[Cell, Callable[[Any], str]] = {
    Cell.TEXT: str,
    Cell.COUNT: lambda value: f"{value:,}",
    Cell.SHARE: _signed_share,
    Cell.SCORE: lambda value: f"{value:.2f}",
    Cell.PART: lambda value: f"{value:,.0f}" if value == int(value) else f"{value:,.1f}",
    Cell.HOURS: lambda value: f"{value:.1f}" if value < _MANY_HOURS else f"{value:.0f}",
    Cell.DAY: lambda value: value.isoformat(),
}
