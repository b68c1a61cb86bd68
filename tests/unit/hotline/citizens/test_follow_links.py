"""A link to look opens one ticket until one day, and cannot be made, lengthened or read off."""

import uuid
from datetime import date, timedelta

from hypothesis import given, strategies as st

from hotline.kernel.crypto import FieldCipher
from hotline.tickets.follow_links import FOLLOW_DAYS, follow_word, last_day, read_follow_word

CIPHER = FieldCipher("a secret for tests, and for tests alone")
TODAY = date(2026, 11, 30)


@given(st.uuids())
def test_it_opens_until_its_last_day(ticket_id: uuid.UUID) -> None:
    until = last_day(TODAY)
    word = follow_word(CIPHER, ticket_id, until)
    assert len(word) == 48
    assert str(ticket_id) not in word
    assert read_follow_word(CIPHER, word, TODAY) == ticket_id
    assert read_follow_word(CIPHER, word, until) == ticket_id
    assert read_follow_word(CIPHER, word, until + timedelta(days=1)) is None
    assert until - TODAY == timedelta(days=FOLLOW_DAYS)


@given(st.integers(0, 47), st.characters(codec="utf-8"))
def test_whatever_is_altered_closes_it(place: int, other: str) -> None:
    word = follow_word(CIPHER, uuid.UUID(int=7), TODAY)
    altered = word[:place] + other + word[place + 1 :]
    assert altered == word or read_follow_word(CIPHER, altered, TODAY) is None


@given(st.text(max_size=60))
def test_nothing_else_opens(word: str) -> None:
    assert read_follow_word(CIPHER, word, TODAY) is None


def test_another_house_does_not_open_it() -> None:
    word = follow_word(FieldCipher("another secret, of another city"), uuid.UUID(int=7), TODAY)
    assert read_follow_word(CIPHER, word, TODAY) is None
