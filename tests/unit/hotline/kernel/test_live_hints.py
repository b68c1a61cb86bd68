"""What is told of at once fits into few words, however much it is."""

import json

import pytest

from hotline.kernel.live import LONGEST, MOST_TICKETS, Batch, ChangedTicket, packed


def _tickets(count: int, units: int) -> list[ChangedTicket]:
    return [
        ChangedTicket(f"{place:013d}", range(1000, 1000 + units), [7]) for place in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "units"), [(0, 0), (1, 1), (60, 3), (500, 3), (500, 20), (3, 900)]
)
def test_payloads_fit_and_say_everything_once(count: int, units: int) -> None:
    tickets = _tickets(count, units)
    payloads = packed(Batch("0123456789ab", tickets, {"board": None, "orders": [3, 1]}))
    assert all(len(one.encode()) <= LONGEST for one in payloads)
    said = [json.loads(one) for one in payloads]
    assert {one["batch"] for one in said} == {"0123456789ab"}
    assert [row[0] for one in said for row in one["tickets"]] == [one.number for one in tickets]
    assert said[0]["topics"] == {"board": None, "orders": [1, 3]}
    assert not any(one["topics"] for one in said[1:])


def test_a_usual_round_is_one_payload() -> None:
    assert len(packed(Batch("x", _tickets(100, 2)))) == 1


def test_of_very_many_it_is_said_that_everything_has_changed() -> None:
    (payload,) = packed(Batch("x", _tickets(MOST_TICKETS + 1, 1)))
    assert json.loads(payload) == {"batch": "x", "all": True}
