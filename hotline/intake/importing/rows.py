"""From a ticket of the past to the rows of the database - pure.

Its instants stay its own. What is closed was judged by its due instant long ago; what is open gets its
clock as of receipt, and every level that lies behind is marked as passed over, so that nobody is told
today about a deadline of years ago.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from hotline.intake.importing.record import HistoricTicket
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.ids import query_code, uuid7
from hotline.people.principal import Principal
from hotline.sla.clocks import (
    MICROSECONDS,
    ClockState,
    Setting,
    instants,
    is_met,
    setting_of,
    used_until,
)
from hotline.sla.models import ThresholdState
from hotline.sla.policy import (
    CalendarCode,
    ClockKind,
    Level,
    Rung,
    TicketTraits,
    choose_policy,
    rule_for,
)
from hotline.sla.queries import PinnedPolicy
from hotline.sla.timers import calendar_of
from hotline.tickets.actions.intake import clean_phone
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.history import GENESIS, difference, snapshot, text_digest
from hotline.tickets.lifecycle import Action, Outcome, State, Status
from hotline.tickets.models import Audience, CommitmentState, Post, Programme
from hotline.tickets.timeline import Entry, event_values

_WARNINGS = (Decimal("0.6"), Decimal("0.8"))
PASSED_OVER = "imported: the instant lay in the past"
"""Why a level of an imported clock never fired."""

PROMISE = "按时限办理并答复（导入的历史工单）"


Values = dict[str, Any]
"""A row to insert, by column."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to insert, by table, in an order in which every reference is there before it is used."""

    tickets: list[Values] = field(default_factory=list)
    requesters: list[Values] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)
    clocks: list[Values] = field(default_factory=list)
    thresholds: list[Values] = field(default_factory=list)
    commitments: list[Values] = field(default_factory=list)
    assignments: list[Values] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timed:
    """A clock of the past with its levels, as it stands now."""

    clock: Values
    thresholds: Sequence[Values]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket stands in our directory.

    Attributes:
        policy: the policy that holds for it.
        category_code: in our tree, or None.
        department_id: the unit that answered, or None.
        hotline_id: the hotline centre, which owns what nobody else does.
    """

    policy: PinnedPolicy
    category_code: str | None
    department_id: int | None
    hotline_id: int


def policy_of(ticket: HistoricTicket, policies: Sequence[PinnedPolicy]) -> PinnedPolicy:
    """Return the policy that holds for a ticket of the past: the one that holds today.

    Raises:
        NoPolicyFits: nothing fits and there is no default.
    """
    chosen = choose_policy(
        TicketTraits(
            urgency=ticket.urgency,
            channel=ticket.channel,
            programme=Programme.GENERAL,
            request_type=ticket.request_type,
            category=ticket.category_code,
            area=ticket.area or None,
            secret=False,
        ),
        [pinned.policy for pinned in policies],
    )
    return next(pinned for pinned in policies if pinned.policy is chosen)


def clock_of(
    ticket: HistoricTicket, ticket_id: uuid.UUID, place: Place, *, now: datetime
) -> Timed | None:
    """Return the one clock that tells of a ticket's past; None when its policy has no such clock.

    A closed ticket has the clock of the work, ended when it was answered, due when the file says, else
    by policy. An open one has the clock of acceptance, running since receipt.

    Raises:
        CalendarTooShort: the instants lie outside the years of the working calendar.
    """
    since, closed_at = ticket.received_at, ticket.closed_at
    kind = ClockKind.ACCEPT if closed_at is None else ClockKind.COMPLETE
    has_own_end = closed_at is not None and ticket.due_at is not None
    if closed_at is not None and ticket.due_at is not None:
        # The file names the end itself: natural time, whatever the policy counts.
        calendar = calendar_of(CalendarCode.NATURAL)
        seconds = max(1, calendar.elapsed(since, ticket.due_at) // MICROSECONDS)
        setting = Setting(seconds, *_WARNINGS)
        levels = {**instants(calendar, setting, since), Rung.RED: ticket.due_at}
    else:
        rule = rule_for(place.policy.policy, kind)
        if rule is None:
            return None
        calendar = calendar_of(rule.calendar)
        setting = setting_of(rule, ticket.request_type, calendar)
        levels = dict(instants(calendar, setting, since))
    department_id = None if closed_at is None else place.department_id
    clock: Values = {
        "id": uuid7(since),
        "ticket_id": ticket_id,
        "kind": kind,
        "hop": int(department_id is not None),
        "round": 1,
        "department_id": department_id or place.hotline_id,
        "policy_id": place.policy.id,
        "calendar": calendar.code,
        "calendar_version": calendar.version,
        "limit_seconds": setting.limit_seconds,
        "yellow": setting.yellow,
        "orange": setting.orange,
        "started_at": since,
        "since": since,
        "due_at": levels[Rung.RED],
        "stopped_at": None,
        "is_provisional": calendar.is_provisional(levels[Rung.RED]),
        "state": ClockState.RUNNING,
        "used_microseconds": 0,
        "ended_at": None,
        "is_logged": not has_own_end,
    }
    if closed_at is not None:
        met = is_met(closed_at, levels[Rung.RED])
        clock["state"] = ClockState.MET if met else ClockState.MISSED
        clock["used_microseconds"] = used_until(calendar, since, 0, closed_at)
        clock["ended_at"] = closed_at
    return _with_levels(clock, setting, levels, now)


def _with_levels(
    clock: Values, setting: Setting, levels: Mapping[Rung, datetime], now: datetime
) -> Timed:
    """Mark the levels that were reached as passed over; the rest of a clock that ended never fires."""
    ended_at: datetime | None = clock["ended_at"]
    reached = [
        rung
        for rung, due_at in levels.items()
        if (due_at <= now if ended_at is None else due_at < ended_at)
    ]
    ahead = ThresholdState.ARMED if ended_at is None else ThresholdState.DISARMED
    clock["level"] = max(
        (rung.level for rung in reached), key=lambda level: level.rank, default=Level.GREEN
    )
    thresholds = [
        {
            "clock_id": clock["id"],
            "rung": rung,
            "nth": 1,
            "ticket_id": clock["ticket_id"],
            "due_at": due_at,
            "target_microseconds": setting.target(rung),
            "state": ThresholdState.SKIPPED if rung in reached else ahead,
            "fired_at": None,
            "late_by_seconds": None,
            "reason": PASSED_OVER if rung in reached else None,
        }
        for rung, due_at in levels.items()
    ]
    return Timed(clock, thresholds)


def add_ticket(
    batch: Batch,
    ticket: HistoricTicket,
    *,
    ticket_id: uuid.UUID,
    number: str,
    place: Place,
    timed: Timed | None,
    cipher: FieldCipher,
    actor: Principal,
) -> None:
    """Add the rows of one ticket to a batch."""
    row = _ticket_row(ticket, ticket_id, number, place, timed)
    events = _events(ticket, row, place, actor)
    row["history_count"] = len(events)
    row["history_head"] = events[-1]["hash"]
    batch.tickets.append(row)
    batch.events.extend(events)
    batch.requesters.extend(_requesters(ticket, ticket_id, cipher))
    if timed is not None:
        batch.clocks.append(timed.clock)
        batch.thresholds.extend(timed.thresholds)
    if ticket.closed_at is not None:
        if timed is not None:
            batch.commitments.append(_commitment(ticket, row, timed.clock))
        if place.department_id is not None:
            batch.assignments.append(_assignment(ticket, ticket_id, place.department_id))


def _ticket_row(
    ticket: HistoricTicket,
    ticket_id: uuid.UUID,
    number: str,
    place: Place,
    timed: Timed | None,
) -> Values:
    is_open = ticket.closed_at is None
    running = timed.clock if is_open and timed is not None else None
    department_id = None if is_open else place.department_id
    return {
        "id": ticket_id,
        "number": number,
        "query_code": query_code(),
        "status": Status.SUBMITTED if is_open else Status.CLOSED,
        "hold": None,
        "round": 1,
        "version": 1,
        "urgency": ticket.urgency,
        "channel": ticket.channel,
        "programme": Programme.GENERAL,
        "request_type": ticket.request_type,
        "category_code": place.category_code,
        "title": ticket.title,
        "content": ticket.content,
        "address": ticket.address or None,
        "area": ticket.area or None,
        "lat": ticket.lat,
        "long": ticket.long,
        "is_secret": False,
        "owner_department_id": place.hotline_id if is_open else None,
        "holder_user_id": None,
        "holder_post": Post.ACCEPTANCE_DESK if is_open else None,
        "lead_department_id": department_id,
        "first_department_id": department_id,
        "is_designated": False,
        "bounce_count": 0,
        "hop": 0 if department_id is None else 1,
        "policy_id": place.policy.id,
        "due_at": running["due_at"] if running else None,
        "level": running["level"] if running else Level.GREEN,
        "closure_code": ticket.closure_code,
        "parent_id": None,
        "repeat_of_id": None,
        "submitted_at": ticket.received_at,
        "accepted_at": None,
        "dispatched_at": None,
        "completed_at": ticket.closed_at,
        "closed_at": ticket.closed_at,
        "archived_at": None,
        "source": ticket.source,
        "external_id": ticket.external_id,
    }


_NOT_YET = {
    "lead_department_id": None,
    "first_department_id": None,
    "hop": 0,
    "closure_code": None,
    "completed_at": None,
    "closed_at": None,
}
"""What of a closed ticket was not so while it was submitted."""


def _events(ticket: HistoricTicket, row: Values, place: Place, actor: Principal) -> list[Values]:
    """Return the timeline: the import as of receipt, and the answer as of when it was given."""
    end = snapshot(SimpleNamespace(**row))
    start = end
    if ticket.closed_at is not None:
        desk = {"owner_department_id": place.hotline_id, "holder_post": Post.ACCEPTANCE_DESK.value}
        start = {**end, **_NOT_YET, **desk}
    role = next(iter(actor.roles), None)
    submitted = State(Status.SUBMITTED)
    events = [
        event_values(
            ticket_id=row["id"],
            seq=1,
            previous_hash=GENESIS,
            at=ticket.received_at,
            actor=actor,
            acting_role=role,
            entry=Entry(
                Action.IMPORT, Outcome.DONE, audience=Audience.PUBLIC, details=_told(ticket, row)
            ),
            before=None,
            after=submitted,
            round_=1,
            policy_id=place.policy.id,
            changes=difference({}, {k: v for k, v in start.items() if v is not None}),
        )
    ]
    if ticket.closed_at is not None:
        events.append(
            event_values(
                ticket_id=row["id"],
                seq=2,
                previous_hash=events[0]["hash"],
                at=ticket.closed_at,
                actor=actor,
                acting_role=role,
                entry=Entry(
                    Action.ANSWER,
                    Outcome.CLOSED_ON_CALL,
                    text=ticket.reply or None,
                    audience=Audience.PUBLIC,
                    details={"source": ticket.source},
                ),
                before=submitted,
                after=State(Status.CLOSED),
                round_=1,
                policy_id=place.policy.id,
                changes=difference(start, end),
            )
        )
    return events


def _told(ticket: HistoricTicket, row: Values) -> Values:
    """Return what the first row of the timeline keeps of the file's own words."""
    told: Values = {
        "number": row["number"],
        "channel": ticket.channel.value,
        "words": text_digest(ticket.title, ticket.content),
        "source": ticket.source,
        "external_id": ticket.external_id,
    }
    if ticket.department_name:
        told["department"] = ticket.department_name
    if ticket.due_at is not None:
        told["due_at"] = ticket.due_at.isoformat()
    if ticket.extra:
        told["fields"] = dict(ticket.extra)
    return told


def _requesters(ticket: HistoricTicket, ticket_id: uuid.UUID, cipher: FieldCipher) -> list[Values]:
    name = ticket.requester_name or ticket.requester_ref
    if not name and not ticket.requester_phone:
        return []
    # Without a phone the source's own code finds the same requester again.
    told = clean_phone(ticket.requester_phone) or f"{ticket.source}:{name}"
    return [
        {
            "id": uuid7(ticket.received_at),
            "ticket_id": ticket_id,
            "name": cipher.encrypt(name),
            "phone": cipher.encrypt(ticket.requester_phone),
            "phone_index": cipher.blind_index(told),
            "on_behalf_of": None,
        }
    ]


def _commitment(ticket: HistoricTicket, row: Values, clock: Values) -> Values:
    kept = clock["state"] is ClockState.MET
    return {
        "id": uuid7(ticket.received_at),
        "ticket_id": row["id"],
        "number": f"{row['number']}-1",
        "round": 1,
        "content": PROMISE,
        "department_id": row["lead_department_id"],
        "promised_by": None,
        "handler_limit": None,
        "promised_at": ticket.received_at,
        "due_at": clock["due_at"],
        "state": CommitmentState.KEPT if kept else CommitmentState.BROKEN,
        "outcome_at": ticket.closed_at,
    }


def _assignment(ticket: HistoricTicket, ticket_id: uuid.UUID, department_id: int) -> Values:
    return {
        "id": uuid7(ticket.received_at),
        "ticket_id": ticket_id,
        "hop": 1,
        "department_id": department_id,
        "role": AssignmentRole.LEAD,
        "state": AssignmentState.DONE,
        "handler_id": None,
        "note": None,
        "opinion": None,
        "assigned_at": ticket.received_at,
        "signed_at": None,
        "contacted_at": None,
        "submitted_at": ticket.closed_at,
        "ended_at": ticket.closed_at,
    }
