"""What follows from requesters' answers on a return visit, and when they may be asked again - pure."""

import enum
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.tickets.lifecycle import Outcome
from hotline.tickets.ratings import BAD_RATINGS

LINK_DAYS = 15
"""Natural days for which a link to rate opens, as long as a closed matter may be reopened."""


class DayPart(enum.StrEnum):
    """A part of the day in Asia/Shanghai; who is not reached in one is tried in another."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


MAX_ATTEMPTS = len(DayPart)
"""Attempts that count: one for each part of the day."""

_MORNING_HOUR, _NOON_HOUR, _EVENING_HOUR = 6, 12, 18

CALLING_HOURS: Mapping[DayPart, tuple[time, time]] = MappingProxyType(
    {
        DayPart.MORNING: (time(8, 30), time(12)),
        DayPart.AFTERNOON: (time(14), time(18)),
        DayPart.EVENING: (time(18), time(20, 30)),
    }
)
"""When a call is suggested: not at noon and not at night. A call at another hour counts all the same."""


def part_of(at: datetime) -> DayPart:
    """Return the part of the day that an instant lies in.

    The morning begins at 6, the afternoon at 12, the evening at 18 and lasts the night.
    """
    hour = at.astimezone(SHANGHAI).hour
    if _MORNING_HOUR <= hour < _NOON_HOUR:
        return DayPart.MORNING
    return DayPart.AFTERNOON if _NOON_HOUR <= hour < _EVENING_HOUR else DayPart.EVENING


def next_attempt(tried: Collection[DayPart], now: datetime) -> datetime | None:
    """Return when to try next: now, or the first calling hour of a part not yet tried.

    Args:
        tried: the parts of the day in which he was not reached.
        now: the instant, which is the answer when it lies in a calling hour.
    """
    here = now.astimezone(SHANGHAI)
    starts = []
    for part, (opens, closes) in CALLING_HOURS.items():
        if part in tried:
            continue
        if opens <= here.time() < closes:
            return now
        start = datetime.combine(here.date(), opens, SHANGHAI)
        starts.append(start if start > here else start + timedelta(days=1))
    return min(starts).astimezone(now.tzinfo) if starts else None


class InvalidVisit(DomainError):
    """The answers of a visit contradict one another."""

    kind = ErrorKind.INVALID
    code = "invalid-visit"
    title = N_("The visit is not complete: {problem}")


class AlreadyAnswered(DomainError):
    """The requester has already said in this round whether the matter is solved."""

    code = "already-answered"
    title = N_("This requester has already answered")


class NoPhone(DomainError):
    """There is no number to call."""

    code = "no-phone"
    title = N_("The requester left no number, so nobody can have tried to call")


class NothingToVisit(DomainError):
    """Nobody is to be asked about the ticket now."""

    kind = ErrorKind.NOT_FOUND
    code = "nothing-to-visit"
    title = N_("Nobody is to be asked about this ticket now")


class VisitNotOver(DomainError):
    """The requester may still be reached, or may still answer by link."""

    code = "visit-not-over"
    title = N_("The requester may still be reached or may still answer by link")


class VisitSkip(enum.StrEnum):
    """Why a visitor leaves a ticket for later."""

    LINE_ENGAGED = "line_engaged"
    ASKED_TO_CALL_LATER = "asked_to_call_later"
    OTHER_LANGUAGE = "other_language"
    NEEDS_FILE = "needs_file"


@dataclass(frozen=True, slots=True)
class VisitAnswer:
    """What a requester said, or that he was not reached.

    Attributes:
        reached: whether he was spoken with.
        solved: whether he says the matter is solved.
        rating: 1 to 5, None when he gave none; no rating is ever assumed.
        was_contacted: whether the department had spoken with him, when he was asked.
    """

    reached: bool
    solved: bool | None = None
    rating: int | None = None
    was_contacted: bool | None = None


def require_complete(answer: VisitAnswer) -> None:
    """Pass in silence when an answer says what an answer must say and no more.

    Raises:
        InvalidVisit: a rating without having reached anybody, or no word on whether it is solved.
    """
    if not answer.reached:
        if answer.solved is not None or answer.rating is not None:
            raise InvalidVisit(problem="nobody was reached, so nothing can have been said")
    elif answer.solved is None:
        raise InvalidVisit(problem="say whether the matter is solved")


def verdict(answer: VisitAnswer, *, was_explained: bool) -> Outcome:
    """Return what one requester's answer means: solved, not solved, or badly rated.

    Args:
        answer: of somebody who was reached.
        was_explained: True when the department's passed result was an explanation why it cannot be.
    """
    is_bad = answer.rating in BAD_RATINGS
    if not answer.solved:
        accepts = was_explained and answer.rating is not None and not is_bad
        return Outcome.SOLVED if accepts else Outcome.UNSOLVED
    return Outcome.BADLY_RATED if is_bad else Outcome.SOLVED


@dataclass(frozen=True, slots=True)
class Asked:
    """How far the asking of one requester is in this round.

    Attributes:
        requester_id: which; None when the ticket has none on record.
        has_phone: whether there is a number to call.
        tried: parts of the day in which he was not reached.
        answer: what he said.
    """

    requester_id: uuid.UUID | None
    has_phone: bool = True
    tried: frozenset[DayPart] = frozenset()
    answer: VisitAnswer | None = None

    @property
    def is_used_up(self) -> bool:
        """Tell whether he was tried in every part of the day in vain."""
        return self.answer is None and self.has_phone and len(self.tried) >= MAX_ATTEMPTS

    @property
    def is_open(self) -> bool:
        """Tell whether he is still to be called."""
        return self.answer is None and self.has_phone and not self.is_used_up


def visit_outcome(
    asked: Sequence[Asked], answer: VisitAnswer, *, was_explained: bool, is_waiting: bool = False
) -> Outcome:
    """Return what an answer, or an attempt in vain, makes of the ticket.

    A matter of several requesters waits until each was reached or used up his attempts; then the
    worst answer decides.

    Args:
        asked: every requester, this attempt included.
        answer: what this attempt brought.
        was_explained: True when the department's passed result was an explanation why it cannot be.
        is_waiting: a link was sent, and an answer by it is waited for already.
    """
    still = Outcome.PARTLY_VISITED if answer.reached else Outcome.UNREACHED
    if any(one.is_open for one in asked):
        return still
    verdicts = {verdict(one.answer, was_explained=was_explained) for one in asked if one.answer}
    for worst in (Outcome.UNSOLVED, Outcome.BADLY_RATED):
        if worst in verdicts:
            return worst
    if any(one.is_used_up for one in asked):
        return still if is_waiting else Outcome.LINK_SENT
    return Outcome.SOLVED if verdicts else still


class LinkState(enum.StrEnum):
    """Whether a link to rate opens."""

    OPEN = "open"
    USED = "used"
    DEAD = "dead"


def link_state(
    *, is_used: bool, expires_at: datetime, round_: int, present_round: int, now: datetime
) -> LinkState:
    """Return whether a link opens: once, for fifteen days, and only for the round it was made in."""
    if now >= expires_at or round_ != present_round:
        return LinkState.DEAD
    return LinkState.USED if is_used else LinkState.OPEN
