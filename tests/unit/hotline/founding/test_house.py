"""Whether a house is ready, step by step."""

from dataclasses import replace
from datetime import date

import pytest

from hotline.founding.house import (
    DEFAULT_NAME,
    NEEDED_ROLES,
    HouseFacts,
    SetupStep,
    StepState,
    is_ready,
    steps_of,
)

TODAY = date(2026, 11, 30)
GOOD = HouseFacts(
    hotline_name="某市12345",
    hotline_phone="12345",
    areas=4,
    units=3,
    roles={role.value: 1 for role in NEEDED_ROLES},
    categories=9,
    with_steps=2,
    questions=1,
    catalogue=9,
    policies=8,
    covered_until=date(2027, 12, 31),
    makeup_days={2026: 6, 2027: 7},
    tickets=1,
    texts=True,
    mails=True,
    letters=True,
    exchange=True,
    public_address=True,
)


def state(step: SetupStep, facts: HouseFacts, today: date = TODAY) -> StepState:
    return next(one.state for one in steps_of(facts, today) if one.step is step)


def test_a_house_with_everything_is_done() -> None:
    steps = steps_of(GOOD, TODAY)
    assert [one.step for one in steps] == list(SetupStep)
    assert {one.state for one in steps} == {StepState.DONE}
    assert is_ready(steps)


def test_an_empty_house_lacks_what_a_matter_needs() -> None:
    steps = steps_of(HouseFacts(hotline_name=DEFAULT_NAME), TODAY)
    missing = [one.step for one in steps if one.state is StepState.MISSING]
    assert missing == ["calendars", "departments", "people", "categories", "policies"]
    assert not is_ready(steps)
    for one in steps:
        for remark in one.remarks:
            assert remark.state is StepState.DONE or remark.href, remark.text


@pytest.mark.parametrize(
    ("step", "change", "expected"),
    [
        (SetupStep.HOTLINE, {"hotline_name": ""}, "missing"),
        (SetupStep.HOTLINE, {"areas": 0}, "warning"),
        (SetupStep.CALENDARS, {"covered_until": date(2025, 12, 31)}, "missing"),
        (SetupStep.CALENDARS, {"covered_until": date(2026, 12, 31)}, "warning"),
        (SetupStep.CALENDARS, {"makeup_days": {2026: 6}}, "warning"),
        (SetupStep.DEPARTMENTS, {"units_without_phone": 1}, "warning"),
        (SetupStep.PEOPLE, {"roles": {}}, "missing"),
        (SetupStep.PEOPLE, {"units_without_handler": ("a",)}, "missing"),
        (SetupStep.PEOPLE, {"without_password": 2}, "warning"),
        (SetupStep.CATEGORIES, {"questions": 0}, "warning"),
        (SetupStep.CATALOGUE, {"catalogue": 0}, "warning"),
        (SetupStep.CATALOGUE, {"uncovered": ("环保",)}, "warning"),
        (SetupStep.POLICIES, {"lost_calendars": ("port",)}, "missing"),
        (SetupStep.PORTS, {"texts": False}, "warning"),
        (SetupStep.FIRST_MATTER, {"tickets": 0}, "warning"),
    ],
    ids=lambda value: getattr(value, "value", None),
)
def test_what_is_not_there_is_said(
    step: SetupStep, change: dict[str, object], expected: str
) -> None:
    assert state(step, replace(GOOD, **change)).value == expected  # type: ignore[arg-type]


def test_the_next_year_is_asked_for_once_it_is_announced() -> None:
    facts = replace(GOOD, covered_until=date(2026, 12, 31))
    assert state(SetupStep.CALENDARS, facts, date(2026, 11, 1)) is StepState.DONE
    assert state(SetupStep.CALENDARS, facts, date(2026, 11, 15)) is StepState.WARNING
