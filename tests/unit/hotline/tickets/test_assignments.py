"""The machine of one department's task."""

from itertools import product

import pytest

from hotline.tickets.assignments import (
    ENDED,
    FOLLOWING,
    OPINION_OPEN,
    AssignmentState,
    IllegalAssignmentMove,
    require_following,
)

TABLE = {
    "pending_sign": "signed contacted opinion_submitted default_consent returned withdrawn",
    "signed": "contacted working submitted opinion_submitted default_consent "
    "returned withdrawn done",
    "contacted": "signed working submitted opinion_submitted default_consent "
    "returned withdrawn done",
    "working": "contacted submitted opinion_submitted default_consent returned withdrawn done",
    "submitted": "rejected working done",
    "rejected": "working contacted submitted returned withdrawn done",
    "opinion_submitted": "done withdrawn working",
    "default_consent": "opinion_submitted done withdrawn working",
    "returned": "",
    "withdrawn": "",
    "done": "working",
}


@pytest.mark.parametrize(("state", "target"), list(product(AssignmentState, repeat=2)))
def test_what_may_follow_what(state: AssignmentState, target: AssignmentState) -> None:
    if target is state or target.value in TABLE[state.value].split():
        require_following(state, target)
    else:
        with pytest.raises(IllegalAssignmentMove):
            require_following(state, target)


def test_every_task_can_end_and_no_ended_one_is_waited_for() -> None:
    assert set(FOLLOWING) == set(AssignmentState)
    assert not ENDED & OPINION_OPEN
    for state in set(AssignmentState) - ENDED:
        assert FOLLOWING[state] & ENDED
