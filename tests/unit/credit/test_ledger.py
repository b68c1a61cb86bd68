"""Decay, caps, states and the chain of the ledger."""

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from credit.errors import EntryMoveRefused
from credit.ledger import (
    GENESIS,
    Entry,
    EntryState,
    balance,
    require_following,
    row_hash,
    weight_at,
)
from credit.rulebook import DEFAULT_BOOK, DEFAULT_EVENTS, Severity
from tests.support.credit_cases import DAY, entry

BEGUN = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("severity", "age", "weight"),
    [
        (Severity.MINOR, -1, "0"),
        (Severity.MINOR, 0, "1"),
        (Severity.MINOR, 30, "1"),
        (Severity.MINOR, 60, "0.5"),
        (Severity.MINOR, 90, "0"),
        (Severity.GENERAL, 90, "1"),
        (Severity.GENERAL, 365, "0"),
        (Severity.SEVERE, 365, "1"),
        (Severity.SEVERE, 730, "0.5"),
        (Severity.SEVERE, 1094, "0.00137"),
        (Severity.SEVERE, 1095, "0"),
        (Severity.PLUS, 365, "0"),
    ],
)
def test_an_event_weighs_less_and_less_and_then_nothing(
    severity: Severity, age: int, weight: str
) -> None:
    decay = DEFAULT_BOOK.decays[severity]
    found = weight_at(decay, BEGUN, BEGUN + timedelta(days=age))
    assert round(found, 5) == Decimal(weight)


def test_a_cap_leaves_no_more_than_it_says_within_its_days() -> None:
    orders = [entry("supervision_l2", DAY - timedelta(days=n), number=n + 1) for n in range(12)]
    found = balance(orders, DAY, DEFAULT_BOOK)
    assert found.total == Decimal(-5)
    assert sum(one.counted == 0 for one in found.items) == 2
    old = [entry("supervision_l2", DAY - timedelta(days=89 - n), number=n + 1) for n in range(12)]
    later = [*old, entry("supervision_l2", DAY + timedelta(days=2), number=99)]
    # Beyond the span of the cap there is room again.
    fresh = balance(later, DAY + timedelta(days=2), DEFAULT_BOOK).items[0]
    assert (fresh.entry.id, fresh.counted) == (uuid.UUID(int=99), Decimal("-0.5"))


def test_what_is_objected_to_or_repaired_counts_nothing_and_leaves_room_under_the_cap() -> None:
    held = [entry("supervision_l2", DAY, number=n + 1, counts=n not in {0, 1}) for n in range(12)]
    assert balance(held, DAY, DEFAULT_BOOK).total == Decimal(-5)
    assert balance([entry("false_closure", DAY, counts=False)], DAY, DEFAULT_BOOK).total == 0


def test_the_ledger_has_a_least_and_a_most() -> None:
    bad = [entry("retaliation", DAY, number=n) for n in range(1, 4)]
    assert balance(bad, DAY, DEFAULT_BOOK).total == Decimal(-40)
    assert balance(bad, DAY, DEFAULT_BOOK).unbounded == Decimal(-60)
    good = [entry("hard_case_solved", DAY, number=n) for n in range(1, 9)]
    assert balance(good, DAY, DEFAULT_BOOK).total == Decimal(10)


ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from([code for code, rule in DEFAULT_EVENTS.items() if rule.points]),
        st.dates(BEGUN, DAY),
        counts=st.booleans(),
        number=st.integers(1, 10_000),
    ),
    max_size=25,
    unique_by=lambda one: one.id,
)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(entries: list[Entry], chance: random.Random) -> None:
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert balance(entries, DAY, DEFAULT_BOOK) == balance(shuffled, DAY, DEFAULT_BOOK)


@given(ENTRIES)
def test_a_ledger_forgets_in_the_end(entries: list[Entry]) -> None:
    later = DAY + timedelta(days=1095)
    assert balance(entries, later, DEFAULT_BOOK).items == []


def test_no_entry_comes_back_from_its_end() -> None:
    for ended in (EntryState.REVOKED, EntryState.REPAIRED, EntryState.ENDED):
        for following in EntryState:
            with pytest.raises(EntryMoveRefused):
                require_following(ended, following)
    with pytest.raises(EntryMoveRefused):
        require_following(EntryState.PROVISIONAL, EntryState.REPAIRED)
    require_following(EntryState.OBJECTED, EntryState.REVOKED)


def test_the_chain_covers_every_value() -> None:
    row = {"a": 1, "at": datetime(2026, 1, 1, tzinfo=UTC), "points": Decimal("0.50"), "of": None}
    first = row_hash(GENESIS, row)
    assert first == row_hash(GENESIS, dict(reversed(row.items())))
    for name, value in {"a": 2, "points": Decimal("0.51"), "of": ""}.items():
        assert row_hash(GENESIS, {**row, name: value}) != first
    assert row_hash(GENESIS, {**row, "points": Decimal("0.5")}) == first
    assert row_hash(first, row) != first
