"""Who held a ticket from when to when, and whose time that was - pure.

Two figures are kept of every ticket: how long each holder had it, and how long the requester has been
waiting. The second never stops and never starts again, not even while the matter was thought closed:
the lengths of all hops add up to it, to the microsecond.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hotline.sla.clocks import Change, ClockState
from hotline.sla.explanation import Explanation, Versions
from hotline.sla.models import Clock, ClockChange
from hotline.sla.policy import ClockKind
from hotline.tickets.lifecycle import HANDLING, Action

Row = Mapping[str, Any]
"""A timeline row: `at` and `changes` are looked at."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who answers for a ticket: a unit, and in it a named person or a duty post."""

    department_id: int
    user_id: uuid.UUID | None
    post: str | None


@dataclass(frozen=True, slots=True)
class Hop:
    """A stretch of a ticket's life with one holder; with none between a closing and a reopening."""

    holder: Holder | None
    since: datetime
    until: datetime

    @property
    def microseconds(self) -> int:
        """Its length."""
        return (self.until - self.since) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Share:
    """What a unit had to do with a ticket, in microseconds.

    Attributes:
        department_id: the unit; None for the time when the matter was thought closed.
        held: how long the ticket was with it.
        responsible: how much of the time was its own: what the clocks of its work counted, each
            instant once.
    """

    department_id: int | None
    held: int
    responsible: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everybody who held a ticket, in order.

    Attributes:
        hops: without a gap from submission to the end, or to now.
        began_at: submission.
        ended_at: the last closing; None while somebody holds the ticket.
        total: microseconds that the requester has been waiting.
    """

    hops: Sequence[Hop]
    began_at: datetime
    ended_at: datetime | None
    total: int

    @property
    def holder(self) -> Holder | None:
        """Who holds it now."""
        return self.hops[-1].holder if self.ended_at is None and self.hops else None

    @property
    def held(self) -> int | None:
        """How long the unit that holds it now has held it in all; None when nobody does."""
        holder = self.holder
        if holder is None:
            return None
        return sum(
            hop.microseconds
            for hop in self.hops
            if hop.holder is not None and hop.holder.department_id == holder.department_id
        )


_COLUMNS = ("owner_department_id", "holder_user_id", "holder_post")


def holdings_of(rows: Iterable[Row], now: datetime) -> Holdings:
    """Return who held a ticket.

    Args:
        rows: its timeline in order; rows that changed nothing about the holder may be left out.
        now: where the last hop of a ticket that somebody holds ends.
    """
    state: dict[str, Any] = dict.fromkeys(_COLUMNS)
    marks: list[tuple[datetime, Holder | None]] = []
    began_at: datetime | None = None
    for row in rows:
        state.update({name: row["changes"][name] for name in _COLUMNS if name in row["changes"]})
        if began_at is None:
            submitted_at = row["changes"].get("submitted_at")
            began_at = datetime.fromisoformat(submitted_at) if submitted_at else row["at"]
            marks.append((began_at, _holder(state)))
            continue
        holder = _holder(state)
        if holder != marks[-1][1]:
            # Two servers' clocks may differ by a little: no hop is shorter than nothing.
            marks.append((max(row["at"], marks[-1][0]), holder))
    if began_at is None:
        raise ValueError("a timeline has at least one row")
    last_at, last = marks[-1]
    ended_at = last_at if last is None else None
    until = ended_at or max(now, last_at)
    instants = [at for at, _ in marks[1:]] + [until]
    hops = [
        Hop(holder, since, end)
        for (since, holder), end in zip(marks, instants, strict=True)
        if end > since
    ]
    return Holdings(hops, began_at, ended_at, (until - began_at) // _MICROSECOND)


def _holder(state: Mapping[str, Any]) -> Holder | None:
    if state["owner_department_id"] is None:
        return None
    user_id = state["holder_user_id"]
    return Holder(
        state["owner_department_id"], uuid.UUID(user_id) if user_id else None, state["holder_post"]
    )


# -- whose time ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """A clock with its log, taken apart."""

    clock: Clock
    changes: Sequence[ClockChange]
    explanation: Explanation
    versions: Versions


_WITHIN = frozenset(
    {
        ClockKind.SIGN,
        ClockKind.FIRST_CONTACT,
        ClockKind.SUPERVISION_REPLY,
        ClockKind.REPORT_IN,
        ClockKind.MEETING_TASK,
    }
)
"""Limits that run beside the work's own and inside it: their time is the work's."""


def shares_of(holdings: Holdings, clocks: Sequence[Counted]) -> Sequence[Share]:
    """Return what each unit had to do with a ticket, in the order in which they came to it."""
    held: dict[int | None, int] = {}
    for hop in holdings.hops:
        unit = hop.holder.department_id if hop.holder else None
        held[unit] = held.get(unit, 0) + hop.microseconds
    units = dict.fromkeys([*held, *(counted.clock.department_id for counted in clocks)])
    freed = _freed(clocks)
    return [
        Share(
            unit,
            held.get(unit, 0),
            0
            if unit is None
            else _responsible(
                [
                    counted
                    for counted in clocks
                    if counted.clock.department_id == unit
                    and counted.clock.kind not in _WITHIN
                    and (unit, counted.clock.hop) not in freed
                ]
            ),
        )
        for unit in units
    ]


_GIVING_BACK = frozenset({Action.REQUEST_RETURN, Action.DISPUTE_RETURN, Action.DECIDE_ARBITRATION})
"""What a clock waits for last when its department turns out to have had no duty."""


def _freed(clocks: Sequence[Counted]) -> set[tuple[int | None, int]]:
    """Return the hops that were given back for good: a return upheld costs the unit no time."""
    return {
        (counted.clock.department_id, counted.clock.hop)
        for counted in clocks
        if counted.clock.kind in HANDLING
        and counted.clock.state is ClockState.CANCELLED
        and counted.changes
        and counted.changes[-1].change is Change.PAUSED
        and counted.changes[-1].reason in _GIVING_BACK
    }


def _responsible(clocks: Sequence[Counted]) -> int:
    """Return the time that some clock counted; where several did, by the calendar that counts most."""
    pieces = [
        (piece.since, piece.until, counted.versions[piece.version])
        for counted in clocks
        for piece in counted.explanation.slices
        if piece.counted
    ]
    edges = sorted({edge for since, until, _ in pieces for edge in (since, until)})
    return sum(
        max(
            (
                calendar.elapsed(start, end)
                for since, until, calendar in pieces
                if since <= start and end <= until
            ),
            default=0,
        )
        for start, end in pairwise(edges)
    )
