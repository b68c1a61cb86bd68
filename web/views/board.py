"""The board: what is late, who holds it, whether it gets better; every number with its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

from credit.standings import Standing
from hotline.kernel.errors import N_
from hotline.people.models import Department, PeerGroup
from hotline.sla.policy import ClockKind
from hotline.supervision.board.figures import (
    ARBITRATED,
    CLOSED,
    EXTENDED,
    LOOP,
    OF_HOTLINE,
    RECEIVED,
    REPEATED,
    RESOLVED,
    RETURNED,
    REWORKED,
    SATISFIED,
    STEPS,
    URGED,
    Measure,
    slowest,
)
from hotline.supervision.board.queries import Pressing, Waiting, submitted_before
from hotline.supervision.board.spans import Days, Spans, trend_of
from hotline.supervision.board.sums import Course, Gathered
from hotline.supervision.lateness import Lateness
from hotline.supervision.queries import OrderCounts
from hotline.supervision.rules import OrderState
from hotline.tickets.lifecycle import Hold, Status
from web.i18n import Translator
from web.labels import label
from web.views.board_words import TOOK_FIGURES, step_words, took_words
from web.views.credit_charts import spark
from web.views.directory import unit_name

DRAWN = 12
"""So many lines of a table are drawn; the table has them all."""

DRAWN_STEPS = frozenset({ClockKind.ACCEPT, ClockKind.DISPATCH, ClockKind.COMPLETE, ClockKind.VISIT})
"""Steps whose course is drawn where all are shown."""

USUAL_DAYS = 28
"""A forecast goes by so many days."""

YEAR_DAYS = 189
"""The calendar of what came in shows so many days: half a year in whole weeks."""

MOST_ROOTS = 12


# A board has a thousand links, made of the same hundred words.
_quoted = lru_cache(maxsize=2048)(quote_plus)


def _query(asked: Mapping[str, str]) -> str:
    return urlencode(asked, quote_via=_quoted)


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with the list behind it."""

    text: str
    value: int
    href: str
    tone: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """Whose figures are shown.

    Attributes:
        unit: one department, if it is one.
        area: one area, if it is one.
        sees_all: the reader looks after every department.
        t: his language.
    """

    unit: Department | None
    area: str | None
    sees_all: bool
    t: Translator

    def behind(self, group: str, days: Days, **more: str) -> str:
        """Return where the list behind a number of some days is."""
        asked = {"figure": group, "since": days.first.isoformat(), "until": days.last.isoformat()}
        if self.unit:
            asked["department"] = self.unit.code
        if self.area:
            asked["area"] = self.area
        return f"/board/behind?{_query({**asked, **more})}"

    def limits(self, due: str, **more: str) -> str:
        """Return where tickets with a running limit are listed."""
        asked: dict[str, str] = {**more}
        if self.unit:
            asked["limit_unit"] = self.unit.code
        if self.area:
            asked["area"] = self.area
        return f"/tickets?{_query({**asked, 'limit_due': due})}"

    def tickets(self, path: str = "/tickets", **more: str) -> str:
        """Return where tickets are listed."""
        asked: dict[str, str] = {**more}
        if self.unit:
            asked["department"] = self.unit.code
        if self.area:
            asked["area"] = self.area
        return f"{path}?{_query(asked)}" if asked else path


# -- now -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """A number that opens its list."""

    value: int
    href: str


@dataclass(frozen=True, slots=True)
class LateLine:
    """A department, or a limit, with what is late and will be.

    Attributes:
        cells: what is late, by kind of limit; None where nothing ever runs.
    """

    name: str
    late: Count
    hour: Count
    today: Count
    cells: Sequence[Count]
    is_drawn: bool


@dataclass(frozen=True, slots=True)
class Now:
    """What presses at the moment."""

    tiles: Sequence[Tile]
    flow: Sequence[Tile]
    orders: Sequence[Tile]
    waiting: Sequence[Tile]
    kinds: Sequence[LateLine]
    units: Sequence[LateLine]
    columns: Sequence[str]
    forecast: str


def make_now(
    pressing: Pressing,
    waiting: Waiting,
    orders: OrderCounts | None,
    usual: Course,
    usual_days: Days,
    today: date,
    view: View,
) -> Now:
    """Return what presses.

    Args:
        pressing: limits that are late or will be.
        waiting: open tickets.
        orders: open supervision orders; None where they cannot be told apart as asked.
        usual: what happened lately, for the forecast.
        usual_days: over which days.
        today: in Shanghai.
        view: whose figures.
    """
    t = view.t
    columns = [
        kind
        for kind in ClockKind
        if any(one == kind and n.late for (_, one), n in _cells(pressing))
    ]
    kinds = _ordered(
        [
            (t.text(label(kind)), count, {"limit": kind.value}, [])
            for kind, count in pressing.kinds.items()
        ],
        view,
    )
    units = _ordered(
        [
            (
                unit_name(unit, t),
                count,
                {"limit_unit": unit.code},
                [
                    (kind.value, pressing.cells.get((unit.id, kind), Lateness()).late)
                    for kind in columns
                ],
            )
            for unit, count in pressing.units
        ],
        view,
    )
    return Now(
        _tiles(pressing.total, waiting, view),
        _flow(usual, Days(today, today), view),
        _orders(orders, view) if orders and view.sees_all else (),
        [
            Tile(
                t.text(N_("Open for {n} days or more"), n=days),
                count,
                view.tickets(due="open", created_to=submitted_before(days, today).isoformat()),
            )
            for days, count in waiting.ages.items()
        ],
        kinds,
        units,
        [t.text(label(kind)) for kind in columns],
        _forecast(pressing, usual, usual_days, t),
    )


def _cells(pressing: Pressing) -> Sequence[tuple[tuple[int, ClockKind], Lateness]]:
    return list(pressing.cells.items())


def _ordered(
    lines: Sequence[tuple[str, Lateness, Mapping[str, str], Sequence[tuple[str, int]]]], view: View
) -> list[LateLine]:
    some = [line for line in lines if line[1].late or line[1].hour or line[1].today]
    some.sort(key=lambda line: (-line[1].late, -line[1].hour, -line[1].today, line[0]))
    return [
        LateLine(
            name,
            Count(count.late, view.limits("late", **asked)),
            Count(count.hour, view.limits("1h", **asked)),
            Count(count.today, view.limits("today", **asked)),
            [Count(late, view.limits("late", **{**asked, "limit": kind})) for kind, late in cells],
            place < DRAWN,
        )
        for place, (name, count, asked, cells) in enumerate(some)
    ]


def _tiles(total: Lateness, waiting: Waiting, view: View) -> list[Tile]:
    t = view.t

    def at(*status: Status) -> int:
        return sum(place.count for place in waiting.places if place.status in status)

    def held(*hold: Hold) -> int:
        return sum(place.count for place in waiting.places if place.hold in hold)

    tiles = [
        Tile(t.text(N_("Late now")), total.late, view.limits("late"), "red"),
        Tile(t.text(N_("Due within 1 hour")), total.hour, view.limits("1h"), "orange"),
        Tile(t.text(N_("Due today")), total.today, view.limits("today"), "yellow"),
        Tile(t.text(N_("Open tickets")), waiting.open, view.tickets(due="open")),
    ]
    if view.unit is None:
        tiles += [
            Tile(t.text(N_("To accept")), at(Status.SUBMITTED), view.tickets("/queues/accept")),
            Tile(t.text(N_("To dispatch")), at(Status.ACCEPTED), view.tickets("/queues/dispatch")),
        ]
    return [
        *tiles,
        Tile(
            t.text(N_("Returns and disputes")),
            held(Hold.RETURN_REVIEW, Hold.ARBITRATION),
            view.tickets("/queues/returns"),
        ),
        Tile(t.text(N_("To audit")), at(Status.FEEDBACK_SUBMITTED), view.tickets("/queues/audit")),
        Tile(t.text(N_("To visit")), at(Status.PENDING_VISIT), view.tickets("/queues/visit")),
    ]


def _flow(course: Course, today: Days, view: View) -> list[Tile]:
    return [
        Tile(
            view.t.text(N_("Received today")),
            course.sum(today, RECEIVED),
            view.behind(RECEIVED, today),
        ),
        Tile(
            view.t.text(N_("Closed today")), course.sum(today, CLOSED), view.behind(CLOSED, today)
        ),
    ]


def _orders(orders: OrderCounts, view: View) -> list[Tile]:
    t = view.t
    of_unit = {"department": view.unit.code} if view.unit else {}

    def href(**asked: str) -> str:
        return f"/supervision/orders?{_query({**asked, **of_unit})}"

    return [
        Tile(
            t.text(N_("Orders not acknowledged")),
            orders.issued,
            href(state=OrderState.ISSUED.value),
        ),
        Tile(
            t.text(N_("Orders acknowledged")),
            orders.acknowledged,
            href(state=OrderState.ACKNOWLEDGED.value),
        ),
        Tile(
            t.text(N_("Answers to verify")),
            orders.answered,
            href(state=OrderState.ANSWERED.value),
        ),
        Tile(t.text(N_("Orders not answered in time")), orders.overdue, href(late="true"), "red"),
    ]


def _forecast(pressing: Pressing, usual: Course, days: Days, t: Translator) -> str:
    """Say how much of what still falls due today will be missed if it goes as usual."""
    expected = 0.0
    for measure in LOOP:
        due = pressing.kinds.get(ClockKind(measure.code), Lateness()).today
        missed = usual.sum(days, measure.bad)
        ended = missed + usual.sum(days, measure.good)
        expected += due * missed / ended if ended else 0
    return t.text(
        N_("If it goes as in the last {days} days, about {n} of them will be missed."),
        days=USUAL_DAYS,
        n=t.number(round(expected)),
    )


# -- the period ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved: in words, and whether that is good."""

    words: str
    sign: str
    tone: str
    said: str


@dataclass(frozen=True, slots=True)
class LoopLine:
    """A step of the loop: so many of so many, and before."""

    code: str
    name: str
    good: Count
    bad: Count
    all: Count
    rate: str
    before_good: Count
    before_all: Count
    before_rate: str
    change: Change
    spark: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure and what it was before."""

    code: str
    name: str
    now: Count
    before: Count
    change: Change


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A step of time with rates: their words, their values, and how many they are of."""

    name: str
    short: str
    cells: Sequence[tuple[str, str, Count]]


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A department in the period."""

    name: str
    received: Count
    done: Count
    all: Count
    rate: str
    before: str
    change: Change
    counts: Sequence[Count]


@dataclass(frozen=True, slots=True)
class Place:
    """A main category by area."""

    name: str
    cells: Sequence[Count]


@dataclass(frozen=True, slots=True)
class Scored:
    """A department's score with its range."""

    name: str
    href: str
    score: str
    low: str
    high: str
    band: str


@dataclass(frozen=True, slots=True)
class InPeriod:
    """What happened in the period."""

    days: Days
    before: Days
    loop: Sequence[LoopLine]
    trend: Sequence[TrendRow]
    trend_columns: Sequence[tuple[str, bool]]
    flow: Sequence[Pair]
    quality: Sequence[Pair]
    units: Sequence[UnitLine]
    took: Sequence[tuple[str, Count]]
    slow: Count
    nine_of_ten: str
    year: Sequence[tuple[date, Count]]
    areas: Sequence[str]
    places: Sequence[Place]


UNIT_MEASURE = LOOP[STEPS.index(ClockKind.COMPLETE)]
UNIT_COUNTS = (RETURNED, REWORKED, URGED)
OF_UNITS = (RECEIVED, UNIT_MEASURE.good, UNIT_MEASURE.bad, *UNIT_COUNTS)
"""What is said of every department."""


def make_period(
    gathered: Gathered,
    spans: Spans,
    year: Days,
    units: Mapping[int, Department],
    roots: Mapping[str, str],
    appeals: tuple[int, int] | None,
    view: View,
) -> InPeriod:
    """Return what happened in the period.

    Args:
        gathered: what was counted.
        spans: the days, and those before.
        year: days of the calendar.
        units: departments by id.
        roots: names of the main categories by code.
        appeals: made in the period and before; None where they cannot be told apart as asked.
        view: whose figures.
    """
    t, course, now = view.t, gathered.course, spans.now
    measures = [
        measure for measure in LOOP if not view.unit or ClockKind(measure.code) not in OF_HOTLINE
    ]
    took = [(name, course.sum(now, name)) for name in TOOK_FIGURES]
    place = slowest([count for _, count in took])
    slow = sum(count for name, count in took if name in _SLOW)
    return InPeriod(
        now,
        spans.before,
        [
            *(_loop_line(one, step_words(one.code, t), course, spans, view) for one in measures),
            _loop_line(RESOLVED, t.text(N_("Solved, say requesters")), course, spans, view),
            _loop_line(SATISFIED, t.text(N_("Rated 3 to 5")), course, spans, view),
        ],
        _trend(measures, course, now, view),
        [
            (step_words(one.code, t), bool(view.unit) or ClockKind(one.code) in DRAWN_STEPS)
            for one in measures
        ],
        [
            _pair(RECEIVED, N_("Received"), course, spans, view, 0),
            _pair(CLOSED, N_("Closed matters"), course, spans, view, 0),
            _pair(REPEATED, N_("Told again"), course, spans, view, -1),
            _pair(URGED, N_("Urged by requesters"), course, spans, view, -1),
        ],
        [
            _pair(RETURNED, N_("Returns asked for"), course, spans, view, -1),
            _pair(ARBITRATED, N_("Taken to arbitration"), course, spans, view, -1),
            _pair(EXTENDED, N_("Extensions asked for"), course, spans, view, -1),
            _pair(REWORKED, N_("Handled again"), course, spans, view, -1),
            *([_appeals(appeals, spans, view)] if appeals else []),
        ],
        _units(gathered, spans, units, view) if view.sees_all and not view.unit else (),
        [(took_words(name, t), Count(count, view.behind(name, now))) for name, count in took],
        Count(slow, view.behind("took_slow", now)),
        took_words(TOOK_FIGURES[place], t) if place is not None else "",
        _year(gathered.year, year, view),
        *_places(gathered.places, now, roots, view),
    )


_SLOW = frozenset({"took_15d", "took_30d", "took_longer"})


def _rate(good: int, of: int) -> Decimal | None:
    return Decimal(good) / Decimal(of) if of else None


def _share(rate: Decimal | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _loop_line(measure: Measure, name: str, course: Course, spans: Spans, view: View) -> LoopLine:
    def counted(days: Days) -> tuple[int, int]:
        good = course.sum(days, measure.good)
        return good, good + course.sum(days, measure.bad)

    group = f"{measure.code}_all"
    (good, of), (good_before, of_before) = counted(spans.now), counted(spans.before)
    rate, rate_before = _rate(good, of), _rate(good_before, of_before)
    steps = [counted(days) for days in trend_of(spans.now)]
    return LoopLine(
        measure.code,
        name,
        Count(good, view.behind(measure.good, spans.now)),
        Count(of - good, view.behind(measure.bad, spans.now)),
        Count(of, view.behind(group, spans.now)),
        _share(rate),
        Count(good_before, view.behind(measure.good, spans.before)),
        Count(of_before, view.behind(group, spans.before)),
        _share(rate_before),
        _change(
            None if rate is None or rate_before is None else (rate - rate_before) * 100, 1, view.t
        ),
        spark([Decimal(100 * one) / all_ for one, all_ in steps if all_]),
    )


def _change(difference: Decimal | None, good: int, t: Translator) -> Change:
    """Return a difference in words.

    Args:
        difference: in percentage points; None where nothing can be compared.
        good: 1 where more is better, -1 where less is, 0 where neither.
        t: the reader's language.
    """
    if difference is None:
        return Change("–", "", "even", t.text(N_("nothing to compare with")))
    if abs(difference) < Decimal("0.05"):
        return Change("±0", "", "even", t.text(N_("as before")))
    is_more = difference > 0
    tone = "even" if good == 0 else "good" if is_more == (good > 0) else "bad"
    said = {
        "even": N_("more than before") if is_more else N_("less than before"),
        "good": N_("better than before"),
        "bad": N_("worse than before"),
    }[tone]
    number = f"{difference:+.1f}" if difference % 1 else f"{int(difference):+d}"
    return Change(number, "▲" if is_more else "▼", tone, t.text(said))


def _pair(figure: str, name: str, course: Course, spans: Spans, view: View, good: int) -> Pair:
    now, before = course.sum(spans.now, figure), course.sum(spans.before, figure)
    return Pair(
        figure,
        view.t.text(name),
        Count(now, view.behind(figure, spans.now)),
        Count(before, view.behind(figure, spans.before)),
        _change(Decimal(now - before), good, view.t),
    )


def _appeals(counts: tuple[int, int], spans: Spans, view: View) -> Pair:
    def href(days: Days) -> str:
        asked = {"show": "all", "since": days.first.isoformat(), "until": days.last.isoformat()}
        if view.unit:
            asked["department"] = view.unit.code
        return f"/credit/appeals?{_query(asked)}"

    now, before = counts
    return Pair(
        "appeals",
        view.t.text(N_("Appeals against credit")),
        Count(now, href(spans.now)),
        Count(before, href(spans.before)),
        _change(Decimal(now - before), 0, view.t),
    )


def _trend(measures: Sequence[Measure], course: Course, now: Days, view: View) -> list[TrendRow]:
    rows = []
    for days in trend_of(now):
        cells = []
        for measure in measures:
            good = course.sum(days, measure.good)
            of = good + course.sum(days, measure.bad)
            rate = _rate(good, of)
            cells.append(
                (
                    "" if rate is None else f"{rate:.1%}",
                    "" if rate is None else f"{rate * 100:.1f}",
                    Count(of, view.behind(f"{measure.code}_all", days)),
                )
            )
        ends = days.last.isoformat()
        rows.append(
            TrendRow(
                ends if days.count == 1 else f"{days.first.isoformat()} – {ends}", ends[5:], cells
            )
        )
    return rows


def _units(
    gathered: Gathered, spans: Spans, units: Mapping[int, Department], view: View
) -> list[UnitLine]:
    lines = []
    for unit_id, figures in gathered.units.items():
        unit = units.get(unit_id)
        if unit is None or unit.is_hotline:
            continue
        one = View(unit, None, view.sees_all, view.t)
        pairs = {figure: figures.get(figure, (0, 0)) for figure in OF_UNITS}
        good, bad = pairs[UNIT_MEASURE.good], pairs[UNIT_MEASURE.bad]
        rate, before = _rate(good[0], good[0] + bad[0]), _rate(good[1], good[1] + bad[1])
        change = None if rate is None or before is None else (rate - before) * 100
        if not any(pair[0] for pair in pairs.values()):
            continue
        line = UnitLine(
            unit_name(unit, view.t),
            Count(pairs[RECEIVED][0], one.behind(RECEIVED, spans.now)),
            Count(good[0], one.behind(UNIT_MEASURE.good, spans.now)),
            Count(good[0] + bad[0], one.behind(f"{UNIT_MEASURE.code}_all", spans.now)),
            _share(rate),
            _share(before),
            _change(change, 1, view.t),
            [Count(pairs[figure][0], one.behind(figure, spans.now)) for figure in UNIT_COUNTS],
        )
        lines.append((rate if rate is not None else Decimal(2), -pairs[RECEIVED][0], line))
    lines.sort(key=lambda each: (each[0], each[1], each[2].name))
    return [line for _, _, line in lines]


def _year(counts: Mapping[date, int], days: Days, view: View) -> list[tuple[date, Count]]:
    return [
        (day, Count(counts.get(day, 0), view.behind(RECEIVED, Days(day, day))))
        for day in days.each()
    ]


def _places(
    counts: Mapping[tuple[str, str], int], now: Days, roots: Mapping[str, str], view: View
) -> tuple[list[str], list[Place]]:
    by_root: dict[str, int] = {}
    by_area: dict[str, int] = {}
    for (area, root), count in counts.items():
        if view.area in {None, area}:
            by_root[root] = by_root.get(root, 0) + count
            by_area[area] = by_area.get(area, 0) + count
    areas = sorted(by_area, key=lambda area: (-by_area[area], area))
    everywhere = View(None, None, view.sees_all, view.t)
    return areas, [
        Place(
            roots.get(root, root),
            [
                Count(
                    counts.get((area, root), 0),
                    everywhere.behind(RECEIVED, now, area=area, category=root),
                )
                for area in areas
            ],
        )
        for root in sorted(by_root, key=lambda one: (-by_root[one], one))[:MOST_ROOTS]
    ]


def year_of(today: date) -> Days:
    """Return the days of the calendar: half a year, to today."""
    return Days(today - timedelta(days=YEAR_DAYS - 1), today)


# -- the ranking -------------------------------------------------------------------------------------


def make_ranking(
    standings: Sequence[Standing],
    groups: Sequence[PeerGroup],
    hrefs: Mapping[str, str | None],
    t: Translator,
) -> list[tuple[str, str, list[Scored]]]:
    """Return the departments that have a place, by peer group, the best first: code, name, scores.

    Args:
        standings: everybody's.
        groups: peer groups.
        hrefs: where each department's score is explained, by its code.
        t: the reader's language.
    """
    found = []
    for group in groups:
        members = [
            one
            for one in standings
            if one.peer_group == group.code and one.band is not None and one.interval
        ]
        members.sort(key=lambda one: (-(one.score or Decimal(0)), one.code))
        if members:
            name = group.name_en if t.language == "en" else group.name
            found.append((group.code, name, [_scored(one, hrefs, t) for one in members]))
    return found


def _scored(one: Standing, hrefs: Mapping[str, str | None], t: Translator) -> Scored:
    low, high = one.interval or (Decimal(0), Decimal(0))
    return Scored(
        one.name_en if t.language == "en" else one.name,
        hrefs.get(one.code) or f"/credit/departments/{one.code}",
        f"{one.score:.1f}",
        f"{low:.1f}",
        f"{high:.1f}",
        str(one.band),
    )
