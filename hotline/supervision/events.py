"""Facts of supervision."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCalled(Fact):
    """A person of the hotline called upon whoever has a ticket: he is to be told of it.

    Attributes:
        call: `urge`, `order` or `listing`, named as on the ladder.
        clock: kind of the limit that the ticket is guided by.
        department_id: the unit that has the ticket.
        holder_user_id: the named person, when there is one.
        by_user_id: who called.
    """

    topic: ClassVar[str] = "unit_called"

    ticket_id: str
    ticket_number: str
    call: str
    clock: str
    department_id: int | None
    holder_user_id: str | None
    by_user_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeRequested(Fact):
    """Many tickets are to be urged, one after the other.

    Attributes:
        run_id: which run.
    """

    topic: ClassVar[str] = "urge_requested"

    run_id: str
