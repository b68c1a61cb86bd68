"""Many against unusually many: a kind of matter in an area, against its own past - pure.

The count of an hour is held against the same hour of the same day of earlier weeks. A middle that a few
wild weeks cannot move stands for what is usual; how often chance alone would bring so many decides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
WEEKS = 8
"""So many weeks are the past."""

FEWEST = 8
"""Fewer tickets in an hour are no burst, however quiet it was before."""

CHANCE_BELOW = 1e-5
"""Some thousand kinds and areas are looked at every hour: one false alarm in weeks."""

TIMES_USUAL = 2.0
"""A burst is at least twice what is usual, so that a busy kind does not cry over a little more."""

OVER_AFTER = timedelta(hours=1)
"""Nothing unusual for so long: the burst is over."""

_LEAST_USUAL = 0.25
_MAD_TO_SIGMA = 1.4826
_FEWEST_WEEKS = 3
_NEGLIGIBLE = 1e-18


@dataclass(frozen=True, slots=True)
class Judged:
    """What an hour was found to be.

    Attributes:
        usual: tickets that were to be expected, with what usually varies.
        chance: how likely chance alone brings so many.
        is_burst: whether somebody has to be told.
    """

    usual: float
    chance: float
    is_burst: bool


def tail(count: int, mean: float) -> float:
    """Return how likely at least `count` come when `mean` are to be expected (Poisson)."""
    if count <= 0:
        return 1.0
    if count <= mean:  # no small number: the other side is summed up more exactly
        return max(0.0, 1.0 - math.fsum(_term(n, mean) for n in range(count)))
    terms, n = [], count
    while True:
        term = _term(n, mean)
        terms.append(term)
        if term < _NEGLIGIBLE or term < terms[0] * _NEGLIGIBLE:
            return min(1.0, math.fsum(terms))
        n += 1


def _term(n: int, mean: float) -> float:
    return math.exp(n * math.log(mean) - mean - math.lgamma(n + 1))


def usual(past: Sequence[int], *, recent_rate: float = 0.0) -> float:
    """Return what is to be expected in an hour, with what usually varies.

    Args:
        past: counts of the same hour in earlier weeks.
        recent_rate: tickets in an hour of the last week on the average; it speaks where the past is
            short, as for a kind that is new.
    """
    if len(past) < _FEWEST_WEEKS:
        return max(_LEAST_USUAL, recent_rate, *past) if past else max(_LEAST_USUAL, recent_rate)
    middle = median(past)
    varies = _MAD_TO_SIGMA * median(abs(count - middle) for count in past)
    return max(_LEAST_USUAL, middle + varies)


def judge(count: int, past: Sequence[int], *, recent_rate: float = 0.0) -> Judged:
    """Tell whether the count of an hour is a burst against its own past."""
    expected = usual(past, recent_rate=recent_rate)
    chance = tail(count, expected)
    return Judged(
        expected,
        chance,
        count >= FEWEST and count >= TIMES_USUAL * expected and chance < CHANCE_BELOW,
    )


def earlier_hours(until: datetime, since: datetime | None) -> list[tuple[datetime, datetime]]:
    """Return the same hour of earlier weeks, as far back as there was anything to count.

    Args:
        until: the end of the hour that is looked at.
        since: when counting began; None for never.
    """
    if since is None:
        return []
    hours = ((until - HOUR - WEEK * n, until - WEEK * n) for n in range(1, WEEKS + 1))
    return [(begins, ends) for begins, ends in hours if begins >= since]
