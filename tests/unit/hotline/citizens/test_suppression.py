"""No hidden cell can be worked out, not even by somebody who knows the rule."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, strategies as st

from hotline.citizens.suppression import LEAST, Shown, suppress

Table = tuple[int, ...]


def _published(cells: Table) -> tuple[tuple[int | None, ...], int | None]:
    shown = suppress({str(place): count for place, count in enumerate(cells)})
    return tuple(shown.cells.values()), shown.total


@pytest.mark.parametrize(("width", "most"), [(1, 12), (2, 24), (3, 13), (4, 9)])
def test_every_hidden_cell_may_be_more_than_one_number(width: int, most: int) -> None:
    """All small tables at once: those that look alike must not agree on what they hide."""
    alike: dict[tuple[tuple[int | None, ...], int | None], list[Table]] = defaultdict(list)
    for cells in product(range(most + 1), repeat=width):
        alike[_published(cells)].append(cells)
    for (shown, _), tables in alike.items():
        for place, value in enumerate(shown):
            if value is None:
                assert len({cells[place] for cells in tables}) > 1, (shown, tables)


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=12))
def test_nothing_small_is_shown_and_nothing_is_false(cells: dict[str, int]) -> None:
    shown = suppress(cells)
    for name, value in shown.cells.items():
        assert value in {None, cells[name]}
        assert value is None or value == 0 or value >= LEAST
    assert shown.hidden_count != 1 or len(cells) == 1
    total = sum(cells.values())
    assert shown.total == (None if 0 < total < LEAST else total)


def test_what_needs_no_hiding_is_shown_whole() -> None:
    assert suppress({"a": 5, "b": 0}) == Shown({"a": 5, "b": 0}, 5)
    assert suppress({}) == Shown({}, 0)


def test_one_small_cell_takes_the_smallest_other_with_it() -> None:
    assert suppress({"a": 2, "b": 9, "c": 40}).cells == {"a": None, "b": None, "c": 40}
    assert suppress({"a": 2, "b": 9, "c": 9}).cells == {"a": None, "b": None, "c": None}
