"""What a ticket's time went on: its stages in order, whose time each was, and what is left - pure.

Beside the holdings, which say who had a ticket, this says what was owed meanwhile: accepting,
dispatching, signing, handling, a pause with consent, a dispute, the audit, the return visit. The
lengths of all spans add up to the whole time since submission, to the microsecond.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotline.tickets.lifecycle import Hold, Status

_MICROSECOND = timedelta(microseconds=1)


class Stage(enum.StrEnum):
    """What is owed while a ticket stands where it does."""

    ACCEPTING = "accepting"
    DISPATCHING = "dispatching"
    SIGNING = "signing"
    HANDLING = "handling"
    PAUSED = "paused"
    DISPUTED = "disputed"
    AUDITING = "auditing"
    VISITING = "visiting"
    CHECKING = "checking"
    ENDED = "ended"


_OF_STATUS: Mapping[Status, Stage] = {
    Status.SUBMITTED: Stage.ACCEPTING,
    Status.ACCEPTED: Stage.DISPATCHING,
    Status.DISPATCHED: Stage.SIGNING,
    Status.PROCESSING: Stage.HANDLING,
    Status.FEEDBACK_SUBMITTED: Stage.AUDITING,
    Status.PENDING_VISIT: Stage.VISITING,
}

_OF_HOLD: Mapping[Hold, Stage] = {
    Hold.SUPPLEMENT: Stage.PAUSED,
    Hold.SUSPENSION: Stage.PAUSED,
    Hold.RETURN_REVIEW: Stage.DISPUTED,
    Hold.ARBITRATION: Stage.DISPUTED,
    Hold.FINAL_REPLY: Stage.CHECKING,
    Hold.RATING_CHECK: Stage.CHECKING,
}
"""A consultation is dispatching, and a plan of rectification is handling, only longer."""


def stage_of(status: Status, hold: Hold | None) -> Stage:
    """Return what is owed in a state."""
    if hold is not None and hold in _OF_HOLD:
        return _OF_HOLD[hold]
    return _OF_STATUS.get(status, Stage.ENDED)


@dataclass(frozen=True, slots=True)
class Turn:
    """A row of a timeline, as far as it says who has a ticket and where it stands.

    Attributes:
        at: when.
        status, hold: the state that it led to.
        changes: columns that it changed; `owner_department_id` and `submitted_at` are looked at.
    """

    at: datetime
    status: Status
    hold: Hold | None
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one stage with one unit; with none between a closing and a reopening."""

    stage: Stage
    department_id: int | None
    since: datetime
    until: datetime

    @property
    def microseconds(self) -> int:
        """Its length."""
        return (self.until - self.since) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class TimeUse:
    """A ticket's time, used and left.

    Attributes:
        spans: without a gap from submission to the end, or to now.
        total: microseconds used, the sum of the spans.
        due_at: the limit that guides now; None where none runs.
        left: microseconds up to the limit; 0 when it has passed or none runs.
        over: microseconds since the limit passed; 0 while it has not.
    """

    spans: Sequence[Span]
    total: int
    due_at: datetime | None
    left: int
    over: int


def spans_of(turns: Iterable[Turn], due_at: datetime | None, now: datetime) -> TimeUse:
    """Return what a ticket's time went on.

    Args:
        turns: its timeline in order; rows that neither moved it nor handed it over may be left out.
        due_at: the limit that guides it now, if one does.
        now: where the last span of a ticket that has not ended ends.

    Raises:
        ValueError: a timeline has at least one row.
    """
    marks = _marks(turns)
    last_at, last, _ = marks[-1]
    until = last_at if last is Stage.ENDED else max(now, last_at)
    limit = due_at if last is not Stage.ENDED else None
    return TimeUse(
        _spans(marks, until),
        (until - marks[0][0]) // _MICROSECOND,
        limit,
        max((limit - until) // _MICROSECOND, 0) if limit else 0,
        max((until - limit) // _MICROSECOND, 0) if limit else 0,
    )


_Mark = tuple[datetime, Stage, int | None]


def _marks(turns: Iterable[Turn]) -> Sequence[_Mark]:
    """Return from when on which stage was whose."""
    marks: list[_Mark] = []
    unit: int | None = None
    for turn in turns:
        unit = turn.changes.get("owner_department_id", unit)
        at = turn.at
        if not marks:
            submitted_at = turn.changes.get("submitted_at")
            at = datetime.fromisoformat(submitted_at) if submitted_at else at
        elif marks[-1][0] > at:
            # Two servers' clocks may differ by a little: no span is shorter than nothing.
            at = marks[-1][0]
        marks.append((at, stage_of(turn.status, turn.hold), unit))
    if not marks:
        raise ValueError("a timeline has at least one row")
    return marks


def _spans(marks: Sequence[_Mark], until: datetime) -> Sequence[Span]:
    """Return the spans between marks: none without length, neighbours that are alike as one."""
    spans: list[Span] = []
    ends = [at for at, _, _ in marks[1:]] + [until]
    for (since, stage, unit), end in zip(marks, ends, strict=True):
        if end == since:
            continue
        is_same = spans and (spans[-1].stage, spans[-1].department_id) == (stage, unit)
        began = spans.pop().since if is_same else since
        spans.append(Span(stage, unit, began, end))
    return spans


WHOLE = 1000
"""Parts of a bar."""


def parts_of(lengths: Sequence[int], whole: int = WHOLE) -> Sequence[int]:
    """Return how many of `whole` parts each length takes; together they are exactly `whole`.

    What is left over by rounding goes to whatever was cut most. No length at all takes no part.
    """
    total = sum(lengths)
    if total == 0:
        return [0] * len(lengths)
    parts = [length * whole // total for length in lengths]
    cut = sorted(range(len(lengths)), key=lambda place: -(lengths[place] * whole % total))
    for place in cut[: whole - sum(parts)]:
        parts[place] += 1
    return parts
