"""Bars as plain geometry, so that a template can draw them as SVG without any script."""

from collections.abc import Sequence
from dataclasses import dataclass

ROW_HEIGHT = 28
BAR_HEIGHT = 16
LABEL_WIDTH = 180
WIDTH = 640
VALUE_WIDTH = 48
COLUMN_HEIGHT = 140
AXIS_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Slice:
    """One number of a chart, with its colour's class and what it is called in words."""

    value: int
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row or column of a chart: a name, its slices, and the list behind it."""

    name: str
    slices: Sequence[Slice]
    href: str | None = None

    @property
    def total(self) -> int:
        """Return the sum of the slices."""
        return sum(part.value for part in self.slices)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A row or column with its rectangles and where its words stand."""

    name: str
    total: int
    href: str | None
    bars: Sequence[Bar]
    text_x: float
    text_y: float
    value_x: float
    value_y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart."""

    width: int
    height: int
    lines: Sequence[DrawnLine]


def rows(lines: Sequence[Line]) -> Chart:
    """Return lines as horizontal bars, one under the other."""
    most = max((line.total for line in lines), default=0) or 1
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    drawn = []
    for index, line in enumerate(lines):
        top, x = index * ROW_HEIGHT, float(LABEL_WIDTH)
        bars = []
        for part in line.slices:
            width = round(room * part.value / most, 1)
            if part.value:
                y = top + (ROW_HEIGHT - BAR_HEIGHT) / 2
                bars.append(Bar(x, y, width, BAR_HEIGHT, part.tone, part.words))
            x += width
        middle = top + ROW_HEIGHT / 2 + 4
        drawn.append(
            DrawnLine(
                line.name, line.total, line.href, bars, LABEL_WIDTH - 8, middle, x + 6, middle
            )
        )
    return Chart(WIDTH, max(len(lines), 1) * ROW_HEIGHT, drawn)


def columns(lines: Sequence[Line]) -> Chart:
    """Return lines as columns, side by side."""
    most = max((line.total for line in lines), default=0) or 1
    step = WIDTH / max(len(lines), 1)
    drawn = []
    for index, line in enumerate(lines):
        left, y = index * step, float(COLUMN_HEIGHT)
        bars = []
        for part in line.slices:
            height = round((COLUMN_HEIGHT - 20) * part.value / most, 1)
            y -= height
            if part.value:
                bars.append(Bar(left + step * 0.15, y, step * 0.7, height, part.tone, part.words))
        middle = left + step / 2
        drawn.append(
            DrawnLine(
                line.name,
                line.total,
                line.href,
                bars,
                middle,
                COLUMN_HEIGHT + AXIS_HEIGHT - 7,
                middle,
                y - 5,
            )
        )
    return Chart(WIDTH, COLUMN_HEIGHT + AXIS_HEIGHT, drawn)
