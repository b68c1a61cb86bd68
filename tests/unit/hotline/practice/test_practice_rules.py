"""What proves that something was practised, and where nobody practises."""

import pytest

from hotline.people.permissions import DEPARTMENT_ROLES, HOTLINE_ROLES, Role
from hotline.practice.rules import TASKS, Mark, OwnActs, is_done, is_practice, tasks_for
from hotline.tickets.lifecycle import TRANSITIONS


def test_whoever_works_on_matters_has_something_to_practise() -> None:
    without = {Role.AUTHORITY, Role.ADMIN}
    for role in (HOTLINE_ROLES | DEPARTMENT_ROLES) - without:
        assert tasks_for([role]), role


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.code)
def test_every_step_can_be_proved_by_somebody_of_the_role(task: object) -> None:
    for step in task.steps:  # type: ignore[attr-defined]
        assert bool(step.by) != (step.mark is not None)
        assert not is_done(step, OwnActs())
        if step.mark is not None:
            assert is_done(step, OwnActs({}, {step.mark.value}))
        for action in step.by:
            done = OwnActs({action.value: step.times}, ())
            assert is_done(step, done)
            assert not is_done(step, OwnActs({action.value: step.times - 1}, ()))
        allowed = {a for a in step.by if a in TRANSITIONS and task.role in TRANSITIONS[a].roles}  # type: ignore[attr-defined]
        assert allowed or step.mark in set(Mark) or step.code == "submit", (task, step.code)


@pytest.mark.parametrize(
    ("is_demo", "is_founded", "expected"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_only_an_invented_city_run_as_a_demo_is_for_practice(
    is_demo: bool, is_founded: bool, expected: bool
) -> None:
    assert is_practice(is_demo=is_demo, is_founded=is_founded) is expected
