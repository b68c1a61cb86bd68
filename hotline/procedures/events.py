"""Facts of requests about tickets."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDesignated(Fact):
    """The authority has designated the department that handles a ticket.

    Attributes:
        department_id: the department.
        bounce_count: how many times the ticket was given back before.
    """

    topic: ClassVar[str] = "ticket_designated"

    ticket_id: str
    ticket_number: str
    department_id: int
    bounce_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingUnfounded(Fact):
    """A bad rating was found mistaken, malicious or not about the unit, by two persons.

    Attributes:
        round: the round that was rated.
        reason: `mistaken`, `malicious` or `not_about_unit`.
    """

    topic: ClassVar[str] = "rating_unfounded"

    ticket_id: str
    ticket_number: str
    round: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnJudged(Fact):
    """A department's request to give a ticket back came to an end.

    Attributes:
        return_id: the request.
        department_id: who asked.
        outcome: `granted`, `refused` or `withdrawn`.
        was_refused_before: an earlier request of the same department for this ticket was rejected.
    """

    topic: ClassVar[str] = "return_judged"

    ticket_id: str
    ticket_number: str
    return_id: str
    department_id: int
    hop: int
    outcome: str
    was_refused_before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArbitrationDecided(Fact):
    """The authority said whose duty a disputed matter is.

    Attributes:
        return_id: the request that it was about.
        department_id: who had asked to give the ticket back.
        designated_department_id: whose duty it is.
        is_upheld: it is another's.
    """

    topic: ClassVar[str] = "arbitration_decided"

    ticket_id: str
    ticket_number: str
    return_id: str
    department_id: int
    designated_department_id: int
    is_upheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneMissed(Fact):
    """A milestone of a plan was done late, or not done when its plan failed.

    Attributes:
        milestone_id: which.
        position: its place in the plan.
        is_excused: nobody had been warned: the sweeper did not run.
    """

    topic: ClassVar[str] = "milestone_missed"

    ticket_id: str
    ticket_number: str
    milestone_id: str
    department_id: int
    position: int
    due_at: str
    is_excused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFailed(Fact):
    """A plan of rectification came to nothing.

    Attributes:
        plan_id: which.
        department_id: whose it was.
    """

    topic: ClassVar[str] = "plan_failed"

    ticket_id: str
    ticket_number: str
    plan_id: str
    department_id: int
