"""Bars as plain geometry, so that a template can draw them as SVG without any script."""

from collections.abc import Sequence
from dataclasses import dataclass

ROW_HEIGHT = 28
BAR_HEIGHT = 16
LABEL_WIDTH = 180
WIDTH = 500
VALUE_WIDTH = 44
SQUARE = 13
"""How broad a Chinese letter is drawn; a Latin one takes little more than half of it."""
_LATIN_ENDS = "\u2e80"


@dataclass(frozen=True, slots=True)
class Slice:
    """One number of a chart, with its colour's class and what it is called in words."""

    value: int
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a chart: a name and its slices."""

    name: str
    slices: Sequence[Slice]

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
    """A row with its rectangles and where its words stand; its label is as much of its name as fits."""

    name: str
    label: str
    total: int
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


def fitting(name: str, room: float = LABEL_WIDTH - 8) -> str:
    """Return as much of a name as fits, with an ellipsis where something is missing."""
    breadths = [SQUARE * (1 if letter >= _LATIN_ENDS else 0.58) for letter in name]
    if sum(breadths) <= room:
        return name
    used = float(SQUARE)
    for place, breadth in enumerate(breadths):
        used += breadth
        if used > room:
            return f"{name[:place].rstrip()}…"
    return name


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
                line.name,
                fitting(line.name),
                line.total,
                bars,
                LABEL_WIDTH - 8,
                middle,
                x + 6,
                middle,
            )
        )
    return Chart(WIDTH, max(len(lines), 1) * ROW_HEIGHT, drawn)
