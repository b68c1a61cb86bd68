"""What the board counts, each figure by its name - pure.

A figure is a set of things that happened, each at an instant, on one ticket, of one department. Its
number and the list behind it come from the same statement.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from hotline.sla.policy import ClockKind


class Source(enum.StrEnum):
    """Where figures come from."""

    SUBMITTED = "submitted"
    ENDED = "ended"
    LIMITS = "limits"
    AGAIN = "again"
    REQUESTS = "requests"
    URGES = "urges"
    ANSWERS = "answers"
    RESULTS = "results"


STEPS: Sequence[ClockKind] = (
    ClockKind.ACCEPT,
    ClockKind.DISPATCH,
    ClockKind.SIGN,
    ClockKind.FIRST_CONTACT,
    ClockKind.COMPLETE,
    ClockKind.AUDIT,
    ClockKind.VISIT,
)
"""The steps of the loop whose limits are counted, in their order."""

OF_HOTLINE = frozenset({ClockKind.ACCEPT, ClockKind.DISPATCH, ClockKind.AUDIT, ClockKind.VISIT})
"""Steps that the hotline takes itself: a department has none of them."""

MET, MISSED = "met", "missed"

RECEIVED, REPEATED, CLOSED = "received", "repeated", "closed"
REWORKED, URGED = "reworked", "urged"
RETURNED, ARBITRATED, EXTENDED = "returned", "arbitrated", "extended"
SOLVED, UNSOLVED, BADLY_RATED, RATED_WELL = "solved", "unsolved", "badly_rated", "rated_well"

TOOK: Sequence[tuple[str, timedelta | None]] = (
    ("took_4h", timedelta(hours=4)),
    ("took_1d", timedelta(days=1)),
    ("took_3d", timedelta(days=3)),
    ("took_5d", timedelta(days=5)),
    ("took_7d", timedelta(days=7)),
    ("took_15d", timedelta(days=15)),
    ("took_30d", timedelta(days=30)),
    ("took_longer", None),
)
"""How long good work took from the submission on: each up to so long, and longer than the one before."""


def step_figure(kind: ClockKind, ended: str) -> str:
    """Return the name of the limits of a step that ended so."""
    return f"{kind.value}_{ended}"


FIGURES: MappingProxyType[str, Source] = MappingProxyType(
    {
        RECEIVED: Source.SUBMITTED,
        REPEATED: Source.SUBMITTED,
        CLOSED: Source.ENDED,
        **{step_figure(kind, MET): Source.LIMITS for kind in STEPS},
        **{step_figure(kind, MISSED): Source.LIMITS for kind in STEPS},
        REWORKED: Source.AGAIN,
        RETURNED: Source.REQUESTS,
        ARBITRATED: Source.REQUESTS,
        EXTENDED: Source.REQUESTS,
        URGED: Source.URGES,
        SOLVED: Source.ANSWERS,
        UNSOLVED: Source.ANSWERS,
        BADLY_RATED: Source.ANSWERS,
        RATED_WELL: Source.ANSWERS,
        **{name: Source.RESULTS for name, _ in TOOK},
    }
)
"""Every figure, and where it comes from."""


@dataclass(frozen=True, slots=True)
class Measure:
    """So many of so many.

    Attributes:
        code: its name.
        good: figures that are counted as good.
        bad: the others of those it is held against.
    """

    code: str
    good: str
    bad: str


LOOP: Sequence[Measure] = tuple(
    Measure(kind.value, step_figure(kind, MET), step_figure(kind, MISSED)) for kind in STEPS
)
"""The closing loop in figures."""

RESOLVED = Measure("resolved", SOLVED, UNSOLVED)
SATISFIED = Measure("satisfied", RATED_WELL, BADLY_RATED)
MEASURES: Sequence[Measure] = (*LOOP, RESOLVED, SATISFIED)

GROUPS: MappingProxyType[str, Sequence[str]] = MappingProxyType(
    {
        **{name: (name,) for name in FIGURES},
        **{f"{measure.code}_all": (measure.good, measure.bad) for measure in MEASURES},
        "took_all": tuple(name for name, _ in TOOK),
        "took_slow": tuple(name for name, most in TOOK if most is None or most.days > 7),  # noqa: PLR2004
    }
)
"""What a list may be asked for: a figure, or some that belong together; each group has one source."""


def slowest(counts: Sequence[int], share: float = 0.9) -> int | None:
    """Return the place of the first step within which a share of all lie; None for nothing counted."""
    total = sum(counts)
    reached = 0
    for place, count in enumerate(counts):
        reached += count
        if total and reached >= share * total:
            return place
    return None
