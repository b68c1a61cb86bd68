"""Windows, limits and plans of what may be asked about a ticket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.procedures.errors import ExtensionLimit, ExtensionTooLate, InvalidPlan
from hotline.procedures.rules import (
    DECIDED_BY,
    Milestone,
    PauseReason,
    ReturnReason,
    require_extension,
    require_plan,
    return_window,
    unfounded_outcome,
)
from hotline.sla.presets import PRESETS
from hotline.tickets.lifecycle import TRANSITIONS, Outcome, Status
from hotline.workdays.official import official_calendars

NATURAL, WORKING = official_calendars()["natural"], official_calendars()["working"]
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = 86400
(FAST,) = [preset.policy for preset in PRESETS if preset.policy.is_default]
PLAIN = replace(FAST, return_window=None)


@pytest.mark.parametrize(("hours", "closes"), [(2, 2), (4, 2), (8, 2), (12, 3), (24, 6), (120, 30)])
def test_a_quarter_of_the_limit_two_hours_at_least(hours: int, closes: float) -> None:
    assert return_window(PLAIN, NATURAL, NINE, hours * 3600) == NINE + timedelta(hours=closes)


def test_a_policy_may_set_the_window_itself() -> None:
    assert return_window(FAST, NATURAL, NINE, DAY) == NINE + timedelta(hours=2)


def test_the_window_counts_the_time_of_its_calendar() -> None:
    five_days = 5 * WORKING.day_seconds
    assert return_window(PLAIN, WORKING, NINE, five_days) == datetime(2026, 3, 3, 2, 45, tzinfo=UTC)


def _ask(*, now: datetime = NINE, until: float = 30, granted: int = 0) -> None:
    require_extension(
        NATURAL,
        WORKING,
        now=now,
        due_at=NINE + timedelta(hours=24),
        until=NINE + timedelta(hours=until),
        limit_seconds=DAY,
        granted=granted,
    )


def test_more_time_is_asked_for_at_the_limit_at_the_latest() -> None:
    _ask(now=NINE + timedelta(hours=24))
    with pytest.raises(ExtensionTooLate):
        _ask(now=NINE + timedelta(hours=24) + TICK)


def test_twice_at_most_and_no_longer_than_at_first() -> None:
    _ask(granted=1, until=48)
    for granted, until in ((2, 30), (0, 24), (0, 23), (0, 48.001)):
        with pytest.raises(ExtensionLimit):
            _ask(granted=granted, until=until)


def _plan(*days: float) -> list[Milestone]:
    return [Milestone("节点", NINE + timedelta(days=day), "李工") for day in days]


@pytest.mark.parametrize("count", [2, 3, 12])
def test_a_plan_of_two_to_twelve_milestones(count: int) -> None:
    require_plan(_plan(*range(1, count + 1)), NINE)


@pytest.mark.parametrize(
    "days", [(), (1,), tuple(range(1, 14)), (1, 1), (2, 1), (0, 1), (-1, 1), (1, 3, 2)], ids=str
)
def test_a_plan_that_cannot_be_followed(days: tuple[float, ...]) -> None:
    with pytest.raises(InvalidPlan):
        require_plan(_plan(*days), NINE)


def test_too_hard_is_no_reason() -> None:
    assert {reason.value for reason in ReturnReason} == {
        *("not_my_duty", "wrong_area", "unclear", "duplicate", "legal_route", "higher_level")
    }
    assert {reason.value for reason in PauseReason} == {
        *("waiting_requester", "statutory_step", "force_majeure", "external_dependency")
    }


def test_every_request_is_decided_by_an_action_of_the_machine() -> None:
    assert set(DECIDED_BY.values()) <= set(TRANSITIONS)
    assert len(set(DECIDED_BY.values())) == len(DECIDED_BY)


@pytest.mark.parametrize(
    ("status", "is_by_hand", "outcome"),
    [
        (Status.PENDING_VISIT, False, Outcome.UNFOUNDED),
        (Status.PENDING_VISIT, True, Outcome.VISIT_WANTED),
        (Status.CLOSED, False, Outcome.UNFOUNDED),
        (Status.CLOSED, True, Outcome.UNFOUNDED),
    ],
)
def test_a_check_in_between_does_not_end_the_visit(
    status: Status, is_by_hand: bool, outcome: Outcome
) -> None:
    assert unfounded_outcome(status, is_by_hand=is_by_hand) is outcome
