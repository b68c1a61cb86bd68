"""What is offered first is offered anyhow: the order adds nothing and hides nothing."""

import pytest
from hypothesis import given, strategies as st

from hotline.tickets.lifecycle import REACHABLE_STATES, TRANSITIONS, Action, Hold, State, Status
from hotline.tickets.likely import LIKELY, likeliest, likely_first

STATES = sorted(REACHABLE_STATES, key=str)


@given(st.lists(st.sampled_from(list(Action)), unique=True), st.sampled_from(STATES))
def test_the_order_adds_nothing_and_hides_nothing(actions: list[Action], state: State) -> None:
    ordered = likely_first(actions, state)
    assert sorted(ordered) == sorted(actions)
    first = likeliest(actions, state)
    assert first is None or ordered[0] is first
    assert likely_first(ordered, state) == ordered


@given(st.lists(st.sampled_from(list(Action)), unique=True), st.sampled_from(STATES))
def test_what_is_not_named_keeps_its_order(actions: list[Action], state: State) -> None:
    named = LIKELY.get(state.hold or state.status, ())
    rest = [action for action in actions if action not in named]
    assert [action for action in likely_first(actions, state) if action in rest] == rest


@pytest.mark.parametrize(("place", "habits"), list(LIKELY.items()), ids=str)
def test_habits_are_possible_where_they_are_named(
    place: Status | Hold, habits: tuple[Action, ...]
) -> None:
    here = {state for state in STATES if place in (state.hold, state.status)}
    for action in habits:
        assert TRANSITIONS[action].sources & here, action


@pytest.mark.parametrize(
    ("state", "actions", "first"),
    [
        (State(Status.SUBMITTED), [Action.ANSWER, Action.ACCEPT, Action.NOTE], Action.ACCEPT),
        (State(Status.ACCEPTED), [Action.DISPATCH, Action.NOTE], Action.DISPATCH),
        (
            State(Status.ACCEPTED),
            [Action.DISPATCH, Action.DIRECT_DISPATCH],
            Action.DIRECT_DISPATCH,
        ),
        (State(Status.DISPATCHED), [Action.SIGN, Action.CONTACT], Action.SIGN),
        (State(Status.PROCESSING), [Action.NOTE, Action.URGE], None),
        (State(Status.PROCESSING, Hold.SUSPENSION), [Action.CONTACT], None),
        (State(Status.ARCHIVED), [], None),
    ],
)
def test_what_is_first(state: State, actions: list[Action], first: Action | None) -> None:
    assert likeliest(actions, state) is first
