"""What may be done to many tickets at once, and what it will come to for each - pure."""

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hotline.kernel.errors import DomainError
from hotline.people.permissions import Role
from hotline.tickets.errors import (
    NothingUrged,
    NotYoursToHandOn,
    NotYourTask,
    StaleTicket,
    WithThemAlready,
)
from hotline.tickets.lifecycle import Action, State, next_move
from hotline.tickets.policy import Standing, require

MOST = 200
"""Tickets of one run."""


class BulkDoing(enum.StrEnum):
    """What may be done to many tickets at once: what says the same of each of them."""

    SIGN = "sign"
    NAME_HANDLER = "name_handler"
    PROGRESS = "progress"
    ANSWER_URGE = "answer_urge"

    @property
    def action(self) -> Action:
        """The action that each ticket goes through."""
        return Action(self.value)


class BulkState(enum.StrEnum):
    """What became of a ticket of a run."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    CHANGED = "changed"
    FAILED = "failed"


WORDS: Mapping[BulkDoing, tuple[str, ...]] = MappingProxyType(
    {
        BulkDoing.SIGN: (),
        BulkDoing.NAME_HANDLER: ("colleague", "note"),
        BulkDoing.PROGRESS: ("note",),
        BulkDoing.ANSWER_URGE: ("reply",),
    }
)
"""What is said with it, the same to each: arguments of the action."""

NEEDED: Mapping[BulkDoing, str] = MappingProxyType(
    {
        BulkDoing.NAME_HANDLER: "colleague",
        BulkDoing.PROGRESS: "note",
        BulkDoing.ANSWER_URGE: "reply",
    }
)
"""Of these the one that may not be left out."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that something is to be done to, as far as the rules look at it.

    Attributes:
        number: of the ticket.
        state: where it stands.
        standing: what the actor is to it.
        has_task: whether the actor's department has an open task on it.
        handler_id: who handles the department's part.
        is_urged: whether an answer to an urge is owed.
        version: the present one.
        read_version: the one that the actor has read, when he says so.
    """

    number: str
    state: State
    standing: Standing
    has_task: bool
    handler_id: uuid.UUID | None
    is_urged: bool
    version: int
    read_version: int | None = None


def foretell(
    one: Candidate, doing: BulkDoing, *, colleague: uuid.UUID | None = None, name: str = ""
) -> DomainError | None:
    """Return why an action will be refused on a ticket as it stands; None when it will be done.

    The action itself asks again: this is what a person is shown before he says yes.

    Args:
        one: the ticket.
        doing: what is to be done.
        colleague: whom it is to be handed to.
        name: of the colleague.
    """
    if one.read_version is not None and one.read_version != one.version:
        return StaleTicket(number=one.number, version=one.version)
    try:
        require(one.standing, doing.action)
        next_move(one.state, doing.action)
    except DomainError as error:
        return error
    if not one.has_task:
        return NotYourTask()
    if doing is BulkDoing.ANSWER_URGE and not one.is_urged:
        return NothingUrged(number=one.number)
    if doing is BulkDoing.NAME_HANDLER:
        return _handing_on(one, colleague, name)
    return None


def _handing_on(one: Candidate, colleague: uuid.UUID | None, name: str) -> DomainError | None:
    is_his = one.handler_id in {None, one.standing.user_id}
    if not is_his and Role.LEADER not in one.standing.roles:
        return NotYoursToHandOn()
    if colleague is not None and one.handler_id == colleague:
        return WithThemAlready(name=name)
    return None


def state_of(error: DomainError) -> BulkState:
    """Return what became of a ticket whose action was refused."""
    return BulkState.CHANGED if isinstance(error, StaleTicket) else BulkState.REFUSED
