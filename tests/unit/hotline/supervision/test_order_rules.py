"""The rules of supervision orders, without a database."""

from itertools import product

import pytest

from hotline.supervision.errors import InvalidOrderLevel, OrderAtTop, OrderMoveRefused
from hotline.supervision.rules import (
    LIVE,
    REPLY_LIMITS,
    REPLY_OWED,
    WRITTEN,
    OrderLevel,
    OrderState,
    next_level,
    require_following,
    require_level,
)

_S = OrderState
ALLOWED = {
    (_S.ISSUED, _S.ACKNOWLEDGED),
    (_S.ISSUED, _S.ANSWERED),
    (_S.ISSUED, _S.ESCALATED),
    (_S.ACKNOWLEDGED, _S.ANSWERED),
    (_S.ACKNOWLEDGED, _S.ESCALATED),
    (_S.ANSWERED, _S.VERIFIED),
    (_S.ANSWERED, _S.ACKNOWLEDGED),
    (_S.ANSWERED, _S.ESCALATED),
}


@pytest.mark.parametrize(("state", "following"), list(product(OrderState, OrderState)))
def test_what_may_follow_what(state: OrderState, following: OrderState) -> None:
    if (state, following) in ALLOWED:
        require_following(state, following)
    else:
        with pytest.raises(OrderMoveRefused):
            require_following(state, following)


def test_states() -> None:
    assert set(REPLY_OWED) < set(LIVE) < set(WRITTEN) < set(OrderState)
    assert set(OrderState) - set(WRITTEN) == {_S.CLOSED, _S.VOID}


@pytest.mark.parametrize("level", [0, 5, -2])
def test_no_such_level(level: int) -> None:
    for by_system in (True, False):
        with pytest.raises(InvalidOrderLevel):
            require_level(level, by_system=by_system)


def test_only_people_order_an_interview() -> None:
    assert [require_level(n, by_system=False) for n in (1, 2, 3, 4)] == list(OrderLevel)
    assert [require_level(n, by_system=True) for n in (1, 2, 3)] == list(OrderLevel)[:3]
    with pytest.raises(OrderAtTop):
        require_level(4, by_system=True)


def test_one_level_up() -> None:
    for by_system in (True, False):
        assert next_level(OrderLevel.URGE_LETTER, by_system=by_system) is OrderLevel.ORDER
        assert next_level(OrderLevel.ORDER, by_system=by_system) is OrderLevel.LISTING
        with pytest.raises(OrderAtTop):
            next_level(OrderLevel.INTERVIEW, by_system=by_system)
    assert next_level(OrderLevel.LISTING, by_system=False) is OrderLevel.INTERVIEW
    with pytest.raises(OrderAtTop) as refusal:
        next_level(OrderLevel.LISTING, by_system=True)
    assert refusal.value.params == {"level": 3}


def test_every_level_has_its_time_for_a_reply() -> None:
    assert {level: str(limit) for level, limit in REPLY_LIMITS.items()} == {
        OrderLevel.URGE_LETTER: "PT24H",
        OrderLevel.ORDER: "PT24H",
        OrderLevel.LISTING: "P3D",
        OrderLevel.INTERVIEW: "P3D",
    }
