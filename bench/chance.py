"""How often a small unit leads or trails its peers by chance, before and after it is counted fairly.

Every unit of the peer group works equally well; only the number of their tickets differs. Whatever
order comes out is chance. *Raw*: plain rates, everybody ranked. *Shrunk*: formula v1, everybody ranked.
*Bands*: formula v1 as it is published, nobody ranked below 30 tickets, overlapping intervals share a
band; leading and trailing then mean standing alone in the first or the last band.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from credit.formula.v1 import Measured, Score, ScoreInput, evaluate
from credit.ranking import Candidate, Place, ranked
from credit.rulebook import DEFAULT_BOOK, Indicator
from credit.statistics import NOTHING, Rate

RUNS = 2_000
SEED = 12345
SMALL = (10, 40)
OTHERS = (45, 60, 80, 100, 120, 150, 180, 220, 260, 300, 350, 400)
DAY = date(2026, 11, 30)

TRUTH: Mapping[Indicator, float] = {
    Indicator.SIGN: 0.97,
    Indicator.CONTACT: 0.95,
    Indicator.PROMISE: 0.95,
    Indicator.RESOLVED: 0.88,
    Indicator.QUALITY: 0.93,
}
"""What every unit reaches in the long run."""

SHARE_OF_TICKETS: Mapping[Indicator, float] = {
    Indicator.SIGN: 1.0,
    Indicator.CONTACT: 1.0,
    Indicator.PROMISE: 1.0,
    Indicator.RESOLVED: 0.8,
    Indicator.SATISFIED: 0.5,
    Indicator.QUALITY: 0.3,
}
"""How many tickets say something of each indicator."""

_RATINGS = (Decimal("1.0"), Decimal("0.9"), Decimal("0.7"), Decimal("0.2"), Decimal("0.0"))
_OF_HUNDRED = (52, 24, 11, 8, 5)


def _counted(n: int, chance: random.Random) -> Mapping[Indicator, Rate]:
    rates = {}
    for indicator, share in SHARE_OF_TICKETS.items():
        size = max(1, round(n * share))
        if indicator is Indicator.SATISFIED:
            total = sum(chance.choices(_RATINGS, _OF_HUNDRED, k=size), Decimal(0))
            rates[indicator] = Rate(total, size)
        else:
            hits = sum(chance.random() < TRUTH[indicator] for _ in range(size))
            rates[indicator] = Rate(Decimal(hits), size)
    return rates


def _scores(units: Sequence[Mapping[Indicator, Rate]], sizes: Sequence[int]) -> Sequence[Score]:
    peers = {one: sum((unit[one] for unit in units), NOTHING) for one in Indicator}
    return [
        evaluate(
            ScoreInput(
                DAY,
                size,
                {one: Measured(unit[one], peers[one].raw or Decimal(0)) for one in Indicator},
                [],
            ),
            DEFAULT_BOOK,
        )
        for unit, size in zip(units, sizes, strict=True)
    ]


def _raw_score(unit: Mapping[Indicator, Rate]) -> Decimal:
    total = Decimal(0)
    for indicator, rate in unit.items():
        how = DEFAULT_BOOK.weighings[indicator]
        reached = ((rate.raw or Decimal(0)) - how.floor) / (how.target - how.floor)
        total += how.weight * min(max(reached, Decimal(0)), Decimal(1))
    return total


def _ends(values: Sequence[Decimal], chance: random.Random) -> tuple[bool, bool]:
    """Tell whether the first unit leads and whether it trails; equals are drawn by lot."""
    lots = [(value, chance.random()) for value in values]
    return max(lots) == lots[0], min(lots) == lots[0]


def _alone(places: Sequence[Place]) -> tuple[bool, bool]:
    own = next(place for place in places if place.candidate.code == "00")
    if own.band is None:
        return False, False
    sizes = Counter(place.band for place in places if place.band is not None)
    last = max(sizes)
    is_alone = sizes[own.band] == 1 and last > 1
    return is_alone and own.band == 1, is_alone and own.band == last


def simulate(small: int, runs: int, seed: int) -> dict[str, Any]:
    """Return how often a unit of `small` tickets leads or trails, in per cent of all runs."""
    chance = random.Random(seed)
    sizes = (small, *OTHERS)
    seen: Counter[str] = Counter()
    for _ in range(runs):
        units = [_counted(size, chance) for size in sizes]
        scores = _scores(units, sizes)
        for how, (leads, trails) in {
            "raw": _ends([_raw_score(unit) for unit in units], chance),
            "shrunk": _ends([score.score or Decimal(0) for score in scores], chance),
            "bands": _alone(
                ranked(
                    [
                        Candidate(f"{place:02}", size, score.score, score.interval)
                        for place, (size, score) in enumerate(zip(sizes, scores, strict=True))
                    ],
                    DEFAULT_BOOK.least_ranked_n,
                )
            ),
        }.items():
            seen[f"{how}_leads"] += leads
            seen[f"{how}_trails"] += trails
    names = [f"{how}_{end}" for how in ("raw", "shrunk", "bands") for end in ("leads", "trails")]
    return {name: round(100 * seen[name] / runs, 2) for name in names}


def run(runs: int, seed: int) -> dict[str, Any]:
    """Return the figures for each size of a small unit."""
    return {
        "units": 1 + len(OTHERS),
        "fair_share_per_cent": round(100 / (1 + len(OTHERS)), 2),
        **{f"unit_of_{small}": simulate(small, runs, seed) for small in SMALL},
    }


if __name__ == "__main__":
    words = sys.argv[1:]
    wanted = int(words[words.index("--runs") + 1]) if "--runs" in words else RUNS
    print(json.dumps(run(wanted, SEED), indent=1))
