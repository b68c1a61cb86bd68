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
