"""The charts of a report as plain geometry: scores with their intervals, rates over months.

Each says what a table beside it says in figures; lines are told apart by dashes and marks, not by
colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ROW, LABEL, WIDTH, VALUE = 26, 190, 640, 46
_TREND_HEIGHT, _TREND_BOTTOM, _TREND_TOP, _TREND_LEFT, _TREND_RIGHT = 240, 30, 12, 52, 132


@dataclass(frozen=True, slots=True)
class Scored:
    """A department's score for a chart.

    Attributes:
        is_small: of few tickets: drawn hollow.
    """

    name: str
    score: float
    low: float
    high: float
    band: int | None
    is_small: bool


@dataclass(frozen=True, slots=True)
class Whisker:
    """One row: a point with its interval."""

    name: str
    score: str
    y: float
    x: float
    low: float
    high: float
    is_small: bool
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Whiskers:
    """Points with intervals under each other; bands are parted by lines."""

    width: int
    height: int
    label_x: float
    value_x: float
    rows: Sequence[Whisker]
    ticks: Sequence[Tick]
    parted: Sequence[float]


def whiskers(scored: Sequence[Scored]) -> Whiskers:
    """Return scores with their intervals on a scale that begins where the lowest does."""
    least = min((one.low for one in scored), default=0.0)
    begins = max(0, int(least // 10) * 10)
    room = WIDTH - LABEL - VALUE

    def at(value: float) -> float:
        return round(LABEL + room * (value - begins) / (100 - begins), 1)

    rows, parted = [], []
    for nth, one in enumerate(scored):
        if nth and one.band != scored[nth - 1].band:
            parted.append(float(nth * ROW))
        rows.append(
            Whisker(
                one.name,
                f"{one.score:.2f}",
                nth * ROW + ROW / 2,
                at(one.score),
                at(one.low),
                at(one.high),
                one.is_small,
                f"{one.score:.2f} ({one.low:.1f} – {one.high:.1f})",
            )
        )
    step = 10 if begins >= 50 else 20  # noqa: PLR2004  # half of the scale
    ticks = [Tick(at(value), str(value)) for value in range(begins, 101, step)]
    return Whiskers(WIDTH, len(rows) * ROW + 22, LABEL - 10, WIDTH - 4, rows, ticks, parted)


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a line; None where nothing was counted."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One rate over the months, in as many parts as gaps leave of it.

    Attributes:
        look: class of its dashes and mark.
        end_y: where its name stands.
    """

    name: str
    look: str
    parts: Sequence[str]
    points: Sequence[Point]
    end_y: float


@dataclass(frozen=True, slots=True)
class Trend:
    """Rates over months."""

    width: int
    height: int
    left: float
    right: float
    bottom: float
    lines: Sequence[TrendLine]
    months: Sequence[Tick]
    ticks: Sequence[Tick]


def trend(
    months: Sequence[str], lines: Sequence[tuple[str, str, Sequence[Decimal | None]]]
) -> Trend:
    """Return lines over months; where nothing was counted the line is broken, it never falls to 0.

    Args:
        months: below the scale.
        lines: name, look and a value for each month.
    """
    values = [float(value) for _, _, line in lines for value in line if value is not None]
    begins = max(0, int(min(values, default=0.0) * 10 - 0.5) / 10)
    right, bottom = WIDTH - _TREND_RIGHT, _TREND_HEIGHT - _TREND_BOTTOM
    across = (right - _TREND_LEFT) / max(len(months) - 1, 1)

    def x(nth: int) -> float:
        return round(_TREND_LEFT + nth * across, 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - _TREND_TOP) * (value - begins) / (1 - begins), 1)

    drawn = []
    for name, look, line in lines:
        points = [
            None if value is None else Point(x(nth), y(float(value)), f"{months[nth]}: {value:.1%}")
            for nth, value in enumerate(line)
        ]
        known = [point for point in points if point is not None]
        drawn.append(
            TrendLine(name, look, _parts(points), known, known[-1].y if known else float(bottom))
        )
    step = 0.1 if begins >= 0.5 else 0.2  # noqa: PLR2004  # half of the scale
    count = round((1 - begins) / step)
    return Trend(
        WIDTH,
        _TREND_HEIGHT,
        _TREND_LEFT,
        right,
        bottom,
        _apart(drawn),
        [Tick(x(nth), month[2:]) for nth, month in enumerate(months)],
        [
            Tick(y(begins + step * nth), f"{begins + step * nth:.0%}")
            for nth in range(count + 1)
            if begins + step * nth <= 1
        ],
    )


def _parts(points: Sequence[Point | None]) -> list[str]:
    parts: list[list[str]] = [[]]
    for point in points:
        if point is None:
            parts.append([])
        else:
            parts[-1].append(f"{point.x},{point.y}")
    return [" ".join(part) for part in parts if len(part) > 1]


_LEAST_APART = 15.0


def _apart(lines: Sequence[TrendLine]) -> list[TrendLine]:
    """Move the names of lines that end close to each other apart."""
    found: list[TrendLine] = []
    last = -_LEAST_APART
    for line in sorted(lines, key=lambda one: one.end_y):
        last = max(line.end_y, last + _LEAST_APART)
        found.append(TrendLine(line.name, line.look, line.parts, line.points, last))
    return found
