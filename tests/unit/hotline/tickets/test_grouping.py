"""What may follow what, what a repeat is, and that parting gives a clock back as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.sla.clocks import MICROSECONDS, ClockState, Timing
from hotline.tickets.grouping import (
    FOLLOWED_DAYS,
    REPEATABLE,
    Difference,
    Earlier,
    MergeProblem,
    RepeatProblem,
    Side,
    differences,
    may_be_parted,
    merge_problem,
    most_requesters_within,
    repeat_problem,
)
from hotline.tickets.lifecycle import (
    OPEN_STATUSES,
    REACHABLE_STATES,
    ClosureCode,
    Hold,
    State,
    Status,
)
from hotline.workdays.official import official_calendars

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
CALENDARS = list(official_calendars().values())
CHILD = Side("2", State(Status.SUBMITTED), is_secret=False, request_type="help", area="新城街道")
PARENT = replace(CHILD, number="1", state=State(Status.PROCESSING))


@pytest.mark.parametrize(
    ("child", "parent", "problem"),
    [
        ({}, {}, None),
        ({"state": State(Status.ACCEPTED)}, {"followers": 7}, None),
        ({"is_secret": True}, {"is_secret": True}, None),
        ({}, {"number": "2"}, MergeProblem.SAME_TICKET),
        ({"state": State(Status.SUBMITTED, Hold.SUPPLEMENT)}, {}, MergeProblem.WRONG_STATE),
        ({"state": State(Status.DISPATCHED)}, {}, MergeProblem.WRONG_STATE),
        ({"state": State(Status.MERGED)}, {}, MergeProblem.WRONG_STATE),
        ({}, {"state": State(Status.MERGED)}, MergeProblem.PARENT_FOLLOWS),
        ({}, {"state": State(Status.CLOSED)}, MergeProblem.PARENT_ENDED),
        ({"followers": 1}, {}, MergeProblem.HAS_FOLLOWERS),
        ({"is_secret": True}, {}, MergeProblem.SECRECY),
        ({}, {"is_secret": True}, MergeProblem.SECRECY),
    ],
)
def test_what_may_follow_what(
    child: dict[str, object], parent: dict[str, object], problem: MergeProblem | None
) -> None:
    assert merge_problem(replace(CHILD, **child), replace(PARENT, **parent)) is problem  # type: ignore[arg-type]


@pytest.mark.parametrize("state", sorted(REACHABLE_STATES, key=str), ids=str)
def test_nothing_ever_follows_what_has_ended(state: State) -> None:
    problem = merge_problem(CHILD, replace(PARENT, state=state))
    assert (problem is None) is (state.status in OPEN_STATUSES)


def test_what_has_to_be_confirmed() -> None:
    assert differences(CHILD, PARENT) == []
    assert differences(CHILD, replace(PARENT, area=None)) == []
    assert differences(CHILD, replace(PARENT, area="老城街道")) == [Difference.AREA]
    assert differences(replace(CHILD, request_type="report"), replace(PARENT, area="x")) == [
        Difference.REQUEST_TYPE,
        Difference.AREA,
    ]


def test_until_when_a_follower_may_part() -> None:
    closed, last = State(Status.CLOSED), NOON + timedelta(days=FOLLOWED_DAYS)
    assert may_be_parted(closed, NOON, last)
    assert not may_be_parted(closed, NOON, last + TICK)
    assert not may_be_parted(State(Status.ARCHIVED), NOON, last + TICK)
    # What is being worked on, and what is looked into after its end, has not ended.
    assert may_be_parted(State(Status.PROCESSING), None, last + 300 * DAY)
    assert may_be_parted(State(Status.CLOSED, Hold.RATING_CHECK), NOON, last + DAY)


@pytest.mark.parametrize(
    ("days", "most"),
    [([0, 1, 2, 3, 7], 5), ([0, 1, 2, 3, 8], 4), ([0, 0, 0], 3), ([], 0), ([0, 30, 60], 1)],
)
def test_how_many_came_within_a_week(days: list[int], most: int) -> None:
    told = [(who, NOON + day * DAY) for who, day in enumerate(days)]
    assert most_requesters_within(told, timedelta(days=7)) == most
    assert most_requesters_within([*told, *told], timedelta(days=7)) == most


def test_the_same_one_is_counted_once() -> None:
    told = [("one", NOON + day * DAY) for day in range(7)]
    assert most_requesters_within([*told, ("other", NOON)], timedelta(days=7)) == 2


NEW = Earlier("2", State(Status.SUBMITTED), None, NOON, frozenset({b"a"}))
OLD = Earlier("1", State(Status.CLOSED), ClosureCode.SOLVED, NOON - DAY, frozenset({b"a", b"b"}))


@pytest.mark.parametrize(
    ("new", "old", "problem"),
    [
        ({}, {}, None),
        ({}, {"state": State(Status.ARCHIVED)}, None),
        ({}, {"number": "2"}, RepeatProblem.SAME_TICKET),
        ({"requesters": frozenset()}, {}, RepeatProblem.NO_NUMBER),
        ({"requesters": frozenset({b"c"})}, {}, RepeatProblem.OTHER_REQUESTER),
        ({}, {"state": State(Status.PROCESSING)}, RepeatProblem.NOT_HANDLED),
        ({}, {"state": State(Status.CLOSED, Hold.RATING_CHECK)}, RepeatProblem.NOT_HANDLED),
        ({}, {"state": State(Status.NOT_ACCEPTED)}, RepeatProblem.NOT_HANDLED),
        ({}, {"submitted_at": NOON}, RepeatProblem.NOT_EARLIER),
    ],
)
def test_what_a_repeat_is(
    new: dict[str, object], old: dict[str, object], problem: RepeatProblem | None
) -> None:
    assert repeat_problem(replace(NEW, **new), replace(OLD, **old)) is problem  # type: ignore[arg-type]


@pytest.mark.parametrize("code", list(ClosureCode))
def test_only_what_was_handled_is_repeated(code: ClosureCode) -> None:
    problem = repeat_problem(NEW, replace(OLD, closure_code=code))
    assert (problem is None) is (code in REPEATABLE)


# -- clocks that wait while their ticket follows another one ---------------------------------------

_SPANS = st.timedeltas(timedelta(0), timedelta(days=40))


@given(
    which=st.integers(0, len(CALENDARS) - 1),
    limit=st.integers(60, 20 * 86400),
    begun=st.integers(0, 300 * 86_400_000_000),
    history=st.lists(st.tuples(st.sampled_from(["waits", "longer", "runs"]), _SPANS), max_size=5),
    used=_SPANS,
    together=st.lists(_SPANS, max_size=3),
)
def test_parting_gives_a_clock_back_as_it_was(
    which: int,
    limit: int,
    begun: int,
    history: list[tuple[str, timedelta]],
    used: timedelta,
    together: list[timedelta],
) -> None:
    """Whatever a clock has been through, and however often it is put together and parted again."""
    calendar = CALENDARS[which]
    now = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(microseconds=begun)
    timing = Timing.begun(calendar, limit, now)
    for what, span in history:
        now += span
        if what == "waits":
            timing = timing.paused(calendar, now).resumed(calendar, now + span)
            now += span
        elif what == "longer":
            timing = timing.limited(calendar, timing.limit_seconds + 3600)
    now += used
    before = timing
    spent = before.used_by(calendar, now)
    for span in (timedelta(0), *together):
        waiting = timing.paused(calendar, now)
        assert waiting.used_by(calendar, now + span) == spent
        now += span
        timing = waiting.resumed(calendar, now)
        assert (timing.state, timing.limit_seconds) == (ClockState.RUNNING, before.limit_seconds)
        assert timing.used_by(calendar, now) == spent
        if span == timedelta(0):
            assert timing.due_at == before.due_at
        elif spent < timing.limit_seconds * MICROSECONDS:
            remaining = timing.limit_seconds * MICROSECONDS - spent
            assert calendar.elapsed(now, timing.due_at) == remaining
        else:
            assert timing.due_at == before.due_at
        before = timing
