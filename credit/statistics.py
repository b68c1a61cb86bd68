"""What a small number of tickets can say and what it cannot - pure, exact decimals.

Shrinkage pulls a rate of few tickets towards that of its peers; the interval says how sure it is
(credit.md section 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

Z_90 = Decimal("1.6448536269514722")
"""Half-width of a two-sided 90 % interval of the normal distribution, in standard deviations."""

_ONE = Decimal(1)


class Interval(NamedTuple):
    """A range that holds the true value in nine of ten cases."""

    low: Decimal
    high: Decimal

    def overlaps(self, other: "Interval") -> bool:
        """Tell whether the data cannot tell the two apart."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Rate:
    """So much out of so many.

    Attributes:
        k: how much was achieved; a sum of values between 0 and 1.
        n: how many were counted.
    """

    k: Decimal
    n: int

    @property
    def raw(self) -> Decimal | None:
        """The plain share; None when nothing was counted."""
        return self.k / self.n if self.n else None

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.k + other.k, self.n + other.n)


NOTHING = Rate(Decimal(0), 0)


def shrink(rate: Rate, prior: Decimal, strength: int) -> Decimal:
    """Return the rate as it would be with `strength` more tickets of the peers' kind.

    Args:
        rate: what was achieved.
        prior: the peers' rate for the same mix of categories, between 0 and 1.
        strength: how many tickets the peers' rate counts for; above 0.
    """
    return (rate.k + strength * prior) / (rate.n + strength)


def variance(shrunk: Decimal, n: int, strength: int) -> Decimal:
    """Return how uncertain a shrunk rate is: the variance of the beta posterior it is the mean of."""
    return shrunk * (_ONE - shrunk) / (n + strength + 1)


def wilson(rate: Rate, z: Decimal = Z_90) -> Interval:
    """Return Wilson's score interval of a rate; everything is possible when nothing was counted."""
    if rate.n == 0:
        return Interval(Decimal(0), _ONE)
    n, p = Decimal(rate.n), rate.k / rate.n
    centre = p + z * z / (2 * n)
    half = z * (p * (_ONE - p) / n + z * z / (4 * n * n)).sqrt()
    scale = _ONE + z * z / n
    return Interval(max(Decimal(0), (centre - half) / scale), min(_ONE, (centre + half) / scale))


def prior_for(
    mix: Mapping[str, int],
    by_category: Mapping[str, Rate],
    peers: Rate,
    fallback: Decimal,
    strength: int,
) -> Decimal:
    """Return the rate that peers reach with a department's own mix of categories.

    What peers did of a rare category may be one department's single ticket. So each rate is pulled to
    the wider one by as many tickets as it will itself pull by: else a ticket would be held against
    itself.

    Args:
        mix: how many tickets of each category the department had.
        by_category: what the peer group reached in each category.
        peers: what it reached in all of them; stands in for a category that it never had.
        fallback: what few tickets of all peers are pulled to; stands in when they have nothing at all.
        strength: how many tickets the wider rate counts for; above 0.
    """
    everywhere = shrink(peers, fallback, strength)
    total = sum(mix.values())
    if total == 0:
        return everywhere
    reached = (
        count * shrink(by_category.get(category, NOTHING), everywhere, strength)
        for category, count in mix.items()
    )
    return sum(reached, Decimal(0)) / total
