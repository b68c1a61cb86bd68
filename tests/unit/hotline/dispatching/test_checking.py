"""What keeps a catalogue from being published, and what makes two matters alike."""

from datetime import date
from typing import Any

import pytest

from hotline.dispatching.checking import Fault, FaultKind, find_faults
from hotline.dispatching.likeness import likeness, shared_words
from hotline.people.levels import DepartmentLevel
from hotline.tickets.routing.rules import Entry, Unit

UNITS = {
    "roads": Unit("roads", "城管局", DepartmentLevel.BUREAU),
    "water": Unit("water", "水务局", DepartmentLevel.BUREAU),
    "street": Unit("street", "新城街道", DepartmentLevel.STREET),
    "gone": Unit("gone", "旧局", DepartmentLevel.BUREAU, is_active=False),
}


def entry(**more: Any) -> Entry:
    return Entry(**{"category": "urban", "department": "roads", **more})


def faults(*entries: Entry) -> list[Fault]:
    return find_faults(
        entries,
        categories={"urban", "urban.roads"},
        units=UNITS,
        request_types={"help", "report"},
    )


MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.mark.parametrize(
    ("more", "kind", "value"),
    [
        ({"category": "housing"}, FaultKind.UNKNOWN_CATEGORY, "housing"),
        ({"department": "nobody"}, FaultKind.UNKNOWN_DEPARTMENT, "nobody"),
        ({"co_departments": ("nobody",)}, FaultKind.UNKNOWN_DEPARTMENT, "nobody"),
        ({"department": "gone"}, FaultKind.INACTIVE_DEPARTMENT, "gone"),
        ({"co_departments": ("gone",)}, FaultKind.INACTIVE_DEPARTMENT, "gone"),
        ({"co_departments": ("roads",)}, FaultKind.LEAD_AS_CO, "roads"),
        ({"request_types": ("wish",)}, FaultKind.UNKNOWN_REQUEST_TYPE, "wish"),
        ({"valid_from": APRIL, "valid_to": MARCH}, FaultKind.EMPTY_VALIDITY, f"{APRIL}–{MARCH}"),
        ({"min_level": DepartmentLevel.STREET}, FaultKind.BAD_LEVEL, "street"),
        (
            {"department": "street", "min_level": DepartmentLevel.DISTRICT},
            FaultKind.BELOW_LEVEL,
            "street",
        ),
        ({"basis": "x" * 501}, FaultKind.TOO_LONG, ""),
    ],
)
def test_a_row_that_cannot_be(more: dict[str, Any], kind: FaultKind, value: str) -> None:
    assert faults(entry(category="urban.roads"), entry(**more)) == [Fault(2, kind, value)]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ({}, {}, True),
        ({}, {"area": "qinghe"}, False),
        ({"area": "qinghe"}, {"area": "qinghe", "department": "water"}, True),
        ({}, {"request_types": ("help",)}, False),
        ({"request_types": ("help",)}, {"request_types": ("report", "help")}, True),
        ({"request_types": ("help",)}, {"request_types": ("report",)}, False),
        ({"valid_to": MARCH}, {"valid_from": APRIL}, False),
        ({"valid_to": APRIL}, {"valid_from": APRIL}, True),
        ({}, {"category": "urban.roads"}, False),
    ],
)
def test_two_rows_that_are_equally_narrow(
    one: dict[str, Any], other: dict[str, Any], clash: bool
) -> None:
    found = faults(entry(**one), entry(**other))
    assert found == ([Fault(2, FaultKind.CONFLICT, "1")] if clash else [])
    assert bool(faults(entry(**other), entry(**one))) is clash


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("建设路路灯不亮", "人民路路灯全部不亮", ("路路灯", "不亮")),
        ("路灯不亮", "井盖丢失", ()),
        ("", "路灯", ()),
        ("灯", "灯", ()),
    ],
)
def test_what_two_titles_share(one: str, other: str, words: tuple[str, ...]) -> None:
    assert shared_words(one, other) == words


def test_the_same_area_comes_before_the_subject_and_the_words() -> None:
    def like(category: str, area: str | None, title: str) -> Any:
        return likeness(
            category="urban.roads",
            area="qinghe",
            title="路灯不亮",
            decided_category=category,
            decided_area=area,
            decided_title=title,
        )

    assert like("housing", "qinghe", "路灯不亮") is None
    assert like("urban.roads.damage", "qinghe", "路灯不亮") is None
    near, same, far = (
        like("urban", "qinghe", "井盖"),
        like("urban.roads", None, "路灯不亮"),
        like("urban.roads", "lanhu", "井盖"),
    )
    assert sorted([far, near, same], key=lambda one: one.rank, reverse=True) == [near, same, far]
    assert same.is_same_category
    assert not same.is_same_area
