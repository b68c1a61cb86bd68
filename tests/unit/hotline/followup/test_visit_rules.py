"""What follows from a requester's answer."""

from itertools import product

import pytest

from hotline.followup.rules import MAX_ATTEMPTS, InvalidVisit, VisitAnswer, visit_outcome
from hotline.tickets.lifecycle import Outcome

_O = Outcome


@pytest.mark.parametrize(
    ("solved", "rating", "explained", "outcome"),
    [
        (True, None, False, _O.SOLVED),
        (True, 5, False, _O.SOLVED),
        (True, 3, False, _O.SOLVED),
        (True, 2, False, _O.BADLY_RATED),
        (True, 1, True, _O.BADLY_RATED),
        (False, None, False, _O.UNSOLVED),
        (False, 5, False, _O.UNSOLVED),
        (False, 5, True, _O.SOLVED),
        (False, 3, True, _O.SOLVED),
        (False, 2, True, _O.UNSOLVED),
        (False, None, True, _O.UNSOLVED),
    ],
)
def test_what_was_said(solved: bool, rating: int | None, explained: bool, outcome: Outcome) -> None:
    for attempt in range(1, 6):
        answer = VisitAnswer(True, solved, rating)
        assert visit_outcome(answer, attempt, was_explained=explained) is outcome


@pytest.mark.parametrize("attempt", range(1, 6))
def test_nobody_is_satisfied_by_silence(attempt: int) -> None:
    outcome = visit_outcome(VisitAnswer(False), attempt, was_explained=False)
    assert outcome is (_O.UNREACHABLE if attempt >= MAX_ATTEMPTS else _O.UNREACHED)


def test_answers_that_contradict_one_another() -> None:
    for solved, rating in product((True, False, None), (None, 1, 5)):
        if solved is not None or rating is not None:
            with pytest.raises(InvalidVisit):
                visit_outcome(VisitAnswer(False, solved, rating), 1, was_explained=False)
    for rating in (None, 5):
        with pytest.raises(InvalidVisit):
            visit_outcome(VisitAnswer(True, None, rating), 1, was_explained=False)
