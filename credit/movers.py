"""What sets one score apart from others: points by part, the biggest difference first - pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from credit.rulebook import Indicator

LEDGER = "ledger"
"""The part of a score that no indicator brings."""

PARTS = (*(one.value for one in Indicator), LEDGER)

Parts = Mapping[str, Decimal]
"""Points by part; an indicator that was not counted is left out."""

_DIGITS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Mover:
    """One part of a score, held against what it is compared with.

    Attributes:
        part: an indicator, or the ledger.
        difference: points more, or fewer where it is below 0.
    """

    part: str
    points: Decimal
    against: Decimal

    @property
    def difference(self) -> Decimal:
        """Return how many points more than what it is compared with."""
        return self.points - self.against


def parts_of(indicators: Iterable[Mapping[str, Any]], ledger: Decimal) -> Parts:
    """Return the points of each part, out of the lines of an explanation."""
    found = {line["indicator"]: Decimal(line["points"]) for line in indicators if line["n"]}
    return found | {LEDGER: ledger}


def middle_of(many: Sequence[Parts]) -> Parts:
    """Return the median of each part; an indicator that nobody was counted in is left out."""
    found = {}
    for part in PARTS:
        values = sorted(parts[part] for parts in many if part in parts)
        if values:
            half, is_odd = divmod(len(values), 2)
            middle = values[half] if is_odd else (values[half - 1] + values[half]) / 2
            found[part] = middle
    return found


def movers(own: Parts, against: Parts) -> Sequence[Mover]:
    """Return what sets a score apart, the biggest difference first; what is equal is left out."""
    found = [
        Mover(part, own[part], against[part]) for part in PARTS if part in own and part in against
    ]
    apart = [one for one in found if abs(one.difference) >= _DIGITS]
    return sorted(apart, key=lambda one: (-abs(one.difference), PARTS.index(one.part)))
