"""The rules of requests about a ticket: reasons, windows, how often, how long."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hotline.people.permissions import Role
from hotline.procedures.errors import (
    ExtensionLimit,
    ExtensionTooLate,
    InvalidPlan,
    RequesterNotTold,
)
from hotline.sla.policy import Policy, return_window_seconds
from hotline.tickets.lifecycle import Action, Outcome, Status
from hotline.workdays.workcalendar import Calendar

APPEAL = "appeal"
"""Where a check of a rating keeps what the department says against it."""


class ProcedureKind(enum.StrEnum):
    """What was asked for."""

    REFUSAL = "refusal"
    REPEAT = "repeat"
    SUPPLEMENT = "supplement"
    CONSULTATION = "consultation"
    RETURN = "return"
    ARBITRATION = "arbitration"
    EXTENSION = "extension"
    SUSPENSION = "suspension"
    RECTIFICATION = "rectification"
    CLOSE_OUT = "close_out"
    FINAL_REPLY = "final_reply"
    RATING_CHECK = "rating_check"


class ProcedureState(enum.StrEnum):
    """How far it is."""

    PENDING = "pending"
    RUNNING = "running"
    GRANTED = "granted"
    REFUSED = "refused"
    COMPLETED = "completed"
    FAILED = "failed"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ReturnReason(enum.StrEnum):
    """Why a department may give a ticket back. "Too hard" is not among them."""

    NOT_MY_DUTY = "not_my_duty"
    WRONG_AREA = "wrong_area"
    UNCLEAR = "unclear"
    DUPLICATE = "duplicate"
    LEGAL_ROUTE = "legal_route"
    HIGHER_LEVEL = "higher_level"


class PauseReason(enum.StrEnum):
    """Why a clock may wait; nothing else is a reason."""

    WAITING_REQUESTER = "waiting_requester"
    STATUTORY_STEP = "statutory_step"
    FORCE_MAJEURE = "force_majeure"
    EXTERNAL_DEPENDENCY = "external_dependency"


class ExtensionReason(enum.StrEnum):
    """Why more time is needed; "too busy" is not among them."""

    AWAITING_PARTS = "awaiting_parts"
    COMPLEX_INVESTIGATION = "complex_investigation"
    MULTI_UNIT = "multi_unit"
    WEATHER = "weather"
    REQUESTER_SCHEDULE = "requester_schedule"
    PROCUREMENT = "procurement"


class FinalReplyReason(enum.StrEnum):
    """Why a matter cannot go further."""

    POLICY_FORBIDS = "policy_forbids"
    NO_LEGAL_BASIS = "no_legal_basis"
    PROPERLY_SOLVED_REPEATED = "properly_solved_repeated"
    UNREASONABLE = "unreasonable"
    LEGAL_ROUTE = "legal_route"


DECIDED_BY: Mapping[ProcedureKind, Action] = MappingProxyType(
    {
        ProcedureKind.REFUSAL: Action.DECIDE_REFUSAL,
        ProcedureKind.SUPPLEMENT: Action.DECIDE_SUPPLEMENT,
        ProcedureKind.REPEAT: Action.DECIDE_REPEAT,
        ProcedureKind.CONSULTATION: Action.DECIDE_CONSULTATION,
        ProcedureKind.RETURN: Action.DECIDE_RETURN,
        ProcedureKind.ARBITRATION: Action.DECIDE_ARBITRATION,
        ProcedureKind.EXTENSION: Action.DECIDE_EXTENSION,
        ProcedureKind.SUSPENSION: Action.DECIDE_SUSPENSION,
        ProcedureKind.RECTIFICATION: Action.DECIDE_RECTIFICATION,
        ProcedureKind.CLOSE_OUT: Action.END_RECTIFICATION,
        ProcedureKind.FINAL_REPLY: Action.DECIDE_FINAL_REPLY,
        ProcedureKind.RATING_CHECK: Action.DECIDE_RATING_CHECK,
    }
)
"""Which action decides which request; of supplements only a second one is decided."""

BOUNCES_TO_ARBITRATION = 3
MAX_EXTENSIONS = 2
MAX_SUPPLEMENTS = 2
EXTENSION_DAYS = 3
"""Working days that an extension may give at most, and no more than the first limit."""

MILESTONES = range(2, 13)
SLIPS_TO_FAILURE = 2
"""One missed milestone is an order; with the second the plan has failed."""


def return_window(
    policy: Policy, calendar: Calendar, assigned_at: datetime, limit_seconds: int
) -> datetime:
    """Return until when a department may ask to give a ticket back."""
    seconds = return_window_seconds(policy, limit_seconds, calendar.day_seconds)
    return calendar.add(assigned_at, seconds * 1_000_000)


def require_extension(
    calendar: Calendar,
    working: Calendar,
    *,
    now: datetime,
    due_at: datetime,
    until: datetime,
    limit_seconds: int,
    granted: int,
) -> None:
    """Pass in silence when more time may be asked for.

    Args:
        calendar: the one the work is counted on.
        working: the one that office days are counted on.
        now: when it is asked.
        due_at: the present limit.
        until: the limit asked for.
        limit_seconds: the first limit.
        granted: how many extensions there were.

    Raises:
        ExtensionTooLate: the limit has passed.
        ExtensionLimit: too many, too long, or no longer than now.
    """
    if now > due_at:
        raise ExtensionTooLate
    if granted >= MAX_EXTENSIONS:
        raise ExtensionLimit(problem=f"it was given {MAX_EXTENSIONS} times")
    if until <= due_at:
        raise ExtensionLimit(problem="the new limit is not later than the present one")
    if calendar.elapsed(due_at, until) > limit_seconds * 1_000_000:
        raise ExtensionLimit(problem="it would be longer than the first limit")
    if working.elapsed(due_at, until) > EXTENSION_DAYS * working.day_seconds * 1_000_000:
        raise ExtensionLimit(problem="it would be longer than 3 working days")


def extension_approver(granted: int) -> Role:
    """Return who decides the next extension: the supervisor the first, the authority the second."""
    return Role.AUTHORITY if granted else Role.SUPERVISOR


def unfounded_outcome(status: Status, *, is_by_hand: bool) -> Outcome:
    """Return what comes of a bad rating that does not count.

    Args:
        status: of the ticket.
        is_by_hand: an auditor opened the check himself, so that no visit has ended with it.
    """
    is_in_between = is_by_hand and status is Status.PENDING_VISIT
    return Outcome.VISIT_WANTED if is_in_between else Outcome.UNFOUNDED


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated step of a plan, and the person who answers for it."""

    text: str
    due_at: datetime
    person: str


def require_plan(milestones: Sequence[Milestone], now: datetime) -> None:
    """Pass in silence when a plan can be followed.

    Raises:
        InvalidPlan: too few or too many milestones, one that nobody answers for, or dates that do
            not rise from now.
    """
    if len(milestones) not in MILESTONES:
        raise InvalidPlan(
            problem=f"it needs {MILESTONES.start} to {MILESTONES.stop - 1} milestones"
        )
    previous = now
    for milestone in milestones:
        if milestone.due_at <= previous:
            raise InvalidPlan(
                problem="the first milestone must lie ahead"
                if previous == now
                else "each milestone must be later than the one before"
            )
        if not milestone.person.strip():
            raise InvalidPlan(problem="each milestone names the person who answers for it")
        previous = milestone.due_at


def count_slips(milestones: Iterable[tuple[datetime, datetime | None]], now: datetime) -> int:
    """Return how many milestones were missed; one that was done late was missed as well.

    Exactly at its limit a milestone can still be done in time, and is late if it is not done.

    Args:
        milestones: when each was due, and when it was done, if it was.
        now: for those that are not done.
    """
    return sum(
        done_at > due_at if done_at is not None else now >= due_at for due_at, done_at in milestones
    )


def require_told(told_at: datetime, *, since: datetime, now: datetime) -> None:
    """Pass in silence when the requester can have been told then.

    Args:
        told_at: when he was told.
        since: when his matter was submitted.
        now: the present instant.

    Raises:
        RequesterNotTold: that lies ahead, or before there was a matter.
    """
    if told_at > now:
        raise RequesterNotTold(problem="he is told first: the instant lies ahead")
    if told_at < since:
        raise RequesterNotTold(problem="the instant lies before the matter was submitted")
