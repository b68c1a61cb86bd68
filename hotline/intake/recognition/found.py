"""A stretch of a text that was recognised."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Something read off a text.

    Attributes:
        start: where it begins in the text.
        end: where it ends.
        words: the stretch itself, as it stands there.
        value: what it means, as a field takes it.
    """

    start: int
    end: int
    words: str
    value: str


@dataclass(frozen=True, slots=True)
class FoundTime:
    """An instant or a day that a text speaks of.

    Attributes:
        at: aware; midnight in Shanghai when only a day is told.
        has_hour: whether an hour or a part of the day was told.
    """

    start: int
    end: int
    words: str
    at: datetime
    has_hour: bool
