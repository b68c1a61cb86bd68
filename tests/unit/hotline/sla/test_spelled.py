"""Lengths of time as people type them."""

import pytest

from hotline.sla.policy import InvalidPolicy, Limit
from hotline.sla.spelled import read_limit


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("30m", "PT30M"),
        ("30 min", "PT30M"),
        ("90分钟", "PT1H30M"),
        ("4小时", "PT4H"),
        ("1.5 h", "PT1H30M"),
        ("24h", "PT24H"),
        ("5天", "P5D"),
        ("0.5 d", "P0.5D"),
        ("5个工作日", "P5D"),
        ("１天２小时", "P1DT2H"),
        ("1 d 2 h 3 min 4 s", "P1DT2H3M4S"),
        ("pt30m", "PT30M"),
        (" P5D ", "P5D"),
    ],
)
def test_it_is_read_as_it_is_meant(typed: str, limit: str) -> None:
    assert str(read_limit(typed)) == limit


def test_a_day_is_the_calendars_and_hours_are_hours() -> None:
    assert read_limit("1天") != read_limit("24小时")
    assert read_limit("1天") == Limit.parse("P1D")


@pytest.mark.parametrize(
    "typed",
    ["", " ", "soon", "5", "0h", "0.001 min", "-5m", "2h 1d", "367 d", "999999h", "P"],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(InvalidPolicy):
        read_limit(typed)
