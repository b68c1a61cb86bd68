"""Figures of the loop as values: counted rows, before anything is made of them - pure."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.supervision.bulletins.rules import UnitFigures


class Span(enum.StrEnum):
    """Which of the spans that are compared with each other."""

    NOW = "now"
    BEFORE = "before"
    SEASON = "season"


class Dimension(enum.StrEnum):
    """By what tickets are counted."""

    ALL = "all"
    CHANNEL = "channel"
    REQUEST_TYPE = "request_type"
    CATEGORY = "category"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Spans:
    """Half-open spans of time.

    Attributes:
        now: what the figures are about.
        before: the same length of time before it.
        season: the same time of the year before.
    """

    now: tuple[datetime, datetime]
    before: tuple[datetime, datetime]
    season: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Volume:
    """So many tickets were submitted.

    Attributes:
        code: of the channel, type or category, or the area's name; empty for all and for none given.
        count: tickets.
        repeats: of them, those that tell again of a matter that was handled.
    """

    span: Span
    dimension: Dimension
    code: str
    count: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Handled:
    """Work that was found good, by the day on which it was handed in.

    Attributes:
        department_id: None for all departments together.
        median: seconds from the matter's submission to the work that was found good.
        slow: seconds within which nine of ten were done.
    """

    department_id: int | None
    count: int
    median: int
    slow: int


@dataclass(frozen=True, slots=True)
class SlowTicket:
    """One of those that took longest."""

    number: str
    department_id: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Requested:
    """So many requests about tickets were opened."""

    department_id: int | None
    kind: str
    reason: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """So many supervision orders were issued."""

    department_id: int
    level: int
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Answered:
    """So many attempts to ask a requester came to this."""

    department_id: int | None
    is_reached: bool
    was_contacted: bool | None
    is_solved: bool | None
    rating: int | None
    is_excluded: bool
    count: int


@dataclass(frozen=True, slots=True)
class LoopFigures:
    """Everything that was counted, as of one instant."""

    volumes: Sequence[Volume]
    handled: Sequence[Handled]
    slowest: Sequence[SlowTicket]
    requested: Sequence[Requested]
    ordered: Sequence[Ordered]
    answered: Sequence[Answered]
    units: Sequence[UnitFigures]
