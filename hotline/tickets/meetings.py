"""The machine of one meeting: units called together about a ticket, before or after it is dispatched.

A consultation (会商) asks whose matter it is and holds the ticket up; a whistle (吹哨) calls units to
work together and stops nothing. What they share is one thing: units called, what each answered and
when, who came, a decision, tasks. It stands with the ticket because who is called may read it, and
because it ends when the ticket does.
"""

import enum
from types import MappingProxyType

from hotline.kernel.errors import N_, DomainError


class MeetingKind(enum.StrEnum):
    """What units are called together for."""

    CONSULTATION = "consultation"
    WHISTLE = "whistle"

    @property
    def letter(self) -> str:
        """The letter in its number."""
        return {MeetingKind.CONSULTATION: "C", MeetingKind.WHISTLE: "W"}[self]


class MeetingState(enum.StrEnum):
    """How far a meeting is."""

    CALLED = "called"
    REPORTED_IN = "reported_in"
    DECIDED = "decided"
    DONE = "done"
    CALLED_OFF = "called_off"
    LAPSED = "lapsed"


class DutyOpinion(enum.StrEnum):
    """What a consulted unit says of a matter."""

    OURS = "ours"
    PARTLY = "partly"
    NOT_OURS = "not_ours"


class ResponseScore(enum.IntEnum):
    """How well a unit answered a call, by the hotline's own judgement."""

    EXCELLENT = 5
    GOOD = 4
    FAIR = 3
    POOR = 2
    ABSENT = 1


class ReportKind(enum.StrEnum):
    """What is written between a co-handler and the lead."""

    STAGE = "stage"
    DELAY = "delay"
    OPINION = "opinion"
    ASKED_AGAIN = "asked_again"
    PROPOSAL = "proposal"


class WorkStage(enum.StrEnum):
    """How far a co-handler's part is."""

    STARTED = "started"
    ON_SITE = "on_site"
    HALF_DONE = "half_done"
    NEARLY_DONE = "nearly_done"


_M = MeetingState

UNDECIDED = (_M.CALLED, _M.REPORTED_IN)
"""States in which units may still answer, and a decision is owed."""

LIVE = (*UNDECIDED, _M.DECIDED)
"""States in which somebody still owes something."""

FOLLOWING: MappingProxyType[MeetingState, frozenset[MeetingState]] = MappingProxyType(
    {
        _M.CALLED: frozenset({_M.REPORTED_IN, _M.DECIDED, _M.DONE, _M.CALLED_OFF, _M.LAPSED}),
        _M.REPORTED_IN: frozenset({_M.CALLED, _M.DECIDED, _M.DONE, _M.CALLED_OFF, _M.LAPSED}),
        _M.DECIDED: frozenset({_M.DONE, _M.LAPSED}),
        _M.DONE: frozenset(),
        _M.CALLED_OFF: frozenset(),
        _M.LAPSED: frozenset(),
    }
)
"""What may follow what; a meeting that everybody answered waits again when more units are called."""

MOST_UNITS = 20
"""More units than this are no meeting but a circular."""


class MeetingMoveRefused(DomainError):
    """A meeting's state does not allow this."""

    code = "meeting-state"
    title = N_("The meeting is {state}: this cannot be done with it now")


def require_following(state: MeetingState, target: MeetingState) -> None:
    """Pass in silence when `target` may follow `state`; staying is always allowed.

    Raises:
        MeetingMoveRefused: it may not.
    """
    if target is not state and target not in FOLLOWING[state]:
        raise MeetingMoveRefused(state=state)


def after_answers(*, waiting: int) -> MeetingState:
    """Return how far an undecided meeting is.

    Args:
        waiting: how many of the units called have not answered.
    """
    return _M.CALLED if waiting else _M.REPORTED_IN


def after_decision(*, open_tasks: int) -> MeetingState:
    """Return how far a decided meeting is: what left nobody a task is done at once."""
    return _M.DECIDED if open_tasks else _M.DONE


def meeting_number(ticket_number: str, kind: MeetingKind, nth: int) -> str:
    """Return a meeting's number: the ticket's, the kind's letter and how many there were."""
    return f"{ticket_number}-{kind.letter}{nth}"
