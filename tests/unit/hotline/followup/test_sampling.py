"""The draw of field checks: the same again, whoever makes it, and fair."""

import random
from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given, strategies as st

from hotline.followup.comparison import Compared, Heard
from hotline.followup.sampling import Candidate, SamplingRule, draw

MONTH = date(2026, 11, 1)


def numbers(count: int, unit: int = 1, grade: str | None = None) -> list[Candidate]:
    return [Candidate(f"2611{unit:02}{place:06}0", unit, grade) for place in range(count)]


@given(st.randoms(use_true_random=False), st.integers(0, 300), st.text(max_size=8))
def test_the_same_draw_whoever_makes_it(chance: random.Random, count: int, seed: str) -> None:
    solved = [*numbers(count), *numbers(count // 2, 2)]
    rule = SamplingRule(seed=seed)
    drawn = draw(solved, rule, MONTH)
    shuffled = solved[:]
    chance.shuffle(shuffled)
    assert draw(shuffled, rule, MONTH) == drawn
    assert len(set(drawn)) == len(drawn) == rule.size(count, None) + rule.size(count // 2, None)


def test_how_many_are_drawn() -> None:
    rule = SamplingRule({"default": Decimal("0.01"), "D": Decimal("0.05")})
    sizes = {count: rule.size(count, None) for count in (0, 9, 10, 100, 101, 10_000)}
    assert sizes == {0: 0, 9: 0, 10: 1, 100: 1, 101: 2, 10_000: 100}
    assert [rule.size(100, grade) for grade in ("A", "D", None)] == [1, 5, 1]
    assert SamplingRule({"default": Decimal(2)}).size(10, None) == 10
    assert SamplingRule({}).size(100, "A") == 1


def test_other_months_and_seeds_draw_others() -> None:
    solved = numbers(1000)
    drawn = {
        (seed, month): tuple(draw(solved, SamplingRule(seed=seed), date(2026, month, 1)))
        for seed in ("one", "two")
        for month in (10, 11)
    }
    assert len(set(drawn.values())) == 4


def test_no_place_in_the_list_is_drawn_more_often() -> None:
    """Ten thousand numbers, forty draws of a tenth: every hundred of them about as often."""
    solved = numbers(10_000)
    rule = {"default": Decimal("0.1")}
    counts: Counter[int] = Counter()
    for seed in range(40):
        for one in draw(solved, SamplingRule(rule, str(seed)), MONTH):
            counts[int(one.number[6:12]) // 100] += 1
    expected = 40 * 10
    squares = sum((counts[bin_] - expected) ** 2 / expected for bin_ in range(100))
    assert squares < 160  # chi square of 99 degrees; over it once in ten thousand
    assert max(counts.values()) < 1.3 * expected


def test_when_a_departments_own_visits_are_marked() -> None:
    flattering = Compared(Heard(560, 6), Heard(2808, 242))
    assert round(flattering.difference or 0, 2) == 7.55
    assert flattering.is_marked
    assert not Compared(Heard(19, 0), Heard(100, 50)).is_marked
    assert not Compared(Heard(100, 0), Heard(19, 19)).is_marked
    assert not Compared(Heard(100, 5), Heard(100, 10)).is_marked
    assert Compared(Heard(100, 5), Heard(100, 11)).is_marked
    nobody = Compared(Heard(), Heard(30, 30))
    assert nobody.difference is None
    assert not nobody.is_marked
    assert Heard(10, 1, 0, 0).satisfied_share is None
    assert Heard(10, 1, 4, 3).satisfied_share == 75
