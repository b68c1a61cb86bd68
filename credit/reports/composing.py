"""A report out of what was frozen and counted: one function of values - pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from credit.ledger import Measure
from credit.periods import Period
from credit.reports.comparing import Counts, hot_issues, red_and_black
from credit.reports.content import (
    COUNTED,
    Cause,
    HotIssue,
    Name,
    ProcessLine,
    RateLine,
    ReportContent,
    Share,
    SlowLine,
    Thresholds,
    TrendPoint,
    UnitLine,
)
from credit.reports.recommending import recommend
from credit.rulebook import Indicator, Weighing
from credit.statistics import NOTHING, Rate, wilson
from hotline.supervision.figures.values import (
    Answered,
    Dimension,
    Handled,
    LoopFigures,
    Span,
    Volume,
)

THREE_RATES = (Measure.CONTACT, Measure.RESOLVED, Measure.SATISFIED)
"""The three rates of every report, in the order in which they are said."""

_BAD = 2
_UPHELD = frozenset({"granted"})
_REJECTED = frozenset({"refused"})
_REQUESTS: Mapping[str, str] = {
    "return": "returns",
    "extension": "extensions",
    "suspension": "suspensions",
    "rectification": "plans",
}
_SHORT, _LONG = 6, 12
_DIMENSIONS = (Dimension.CHANNEL, Dimension.REQUEST_TYPE, Dimension.CATEGORY, Dimension.AREA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What was frozen: one revision of a period.

    Attributes:
        weighings: targets of the rules that the scores were made by.
    """

    period: Period
    revision: int
    as_of: datetime
    formula: str
    rule_version: int
    scores_digest: str
    least_ranked_n: int
    weighings: Mapping[Indicator, Weighing]
    units: Sequence[UnitLine]


@dataclass(frozen=True, slots=True)
class RateCount:
    """One rate counted over a month or over a whole period."""

    period: str
    measure: Measure
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The names that stood on the day of the report.

    Attributes:
        departments: by id.
        categories: by code.
    """

    issuer: Name
    departments: Mapping[int, Name]
    categories: Mapping[str, Name]
    groups: Sequence[Name]


def trend_months(period: Period) -> Sequence[Period]:
    """Return the months of the trend, the last of them the period's last: six, or twelve for a year."""
    months = list(period.months)
    while len(months) < (_LONG if len(months) == _LONG else _SHORT):
        months.insert(0, months[0].before)
    return months


def season_of(period: Period) -> Period:
    """Return the same time of the year before."""
    return replace(period, year=period.year - 1)


def days_of(period: Period) -> int:
    """Return how many days a period has."""
    return round((period.until - period.since).total_seconds() / 86400)


def compose(
    frozen: Frozen,
    loop: LoopFigures,
    rates: Sequence[RateCount],
    named: Named,
    *,
    counted_at: datetime,
    with_lists: bool,
    thresholds: Thresholds,
) -> ReportContent:
    """Return the report of a period.

    Args:
        frozen: the scores.
        loop: the figures of the loop.
        rates: of the period, the one before and the months of the trend.
        named: whatever is named.
        counted_at: when the figures were counted.
        with_lists: whether red and black lists are made.
        thresholds: from which figure on something is said.
    """
    period = frozen.period
    volumes = _by_span(loop.volumes)
    hot = _hot(period, volumes, named, thresholds)
    lines = process_lines(loop, named.departments)
    total = process_total(loop, lines)
    three = _three(period, rates)
    submitted = volumes[Span.NOW].get((Dimension.ALL, ""), 0)
    season = volumes[Span.SEASON].get((Dimension.ALL, ""), 0)
    repeats = sum(
        one.repeats
        for one in loop.volumes
        if one.span is Span.NOW and one.dimension is Dimension.ALL
    )
    return ReportContent(
        kind=period.kind,
        period=str(period),
        since=period.since,
        until=period.until,
        issuer=named.issuer,
        revision=frozen.revision,
        as_of=frozen.as_of,
        counted_at=counted_at,
        formula=frozen.formula,
        rule_version=frozen.rule_version,
        scores_digest=frozen.scores_digest,
        least_ranked_n=frozen.least_ranked_n,
        thresholds=thresholds,
        groups=tuple(named.groups),
        units=tuple(frozen.units),
        rates=three,
        trend=_trend(period, rates),
        submitted=submitted,
        submitted_before=volumes[Span.BEFORE].get((Dimension.ALL, ""), 0),
        submitted_season=season or None,
        repeats=repeats,
        shares=_shares(volumes, named),
        hot=hot,
        total=total,
        lines=tuple(lines),
        causes=_causes(loop),
        ratings=ratings_of(loop.answered),
        asked=sum(one.count for one in loop.answered),
        reached=sum(one.count for one in loop.answered if one.is_reached),
        slowest=tuple(
            SlowLine(one.number, _unit(named, one.department_id), one.seconds)
            for one in loop.slowest
        ),
        recommendations=recommend(
            rates=three,
            weighings=frozen.weighings,
            total=total,
            submitted=submitted,
            repeats=repeats,
            hot=hot,
            units=frozen.units,
            rules=thresholds,
        ),
        lists=red_and_black(frozen.units, frozen.least_ranked_n) if with_lists else None,
    )


_Volumes = Mapping[Span, Mapping[tuple[Dimension, str], int]]


def _by_span(volumes: Iterable[Volume]) -> _Volumes:
    found: dict[Span, dict[tuple[Dimension, str], int]] = {span: {} for span in Span}
    for one in volumes:
        found[one.span][(one.dimension, one.code)] = one.count
    return found


def _categories(volumes: _Volumes, span: Span) -> dict[str, int]:
    return {
        code: count
        for (dimension, code), count in volumes[span].items()
        if dimension is Dimension.CATEGORY and code
    }


def _hot(
    period: Period, volumes: _Volumes, named: Named, thresholds: Thresholds
) -> tuple[HotIssue, ...]:
    season = season_of(period)
    has_season = bool(volumes[Span.SEASON].get((Dimension.ALL, "")))
    return hot_issues(
        Counts(_categories(volumes, Span.NOW), days_of(period)),
        Counts(_categories(volumes, Span.BEFORE), days_of(period.before)),
        Counts(_categories(volumes, Span.SEASON), days_of(season)) if has_season else None,
        named.categories,
        thresholds,
    )


def _shares(volumes: _Volumes, named: Named) -> tuple[Share, ...]:
    """Return the shares of each dimension; categories by their highest level, as it is overseen."""
    found: list[Share] = []
    for dimension in _DIMENSIONS:
        now, before = (_of(volumes[span], dimension) for span in (Span.NOW, Span.BEFORE))
        codes = sorted({*now, *before}, key=lambda code: (-now[code], code))
        found += [
            Share(dimension, _item(dimension, code, named), now[code], before[code])
            for code in codes
        ]
    return tuple(found)


def _of(counts: Mapping[tuple[Dimension, str], int], dimension: Dimension) -> Counter[str]:
    found: Counter[str] = Counter()
    for (by, code), count in counts.items():
        if by is dimension:
            found[code.partition(".")[0] if by is Dimension.CATEGORY else code] += count
    return found


def _item(dimension: Dimension, code: str, named: Named) -> Name:
    if dimension is Dimension.CATEGORY and code in named.categories:
        return named.categories[code]
    return Name(code, code, code)


def _three(period: Period, rates: Sequence[RateCount]) -> tuple[RateLine, ...]:
    known = {(one.period, one.measure): one.rate for one in rates}
    lines = []
    for measure in THREE_RATES:
        now = known.get((str(period), measure), NOTHING)
        before = known.get((str(period.before), measure), NOTHING)
        interval = wilson(now) if now.n else None
        lines.append(
            RateLine(
                measure,
                now.k,
                now.n,
                interval.low if interval else None,
                interval.high if interval else None,
                before.k,
                before.n,
            )
        )
    return tuple(lines)


def _trend(period: Period, rates: Sequence[RateCount]) -> tuple[TrendPoint, ...]:
    known = {(one.period, one.measure): one.rate for one in rates}
    points = []
    for measure in THREE_RATES:
        for month in trend_months(period):
            rate = known.get((str(month), measure), NOTHING)
            points.append(TrendPoint(str(month), measure, rate.k, rate.n))
    return tuple(points)


def process_lines(loop: LoopFigures, departments: Mapping[int, Name]) -> list[ProcessLine]:
    """Return what the period looked like for every unit of which anything is to be said, by code."""
    units = {unit.code: unit for unit in departments.values()}
    found: dict[str, Counter[str]] = {}
    for code, figures in _counted(loop, departments):
        if code in units:
            found.setdefault(code, Counter()).update(figures)
    took = {
        unit.code: one
        for one in loop.handled
        if one.department_id is not None
        for unit in (departments.get(one.department_id),)
        if unit is not None
    }
    return [
        _took(ProcessLine(units[code], **figures), took.get(code))
        for code, figures in sorted(found.items())
        if any(figures.values())
    ]


def _counted(
    loop: LoopFigures, departments: Mapping[int, Name]
) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Yield what every counted row adds to whose line."""

    def code(unit_id: int | None) -> str:
        unit = departments.get(unit_id) if unit_id is not None else None
        return unit.code if unit else ""

    for one in loop.units:
        yield (
            one.code,
            {
                "received": one.received,
                "late": one.late,
                "reworks": one.reworked,
                "unanswered": one.unanswered,
            },
        )
    for asked in loop.requested:
        yield code(asked.department_id), _requested(asked.kind, asked.state, asked.count)
    for order in loop.ordered:
        yield code(order.department_id), {"orders": order.count}
    for answer in loop.answered:
        yield code(answer.department_id), _answered(answer)
    for done in loop.handled:
        yield code(done.department_id), {"handled": done.count}


def _took(line: ProcessLine, handled: Handled | None) -> ProcessLine:
    if handled is None:
        return line
    return replace(line, median=handled.median, slow=handled.slow)


def _requested(kind: str, state: str, count: int) -> dict[str, int]:
    figures = {_REQUESTS[kind]: count} if kind in _REQUESTS else {}
    if kind == "return" and state in _UPHELD:
        figures["upheld"] = count
    if kind == "return" and state in _REJECTED:
        figures["rejected"] = count
    return figures


def _answered(one: Answered) -> dict[str, int]:
    rated = one.count if one.rating is not None and not one.is_excluded else 0
    bad = rated if one.rating is not None and one.rating <= _BAD else 0
    silent = one.count if one.is_reached and one.was_contacted is False else 0
    return {"rated": rated, "bad": bad, "uncontacted": silent}


def process_total(loop: LoopFigures, lines: Sequence[ProcessLine]) -> ProcessLine:
    """Return the sums; how long work took is counted anew, for it does not sum up."""
    sums = {name: sum(getattr(line, name) for line in lines) for name in COUNTED}
    everywhere = next((one for one in loop.handled if one.department_id is None), None)
    return _took(ProcessLine(None, **sums), everywhere)


def ratings_of(answered: Iterable[Answered]) -> tuple[int, int, int, int, int]:
    """Return how many ratings of one to five count."""
    found: Counter[int] = Counter()
    for one in answered:
        if one.rating is not None and not one.is_excluded:
            found[one.rating] += one.count
    return (found[1], found[2], found[3], found[4], found[5])


def _causes(loop: LoopFigures) -> tuple[Cause, ...]:
    """Return the coded reasons of requests and orders, the most frequent of each kind first."""
    found: Counter[tuple[str, str]] = Counter()
    for asked in loop.requested:
        if asked.reason:
            found[(asked.kind, asked.reason)] += asked.count
    for order in loop.ordered:
        found[("order", order.reason)] += order.count
    return tuple(
        Cause(kind, reason, count)
        for (kind, reason), count in sorted(
            found.items(), key=lambda one: (one[0][0], -one[1], one[0][1])
        )
    )


def _unit(named: Named, unit_id: int) -> Name:
    return named.departments.get(unit_id, Name("", "", ""))
