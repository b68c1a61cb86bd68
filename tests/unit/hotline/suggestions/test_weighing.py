"""Who is suggested, and what speaks for him."""

from typing import Any

import pytest

from hotline.people.levels import DepartmentLevel
from hotline.suggestions.weighing import Candidate, Decided, Evidence, ReasonKind, weigh
from hotline.tickets.routing.rules import Doubt, Entry, Proposal, Unit

UNITS = {
    "city": Unit("city", "城管局", DepartmentLevel.BUREAU),
    "road": Unit("road", "交通局", DepartmentLevel.BUREAU),
    "street": Unit("street", "新城街道", DepartmentLevel.STREET),
    "gone": Unit("gone", "撤销的局", DepartmentLevel.BUREAU, is_active=False),
}


def proposed(department: str, *doubts: Doubt) -> Proposal:
    return Proposal(department, (), Entry(category="urban", department=department), (), doubts)


def evidence(share: float = 1.0, **known: Any) -> Evidence:
    given: dict[str, Any] = {"category": "urban", "share": share, "closed": {}, "closed_here": {}}
    return Evidence(**given | known)


def names(found: list[Candidate]) -> list[str]:
    return [one.department for one in found]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, []),
        ({"proposal": proposed("city")}, ["city"]),
        ({"proposal": proposed("city"), "closed": {"road": 3}}, ["city", "road"]),
        ({"proposal": proposed("city", Doubt.RIVAL), "closed": {"road": 300}}, ["road", "city"]),
        ({"proposal": proposed("city"), "closed": {"road": 300}}, ["road", "city"]),
        ({"closed": {"road": 9, "city": 1}, "closed_here": {"city": 2}}, ["city"]),
        ({"decided": [Decided("road", "1", None)], "closed": {"city": 2}}, ["road", "city"]),
        ({"closed": {"gone": 50, "nobody": 5, "city": 1}}, ["city"]),
        ({"closed": {"street": 50, "city": 1}, "lowest": DepartmentLevel.BUREAU}, ["city"]),
        ({"closed": {"street": 50, "city": 1}}, ["street", "city"]),
    ],
)
def test_the_order(known: dict[str, Any], expected: list[str]) -> None:
    assert names(weigh([evidence(**known)], UNITS)) == expected


def test_a_precedent_of_another_area_does_not_speak() -> None:
    decided = [Decided("road", "1", "河东"), Decided("city", "2", "河西")]
    found = weigh([evidence(area="河西", decided=decided)], UNITS)
    assert names(found) == ["city"]
    assert found[0].reasons[0].ticket == "2"


def test_who_was_right_to_give_it_back_is_not_suggested() -> None:
    known: dict[str, Any] = {"proposal": proposed("city"), "closed": {"city": 9, "road": 1}}
    assert names(weigh([evidence(**known)], UNITS, given_back={"city"})) == ["road"]


def test_reasons_are_told_by_weight() -> None:
    (found,) = weigh([evidence(proposal=proposed("city"), closed={"city": 28})], UNITS)
    assert [reason.kind for reason in found.reasons] == [ReasonKind.HISTORY, ReasonKind.CATALOGUE]
    assert (found.reasons[0].count, found.reasons[0].of) == (28, 28)
    assert 0.9 < found.score < 1


def test_little_evidence_is_no_certainty_and_scores_never_pass_one() -> None:
    (little,) = weigh([evidence(closed={"city": 1})], UNITS)
    assert little.score == 0.5
    sure, unsure = evidence(0.9, closed={"city": 50}), evidence(0.1, closed={"road": 50})
    found = weigh([sure, unsure], UNITS)
    assert names(found) == ["city", "road"]
    assert sum(one.score for one in found) <= 1


def test_the_area_alone_speaks_softly() -> None:
    alone = Proposal("street", (), None, (), (Doubt.ONLY_AREA,))
    (found,) = weigh([evidence(proposal=alone, area="新城")], UNITS)
    assert (found.reasons[0].kind, found.score) == (ReasonKind.AREA, 0.5)
