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


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIssued(Fact):
    """A department was ordered to act on a ticket, or its order was put one level higher.

    Attributes:
        department_id: who was ordered.
        level: 1 a letter, 2 an order, 3 listed, 4 an interview.
        hop: with `round`, the task that it was issued on.
    """

    topic: ClassVar[str] = "order_issued"

    ticket_id: str
    ticket_number: str
    order_number: str
    department_id: int
    level: int
    hop: int
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnanswered(Fact):
    """An order's limit passed without a word, or the word came after it.

    Attributes:
        department_id: who owed the reply.
        is_excused: nobody had been warned: the sweeper did not run.
    """

    topic: ClassVar[str] = "order_unanswered"

    ticket_id: str
    ticket_number: str
    order_number: str
    department_id: int
    due_at: str
    is_excused: bool
