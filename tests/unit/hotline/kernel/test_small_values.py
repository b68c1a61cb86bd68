"""Keys, codes, pages, facts and ciphers: small values that everything stands on."""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, strategies as st

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.facts import Fact
from hotline.kernel.ids import QUERY_CODE_ALPHABET, bearer_token, query_code, uuid7
from hotline.kernel.paging import (
    InvalidCursor,
    decode_cursor,
    decode_place,
    encode_cursor,
    encode_place,
    page_of,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def test_keys_sort_by_time_and_are_version_7() -> None:
    keys = [uuid7(NOON + timedelta(milliseconds=n)) for n in range(200)]
    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}
    assert {key.variant for key in keys} == {"specified in RFC 4122"}
    assert len({uuid7(NOON) for _ in range(1000)}) == 1000


@given(st.integers(0, 2**47))
def test_a_key_tells_its_millisecond(milliseconds: int) -> None:
    instant = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds % 10**14)
    assert abs((uuid7(instant).int >> 80) - milliseconds % 10**14) <= 1


def test_codes_that_are_read_out_have_no_doubtful_signs() -> None:
    codes = {query_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 6 and set(code) <= set(QUERY_CODE_ALPHABET) for code in codes)
    assert not set("01OI") & set(QUERY_CODE_ALPHABET)
    assert len(bearer_token()) == 43


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_cursor_reads_back_as_it_was_made(key: list[str]) -> None:
    assert decode_cursor(encode_cursor(*key), len(key)) == tuple(key)
    with pytest.raises(InvalidCursor):
        decode_cursor(encode_cursor(*key), len(key) + 1)


@given(st.text(max_size=60))
def test_a_cursor_that_is_not_ours_is_refused(text: str) -> None:
    try:
        decode_cursor(text, 2)
    except InvalidCursor:
        return
    padded = text + "=" * (-len(text) % 4)
    assert len(json.loads(base64.urlsafe_b64decode(padded))) == 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Fact):
    """A fact of these tests."""

    topic: ClassVar[str] = "lamp_lit"

    number: str
    times: int = 1


def test_a_fact_reads_back_and_leaves_out_what_it_does_not_know() -> None:
    fact = LampLit(number="a", times=2)
    assert fact.payload() == {"number": "a", "times": 2}
    assert LampLit.from_payload({**fact.payload(), "colour": "red"}) == fact
    assert LampLit.from_payload({"number": "a"}).times == 1


CIPHER, OTHER = FieldCipher("one secret"), FieldCipher("another secret")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_what_is_encrypted_reads_back_and_never_looks_alike(text: str) -> None:
    one, two = CIPHER.encrypt(text), CIPHER.encrypt(text)
    assert one != two
    assert CIPHER.decrypt(one) == CIPHER.decrypt(two) == text
    with pytest.raises(InvalidTag):
        OTHER.decrypt(one)


def test_what_was_altered_is_refused() -> None:
    stored = CIPHER.encrypt("电话") or b""
    for place in range(len(stored)):
        altered = stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :]
        with pytest.raises(InvalidTag):
            CIPHER.decrypt(altered)


def test_nothing_stays_nothing() -> None:
    for nothing in (None, ""):
        assert CIPHER.encrypt(nothing) is None
        assert CIPHER.blind_index(nothing) is None
    assert CIPHER.decrypt(None) is None


def test_an_index_finds_equals_and_tells_strangers_nothing() -> None:
    assert CIPHER.blind_index("1") == CIPHER.blind_index("1") != CIPHER.blind_index("2")
    assert CIPHER.blind_index("1") != OTHER.blind_index("1")
    assert CIPHER.sign("a") == CIPHER.sign("a") != OTHER.sign("a")


@pytest.mark.parametrize(
    ("at", "key"),
    [
        ("2026-11-30T09:00:00", str(uuid.UUID(int=1))),
        ("2026-11-30T09:00:00+00:00", "17"),
        ("yesterday", str(uuid.UUID(int=1))),
        ("0001-01-01T00:00:00+14:00", str(uuid.UUID(int=1))),
    ],
)
def test_a_place_that_no_list_has_is_refused(at: str, key: str) -> None:
    """Without an offset, no id, no instant, before all time: said, not handed to the database."""
    with pytest.raises(InvalidCursor):
        decode_place(encode_cursor(at, key))


def test_a_page_ends_where_the_next_begins() -> None:
    start = datetime(2026, 11, 30, tzinfo=UTC)
    rows = [(start - timedelta(hours=nth), uuid.UUID(int=nth)) for nth in range(4)]
    whole = page_of(rows, 4, lambda row: row)
    assert (whole.items, whole.next_cursor) == (rows, None)
    page = page_of(rows, 3, lambda row: row)
    assert page.items == rows[:3]
    assert page.next_cursor == encode_place(*rows[2])
    assert decode_place(page.next_cursor) == rows[2]
