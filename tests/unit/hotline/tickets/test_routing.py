"""The dispatch catalogue's rules: narrower wins, nothing dead is proposed, order does not matter."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from hotline.people.levels import DepartmentLevel, is_below
from hotline.tickets.routing.codec import entry_from_json, entry_to_json
from hotline.tickets.routing.rules import (
    Doubt,
    Entry,
    Ruling,
    Traits,
    Unit,
    choose,
    lies_under,
    lowest_level,
    matching,
)

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
BUREAU, DISTRICT, STREET = (
    DepartmentLevel.BUREAU,
    DepartmentLevel.DISTRICT,
    DepartmentLevel.STREET,
)
UNITS = {
    unit.code: unit
    for unit in (
        Unit("water", "水务局", BUREAU),
        Unit("roads", "城管局", BUREAU),
        Unit("qinghe", "清河区", DISTRICT),
        Unit("street", "新城街道", STREET),
        Unit("grid", "供电公司", DepartmentLevel.UTILITY),
        Unit("gone", "旧局", BUREAU, is_active=False),
    )
}


def entry(category: str, department: str, **more: Any) -> Entry:
    return Entry(category=category, department=department, **{"is_sure": True, **more})


def traits(**more: Any) -> Traits:
    return Traits(
        **{"category": "urban.roads.damage", "area": "qinghe", "request_type": "help", **more}
    )


CATALOGUE = (
    entry("urban", "qinghe"),
    entry("urban", "street", area="qinghe"),
    entry("urban.roads", "roads"),
    entry("urban.roads", "water", area="qinghe"),
    entry("urban.roads", "grid", area="qinghe", request_types=("report",)),
    entry("urban.roads.damage", "roads", request_types=("suggestion",)),
)


@pytest.mark.parametrize(
    ("asked", "department"),
    [
        ({}, "water"),
        ({"area": "lanhu"}, "roads"),
        ({"area": None}, "roads"),
        ({"request_type": "report"}, "grid"),
        ({"request_type": "report", "area": "lanhu"}, "roads"),
        ({"request_type": "suggestion"}, "roads"),
        ({"category": "urban.roads"}, "water"),
        ({"category": "urban.parks"}, "street"),
        ({"category": "urban.parks", "area": None}, "qinghe"),
        ({"category": "urban.roadside", "area": "lanhu"}, "qinghe"),
    ],
)
def test_the_nearest_entry_wins(asked: dict[str, Any], department: str) -> None:
    proposal = choose(CATALOGUE, traits(**asked), NOW, units=UNITS)
    assert proposal is not None
    assert proposal.department == department


def test_what_else_matched_is_told_with_the_winner() -> None:
    proposal = choose(CATALOGUE, traits(), NOW, units=UNITS)
    assert proposal is not None
    assert proposal.entry == CATALOGUE[3]
    assert proposal.also == (CATALOGUE[2], CATALOGUE[1], CATALOGUE[0])
    assert proposal.is_sure


@pytest.mark.parametrize(
    "asked", [{"category": None, "area": None}, {"category": "housing", "area": "lanhu"}]
)
def test_nothing_speaks_for_anybody(asked: dict[str, Any]) -> None:
    assert choose(CATALOGUE, traits(**asked), NOW, units=UNITS) is None


@pytest.mark.parametrize("area", ["qinghe", "清河区", "河区"])
def test_where_only_the_area_is_known_its_district_finds_out(area: str) -> None:
    proposal = choose(CATALOGUE, traits(category=None, area=area), NOW, units=UNITS)
    assert proposal is not None
    assert (proposal.department, proposal.entry) == ("qinghe", None)
    assert proposal.doubts == (Doubt.ONLY_AREA,)


SURE = entry("urban.roads", "roads", since=NOW - timedelta(days=9))


def ruling(department: str = "water", days: int = 1, **more: Any) -> Ruling:
    return Ruling(
        more.get("category", "urban.roads"),
        more.get("area"),
        department,
        NOW - timedelta(days=days),
    )


@pytest.mark.parametrize(
    ("entries", "asked", "rulings", "doubt"),
    [
        ([SURE], {}, [], None),
        ([replace(SURE, is_sure=False)], {}, [], Doubt.NOT_MARKED_SURE),
        ([SURE], {"area": None}, [], None),
        ([SURE, entry("urban.roads", "water", area="lanhu")], {}, [], None),
        (
            [SURE, entry("urban.roads", "water", area="lanhu")],
            {"area": None},
            [],
            Doubt.AREA_UNKNOWN,
        ),
        ([SURE, entry("urban", "water", area="lanhu")], {"area": None}, [], None),
        ([SURE, entry("urban.roads", "water")], {}, [], Doubt.RIVAL),
        ([SURE], {}, [ruling()], Doubt.NEWER_PRECEDENT),
        ([SURE], {}, [ruling("roads")], None),
        ([SURE], {}, [ruling(days=10)], None),
        ([SURE], {}, [ruling(category="urban")], None),
        ([SURE], {}, [ruling(category="urban.roads.damage")], Doubt.NEWER_PRECEDENT),
        ([SURE], {}, [ruling(area="lanhu")], None),
        ([SURE], {}, [ruling(area="qinghe")], Doubt.NEWER_PRECEDENT),
        ([SURE], {"is_secret": True}, [], Doubt.REQUESTER_SECRET),
        ([SURE], {"request_type": "complaint", "words": "城管局不作为"}, [], Doubt.AGAINST_UNIT),
        ([SURE], {"request_type": "help", "words": "请城管局来修"}, [], None),
        ([SURE], {"is_given_back": True}, [], Doubt.GIVEN_BACK),
        ([SURE, entry("urban.roads.damage", "gone")], {}, [], Doubt.UNIT_INACTIVE),
        ([replace(SURE, co_departments=("gone",))], {}, [], Doubt.UNIT_INACTIVE),
    ],
)
def test_what_makes_a_proposal_unsure(
    entries: list[Entry], asked: dict[str, Any], rulings: list[Ruling], doubt: Doubt | None
) -> None:
    proposal = choose(entries, traits(**asked), NOW, units=UNITS, rulings=rulings)
    assert proposal is not None
    assert proposal.doubts == ((doubt,) if doubt else ())
    assert proposal.is_sure is (doubt is None)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "holds"),
    [
        (None, None, True),
        (date(2026, 3, 2), None, True),
        (date(2026, 3, 3), None, False),
        (None, date(2026, 3, 2), True),
        (None, date(2026, 3, 1), False),
    ],
)
def test_days_are_counted_in_shanghai(
    valid_from: date | None, valid_to: date | None, holds: bool
) -> None:
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)  # past midnight there
    one = replace(SURE, valid_from=valid_from, valid_to=valid_to)
    assert bool(matching([one], traits(), late)) is holds


@pytest.mark.parametrize(
    ("level", "lowest", "below"),
    [
        (STREET, BUREAU, True),
        (STREET, DISTRICT, True),
        (DISTRICT, BUREAU, True),
        (DISTRICT, DISTRICT, False),
        (BUREAU, BUREAU, False),
        (DepartmentLevel.UTILITY, BUREAU, False),
        (DepartmentLevel.OTHER, BUREAU, False),
        (STREET, None, False),
    ],
)
def test_the_ladder_of_levels(
    level: DepartmentLevel, lowest: DepartmentLevel | None, below: bool
) -> None:
    assert is_below(level, lowest) is below


def test_the_narrowest_entry_says_how_low_a_matter_may_go() -> None:
    entries = [
        entry("urban", "roads", min_level=BUREAU),
        entry("urban.parks", "qinghe"),
        entry("urban.roads", "roads", min_level=DISTRICT),
        entry("urban.roads", "water", min_level=BUREAU),
    ]
    assert lowest_level(entries, traits(category="urban.waste"), NOW) is BUREAU
    assert lowest_level(entries, traits(category="urban.parks"), NOW) is None
    assert lowest_level(entries, traits(), NOW) is BUREAU  # of rivals the stricter
    assert lowest_level(entries, traits(category="housing"), NOW) is None


def test_a_unit_below_its_own_guard_is_not_proposed() -> None:
    guarded = entry("urban.roads", "street", min_level=BUREAU)
    assert choose([guarded], traits(area="qinghe"), NOW, units=UNITS) is None


CATEGORIES = ["urban", "urban.roads", "urban.roads.damage", "urban.parks", "housing"]
AREAS = ["qinghe", "lanhu"]
TYPES = ["help", "report"]
CODES = [*UNITS, "nowhere"]

some_entries = st.lists(
    st.builds(
        Entry,
        category=st.sampled_from(CATEGORIES),
        department=st.sampled_from(CODES),
        area=st.none() | st.sampled_from(AREAS),
        request_types=st.lists(st.sampled_from(TYPES), unique=True).map(tuple),
        co_departments=st.lists(st.sampled_from(CODES), max_size=2, unique=True).map(tuple),
        min_level=st.none() | st.sampled_from([BUREAU, DISTRICT]),
        valid_from=st.none() | st.just(date(2026, 3, 3)),
        valid_to=st.none() | st.just(date(2026, 3, 1)),
        basis=st.sampled_from(["", "三定方案"]),
        is_sure=st.booleans(),
        since=st.none() | st.just(NOW),
    ),
    max_size=8,
)
some_traits = st.builds(
    Traits,
    category=st.none() | st.sampled_from(CATEGORIES),
    area=st.none() | st.sampled_from(AREAS),
    request_type=st.sampled_from(TYPES),
    is_secret=st.booleans(),
)


@settings(max_examples=150)
@given(some_entries, some_traits, st.randoms(use_true_random=False))
def test_a_proposal_is_the_narrowest_living_one_in_any_order(
    entries: list[Entry], asked: Traits, chance: Any
) -> None:
    proposal = choose(entries, asked, NOW, units=UNITS)
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert choose(shuffled, asked, NOW, units=UNITS) == proposal
    if proposal is None:
        return
    for code in (proposal.department, *proposal.co_departments):
        assert UNITS[code].is_active
    if proposal.entry is None:
        assert not proposal.is_sure
        return
    assert lies_under(asked.category, proposal.entry.category)
    assert proposal.entry.area in {None, asked.area}
    assert proposal.entry.is_valid_on(date(2026, 3, 2))
    assert not is_below(UNITS[proposal.department].level, proposal.entry.min_level)
    assert all(other.narrowness <= proposal.entry.narrowness for other in proposal.also)
    if proposal.is_sure:
        assert proposal.entry.is_sure
        assert all(other.narrowness < proposal.entry.narrowness for other in proposal.also)


@settings(max_examples=60)
@given(some_entries)
def test_an_entry_comes_back_as_it_was_stored(entries: list[Entry]) -> None:
    for one in entries:
        assert entry_from_json(entry_to_json(one)) == one
