"""Facts of supervision."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeRequested(Fact):
    """Many tickets are to be urged, one after the other.

    Attributes:
        run_id: which run.
    """

    topic: ClassVar[str] = "urge_requested"

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewCalled(Fact):
    """Somebody was called to an interview.

    Attributes:
        interview_id: which.
        department_id: whose people.
    """

    topic: ClassVar[str] = "interview_called"

    interview_id: str
    department_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinPublished(Fact):
    """A bulletin was published.

    Attributes:
        bulletin_id: which.
    """

    topic: ClassVar[str] = "bulletin_published"

    bulletin_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClueMoved(Fact):
    """Somebody waits for an answer about a clue; what it says is in no fact.

    Attributes:
        clue_id: which.
        is_for_discipline: the discipline inspection is to look, else whoever handed it over.
    """

    topic: ClassVar[str] = "clue_moved"

    clue_id: str
    is_for_discipline: bool
