"""Taking back: one's own last step, for a while, by an action that is allowed, and nothing else."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.tickets.lifecycle import TRANSITIONS, Action
from hotline.tickets.undo import REVERSALS, UNDO_FOR, DoneStep, way_back

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ME, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
MERGED = DoneStep(Action.MERGE, NOON, ME, {"parent": "2603020000011"})
ALL = list(Action)


def test_ones_own_last_step_is_taken_back_by_the_action_that_leads_back() -> None:
    way = way_back(MERGED, NOON, actor_id=ME, offered=ALL)
    assert way is not None
    assert (way.action, way.values, way.until) == (Action.SPLIT, {}, NOON + UNDO_FOR)


@pytest.mark.parametrize(
    ("last", "after", "actor", "offered"),
    [
        (MERGED, UNDO_FOR, ME, ALL),
        (MERGED, timedelta(), OTHER, ALL),
        (MERGED, timedelta(), None, ALL),
        (replace(MERGED, actor_id=None), timedelta(), None, ALL),
        (MERGED, timedelta(), ME, [Action.NOTE]),
        (replace(MERGED, action=Action.ACCEPT), timedelta(), ME, ALL),
        (replace(MERGED, action="clock_fired"), timedelta(), ME, ALL),
        (replace(MERGED, action=Action.ADD_CO_DEPARTMENT), timedelta(), ME, ALL),
    ],
    ids=[
        "late",
        "another's",
        "nobody's",
        "the system's",
        "not his",
        "final",
        "an event",
        "of none",
    ],
)
def test_nothing_else_is(
    last: DoneStep, after: timedelta, actor: uuid.UUID | None, offered: list[Action]
) -> None:
    assert way_back(last, NOON + after, actor_id=actor, offered=offered) is None


@pytest.mark.parametrize(
    ("action", "details", "values"),
    [
        (Action.ADD_CO_DEPARTMENT, {"department": "zhujian"}, {"department": "zhujian"}),
        (
            Action.RECLASSIFY,
            {
                "reclassified": {
                    "urgency": {"from": "p2", "to": "p0"},
                    "category_code": {"from": "urban.roads", "to": "urban.lights"},
                    "area": {"from": "新城", "to": "老城"},
                }
            },
            {"urgency": "p2", "category": "urban.roads", "area": "新城"},
        ),
        (Action.RECLASSIFY, {"reclassified": {"area": {"from": None, "to": "新城"}}}, None),
        (Action.RECLASSIFY, {}, None),
        (Action.REQUEST_RETURN, {}, {}),
    ],
)
def test_the_form_is_filled_in_with_what_was_before(
    action: Action, details: dict[str, object], values: dict[str, str] | None
) -> None:
    way = way_back(DoneStep(action, NOON, ME, details), NOON, actor_id=ME, offered=ALL)
    assert (way and way.values) == values


def test_every_way_back_is_an_action_of_the_machine() -> None:
    for action, (back, _) in REVERSALS.items():
        assert TRANSITIONS[back].roles & TRANSITIONS[action].roles, action
