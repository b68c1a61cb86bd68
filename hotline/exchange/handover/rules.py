"""What a hand-over file is, how far it is, and what may be done with it."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from hotline.kernel.clock import SHANGHAI
from hotline.people.permissions import Role

LIST_CODE = "handovers"
"""Under which hand-over files stand in the log of exports."""

PREFIX = "YJ"
"""The letters an office files them under."""

MOST_TICKETS = 500
RECIPIENT_MAX = 100
HOW_MAX = 200
THEIR_NUMBER_MAX = 64
REMARK_MAX = 500

HANDING_ROLES = frozenset({Role.SUPERVISOR, Role.AUTHORITY})


class HandOverState(enum.StrEnum):
    """How far a file is; `received`: every one of its tickets was answered."""

    MADE = "made"
    HANDED_OVER = "handed_over"
    RECEIVED = "received"


class LineState(enum.StrEnum):
    """What the other side says of one ticket."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class HandOverDeed(enum.StrEnum):
    """What was done with a file."""

    MADE = "made"
    FETCHED = "fetched"
    HANDED_OVER = "handed_over"
    RECEIPT = "receipt"


ANSWERS: Mapping[bool, LineState] = MappingProxyType(
    {True: LineState.ACCEPTED, False: LineState.REFUSED}
)


def hand_over_number(year: int, count: int) -> str:
    """Return the number of the `count`-th file of a year."""
    return f"{PREFIX}-{year}-{count:06d}"


def year_of(now: datetime) -> int:
    """Return the year whose count a file takes: that of Shanghai."""
    return now.astimezone(SHANGHAI).year


def state_after(lines: Sequence[LineState]) -> HandOverState:
    """Return how far a file is that was handed over."""
    is_open = LineState.WAITING in lines
    return HandOverState.HANDED_OVER if is_open else HandOverState.RECEIVED
