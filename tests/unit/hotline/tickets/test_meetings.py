"""The machine of one meeting, by hand."""

from itertools import product

import pytest

from hotline.sla.policy import CalendarCode, ClockKind, Limit, rule_for
from hotline.sla.presets import PRESETS
from hotline.tickets.meetings import (
    FOLLOWING,
    LIVE,
    UNDECIDED,
    MeetingKind,
    MeetingMoveRefused,
    MeetingState,
    after_answers,
    after_decision,
    meeting_number,
    require_following,
)

TABLE = {
    "called": "reported_in decided done called_off lapsed",
    "reported_in": "called decided done called_off lapsed",
    "decided": "done lapsed",
    "done": "",
    "called_off": "",
    "lapsed": "",
}


@pytest.mark.parametrize(("state", "target"), list(product(MeetingState, repeat=2)))
def test_what_may_follow_what(state: MeetingState, target: MeetingState) -> None:
    if target is state or target.value in TABLE[state.value].split():
        require_following(state, target)
    else:
        with pytest.raises(MeetingMoveRefused):
            require_following(state, target)


def test_what_is_live_can_end_and_what_ended_stays() -> None:
    assert set(FOLLOWING) == set(MeetingState)
    for state in MeetingState:
        assert bool(FOLLOWING[state]) is (state in LIVE)
    assert set(UNDECIDED) < set(LIVE)


def test_how_far_answers_and_decisions_bring_a_meeting() -> None:
    assert after_answers(waiting=1) is MeetingState.CALLED
    assert after_answers(waiting=0) is MeetingState.REPORTED_IN
    assert after_decision(open_tasks=2) is MeetingState.DECIDED
    assert after_decision(open_tasks=0) is MeetingState.DONE


def test_numbers_tell_the_kinds_apart() -> None:
    assert meeting_number("2603020000011", MeetingKind.WHISTLE, 2) == "2603020000011-W2"
    assert meeting_number("2603020000011", MeetingKind.CONSULTATION, 1) == "2603020000011-C1"


@pytest.mark.parametrize("code", [preset.policy.code for preset in PRESETS])
def test_whoever_is_whistled_for_an_urgent_matter_comes_at_any_hour(code: str) -> None:
    policy = next(preset.policy for preset in PRESETS if preset.policy.code == code)
    rule = rule_for(policy, ClockKind.REPORT_IN)
    assert rule is not None
    is_urgent = code in {"p0", "p1"}
    assert rule.limit == Limit(seconds=30 * 60 if is_urgent else 2 * 3600)
    assert rule.calendar == (CalendarCode.NATURAL if is_urgent else CalendarCode.WORKING)
