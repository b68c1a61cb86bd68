"""The life of a report: drafted, written, signed by a second person, published, withdrawn - pure."""

import enum
import uuid
from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType

from credit.periods import Period, PeriodKind
from credit.reports.errors import ReportMoveRefused, SecondPersonForReport
from hotline.kernel.clock import SHANGHAI


class ReportState(enum.StrEnum):
    """How far a report is."""

    DRAFT = "draft"
    SIGNED = "signed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


_FOLLOWING: Mapping[ReportState, frozenset[ReportState]] = MappingProxyType(
    {
        ReportState.DRAFT: frozenset(
            {ReportState.DRAFT, ReportState.SIGNED, ReportState.WITHDRAWN}
        ),
        # What was signed does not change any more: it is published, or withdrawn and made again.
        ReportState.SIGNED: frozenset({ReportState.PUBLISHED, ReportState.WITHDRAWN}),
        ReportState.PUBLISHED: frozenset({ReportState.WITHDRAWN}),
    }
)

SERIES: Mapping[PeriodKind, str] = MappingProxyType(
    {PeriodKind.MONTH: "YTB", PeriodKind.QUARTER: "JFX", PeriodKind.YEAR: "NKH"}
)
"""The letters at the head of the numbers of each kind."""


def require_following(state: ReportState, following: ReportState) -> None:
    """Pass in silence when a report may go from one state to another.

    Raises:
        ReportMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise ReportMoveRefused(state=state)


def require_signer(writers: Collection[uuid.UUID], actor: uuid.UUID | None) -> None:
    """Pass in silence when somebody signs who wrote none of the words.

    Raises:
        SecondPersonForReport: he did, or nobody can say who he is.
    """
    if actor is None or actor in writers:
        raise SecondPersonForReport


def require_publisher(
    writers: Collection[uuid.UUID], signed_by: uuid.UUID | None, actor: uuid.UUID | None
) -> None:
    """Pass in silence when two persons stand behind what is published.

    Where nobody wrote a word, another one than who signed publishes it.

    Raises:
        SecondPersonForReport: it would be one person alone.
    """
    if actor is None or (not writers and signed_by == actor):
        raise SecondPersonForReport


def due_on(period: Period, day: int) -> date:
    """Return by when a report is to be out: a day of the month after the period, 1 to 28."""
    return period.until.astimezone(SHANGHAI).date().replace(day=day)
