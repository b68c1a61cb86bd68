"""How long a matter may wait, whose consent that needs, and where a request may live."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, strategies as st

from hotline.people.permissions import Role
from hotline.procedures.errors import ExtensionLimit, RequesterNotTold, SuspensionLimit
from hotline.procedures.lifespans import has_lapsed, homes
from hotline.procedures.pauses import (
    Pause,
    latest_review,
    pause_approver,
    pause_cap,
    paused_for,
    require_review_date,
    suspended_for,
)
from hotline.procedures.rules import (
    DECIDED_BY,
    ProcedureKind,
    ProcedureState,
    count_slips,
    extension_approver,
    require_extension,
    require_told,
)
from hotline.tickets.lifecycle import REACHABLE_STATES, Hold, State, Status, actions_from
from hotline.workdays.official import official_calendars

WORKING = official_calendars()["working"]
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WORKING_DAY = WORKING.day_seconds * 1_000_000
TICK = timedelta(microseconds=1)

lengths = st.integers(min_value=0, max_value=60 * WORKING_DAY)
limits = st.integers(min_value=1, max_value=366 * 86400)


@given(limit=limits)
def test_the_cap_is_five_working_days_or_three_tenths_whichever_is_more(limit: int) -> None:
    cap = pause_cap(limit, WORKING.day_seconds)
    assert cap >= 5 * WORKING_DAY
    assert cap >= limit * 3 // 10 * 1_000_000
    assert cap in {5 * WORKING_DAY, limit * 3 // 10 * 1_000_000}


@given(limit=limits, paused=lengths, wanted=lengths, more=lengths)
def test_a_longer_wait_never_needs_less_consent(
    limit: int, paused: int, wanted: int, more: int
) -> None:
    cap = pause_cap(limit, WORKING.day_seconds)
    approver = pause_approver(paused, wanted, cap)
    assert (approver is Role.SUPERVISOR) is (paused + wanted <= cap)
    for longer in (
        pause_approver(paused + more, wanted, cap),
        pause_approver(paused, wanted + more, cap),
    ):
        assert approver is Role.SUPERVISOR or longer is Role.AUTHORITY


@given(
    gaps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6),
    split=st.integers(1, 5),
)
def test_pauses_add_up_however_they_are_cut(gaps: list[tuple[int, int]], split: int) -> None:
    at, pauses = MONDAY, []
    for wait, length in gaps:
        since = at + wait * DAY
        at = since + length * DAY
        pauses.append(Pause(since, at))
    cut = [
        Pause(
            one.since + (one.until - one.since) * n / split,
            one.since + (one.until - one.since) * (n + 1) / split,
        )
        for one in pauses
        if one.until is not None
        for n in range(split)
    ]
    assert abs(paused_for(WORKING, cut, at) - paused_for(WORKING, pauses, at)) <= split * len(
        pauses
    )
    assert suspended_for(pauses, at) == sum((length for _, length in gaps), 0) * DAY


def test_one_that_goes_on_counts_up_to_now() -> None:
    assert paused_for(WORKING, [Pause(MONDAY)], MONDAY + DAY) == WORKING_DAY
    assert suspended_for([Pause(MONDAY)], MONDAY + 3 * DAY) == 3 * DAY


@pytest.mark.parametrize(
    ("before", "ahead", "is_allowed"),
    [
        (0, timedelta(0), False),
        (0, TICK, True),
        (0, 30 * DAY, True),
        (0, 30 * DAY + TICK, False),
        (150, 30 * DAY, True),
        (151, 30 * DAY, False),
        (151, 29 * DAY, True),
        (180, TICK, False),
    ],
    ids=str,
)
def test_thirty_days_at_a_time_and_180_in_all(
    before: int, ahead: timedelta, is_allowed: bool
) -> None:
    now = MONDAY + 200 * DAY
    suspended = [Pause(now - before * DAY)]
    if is_allowed:
        require_review_date(now + ahead, suspended, now)
        assert latest_review(suspended, now) >= now + ahead
    else:
        with pytest.raises(SuspensionLimit):
            require_review_date(now + ahead, suspended, now)


@given(before=st.integers(0, 179))
def test_the_latest_review_is_allowed_and_nothing_beyond(before: int) -> None:
    now = MONDAY + 400 * DAY
    suspended = [Pause(now - before * DAY)]
    latest = latest_review(suspended, now)
    require_review_date(latest, suspended, now)
    with pytest.raises(SuspensionLimit):
        require_review_date(latest + TICK, suspended, now)


def test_the_supervisor_decides_the_first_extension_the_authority_the_second() -> None:
    assert [extension_approver(granted) for granted in (0, 1)] == [Role.SUPERVISOR, Role.AUTHORITY]


@pytest.mark.parametrize(("days", "is_allowed"), [(3, True), (3.01, False), (5, False)])
def test_an_extension_gives_three_working_days_at_most(days: float, is_allowed: bool) -> None:
    due = WORKING.add(MONDAY, 5 * WORKING_DAY)
    asked = {
        "now": MONDAY,
        "due_at": due,
        "until": WORKING.add(due, int(days * WORKING_DAY)),
        "limit_seconds": 10 * WORKING.day_seconds,
        "granted": 0,
    }
    if is_allowed:
        require_extension(WORKING, WORKING, **asked)  # type: ignore[arg-type]
    else:
        with pytest.raises(ExtensionLimit):
            require_extension(WORKING, WORKING, **asked)  # type: ignore[arg-type]


def test_the_requester_is_told_before_and_not_before_there_was_a_matter() -> None:
    require_told(MONDAY, since=MONDAY, now=MONDAY)
    for told_at in (MONDAY + TICK, MONDAY - TICK):
        with pytest.raises(RequesterNotTold):
            require_told(told_at, since=MONDAY, now=MONDAY)


def test_a_milestone_done_late_was_missed_as_well() -> None:
    due = [MONDAY + n * DAY for n in (1, 2, 3)]
    now = due[1]
    assert count_slips([(due[0], due[0]), (due[1], None), (due[2], None)], now) == 1
    assert count_slips([(due[0], due[0] + TICK), (due[1], None), (due[2], None)], now) == 2
    assert count_slips([(due[0], due[0] + TICK), (due[1], None)], now - TICK) == 1


# -- where a request may live ----------------------------------------------------------------------

LIVE = (ProcedureState.PENDING, ProcedureState.RUNNING)


@pytest.mark.parametrize("kind", list(ProcedureKind))
def test_a_request_waits_only_where_it_can_be_decided(kind: ProcedureKind) -> None:
    waits = homes(kind, ProcedureState.PENDING)
    assert waits
    assert waits <= REACHABLE_STATES
    for state in waits:
        assert DECIDED_BY[kind] in actions_from(state)
    for state in REACHABLE_STATES - waits:
        assert has_lapsed(kind, ProcedureState.PENDING, state)


def test_nothing_lives_on_a_ticket_that_is_over() -> None:
    over = {state for state in REACHABLE_STATES if state.hold is None} - {
        State(status) for status in (Status.SUBMITTED, Status.PROCESSING)
    }
    for kind, state, place in product(ProcedureKind, LIVE, over):
        assert has_lapsed(kind, state, place), f"{kind} {state} {place}"


@pytest.mark.parametrize(
    ("kind", "hold"),
    [
        (ProcedureKind.SUPPLEMENT, Hold.SUPPLEMENT),
        (ProcedureKind.SUSPENSION, Hold.SUSPENSION),
        (ProcedureKind.RECTIFICATION, Hold.RECTIFICATION),
    ],
)
def test_what_runs_holds_the_ticket_up(kind: ProcedureKind, hold: Hold) -> None:
    assert homes(kind, ProcedureState.RUNNING) == {
        state for state in REACHABLE_STATES if state.hold is hold
    }
