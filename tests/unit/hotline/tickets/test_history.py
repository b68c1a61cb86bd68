"""The timeline as evidence: whatever is done to it is found, and said where."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from hotline.kernel.clock import SHANGHAI
from hotline.tickets.history import (
    GENESIS,
    HASHED,
    REBUILT,
    Fault,
    FaultKind,
    difference,
    rebuild,
    row_hash,
    text_digest,
    verify_chain,
)
from hotline.tickets.lifecycle import Status

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
Rows = list[dict[str, Any]]


def chain(length: int) -> Rows:
    """A whole timeline of `length` rows."""
    rows: Rows = []
    previous = GENESIS
    for seq in range(1, length + 1):
        row: dict[str, Any] = dict.fromkeys(HASHED)
        row |= {
            "ticket_id": "00000000-0000-7000-8000-000000000001",
            "seq": seq,
            "at": NOON + timedelta(minutes=seq),
            "actor": f"person.{seq}",
            "action": "note",
            "to_status": "submitted",
            "round": 1,
            "text": f"第{seq}句",
            "audience": "staff",
            "policy_id": 1,
            "changes": {"hop": seq},
            "details": {"n": seq},
            "previous_hash": previous,
        }
        row["hash"] = previous = row_hash(previous, row)
        rows.append(row | {"id": 100 + seq})
    return rows


def faults(rows: Rows, whole: Rows) -> list[Fault]:
    stored = sorted(rows, key=lambda row: (row["seq"], row["id"]))
    return verify_chain(stored, len(whole), whole[-1]["hash"])


def places(found: list[Fault]) -> set[tuple[FaultKind, int]]:
    return {(fault.kind, fault.seq) for fault in found}


LENGTHS = st.integers(1, 9)

OTHER: dict[str, Any] = {
    "ticket_id": "00000000-0000-7000-8000-000000000002",
    "at": NOON - timedelta(days=1),
    "actor_id": "00000000-0000-7000-8000-000000000009",
    "actor": "somebody.else",
    "role": "admin",
    "department_id": 99,
    "action": "accept",
    "outcome": "done",
    "from_status": "closed",
    "from_hold": "suspension",
    "to_status": "closed",
    "to_hold": "suspension",
    "round": 7,
    "reason": "other",
    "text": "别的话",
    "audience": "public",
    "policy_id": 2,
    "changes": {"hop": 77},
    "details": {},
}


@given(LENGTHS)
def test_a_whole_timeline_has_no_faults(length: int) -> None:
    rows = chain(length)
    assert faults(rows, rows) == []


def test_every_column_that_was_known_is_hashed() -> None:
    assert set(OTHER) | {"seq"} == set(HASHED)


@given(length=LENGTHS, data=st.data())
@settings(max_examples=200)
def test_a_changed_field_is_found_and_named(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    rows = [dict(row) for row in whole]
    place = data.draw(st.integers(1, length))
    column = data.draw(st.sampled_from(sorted(OTHER)))
    rows[place - 1][column] = OTHER[column]
    assert places(faults(rows, whole)) == {(FaultKind.CHANGED, place)}


@given(length=LENGTHS, data=st.data())
def test_a_row_rewritten_with_its_hash_is_found_and_named(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    rows = [dict(row) for row in whole]
    place = data.draw(st.integers(1, length))
    row = rows[place - 1]
    row["text"] = "改过的话"
    row["hash"] = row_hash(row["previous_hash"], row)
    assert places(faults(rows, whole)) == {(FaultKind.CHANGED, place)}


@given(length=st.integers(2, 9), data=st.data())
def test_everything_rewritten_from_a_place_on_is_found(length: int, data: st.DataObject) -> None:
    """Even who writes every hash anew cannot write the ticket's own head."""
    whole = chain(length)
    rows = [dict(row) for row in whole]
    place = data.draw(st.integers(1, length))
    previous = rows[place - 1]["previous_hash"]
    rows[place - 1]["text"] = "改过的话"
    for row in rows[place - 1 :]:
        row["previous_hash"] = previous
        row["hash"] = previous = row_hash(previous, row)
    found = faults(rows, whole)
    assert found
    assert {fault.seq for fault in found} & {place, length}


@given(length=st.integers(2, 9), data=st.data())
def test_a_dropped_row_is_found_and_named(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    place = data.draw(st.integers(1, length))
    rows = [row for row in whole if row["seq"] != place]
    assert places(faults(rows, whole)) == {(FaultKind.DROPPED, place)}


@given(length=st.integers(1, 9), data=st.data())
def test_a_cut_tail_is_found(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    kept = data.draw(st.integers(0, length - 1))
    expected = {(FaultKind.DROPPED, seq) for seq in range(kept + 1, length + 1)}
    assert places(faults(whole[:kept], whole)) == expected


@given(length=st.integers(2, 9), data=st.data())
def test_two_rows_that_changed_places_are_found(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    rows = [dict(row) for row in whole]
    one = data.draw(st.integers(1, length - 1))
    other = data.draw(st.integers(one + 1, length))
    rows[one - 1]["seq"], rows[other - 1]["seq"] = other, one
    found = faults(rows, whole)
    assert places(found) == {(FaultKind.SWAPPED, one), (FaultKind.SWAPPED, other)}
    assert {fault.detail for fault in found} == {f"belongs at {one}", f"belongs at {other}"}


@given(length=LENGTHS, data=st.data())
def test_an_inserted_row_is_found_and_named(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    place = data.draw(st.integers(1, length + 1))
    after = whole[place - 2]["hash"] if place > 1 else GENESIS
    extra = dict(whole[0]) | {"seq": place, "text": "插入", "previous_hash": after, "id": 999}
    extra["hash"] = row_hash(after, extra)
    found = faults([*whole, extra], whole)
    assert places(found) == {(FaultKind.INSERTED, place)}
    assert [fault.row_id for fault in found] == [999]


@given(length=st.integers(1, 8), seed=st.integers(0, 10**6))
def test_whatever_is_done_something_is_found(length: int, seed: int) -> None:
    whole = chain(length)
    rows = [dict(row) for row in whole]
    chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
    before = [{**row, "id": 0} for row in rows]
    for _ in range(chance.randint(1, 3)):
        if not rows:
            break
        row = chance.choice(rows)
        match chance.randrange(4):
            case 0:
                column = chance.choice(sorted(OTHER))
                row[column] = OTHER[column]
            case 1:
                rows.remove(row)
            case 2:
                rows.append(dict(row) | {"id": 900 + len(rows)})
            case _:
                row["hash"] = bytes(32)
    if sorted(({**row, "id": 0} for row in rows), key=lambda row: row["seq"]) != before:
        assert faults(rows, whole)


def test_an_empty_timeline_of_a_new_ticket_is_whole() -> None:
    assert verify_chain([], 0, GENESIS) == []
    assert verify_chain([], 1, b"x" * 32) == [Fault(FaultKind.DROPPED, 1)]


def test_an_instant_is_the_same_in_every_zone_and_an_enum_is_its_value() -> None:
    row = chain(1)[0]
    assert row_hash(GENESIS, {**row, "at": row["at"].astimezone(SHANGHAI)}) == row["hash"]
    assert row_hash(GENESIS, {**row, "to_status": Status.SUBMITTED}) == row["hash"]
    assert row_hash(GENESIS, {**row, "changes": {"b": 1, "a": 2}}) == row_hash(
        GENESIS, {**row, "changes": {"a": 2, "b": 1}}
    )


def test_the_words_of_the_requester_have_a_digest() -> None:
    assert text_digest("a", "b") == text_digest("a", "b")
    assert text_digest("a", "b") != text_digest("a", "c")
    assert text_digest("a", "b") != text_digest("b", "a")


def test_rebuilding_applies_every_change_in_turn() -> None:
    rows = chain(3)
    rows[1]["changes"] = {"urgency": "p1", "hop": 5}
    rows[2] |= {"to_status": "closed", "to_hold": "rating_check", "round": 2, "changes": {}}
    state = rebuild(rows)
    assert state["status"] == "closed"
    assert state["hold"] == "rating_check"
    assert (state["round"], state["hop"], state["urgency"]) == (2, 5, "p1")
    assert set(state) == {*REBUILT, "status", "hold", "round"}


@given(
    before=st.dictionaries(st.sampled_from(REBUILT), st.integers()),
    after=st.dictionaries(st.sampled_from(REBUILT), st.integers()),
)
def test_a_difference_is_what_has_to_be_written(
    before: dict[str, object], after: dict[str, object]
) -> None:
    assert {**before, **difference(before, after)} == {**before, **after}
    assert difference(after, after) == {}


@pytest.mark.parametrize("length", [1, 5])
def test_no_row_can_follow_another_ticket(length: int) -> None:
    whole, other = chain(length), chain(length)
    for row in other:
        row["ticket_id"] = "00000000-0000-7000-8000-000000000003"
    assert faults(other, whole)
