"""How high in the administration a department stands - pure.

What a bureau owns is not handed down to the streets and towns: the order of levels is what the
dispatch catalogue's guard compares.
"""

import enum


class DepartmentLevel(enum.StrEnum):
    """Where a department stands."""

    BUREAU = "bureau"
    DISTRICT = "district"
    STREET = "street"
    UTILITY = "utility"
    OTHER = "other"


_HEIGHT = {DepartmentLevel.STREET: 0, DepartmentLevel.DISTRICT: 1, DepartmentLevel.BUREAU: 2}
"""The ladder; utilities and others stand beside it."""


def is_below(level: DepartmentLevel, lowest: DepartmentLevel | None) -> bool:
    """Tell whether a department of `level` stands below the lowest level that may be in charge.

    Utilities and other units are on no rung of the ladder: nothing is pushed down to them.
    """
    if lowest is None or level not in _HEIGHT:
        return False
    return _HEIGHT[level] < _HEIGHT.get(lowest, 0)
