"""Two approve, one refuses; who had a part decides nothing; what is unusual."""

import itertools
import uuid
from decimal import Decimal

import pytest

from credit.exclusions.errors import DeciderTookPart, ExclusionDecided
from credit.exclusions.rules import (
    ExclusionState,
    following,
    is_sampled,
    is_unusual,
    require_apart,
)
from credit.rulebook import DEFAULT_BOOK

_S = ExclusionState


def test_two_approve_and_one_refuses() -> None:
    assert following(_S.ASKED, approve=True) is _S.SECONDED
    assert following(_S.SECONDED, approve=True) is _S.APPROVED
    assert {following(state, approve=False) for state in (_S.ASKED, _S.SECONDED)} == {_S.REFUSED}
    for state, approve in itertools.product((_S.APPROVED, _S.REFUSED, _S.REVOKED), (True, False)):
        with pytest.raises(ExclusionDecided):
            following(state, approve=approve)


def test_who_had_a_part_decides_nothing() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    require_apart(one, 1, of_department=2, took_part={other})
    for user, department in ((other, 1), (one, 2), (None, 1)):
        with pytest.raises(DeciderTookPart):
            require_apart(user, department, of_department=2, took_part={other})


def test_a_tenth_is_drawn_and_always_the_same() -> None:
    ids = [uuid.UUID(int=number) for number in range(5000)]
    drawn = [one for one in ids if is_sampled(one, Decimal("0.10"))]
    assert 430 < len(drawn) < 570
    assert drawn == [one for one in ids if is_sampled(one, Decimal("0.10"))]
    assert not any(is_sampled(one, Decimal(0)) for one in ids)
    assert all(is_sampled(one, Decimal(1)) for one in ids)


@pytest.mark.parametrize(
    ("excluded", "counted", "peers", "odd"),
    [
        (0, 0, [], False),
        (5, 95, [], False),
        (6, 94, [], True),
        (4, 96, ["0.02", "0.02", "0.03"], False),
        (5, 95, ["0.02", "0.02", "0.03"], True),
        (3, 97, ["0", "0", "0.01"], False),
        (100, 0, ["0.9"], True),
        (1, 9, [], False),
        (2, 8, ["0.01"], False),
        (3, 7, [], True),
    ],
)
def test_over_a_twentieth_or_twice_the_peers_is_odd(
    excluded: int, counted: int, peers: list[str], odd: bool
) -> None:
    shares = [Decimal(one) for one in peers]
    assert is_unusual(excluded, counted, shares, DEFAULT_BOOK) is odd
