"""What would have been: the clocks of the past under another policy - pure.

Everything that really happened stays as it was: when a clock began, when it was stopped and went on,
when it ended. Only its limit and its calendar are those of the other policy, and so its due instant.
"""

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from hotline.sla.clocks import Change, ClockState, Timing, is_met
from hotline.sla.explanation import Beginning, beginning_of
from hotline.sla.models import Clock, ClockChange
from hotline.sla.policy import (
    ClockKind,
    Policy,
    TicketTraits,
    choose_policy,
    rule_for,
)
from hotline.workdays.workcalendar import Calendar, Calendars, CalendarTooShort


class Verdict(enum.StrEnum):
    """What became of a limit."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"


class Excluded(enum.StrEnum):
    """Why a ticket or a clock is not counted."""

    OTHER_POLICY = "other_policy"
    NO_SUCH_CLOCK = "no_such_clock"
    CANCELLED = "cancelled"
    UNLOGGED = "unlogged"
    CALENDAR_TOO_SHORT = "calendar_too_short"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy as it might be, among those in force.

    Attributes:
        policy: the proposed version.
        policies: what would be in force: it instead of the version of its code, or without it.
    """

    policy: Policy
    policies: Sequence[Policy]

    @classmethod
    def among(cls, active: Sequence[Policy], policy: Policy, *, is_active: bool) -> "Proposal":
        """Return a proposal that takes the place of its code among the policies in force."""
        others = [other for other in active if other.code != policy.code]
        return cls(policy, [*others, policy] if is_active else others)

    def policy_for(self, traits: TicketTraits, was: str) -> Policy | None:
        """Return the policy that a ticket would have; None when the proposal does not touch it.

        Args:
            traits: of the ticket.
            was: the code of the policy that it really has.
        """
        chosen = choose_policy(traits, self.policies)
        return chosen if self.policy.code in {chosen.code, was} else None


@dataclass(frozen=True, slots=True)
class Past:
    """A clock as it really went.

    Attributes:
        clock: the stored row.
        changes: its log, in order.
        policy: the one that it started under; None where that is not known any more.
        day_seconds: what a day of its calendar meant.
        request_type: of its ticket.
    """

    clock: Clock
    changes: Sequence[ClockChange]
    policy: Policy | None
    day_seconds: int
    request_type: str


def verdict_of(timing: Timing, now: datetime) -> Verdict:
    """Return what became of a limit; what waits or was handed in is judged by when it stopped."""
    if timing.state is ClockState.MET:
        return Verdict.KEPT
    if timing.state is ClockState.MISSED:
        return Verdict.BROKEN
    return Verdict.OPEN if is_met(timing.stopped_at or now, timing.due_at) else Verdict.BROKEN


@dataclass(frozen=True, slots=True)
class Compared:
    """One clock, as it was and as it would have been.

    Attributes:
        was: what became of it.
        would: what would have become of it.
        due_at: when it would have been due.
    """

    was: Verdict
    would: Verdict
    due_at: datetime


def simulate_clock(
    past: Past, policy: Policy, calendars: Calendars, now: datetime
) -> Compared | Excluded:
    """Return one clock of the past under another policy, or why it cannot be told.

    Args:
        past: the clock.
        policy: the other one.
        calendars: in force.
        now: for what still runs.
    """
    clock = past.clock
    if clock.state is ClockState.CANCELLED:
        return Excluded.CANCELLED
    if not clock.is_logged and (clock.since != clock.started_at or clock.stopped_at is not None):
        return Excluded.UNLOGGED
    rule = rule_for(policy, clock.kind)
    if rule is None:
        return Excluded.NO_SUCH_CLOCK
    calendar = calendars[rule.calendar]
    limit = rule.limit_for(past.request_type).on_calendar(calendar.day_seconds)
    beginning = beginning_of(clock, past.changes)
    own = _own_limit(past, beginning)
    if own is not None:
        # A stricter promise stays a promise; every other limit of its own was set case by case.
        limit = min(own, limit) if clock.kind is ClockKind.COMPLETE else own
    try:
        timing = _replay(past, Timing.begun(calendar, limit, beginning.started_at), calendar)
    except CalendarTooShort:
        return Excluded.CALENDAR_TOO_SHORT
    if clock.ended_at is not None:
        would = Verdict.KEPT if is_met(clock.ended_at, timing.due_at) else Verdict.BROKEN
    else:
        would = verdict_of(timing, now)
    return Compared(verdict_of(clock.timing, now), would, timing.due_at)


def _own_limit(past: Past, beginning: Beginning) -> int | None:
    """Return the limit that a clock was given instead of its policy's, if it was."""
    if past.policy is None or not past.clock.is_logged:
        return None
    rule = rule_for(past.policy, past.clock.kind)
    if rule is None:
        return beginning.limit_seconds
    given = rule.limit_for(past.request_type).on_calendar(past.day_seconds)
    return beginning.limit_seconds if beginning.limit_seconds != given else None


def _replay(past: Past, timing: Timing, calendar: Calendar) -> Timing:
    for change in past.changes:
        match change.change:
            case Change.PAUSED:
                timing = timing.paused(calendar, change.at)
            case Change.RESUMED:
                timing = timing.resumed(calendar, change.at, change.charged_until)
            case Change.SUBMITTED:
                timing = timing.submitted(change.at)
            case Change.RESUBMITTED:
                timing = timing.resubmitted()
            case Change.EXTENDED if _is_extended(past.clock.kind, timing, change):
                timing = timing.extended(calendar, change.due_at)
    return timing


def _is_extended(kind: ClockKind, timing: Timing, change: ClockChange) -> bool:
    """Tell whether an extension would have been given: asked in time, and to more time than there is.

    A milestone's limit is its plan's date, whatever the policy.
    """
    if kind is ClockKind.MILESTONE:
        return True
    return change.at <= timing.due_at < change.due_at


# -- adding up -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """How many limits were kept, broken or are open, and would have been.

    Attributes:
        was: counts of what was.
        would: counts of what would have been.
        gained: tickets of which a limit that was broken would not have been.
        lost: tickets of which a limit that was not broken would have been.
    """

    was: Counter[Verdict] = field(default_factory=Counter)
    would: Counter[Verdict] = field(default_factory=Counter)
    gained: dict[str, None] = field(default_factory=dict)
    lost: dict[str, None] = field(default_factory=dict)

    def add(self, number: str, compared: Compared) -> None:
        """Count one clock of the ticket `number`."""
        self.was[compared.was] += 1
        self.would[compared.would] += 1
        if compared.was is compared.would:
            return
        if compared.was is Verdict.BROKEN:
            self.gained[number] = None
        elif compared.would is Verdict.BROKEN:
            self.lost[number] = None

    def join(self, other: "Tally") -> None:
        """Count what another has counted."""
        self.was.update(other.was)
        self.would.update(other.would)
        self.gained.update(other.gained)
        self.lost.update(other.lost)


@dataclass(slots=True)
class Simulation:
    """What a proposal would have meant for the tickets of a period.

    Attributes:
        tickets: how many were looked at.
        clocks: how many clocks were compared.
        tallies: by the unit on the clock and its kind.
        excluded: what was not counted: tickets under another policy, clocks of the others.
    """

    tickets: int = 0
    clocks: int = 0
    tallies: dict[tuple[int | None, ClockKind], Tally] = field(default_factory=dict)
    excluded: Counter[Excluded] = field(default_factory=Counter)

    def add(self, number: str, department_id: int | None, kind: ClockKind, past: Compared) -> None:
        """Count one clock."""
        self.clocks += 1
        self.tallies.setdefault((department_id, kind), Tally()).add(number, past)

    def by_department(self) -> Mapping[int | None, Tally]:
        """Return the tallies of units, the most changed first."""
        return _joined([(unit, tally) for (unit, _), tally in self.tallies.items()])

    def by_kind(self) -> Mapping[ClockKind, Tally]:
        """Return the tallies of clocks, in the order in which a ticket meets them."""
        found = _joined([(kind, tally) for (_, kind), tally in self.tallies.items()])
        return {kind: found[kind] for kind in ClockKind if kind in found}

    def total(self) -> Tally:
        """Return the tally of everything."""
        total = Tally()
        for tally in self.tallies.values():
            total.join(tally)
        return total


_Key = TypeVar("_Key")


def _joined(pairs: Sequence[tuple[_Key, Tally]]) -> dict[_Key, Tally]:
    joined: dict[_Key, Tally] = {}
    for key, tally in pairs:
        joined.setdefault(key, Tally()).join(tally)
    ranked = sorted(joined.items(), key=lambda pair: -len(pair[1].gained) - len(pair[1].lost))
    return dict(ranked)
