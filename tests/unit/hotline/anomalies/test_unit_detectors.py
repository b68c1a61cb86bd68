"""What units say of themselves and ask for: what raises a card, and what does not."""

from datetime import date

import pytest

from hotline.anomalies.rules import (
    RESPITE_LEAST,
    AnomalyKind,
    OwnVisits,
    Respites,
    SelfRaised,
    find_over_peers,
    find_own_visits,
    find_self_raised,
    percentile,
)

DAY = date(2026, 11, 30)


def respites(unit: int, asked: int, works: int = 100, peers: str | None = "bureaus") -> Respites:
    return Respites(unit, "extension", peers, works, tuple(f"{unit}-{n}" for n in range(asked)))


def test_own_visits_that_flatter_are_a_card_a_month() -> None:
    (card,) = find_own_visits([OwnVisits(7, 1.0712, 8.62, 93)], DAY)
    assert (card.kind, card.subject, card.day) == (
        AnomalyKind.OWN_VISITS,
        "unit:7",
        date(2026, 11, 1),
    )
    assert card.figures == {"own": 1.07, "hotline": 8.62, "answers": 93}


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([1.0], 0.95, 1.0), ([1, 2, 3, 4], 0.5, 2), (list(range(100)), 0.95, 94), ([3, 1, 2], 1, 3)],
)
def test_a_percentile_is_one_of_the_values(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_a_unit_over_nearly_all_peers_is_found() -> None:
    units = [*(respites(n, 2) for n in range(1, 6)), respites(9, 12)]
    (card,) = find_over_peers(units, DAY)
    assert (card.department_id, card.subject, len(card.tickets)) == (9, "extension:9", 12)
    assert card.figures == {"what": "extension", "per_hundred": 12.0, "usual": 2.0, "works": 100}


@pytest.mark.parametrize(
    "units",
    [
        [*(respites(n, 12) for n in range(1, 6)), respites(9, 12)],  # as all do
        [*(respites(n, 0) for n in range(1, 6)), respites(9, RESPITE_LEAST - 1)],  # too few
        [*(respites(n, 0) for n in range(1, 4)), respites(9, 12)],  # too few peers
        [*(respites(n, 0) for n in range(1, 6)), respites(9, 12, works=29)],  # too little work
        [*(respites(n, 0) for n in range(1, 6)), respites(9, 12, peers=None)],  # no peers
        [*(respites(n, 0, peers="towns") for n in range(1, 6)), respites(9, 12)],  # others' peers
        [],
    ],
)
def test_what_says_nothing_about_a_unit(units: list[Respites]) -> None:
    assert find_over_peers(units, DAY) == []


def test_three_tickets_of_its_own_numbers_are_a_card() -> None:
    raised = [SelfRaised(n, 1) for n in range(3)] + [SelfRaised(n, 2) for n in (7, 8, 8)]
    (card,) = find_self_raised(raised, DAY)
    assert (card.department_id, card.tickets, card.figures["count"]) == (1, (0, 1, 2), 3)
