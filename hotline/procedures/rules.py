"""The rules of requests about a ticket: reasons, windows, how often, how long."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hotline.procedures.errors import ExtensionLimit, ExtensionTooLate, InvalidPlan
from hotline.sla.policy import Policy, return_window_seconds
from hotline.tickets.lifecycle import Action
from hotline.workdays.workcalendar import Calendar


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
    FINAL_REPLY = "final_reply"
    RATING_CHECK = "rating_check"


class ProcedureState(enum.StrEnum):
    """How far it is."""

    PENDING = "pending"
    RUNNING = "running"
    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


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


DECIDED_BY: Mapping[ProcedureKind, Action] = MappingProxyType(
    {
        ProcedureKind.REFUSAL: Action.DECIDE_REFUSAL,
        ProcedureKind.REPEAT: Action.DECIDE_REPEAT,
        ProcedureKind.CONSULTATION: Action.DECIDE_CONSULTATION,
        ProcedureKind.RETURN: Action.DECIDE_RETURN,
        ProcedureKind.ARBITRATION: Action.DECIDE_ARBITRATION,
        ProcedureKind.EXTENSION: Action.DECIDE_EXTENSION,
        ProcedureKind.SUSPENSION: Action.DECIDE_SUSPENSION,
        ProcedureKind.RECTIFICATION: Action.DECIDE_RECTIFICATION,
        ProcedureKind.FINAL_REPLY: Action.DECIDE_FINAL_REPLY,
        ProcedureKind.RATING_CHECK: Action.DECIDE_RATING_CHECK,
    }
)
"""Which action decides which request; a supplement is provided, not decided."""

BOUNCES_TO_ARBITRATION = 3
MAX_EXTENSIONS = 2
MILESTONES = range(2, 13)


def return_window(
    policy: Policy, calendar: Calendar, assigned_at: datetime, limit_seconds: int
) -> datetime:
    """Return until when a department may ask to give a ticket back."""
    seconds = return_window_seconds(policy, limit_seconds, calendar.day_seconds)
    return calendar.add(assigned_at, seconds * 1_000_000)


def require_extension(
    calendar: Calendar,
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


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated step of a plan."""

    text: str
    due_at: datetime


def require_plan(milestones: Sequence[Milestone], now: datetime) -> None:
    """Pass in silence when a plan can be followed.

    Raises:
        InvalidPlan: too few or too many milestones, or dates that do not rise from now.
    """
    if len(milestones) not in MILESTONES:
        raise InvalidPlan(
            problem=f"it needs {MILESTONES.start} to {MILESTONES.stop - 1} milestones"
        )
    previous = now
    for milestone in milestones:
        if milestone.due_at <= previous:
            raise InvalidPlan(problem="each milestone must be later than the one before")
        previous = milestone.due_at
