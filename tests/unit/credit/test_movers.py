"""What sets one score apart: by part, the biggest difference first."""

from decimal import Decimal

from hypothesis import given, strategies as st

from credit.movers import LEDGER, PARTS, middle_of, movers, parts_of


def test_parts_are_what_was_counted_and_the_ledger() -> None:
    lines = [
        {"indicator": "sign", "n": 7, "points": "7.4074"},
        {"indicator": "quality", "n": 0, "points": "0.0000"},
    ]
    assert parts_of(lines, Decimal(-3)) == {"sign": Decimal("7.4074"), LEDGER: Decimal(-3)}


def test_the_middle_is_the_median_of_those_who_were_counted() -> None:
    many = [{"sign": Decimal(n), LEDGER: Decimal(0)} for n in (1, 5, 9)] + [{LEDGER: Decimal(4)}]
    assert middle_of(many) == {"sign": Decimal(5), LEDGER: Decimal(0)}
    assert middle_of(many[:2])["sign"] == 3
    assert middle_of([]) == {}


def test_the_biggest_difference_comes_first_and_what_is_equal_is_left_out() -> None:
    own = {"sign": Decimal(9), "promise": Decimal(10), LEDGER: Decimal(-3), "quality": Decimal(5)}
    against = {"sign": Decimal(8), "promise": Decimal(20), LEDGER: Decimal(-3)}
    found = movers(own, against)
    assert [(one.part, int(one.difference)) for one in found] == [("promise", -10), ("sign", 1)]


@given(st.dictionaries(st.sampled_from(PARTS), st.decimals(-40, 40, places=2)))
def test_nobody_is_apart_from_himself(own: dict[str, Decimal]) -> None:
    assert movers(own, own) == []
