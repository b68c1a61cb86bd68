"""What is due how soon, which step is owed next, and how a day will end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.sla.policy import ClockKind
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import TRANSITIONS, Action, Hold, State, Status
from hotline.tickets.today.rules import (
    Bucket,
    Pace,
    Situation,
    edges_at,
    expected_late,
    steps_of,
)

MONDAY_NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
SUNDAY_LATE = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)
LEAD, CO = AssignmentRole.LEAD, AssignmentRole.CO
K = ClockKind


@pytest.mark.parametrize(
    ("now", "hours", "bucket"),
    [
        (MONDAY_NOON, -0.1, Bucket.LATE),
        (MONDAY_NOON, 0, Bucket.SOON),
        (MONDAY_NOON, 1.9, Bucket.SOON),
        (MONDAY_NOON, 2, Bucket.TODAY),
        (MONDAY_NOON, 11.9, Bucket.TODAY),
        (MONDAY_NOON, 12, Bucket.WEEK),
        (MONDAY_NOON, 24 * 6 + 11.9, Bucket.WEEK),
        (MONDAY_NOON, 24 * 6 + 12, Bucket.LATER),
        (SUNDAY_LATE, 1, Bucket.SOON),
        (SUNDAY_LATE, 2, Bucket.LATER),
    ],
)
def test_how_soon(now: datetime, hours: float, bucket: Bucket) -> None:
    assert edges_at(now).bucket(now + timedelta(hours=hours)) is bucket


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001  # the zone follows
    st.integers(-(10**7), 10**7),
)
def test_every_instant_is_in_one_bucket(now: datetime, seconds: int) -> None:
    edges = edges_at(now.replace(tzinfo=UTC))
    due_at = edges.start + timedelta(seconds=seconds)
    inside = [
        bucket
        for bucket in Bucket
        for since, until in [edges.span(bucket)]
        if (since is None or due_at >= since) and (until is None or due_at < until)
    ]
    assert inside == [edges.bucket(due_at)]


@pytest.mark.parametrize(
    ("state", "role", "task", "contact", "clocks", "owed"),
    [
        (State(Status.DISPATCHED), LEAD, "pending_sign", False, (K.SIGN, K.FIRST_CONTACT), "sign"),
        (State(Status.PROCESSING), LEAD, "signed", False, (K.FIRST_CONTACT, K.COMPLETE), "contact"),
        (State(Status.PROCESSING), LEAD, "working", True, (K.COMPLETE,), "submit_feedback"),
        (State(Status.PROCESSING), LEAD, "signed", False, (K.COMPLETE,), "contact"),
        (
            State(Status.PROCESSING),
            LEAD,
            "working",
            True,
            (K.URGE_REPLY, K.COMPLETE),
            "answer_urge",
        ),
        (State(Status.PROCESSING), LEAD, "working", True, (K.SUPERVISION_REPLY,), "answer_order"),
        (State(Status.PROCESSING), CO, "pending_sign", False, (K.CO_OPINION,), "sign_co"),
        (State(Status.PROCESSING), CO, "signed", False, (K.CO_OPINION,), "submit_opinion"),
        (State(Status.ACCEPTED), None, None, False, (K.REPORT_IN,), "report_in"),
        (
            State(Status.PROCESSING, Hold.RECTIFICATION),
            LEAD,
            "working",
            True,
            (K.MILESTONE,),
            "complete_milestone",
        ),
        (State(Status.PROCESSING, Hold.SUSPENSION), LEAD, "working", True, (), None),
    ],
)
def test_the_step_that_is_owed(  # a table
    state: State,
    role: AssignmentRole | None,
    task: str | None,
    contact: bool,
    clocks: tuple[ClockKind, ...],
    owed: str | None,
) -> None:
    one = Situation(state, role, AssignmentState(task) if task else None, contact, clocks)
    found, beside = steps_of(one)
    assert found == (Action(owed) if owed else None)
    assert found not in beside
    for action in beside:
        assert state in TRANSITIONS[action].sources


def test_a_co_handler_is_offered_nothing_of_the_lead() -> None:
    one = Situation(State(Status.PROCESSING), CO, AssignmentState.SIGNED, False, (K.CO_OPINION,))
    assert not {Action.SUBMIT_FEEDBACK, Action.REQUEST_RETURN} & set(steps_of(one)[1])


@pytest.mark.parametrize(
    ("pace", "late"),
    [
        (Pace(5, 0, 40, 20), 3),
        (Pace(5, 1, 40, 20), 4),
        (Pace(1, 0, 40, 20), 0),
        (Pace(4, 0, 0, 0), 4),
        (Pace(0, 3, 10, 5), 0),
        (Pace(3, 0, 5, 4), 1),
    ],
)
def test_how_a_day_will_end(pace: Pace, late: int) -> None:
    assert expected_late(pace) == late
