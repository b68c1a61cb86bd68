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
class TimelineGrew(Fact):
    """A row was written on a ticket's timeline without a step of the ticket: there is more to find."""

    topic: ClassVar[str] = "timeline_grew"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged(Fact):
    """A ticket follows another one from now on: what its own departments did stands there.

    Attributes:
        parent_number: the one it follows.
    """

    topic: ClassVar[str] = "ticket_merged"

    ticket_id: str
    ticket_number: str
    parent_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionDefaulted(Fact):
    """A co-handler let its limit pass: its silence was taken for consent.

    Attributes:
        assignment_id: its part.
        is_excused: nobody had been warned: the sweeper did not run.
    """

    topic: ClassVar[str] = "opinion_defaulted"

    ticket_id: str
    ticket_number: str
    assignment_id: str
    department_id: int
    is_excused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRejected(Fact):
    """The audit sent a result back.

    Attributes:
        feedback_id: the result.
        department_id: whose it is.
        ground: a member of `hotline.tickets.actions.feedback.AuditGround`; None when none was named.
    """

    topic: ClassVar[str] = "reply_rejected"

    ticket_id: str
    ticket_number: str
    feedback_id: str
    department_id: int
    round: int
    hop: int
    ground: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterRecurred(Fact):
    """A matter that had been closed as solved came back.

    Attributes:
        ticket_id: the ticket that had been closed.
        department_id: who had solved it.
        round: the round that had been closed.
        closed_at: when, ISO 8601.
        again_number: the ticket in which it is told of again; the same one when it was reopened.
    """

    topic: ClassVar[str] = "matter_recurred"

    ticket_id: str
    ticket_number: str
    department_id: int
    round: int
    closed_at: str
    again_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingUnfixed(Fact):
    """A bad rating was founded, the matter was handled again for it, and again to no avail.

    Attributes:
        round: the round that began with the founded rating.
        department_id: who handled it.
        outcome: `unsolved` by the requester's word, or `founded`, badly rated once more.
    """

    topic: ClassVar[str] = "rating_unfixed"

    ticket_id: str
    ticket_number: str
    round: int
    department_id: int
    outcome: str
