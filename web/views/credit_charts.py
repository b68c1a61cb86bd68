"""The pictures of credit as plain geometry: how a score comes about, its course, its shape, its interval.

Every picture says nothing that a table beside it does not say in figures.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from credit.rulebook import Grade

Number = float | Decimal

BUILD_WIDTH, BUILD_ROW = 720, 26
_BUILD_LEFT, _BUILD_RIGHT, _BUILD_TOP = 22, 14, 20
_NARROW = 26

TREND_WIDTH, TREND_HEIGHT = 640, 230
_TREND_LEFT, _TREND_RIGHT, _TREND_TOP, _TREND_BOTTOM = 30, 22, 12, 26
_MONTH_ROOM = 46

RADAR_WIDTH, RADAR_HEIGHT, _RADIUS = 360, 250, 84

WHISKER_WIDTH, WHISKER_HEIGHT = 200, 22


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with what it says."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str = ""
    inside: str = ""

    @property
    def middle(self) -> float:
        """Return where a word in its middle stands."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word somewhere."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture.

    Attributes:
        paths: lines and areas, each with its class and what it says.
    """

    width: int
    height: int
    boxes: Sequence[Box] = ()
    paths: Sequence[tuple[str, str, str]] = ()
    marks: Sequence[Mark] = ()


def _path(points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    text = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"{text}Z" if closed else text


# -- how a score comes about -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """One indicator of the performance part: what it may bring, and what it brings."""

    weight: Decimal
    points: Decimal
    words: str


def build_up(
    blocks: Sequence[Block],
    performance: Decimal,
    ledger: Decimal,
    interval: tuple[Decimal, Decimal],
    lines: Mapping[Grade, Decimal],
    words: tuple[str, str],
) -> Picture:
    """Return how points become P, and P with the ledger becomes S, on one scale from 0 to 100.

    Args:
        blocks: the indicators in their order.
        performance: P.
        ledger: L.
        interval: of the score.
        lines: where grades begin.
        words: what stands at P and at L, for those who point at them.
    """
    first, second = _BUILD_TOP, _BUILD_TOP + BUILD_ROW + 10
    boxes = _blocks(blocks, first)
    score = min(max(performance + ledger, Decimal(0)), Decimal(100))
    kept, changed = sorted((performance, score))
    boxes.append(
        Box(_across(0), second, _across(kept) - _across(0), BUILD_ROW, "build-p", words[0])
    )
    if changed > kept:
        tone = "build-plus" if ledger > 0 else "build-minus"
        boxes.append(
            Box(_across(kept), second, _across(changed) - _across(kept), BUILD_ROW, tone, words[1])
        )
    bottom = second + BUILD_ROW
    paths = [
        (f"line-grade line-{grade.value.lower()}", _path([(x, first - 4), (x, bottom + 4)]), "")
        for grade, line in lines.items()
        for x in (_across(line),)
    ]
    low, high, middle = _across(interval[0]), _across(interval[1]), second + BUILD_ROW / 2
    paths += [
        ("whisker", _path([(low, middle), (high, middle)]), ""),
        ("whisker", _path([(low, middle - 5), (low, middle + 5)]), ""),
        ("whisker", _path([(high, middle - 5), (high, middle + 5)]), ""),
        ("score-line", _path([(_across(score), second - 3), (_across(score), bottom + 3)]), ""),
    ]
    marks = [Mark(_across(line), first - 8, grade.value) for grade, line in lines.items()]
    marks += [
        Mark(_BUILD_LEFT - 6, first + BUILD_ROW / 2 + 4, "P", "end"),
        Mark(_BUILD_LEFT - 6, second + BUILD_ROW / 2 + 4, "S", "end"),
    ]
    return Picture(BUILD_WIDTH, bottom + 8, boxes, paths, marks)


def _across(value: Number) -> float:
    room = BUILD_WIDTH - _BUILD_LEFT - _BUILD_RIGHT
    return round(_BUILD_LEFT + room * float(value) / 100, 1)


def _blocks(blocks: Sequence[Block], top: float) -> list[Box]:
    boxes, taken = [], Decimal(0)
    for number, block in enumerate(blocks, start=1):
        start = _across(taken)
        taken += block.weight
        room, width = _across(taken) - start, _across(block.points) - _across(0)
        boxes.append(Box(start, top, room, BUILD_ROW, "build-room", block.words))
        inside = f"{block.points:.1f}" if width >= _NARROW else ""
        boxes.append(
            Box(start, top, round(width, 1), BUILD_ROW, f"part-{number}", block.words, inside)
        )
    return boxes


# -- its course ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dot:
    """A score of a day, with the interval around it."""

    day: date
    score: Decimal
    low: Decimal
    high: Decimal
    words: str = ""


class _Plane:
    """Days across, scores down."""

    def __init__(self, days: Sequence[date], least: float) -> None:
        self.first, self.last = min(days), max(days)
        self.floor = int(max(0.0, min(math.floor((least - 2) / 10) * 10, 60)))
        self.right = TREND_WIDTH - _TREND_RIGHT
        self.bottom = TREND_HEIGHT - _TREND_BOTTOM

    def across(self, day: date) -> float:
        span = max((self.last - self.first).days, 1)
        return _TREND_LEFT + (self.right - _TREND_LEFT) * (day - self.first).days / span

    def down(self, value: Number) -> float:
        height = self.bottom - _TREND_TOP
        return _TREND_TOP + height * (100 - float(value)) / (100 - self.floor)

    def at(self, day: date, value: Number) -> tuple[float, float]:
        return self.across(day), self.down(value)


def trend(
    live: Sequence[Dot],
    periods: Sequence[Dot],
    coming: Sequence[tuple[date, Decimal]],
    lines: Mapping[Grade, Decimal],
) -> Picture | None:
    """Return a score's course: the live line in its band, frozen periods as marks, what comes dashed.

    None while there is nothing to draw a line through.
    """
    dots = [*live, *periods]
    if len(dots) < 2:  # noqa: PLR2004  # a line has two ends
        return None
    least = min([float(dot.low) for dot in dots] + [float(score) for _, score in coming])
    plane = _Plane([dot.day for dot in dots] + [day for day, _ in coming], least)
    paths, marks = _frame(plane, lines)
    paths += _live_paths(plane, live)
    if len(coming) > 1:
        paths.append(("trend-coming", _path([plane.at(*one) for one in coming]), ""))
    for dot in periods:
        paths += _period_paths(plane, dot)
    return Picture(TREND_WIDTH, TREND_HEIGHT, (), paths, marks)


Paths = list[tuple[str, str, str]]


def _frame(plane: _Plane, lines: Mapping[Grade, Decimal]) -> tuple[Paths, list[Mark]]:
    paths: Paths = [("axis", _path([(_TREND_LEFT, plane.bottom), (plane.right, plane.bottom)]), "")]
    marks = []
    for grade, line in lines.items():
        if line >= plane.floor:
            y = plane.down(line)
            name = f"line-grade line-{grade.value.lower()}"
            paths.append((name, _path([(_TREND_LEFT, y), (plane.right, y)]), ""))
            marks.append(Mark(plane.right + 6, y + 4, grade.value, "start"))
    step = 10 if plane.floor >= 40 else 20  # noqa: PLR2004  # so that words do not meet
    marks += [
        Mark(_TREND_LEFT - 5, plane.down(value) + 4, str(value), "end")
        for value in range(plane.floor, 101, step)
    ]
    return paths, marks + _months(plane)


def _months(plane: _Plane) -> list[Mark]:
    """Return the names of the months under their first days, as many as there is room for."""
    marks: list[Mark] = []
    day = plane.first.replace(day=1)
    while day <= plane.last:
        x = plane.across(day)
        if x >= _TREND_LEFT and (not marks or x - marks[-1].x >= _MONTH_ROOM):
            marks.append(Mark(round(x, 1), plane.bottom + 16, f"{day:%Y-%m}", "start"))
        day = (day + timedelta(days=32)).replace(day=1)
    return [mark for mark in marks if mark.x <= plane.right - _MONTH_ROOM]


def _live_paths(plane: _Plane, live: Sequence[Dot]) -> Paths:
    if len(live) < 2:  # noqa: PLR2004  # a line has two ends
        return []
    upper = [plane.at(dot.day, dot.high) for dot in live]
    lower = [plane.at(dot.day, dot.low) for dot in reversed(live)]
    return [
        ("trend-band", _path([*upper, *lower], closed=True), ""),
        ("trend-line", _path([plane.at(dot.day, dot.score) for dot in live]), ""),
    ]


def _period_paths(plane: _Plane, dot: Dot) -> Paths:
    x, y = plane.at(dot.day, dot.score)
    diamond = [(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)]
    whisker = [(x, plane.down(dot.low)), (x, plane.down(dot.high))]
    return [
        ("whisker", _path(whisker), dot.words),
        ("trend-period", _path(diamond, closed=True), dot.words),
    ]


def spark(scores: Sequence[Decimal], width: int = 120, height: int = 28) -> str:
    """Return a small line without axes; nothing for fewer than two scores."""
    if len(scores) < 2:  # noqa: PLR2004  # a line has two ends
        return ""
    low, high = float(min(scores)), float(max(scores))
    span = max(high - low, 4.0)
    middle = (low + high) / 2
    return _path(
        [
            (
                2 + (width - 4) * place / (len(scores) - 1),
                height / 2 - (height - 6) * (float(score) - middle) / span,
            )
            for place, score in enumerate(scores)
        ]
    )


# -- its shape -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis:
    """One indicator of a radar: how much of its points was reached, between 0 and 1.

    Attributes:
        own: None where nothing was counted.
        peers: the middle of the peers; None where there is none.
    """

    name: str
    own: float | None
    peers: float | None


def radar(axes: Sequence[Axis]) -> Picture:
    """Return the indicators as a hexagon: outside is all of the points, the middle none."""
    paths: Paths = [("ring", _ring(len(axes), share), "") for share in (0.25, 0.5, 0.75, 1.0)]
    paths += [
        ("ring", _path([_spoke(place, len(axes), 0), _spoke(place, len(axes), 1)]), "")
        for place in range(len(axes))
    ]
    for name, shares in (
        ("radar-peers", [axis.peers for axis in axes]),
        ("radar-own", [axis.own for axis in axes]),
    ):
        if any(share is not None for share in shares):
            points = [_spoke(i, len(axes), share or 0) for i, share in enumerate(shares)]
            paths.append((name, _path(points, closed=True), ""))
    return Picture(RADAR_WIDTH, RADAR_HEIGHT, (), paths, [_name(i, axes) for i in range(len(axes))])


def _ring(count: int, share: float) -> str:
    return _path([_spoke(place, count, share) for place in range(count)], closed=True)


def _spoke(place: int, count: int, share: float) -> tuple[float, float]:
    angle = 2 * math.pi * place / count - math.pi / 2
    radius = _RADIUS * share
    return (
        RADAR_WIDTH / 2 + radius * math.cos(angle),
        RADAR_HEIGHT / 2 + radius * math.sin(angle),
    )


def _name(place: int, axes: Sequence[Axis]) -> Mark:
    x, y = _spoke(place, len(axes), 1.12)
    side = x - RADAR_WIDTH / 2
    anchor = "middle" if abs(side) < 1 else "start" if side > 0 else "end"
    lift = 4 if abs(side) >= 1 else (-2 if y < RADAR_HEIGHT / 2 else 10)
    return Mark(round(x, 1), round(y + lift, 1), axes[place].name, anchor)


# -- its interval ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """Which scores a row of whiskers spans, the same in all rows.

    Attributes:
        least: at the left end; the right one is 100.
        ground: the lines of the grades, as one path.
    """

    least: float
    ground: str

    def across(self, value: Number) -> float:
        """Return where a score stands."""
        return 4 + (WHISKER_WIDTH - 8) * (float(value) - self.least) / (100 - self.least)

    def whisker(self, low: Decimal, high: Decimal) -> str:
        """Return an interval: a line between two ends."""
        left, right, y = self.across(low), self.across(high), WHISKER_HEIGHT / 2
        ends = f"M{left:.1f} {y - 4}V{y + 4}M{right:.1f} {y - 4}V{y + 4}"
        return f"M{left:.1f} {y}H{right:.1f}{ends}"

    def dot(self, score: Decimal) -> str:
        """Return the score on its interval."""
        x, y = self.across(score), WHISKER_HEIGHT / 2
        return f"M{x - 4:.1f} {y}L{x:.1f} {y - 4}L{x + 4:.1f} {y}L{x:.1f} {y + 4}Z"


def scale_of(lows: Sequence[Decimal], lines: Mapping[Grade, Decimal]) -> Scale:
    """Return the scale on which all of these fit."""
    least = max(0.0, math.floor((float(min(lows, default=Decimal(60))) - 1) / 10) * 10)
    bare = Scale(min(least, 60.0), "")
    ground = "".join(
        f"M{bare.across(line):.1f} 0V{WHISKER_HEIGHT}"
        for line in lines.values()
        if line >= bare.least
    )
    return Scale(bare.least, ground)
