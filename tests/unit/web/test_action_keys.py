"""A key for every action that is offered, no two alike."""

from hypothesis import given, strategies as st

from hotline.tickets.lifecycle import REACHABLE_STATES, TRANSITIONS, Action
from web.views.action_keys import RESERVED, WANTED, keys_for


@given(st.lists(st.sampled_from(list(Action)), unique=True, max_size=25))
def test_no_two_are_alike_and_none_is_the_pages_own(actions: list[Action]) -> None:
    keys = keys_for(actions)
    assert list(keys) != [] or not actions
    assert set(keys) == set(actions)
    assert len(set(keys.values())) == len(keys)
    assert RESERVED.isdisjoint(keys.values())


def test_what_people_learn_by_heart_does_not_wander() -> None:
    offered = [Action.ACCEPT, Action.ANSWER, Action.MERGE, Action.WITHDRAW, Action.NOTE]
    assert [keys_for(offered)[action] for action in offered] == ["a", "r", "m", "w", "n"]
    assert keys_for(reversed(offered)) == keys_for(offered)


def test_wanted_letters_meet_nowhere_within_one_role_and_state() -> None:
    """Where two of one person do, the second is given another: it must stay the exception."""
    meetings = set()
    for state in REACHABLE_STATES:
        here = [action for action in WANTED if state in TRANSITIONS[action].sources]
        for one in here:
            for other in here:
                is_same = WANTED[one] == WANTED[other] and one < other
                if is_same and TRANSITIONS[one].roles & TRANSITIONS[other].roles:
                    meetings.add((one, other))
    assert meetings <= {(Action.PROVIDE_SUPPLEMENT, Action.REQUEST_SUPPLEMENT)}
