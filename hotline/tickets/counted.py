"""Facts of work that is counted: what a department's rates are made of, and what takes it back.

Each says by itself whom it concerns and what it says of the work, so that whoever counts need not ask
the ticket. None of them names a person.
"""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentSettled(Fact):
    """A department has nothing more to do with a ticket: its task is done, or was taken from it.

    Attributes:
        assignment_id: the task.
        role: `lead` or `co`.
        hop: which of the ticket's ways to a department it belongs to.
        round: in which round of the work it ended.
        category: of the ticket; empty when it has none.
        ended: `done`, `returned` when the matter was found to be another's, or `withdrawn`.
        signed: a `Punctuality`, None when no signature was owed or nobody judged it.
        contacted: likewise, of the first word with the requester.
        was_paused: the work waited for a while with the consent of the hotline.
    """

    topic: ClassVar[str] = "assignment_settled"

    ticket_id: str
    ticket_number: str
    assignment_id: str
    department_id: int
    role: str
    hop: int
    round: int
    category: str
    ended: str
    signed: str | None
    contacted: str | None
    was_paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAudited(Fact):
    """Somebody of the hotline has judged a department's result: a regular audit, or a random one.

    Attributes:
        feedback_id: the result.
        passed: it proves the contact, answers the question, and has its evidence.
        by: `audit` for the one that every result goes through; another word for further ones.
    """

    topic: ClassVar[str] = "work_audited"

    ticket_id: str
    ticket_number: str
    feedback_id: str
    department_id: int
    hop: int
    round: int
    category: str
    passed: bool
    by: str = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterAnswered(Fact):
    """A requester said, to the hotline and not to the department, how his matter stands.

    Attributes:
        visit_id: the answer; a requester answers once in a round.
        department_id: who handled the matter.
        solved: whether he says that it is solved.
        rating: 1 to 5; None when he gave none.
        was_explained: the result was that the law does not allow it, and an audit had passed that.
        is_in_confidence: the department is not to know how he rated.
    """

    topic: ClassVar[str] = "requester_answered"

    ticket_id: str
    ticket_number: str
    visit_id: str
    department_id: int
    hop: int
    round: int
    category: str
    solved: bool
    rating: int | None
    was_explained: bool
    is_in_confidence: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChecked(Fact):
    """A field check found what was called done to be done; or two persons found that it is not.

    Attributes:
        check_id: the field check.
        department_id: who had called it done.
        round: the round whose result was looked at.
    """

    topic: ClassVar[str] = "place_checked"

    ticket_id: str
    ticket_number: str
    check_id: str
    department_id: int
    hop: int
    round: int
    category: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneEnded(Fact):
    """A milestone of an approved plan was reached, or its plan failed after it was missed.

    Attributes:
        milestone_id: which.
        position: its place in the plan, from 1.
        due_at: until when it was owed, ISO 8601.
        met: it was reached in time.
        is_excused: it was not, but nobody had been warned: the sweeper did not run.
    """

    topic: ClassVar[str] = "milestone_ended"

    ticket_id: str
    ticket_number: str
    milestone_id: str
    department_id: int
    hop: int
    round: int
    category: str
    position: int
    due_at: str
    met: bool
    is_excused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndChanged(Fact):
    """A ticket that a department had came to an end that says nothing of its work, or back from one.

    Such an end is a final reply, a merge, a withdrawal, a refusal. Of several such facts the one of the
    highest version holds.

    Attributes:
        closure: a `ClosureCode`; None when the ticket came back.
        version: the ticket's version after the step.
    """

    topic: ClassVar[str] = "end_changed"

    ticket_id: str
    ticket_number: str
    closure: str | None
    version: int
