"""What the public may know of a ticket."""

import pytest

from hotline.open311.parameters import RICH_STATUSES
from hotline.open311.public import (
    coordinate,
    is_closed,
    is_listed_by_default,
    nameless,
    rich_status,
    street,
    update_status,
)
from hotline.tickets.lifecycle import OPEN_STATUSES, REACHABLE_STATES, ClosureCode, State, Status


@pytest.mark.parametrize("state", sorted(REACHABLE_STATES, key=str), ids=str)
def test_only_what_is_closed_for_good_is_closed(state: State) -> None:
    if state.status in OPEN_STATUSES or state.hold:
        assert not is_closed(state)
    else:
        assert is_closed(state)
    for code in (None, *ClosureCode):
        assert rich_status(state, code) in RICH_STATUSES
    assert update_status("reopen", None, state) == "REOPEN"
    assert update_status("sign", None, state) in RICH_STATUSES


def test_what_was_joined_to_another_follows_it() -> None:
    merged = State(Status.MERGED)
    assert not is_closed(merged, State(Status.PROCESSING))
    assert is_closed(merged, State(Status.CLOSED))
    assert rich_status(merged, ClosureCode.MERGED) == "DUPLICATE"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("建设路12号3栋2单元501室", "建设路"),
        ("新城街道幸福小区3栋", "新城街道"),
        ("朝阳大街88号", "朝阳大街"),
        ("建设路与人民路交叉口", "建设路"),
        ("12 Main Street, flat 3", "Main Street"),
        ("13900001234", None),
        ("欧阳测试家", None),
        ("我家门口 13900001234 建设路", "我家门口 139****1234 建设路"),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_cut_to_the_street(address: str | None, shown: str | None) -> None:
    assert street(address) == shown


def test_a_requester_is_not_named_by_his_address() -> None:
    assert street("欧阳测试家旁的建设路12号", ["欧阳测试"]) == "**家旁的建设路"
    assert nameless("欧阳女士说13900001234", ["欧阳测试"]) == "*女士说139****1234"


def test_places_are_rounded_unless_they_are_public() -> None:
    assert coordinate(39.908724, is_exact=False) == 39.909
    assert coordinate(39.908724, is_exact=True) == 39.908724
    assert coordinate(None, is_exact=True) is None


@pytest.mark.parametrize(
    ("code", "listed"),
    [
        ("urban.roads.damage", True),
        ("labour.wages", False),
        ("labour", False),
        ("labours", True),
        ("order.dogs", True),
        ("order.registration.id_card", False),
    ],
)
def test_what_is_about_persons_is_not_listed_by_itself(code: str, listed: bool) -> None:
    assert is_listed_by_default(code) is listed
