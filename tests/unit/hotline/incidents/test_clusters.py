"""Clusters: the same whatever the order, cheap in a storm, parted by place and time; heat and names."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from hotline.incidents.clusters import (
    FEWEST,
    WINDOW,
    Centre,
    Item,
    cluster,
    heat_at,
    name_of,
    warmed,
)
from hotline.incidents.words import Portrait, Weights, portray, weigh

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KINDS = (
    ("柳塘街自来水管爆裂停水", "柳塘街3号", "清河区"),
    ("柳塘街水管爆了家里停水", "柳塘街18号", "清河区"),
    ("望钟路路灯不亮", "望钟路1号", "清河区"),
    ("松坡路夜间施工噪音扰民", "松坡路7号", "东岭区"),
    ("咨询公积金提取需要什么材料", None, None),
)


def item(n: int, kind: int, hours: float = 0) -> Item:
    title, address, area = KINDS[kind]
    portrait = portray(
        title=title,
        content="",
        address=address,
        area=area,
        at=NOW + timedelta(hours=hours),
        weights=Weights(),
    )
    return Item(uuid.UUID(int=n), portrait)


def weights_of(items: list[Item]) -> Weights:
    return weigh(one.portrait for one in items)


def numbers(items: list[Item], weights: Weights) -> list[list[int]]:
    return [[one.id.int for one in found.items] for found in cluster(items, weights)]


def test_one_matter_in_two_wordings_is_one_and_other_matters_are_not() -> None:
    items = [item(n, n % 5, n) for n in range(20)]
    assert numbers(items, weights_of(items)) == [
        [0, 1, 5, 6, 10, 11, 15, 16],
        [2, 7, 12, 17],
        [3, 8, 13, 18],
        [4, 9, 14, 19],
    ]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 400)), max_size=25), st.randoms())
def test_the_order_in_which_they_are_handed_in_does_not_matter(
    drawn: list[tuple[int, int]], rng: random.Random
) -> None:
    items = [item(n, kind, hours) for n, (kind, hours) in enumerate(drawn)]
    weights = weights_of(items)
    first = numbers(items, weights)
    shuffled = list(items)
    rng.shuffle(shuffled)
    assert numbers(shuffled, weights) == first
    together = [n for group in first for n in group]
    assert len(together) == len(set(together))
    assert all(len(group) >= FEWEST for group in first)


def test_whoever_comes_after_the_window_begins_another() -> None:
    later = WINDOW / timedelta(hours=1) + 1
    items = [item(n, 0, n) for n in range(3)] + [item(n, 0, 2 + later) for n in range(3, 6)]
    assert numbers(items, Weights()) == [[0, 1, 2], [3, 4, 5]]


def test_two_are_a_coincidence() -> None:
    assert cluster([item(0, 0), item(1, 0)], Weights()) == []
    assert cluster([], Weights()) == []


def test_in_a_storm_of_copies_each_is_held_against_one(monkeypatch: pytest.MonkeyPatch) -> None:
    held, takes = 0, Centre.takes

    def counted(centre: Centre, *given: Any) -> float | None:
        nonlocal held
        held += 1
        return takes(centre, *given)

    monkeypatch.setattr(Centre, "takes", counted)
    items = [item(n, 0) for n in range(2000)]
    (found,) = cluster(items, weights_of(items))
    assert len(found.items) == len(items)
    assert held == len(items) - 1


@given(st.lists(st.integers(0, 200), min_size=1, max_size=12), st.randoms())
def test_warmth_does_not_know_in_which_order_tickets_came(
    hours: list[int], rng: random.Random
) -> None:
    def warm(order: list[int]) -> float:
        warmth: float | None = None
        for hour in order:
            warmth = warmed(warmth, NOW + timedelta(hours=hour))
        assert warmth is not None
        return warmth

    shuffled = list(hours)
    rng.shuffle(shuffled)
    last = NOW + timedelta(hours=max(hours))
    assert warm(hours) == pytest.approx(warm(shuffled))
    heat = heat_at(warm(hours), last)
    assert 0 < heat <= len(hours)
    assert heat_at(warm(hours), last + timedelta(hours=6)) < heat


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        (["柳塘街停水", "柳塘街停水了", "停水"], "停水"),
        (["柳塘街自来水管爆裂", "柳塘街自来水管爆裂了"], "自来水管爆裂"),
        (["甲事", "乙事"], "甲事"),
        ([], ""),
    ],
)
def test_a_name_is_what_half_of_them_say(titles: list[str], name: str) -> None:
    assert name in name_of(titles)


def test_a_portrait_without_words_is_of_no_cluster() -> None:
    blank = Portrait(title=(), body=(), at=NOW)
    assert cluster([Item(uuid.UUID(int=n), blank) for n in range(5)], Weights()) == []
