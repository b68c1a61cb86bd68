"""Facts of the ticket."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMoved(Fact):
    """An action was done to a ticket.

    Attributes:
        action: which action.
        outcome: which of its ends it came to.
        from_state: `status` or `status/hold` before, empty for a new ticket.
        to_state: the same after.
        version: the ticket's version after the action.
        owner_department_id: who holds it now.
        holder_user_id: the named person, when there is one.
    """

    topic: ClassVar[str] = "ticket_moved"

    ticket_id: str
    ticket_number: str
    action: str
    outcome: str
    from_state: str
    to_state: str
    round: int
    version: int
    owner_department_id: int | None
    lead_department_id: int | None
    holder_user_id: str | None
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterConcerned(Fact):
    """Something happened that the requester is told of, wherever he is.

    Attributes:
        news: what of, a member of `hotline.notices.requesters.RequesterNews`.
        expected_at: the instant that goes with it, ISO 8601: the promised end, the new one, ...
        requester_id: only he of several is told, when given.
        link_id: the link to rate that he is sent.
    """

    topic: ClassVar[str] = "requester_concerned"

    ticket_id: str
    ticket_number: str
    news: str
    expected_at: str | None = None
    requester_id: str | None = None
    link_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBegunAgain(Fact):
    """A department has to handle a matter once more.

    Attributes:
        round: the round that began; the first is 1.
        action: what made it begin: `reopen`, an answer on a visit, a founded rating.
    """

    topic: ClassVar[str] = "work_begun_again"

    ticket_id: str
    ticket_number: str
    round: int
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Fact):
    """A ticket that others follow got one more of them, or came to a department."""

    topic: ClassVar[str] = "group_changed"

    ticket_id: str
    ticket_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseEnded(Fact):
    """A promise was kept or broken.

    Attributes:
        outcome: `kept` or `broken`.
        department_id: who had promised.
        is_excused: it was broken, but nobody had been warned: the sweeper did not run.
        hop: the ticket's way to that department; 0 when it was not said.
        round: of the work; 0 when it was not said.
        category: of the ticket; empty when it has none.
    """

    topic: ClassVar[str] = "promise_ended"

    commitment_id: str
    ticket_id: str
    ticket_number: str
    department_id: int
    outcome: str
    due_at: str
    outcome_at: str
    is_excused: bool = False
    hop: int = 0
    round: int = 0
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCalled(Fact):
    """A person called upon whoever has a ticket: he is to be told of it.

    Attributes:
        call: what for: `urge`, `order`, `listing`, `whistle`, ...
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
