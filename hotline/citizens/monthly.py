"""The public figures of a month: what was counted becomes what everybody may read - pure.

What stands in the content is all that leaves the house: counts by what they are about with small cells
left out, rates with the numbers that they are made of, departments only where enough people answered.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from hotline.citizens.suppression import LEAST, may_show_rate, suppress
from hotline.kernel.clock import SHANGHAI

DEFINITIONS = 1
"""Which definitions the figures follow; another number when one of them changes."""

LEAST_OF_UNIT = 30
"""Of a department with fewer answers nothing is said: below it nobody is ranked either."""

WAIT_DAYS = 2
"""So many days after its end a month is published: what was late has been told by then."""

DIMENSIONS = ("channel", "request_type", "category", "area")
LOOP = ("accept", "dispatch", "first_contact", "complete", "visit")
"""Limits of the closed loop that are told, in the order in which they run."""

GOOD_RATING = 3
"""This rating and better is called satisfied."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """So many of so many."""

    part: int = 0
    of: int = 0

    def stored(self, *, least: int = LEAST) -> dict[str, int] | None:
        """Return it as it is published; None where too few stand behind it."""
        return {"k": self.part, "n": self.of} if may_show_rate(self.of, least) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCounts:
    """What was counted of one department."""

    code: str
    name: str
    name_en: str
    promises: Ratio = Ratio()
    solved: Ratio = Ratio()
    satisfied: Ratio = Ratio()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCounts:
    """Everything that was counted of a month.

    Attributes:
        volumes: tickets by dimension and code; an empty code where nothing was said.
        names: of categories and areas by dimension and code, Chinese and English.
        loop: of each limit, how often it was kept.
        promises: kept, of those that came due.
        contacted: people who say that the department spoke with them.
        solved: people who say that their matter is solved.
        satisfied: people who rated it fairly satisfied or better.
        handled: how much work was found good.
        median_hours: of it, from submission to work found good; None for none.
        slow_hours: within which nine of ten were done.
    """

    volumes: Mapping[str, Mapping[str, int]]
    names: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    loop: Mapping[str, Ratio] = field(default_factory=dict)
    promises: Ratio = Ratio()
    contacted: Ratio = Ratio()
    solved: Ratio = Ratio()
    satisfied: Ratio = Ratio()
    handled: int = 0
    median_hours: float | None = None
    slow_hours: float | None = None
    units: Sequence[UnitCounts] = ()


def bounds(month: date) -> tuple[datetime, datetime]:
    """Return the instants between which a month lies in Shanghai, the end excluded."""
    first = month.replace(day=1)
    return _midnight(first), _midnight(month_after(first))


def month_after(month: date) -> date:
    """Return the first day of the next month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(month: date, count: int = 1) -> date:
    """Return the first day of an earlier month."""
    place = month.year * 12 + month.month - 1 - count
    return date(place // 12, place % 12 + 1, 1)


def due_day(month: date) -> date:
    """Return from which day on a month may be published."""
    return month_after(month) + timedelta(days=WAIT_DAYS)


def months_due(today: date, most: int = 12) -> list[date]:
    """Return the latest months that may be published, the oldest first."""
    this = today.replace(day=1)
    months = [month_before(this, count) for count in range(most, 0, -1)]
    return [month for month in months if due_day(month) <= today]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def compose(month: date, counts: MonthCounts) -> dict[str, Any]:
    """Return the content of a month: the same counts give the same content, to the letter."""
    volumes = {one: counts.volumes.get(one, {}) for one in DIMENSIONS}
    total = sum(volumes[DIMENSIONS[0]].values())
    enough = may_show_rate(counts.handled)
    return {
        "month": f"{month:%Y-%m}",
        "definitions": DEFINITIONS,
        "least": LEAST,
        "least_of_unit": LEAST_OF_UNIT,
        "total": total if total == 0 or total >= LEAST else None,
        "volumes": {one: _cells(one, cells, counts) for one, cells in volumes.items()},
        "loop": [
            {"limit": limit, "rate": counts.loop.get(limit, Ratio()).stored()} for limit in LOOP
        ],
        "promises": counts.promises.stored(),
        "contacted": counts.contacted.stored(),
        "solved": counts.solved.stored(),
        "satisfied": counts.satisfied.stored(),
        "handled": {
            "n": counts.handled if enough else None,
            "median_hours": counts.median_hours if enough else None,
            "slow_hours": counts.slow_hours if enough else None,
        },
        "departments": _units(counts.units),
    }


def _cells(dimension: str, cells: Mapping[str, int], counts: MonthCounts) -> list[dict[str, Any]]:
    shown = suppress(cells).cells
    named = counts.names.get(dimension, {})
    order = sorted(cells, key=lambda code: (code == "", -(shown[code] or 0), code))
    return [
        {"code": code, "n": shown[code]}
        | ({"name": named[code][0], "name_en": named[code][1]} if code in named else {})
        for code in order
    ]


def _units(units: Sequence[UnitCounts]) -> list[dict[str, Any]]:
    """Return departments in the order of the directory: it is no ranking.

    What is left out of one of them cannot be worked out of the city's figures either.
    """
    kinds = ("promises", "solved", "satisfied")
    bases = {
        kind: suppress({one.code: getattr(one, kind).of for one in units}, LEAST_OF_UNIT).cells
        for kind in kinds
    }
    rows = []
    for one in units:
        told = {kind: bool(bases[kind][one.code]) for kind in kinds}
        if any(told.values()):
            rows.append(
                {"code": one.code, "name": one.name, "name_en": one.name_en}
                | {kind: getattr(one, kind).stored() if told[kind] else None for kind in kinds}
            )
    return rows


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the digest of a content, by its canonical JSON."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
