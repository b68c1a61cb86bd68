"""What follows from a requester's answer on a return visit."""

from dataclasses import dataclass

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.tickets.lifecycle import Outcome

MAX_ATTEMPTS = 3
BAD_RATINGS = range(1, 3)
"""Ratings that are looked into: dissatisfied and very dissatisfied."""


class InvalidVisit(DomainError):
    """The answers of a visit contradict one another."""

    kind = ErrorKind.INVALID
    code = "invalid-visit"
    title = N_("The visit is not complete: {problem}")


@dataclass(frozen=True, slots=True)
class VisitAnswer:
    """What a requester said, or that he was not reached.

    Attributes:
        reached: whether he was spoken with.
        solved: whether he says the matter is solved.
        rating: 1 to 5, None when he gave none; no rating is ever assumed.
        was_contacted: whether the department had spoken with him, when he was asked.
    """

    reached: bool
    solved: bool | None = None
    rating: int | None = None
    was_contacted: bool | None = None


def visit_outcome(answer: VisitAnswer, attempt: int, *, was_explained: bool) -> Outcome:
    """Return what follows from an answer.

    Args:
        answer: the answer.
        attempt: which attempt this was in the present round.
        was_explained: True when the department's passed result was an explanation why it cannot be.

    Raises:
        InvalidVisit: a rating without having reached anybody, or no word on whether it is solved.
    """
    if not answer.reached:
        if answer.solved is not None or answer.rating is not None:
            raise InvalidVisit(problem="nobody was reached, so nothing can have been said")
        return Outcome.UNREACHABLE if attempt >= MAX_ATTEMPTS else Outcome.UNREACHED
    if answer.solved is None:
        raise InvalidVisit(problem="say whether the matter is solved")
    is_bad = answer.rating in BAD_RATINGS
    if not answer.solved:
        accepts = was_explained and answer.rating is not None and not is_bad
        return Outcome.SOLVED if accepts else Outcome.UNSOLVED
    return Outcome.BADLY_RATED if is_bad else Outcome.SOLVED
