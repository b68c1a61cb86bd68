"""Who stands before whom, as far as the data can say - pure (credit.md section 3).

Only departments of one peer group are compared, only those with enough tickets, and those whose
intervals overlap with the best of them share its band: nobody is first by chance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from credit.statistics import Interval


@dataclass(frozen=True, slots=True)
class Candidate:
    """A department of the peer group.

    Attributes:
        code: the department.
        n: how many assignments were counted.
        score: None without activity.
        interval: of the score.
    """

    code: str
    n: int
    score: Decimal | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a department stands.

    Attributes:
        band: 1 for the best; None for who is not ranked.
        rank: how many stand in better bands, plus one; None likewise.
    """

    candidate: Candidate
    band: int | None
    rank: int | None


def ranked(candidates: Iterable[Candidate], least_n: int) -> Sequence[Place]:
    """Return everybody of one peer group in order; who has too few tickets comes last, unranked.

    A band is led by its best score: whoever's interval overlaps the leader's cannot be told from it.
    """
    known = sorted(candidates, key=lambda one: one.code)
    fit = [one for one in known if one.score is not None and one.interval and one.n >= least_n]
    fit.sort(key=lambda one: -(one.score or Decimal(0)))
    places: list[Place] = []
    leader: Interval | None = None
    band = rank = 0
    for position, one in enumerate(fit, start=1):
        if leader is None or one.interval is None or not one.interval.overlaps(leader):
            leader, band, rank = one.interval, band + 1, position
        places.append(Place(one, band, rank))
    chosen = {one.code for one in fit}
    return [*places, *(Place(one, None, None) for one in known if one.code not in chosen)]
