"""Bands: whoever cannot be told from the best stands beside him."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given, strategies as st

from credit.ranking import Candidate, ranked
from credit.statistics import Interval

D = Decimal


def _candidate(code: str, score: str, half: str, n: int = 100) -> Candidate:
    return Candidate(code, n, D(score), Interval(D(score) - D(half), D(score) + D(half)))


def test_overlapping_intervals_share_a_band() -> None:
    places = ranked(
        [
            _candidate("c", "80", "2"),
            _candidate("a", "92", "3"),
            _candidate("b", "88", "2"),
            _candidate("d", "79", "1"),
        ],
        30,
    )
    assert [(one.candidate.code, one.band, one.rank) for one in places] == [
        ("a", 1, 1),
        ("b", 1, 1),
        ("c", 2, 3),
        ("d", 2, 3),
    ]


def test_whoever_has_too_few_tickets_is_not_ranked() -> None:
    places = ranked(
        [
            _candidate("tiny", "100", "0", n=29),
            _candidate("big", "50", "1"),
            Candidate("idle", 0, None, None),
        ],
        30,
    )
    assert [(one.candidate.code, one.rank) for one in places] == [
        ("big", 1),
        ("idle", None),
        ("tiny", None),
    ]


CANDIDATES = st.lists(
    st.builds(
        lambda code, score, half, n: _candidate(code, str(score), str(half), n),
        st.text("abcdef", min_size=3, max_size=6),
        st.integers(0, 100),
        st.integers(0, 9),
        st.integers(0, 200),
    ),
    unique_by=lambda one: one.code,
    max_size=20,
)


@given(CANDIDATES)
def test_nobody_is_lost_and_no_lower_score_stands_before_a_higher(
    candidates: list[Candidate],
) -> None:
    places = ranked(candidates, 30)
    assert {one.candidate.code for one in places} == {one.code for one in candidates}
    fit = [one for one in places if one.rank is not None]
    assert all(one.candidate.n >= 30 for one in fit)
    for earlier, later in pairwise(fit):
        assert (earlier.candidate.score or 0) >= (later.candidate.score or 0)
        assert (earlier.band or 0, earlier.rank or 0) <= (later.band or 0, later.rank or 0)
    for one in fit:
        assert one.rank == 1 + sum((other.band or 0) < (one.band or 0) for other in fit)
