"""Facts of meetings."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class WhistleScored(Fact):
    """The hotline judged how a unit answered a whistle.

    Attributes:
        meeting_number: the whistle.
        department_id: the unit.
        score: 5 the best to 1, absent.
    """

    topic: ClassVar[str] = "whistle_scored"

    ticket_id: str
    ticket_number: str
    meeting_number: str
    department_id: int
    score: int
