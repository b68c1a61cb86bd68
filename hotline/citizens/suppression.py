"""Figures that may be shown without saying anything of single persons - pure.

A cell of fewer than five tickets is not shown, and no cell that is not shown can be worked out, even by
somebody who knows this rule: he has the total and the cells that are shown, and every hidden cell has at
least two values that would look the same. A test goes through all small tables to prove it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 5
"""Tickets; fewer are not shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells of one total.

    Attributes:
        cells: what is shown, None where it is not.
        total: what they add up to; None where not even that may be shown.
    """

    cells: Mapping[str, int | None]
    total: int | None

    @property
    def hidden_count(self) -> int:
        """How many cells are not shown."""
        return sum(value is None for value in self.cells.values())


def suppress(cells: Mapping[str, int], least: int = LEAST) -> Shown:
    """Return the cells of one total as everybody may see them. Empty cells are shown: 0 is nobody.

    Args:
        cells: counts by name, none below 0.
        least: the least count that is shown.
    """
    total = sum(cells.values())
    if 0 < total < least:
        return Shown(dict.fromkeys(cells), None)
    hidden = _hidden(cells, least)
    return Shown({name: None if name in hidden else n for name, n in cells.items()}, total)


def _hidden(cells: Mapping[str, int], least: int) -> frozenset[str]:
    """Return the small cells, and the smallest others that have to go so that they hide each other.

    Cells of one size go together: otherwise the order in which they stand would tell them apart.
    """
    hidden = {name for name, count in cells.items() if 0 < count < least}
    if not hidden or _is_safe(cells, hidden, least):
        return frozenset(hidden)
    for size in sorted({count for count in cells.values() if count >= least}):
        hidden |= {name for name, count in cells.items() if count == size}
        if _is_safe(cells, hidden, least):
            return frozenset(hidden)
    return frozenset(cells)


def _is_safe(cells: Mapping[str, int], hidden: set[str], least: int) -> bool:
    """Tell whether what is hidden is told by nothing but its sum, and the sum tells of no cell.

    Small cells alone lie between 1 and `least` - 1: when all of them are as small, or as large, as they
    can be, their sum says so.
    """
    whole = sum(cells[name] for name in hidden)
    small = sum(cells[name] < least for name in hidden)
    if len(hidden) == 1 or whole < least:
        return False
    return small < len(hidden) or small < whole < small * (least - 1)


def may_show_rate(of: int, least: int = LEAST) -> bool:
    """Tell whether k of n may be shown: of fewer than five people nothing is said."""
    return of >= least
