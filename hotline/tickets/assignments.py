"""The machine of one department's task on a ticket."""

import enum
from types import MappingProxyType

from hotline.kernel.errors import N_, DomainError


class AssignmentRole(enum.StrEnum):
    """Whether a department answers for the ticket or helps with it."""

    LEAD = "lead"
    CO = "co"


class Punctuality(enum.StrEnum):
    """How a department kept a limit of its own; excused is who was never warned, for nobody watched."""

    IN_TIME = "in_time"
    LATE = "late"
    EXCUSED = "excused"
    NOT_ASKED = "not_asked"


class AssignmentState(enum.StrEnum):
    """How far a department is with its task."""

    PENDING_SIGN = "pending_sign"
    SIGNED = "signed"
    CONTACTED = "contacted"
    WORKING = "working"
    SUBMITTED = "submitted"
    OPINION_SUBMITTED = "opinion_submitted"
    DEFAULT_CONSENT = "default_consent"
    REJECTED = "rejected"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    DONE = "done"


_A = AssignmentState

FOLLOWING: MappingProxyType[AssignmentState, frozenset[AssignmentState]] = MappingProxyType(
    {
        _A.PENDING_SIGN: frozenset(
            {
                _A.SIGNED,
                _A.CONTACTED,
                _A.OPINION_SUBMITTED,
                _A.DEFAULT_CONSENT,
                _A.RETURNED,
                _A.WITHDRAWN,
            }
        ),
        _A.SIGNED: frozenset(
            {
                _A.CONTACTED,
                _A.WORKING,
                _A.SUBMITTED,
                _A.OPINION_SUBMITTED,
                _A.DEFAULT_CONSENT,
                _A.RETURNED,
                _A.WITHDRAWN,
                _A.DONE,
            }
        ),
        _A.CONTACTED: frozenset(
            {
                _A.WORKING,
                _A.SUBMITTED,
                _A.OPINION_SUBMITTED,
                _A.DEFAULT_CONSENT,
                _A.RETURNED,
                _A.WITHDRAWN,
                _A.DONE,
                _A.SIGNED,
            }
        ),
        _A.WORKING: frozenset(
            {
                _A.CONTACTED,
                _A.SUBMITTED,
                _A.OPINION_SUBMITTED,
                _A.DEFAULT_CONSENT,
                _A.RETURNED,
                _A.WITHDRAWN,
                _A.DONE,
            }
        ),
        _A.SUBMITTED: frozenset({_A.REJECTED, _A.DONE, _A.WORKING}),
        _A.REJECTED: frozenset(
            {_A.WORKING, _A.CONTACTED, _A.SUBMITTED, _A.RETURNED, _A.WITHDRAWN, _A.DONE}
        ),
        _A.OPINION_SUBMITTED: frozenset({_A.DONE, _A.WITHDRAWN, _A.WORKING}),
        _A.DEFAULT_CONSENT: frozenset({_A.DONE, _A.WITHDRAWN, _A.OPINION_SUBMITTED, _A.WORKING}),
        _A.RETURNED: frozenset(),
        _A.WITHDRAWN: frozenset(),
        _A.DONE: frozenset({_A.WORKING}),
    }
)

ENDED = frozenset({_A.RETURNED, _A.WITHDRAWN, _A.DONE})
"""States in which a department owes nothing more."""

OPINION_OPEN = frozenset({_A.PENDING_SIGN, _A.SIGNED, _A.CONTACTED, _A.WORKING})
"""States of a co-handler in which the lead must still wait for his opinion."""


class IllegalAssignmentMove(DomainError):
    """A department's task cannot go from its present state to the one asked for."""

    code = "illegal-assignment-move"
    title = N_("A task that is {state} cannot become {target}")


def require_following(state: AssignmentState, target: AssignmentState) -> None:
    """Pass in silence when `target` may follow `state`; staying is always allowed.

    Raises:
        IllegalAssignmentMove: it may not.
    """
    if target is not state and target not in FOLLOWING[state]:
        raise IllegalAssignmentMove(state=state, target=target)
