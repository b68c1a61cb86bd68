"""Who is told of a warning."""

import pytest

from hotline.notices.rules import Recipient, recipients_of
from hotline.sla.policy import Level

_R = Recipient


@pytest.mark.parametrize(
    ("level", "has_holder", "told"),
    [
        (Level.YELLOW, True, {_R.HOLDER}),
        (Level.YELLOW, False, {_R.UNIT_HANDLERS, _R.UNIT_DUTY}),
        (Level.ORANGE, True, {_R.HOLDER, _R.UNIT_LEADERS, _R.UNIT_DUTY}),
        (Level.ORANGE, False, {_R.UNIT_HANDLERS, _R.UNIT_LEADERS, _R.UNIT_DUTY}),
        (Level.RED, True, set(_R) - {_R.UNIT_HANDLERS}),
        (Level.RED, False, set(_R) - {_R.HOLDER}),
    ],
)
def test_each_level_reaches_further(level: Level, has_holder: bool, told: set[Recipient]) -> None:
    assert set(recipients_of(level, has_holder=has_holder)) == told


def test_whoever_was_told_of_a_level_is_told_of_the_next() -> None:
    for has_holder in (True, False):
        yellow, orange, red = (
            set(recipients_of(level, has_holder=has_holder)) for level in list(Level)[1:]
        )
        assert yellow <= orange <= red
