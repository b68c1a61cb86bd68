"""Ticket numbers: what is read out wrongly is found."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from hotline.tickets.numbering import check_digit, is_ticket_number, number_day, ticket_number

DAYS = st.dates(date(2020, 1, 1), date(2039, 12, 31))
SEQUENCES = st.integers(1, 999_999)


@given(DAYS, SEQUENCES)
def test_a_number_says_its_day_and_its_place(day: date, sequence: int) -> None:
    number = ticket_number(day, sequence)
    assert len(number) == 13
    assert number[:6] == f"{day:%y%m%d}"
    assert int(number[6:12]) == sequence
    assert is_ticket_number(number)


@given(day=DAYS, sequence=SEQUENCES)
def test_every_wrong_digit_is_found(day: date, sequence: int) -> None:
    number = ticket_number(day, sequence)
    for place in range(13):
        for digit in "0123456789":
            wrong = number[:place] + digit + number[place + 1 :]
            assert is_ticket_number(wrong) is (wrong == number)


def test_nearly_every_exchange_of_neighbours_is_found() -> None:
    """ISO 7064 MOD 11,10 misses a few; more than 97 of 100 are found."""
    exchanged = missed = 0
    for sequence in range(1, 4000, 7):
        number = ticket_number(date(2026, 11, 21), sequence * 137 % 999_983 + 1)
        for place, (one, other) in enumerate(pairwise(number)):
            if one != other:
                exchanged += 1
                wrong = number[:place] + other + one + number[place + 2 :]
                missed += is_ticket_number(wrong)
    assert exchanged > 5000
    assert missed / exchanged < 0.03


@pytest.mark.parametrize(("digits", "check"), [("0794", "5"), ("00200667308", "5")])
def test_the_published_examples(digits: str, check: str) -> None:
    assert check_digit(digits) == check


@pytest.mark.parametrize("sequence", [0, -1, 1_000_000])
def test_a_place_that_does_not_fit_is_refused(sequence: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ticket_number(date(2026, 3, 2), sequence)


@pytest.mark.parametrize(
    "text", ["", "123", "26030200000x1", "２６０３０２００００１１１", " 2603020000011"]
)
def test_what_is_no_number(text: str) -> None:
    assert not is_ticket_number(text)


def test_the_day_is_the_day_in_shanghai() -> None:
    assert number_day(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert number_day(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)
