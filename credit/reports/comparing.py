"""What rose for sure, and who stands apart for sure - pure.

Small numbers say little: a rise counts when the interval of the share that is new excludes what chance
would give, and a band is listed when no interval of the rest touches it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from credit.reports.content import HotIssue, ListedBand, Name, RedBlack, Thresholds, UnitLine
from credit.statistics import Rate, wilson

_FOUR = Decimal("0.0001")
_LEAST_BANDS = 2


@dataclass(frozen=True, slots=True)
class Counts:
    """Tickets by category in one span, and how many days it had."""

    by_category: Mapping[str, int]
    days: int


def rolled_up(by_category: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of categories with everything below each, as a list of tickets shows them."""
    found: dict[str, int] = {}
    for code, count in by_category.items():
        for above in lineage(code):
            found[above] = found.get(above, 0) + count
    return found


def lineage(code: str) -> Sequence[str]:
    """Return a category's code and those above it, the highest first."""
    parts = code.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def surely_more(count: int, days: int, other: int, other_days: int) -> bool:
    """Tell whether there is more per day than in the other span, beyond what chance gives.

    Of all tickets of both spans, those of the first are as many as its share of the days by chance.
    """
    if not count:
        return False
    by_chance = Decimal(days) / (days + other_days)
    return wilson(Rate(Decimal(count), count + other)).low > by_chance


def rise(count: int, days: int, other: int, other_days: int) -> Decimal | None:
    """Return how much more there is per day than in the other span; None when that had nothing."""
    if not other:
        return None
    return (Decimal(count) * other_days / (other * days) - 1).quantize(_FOUR)


def hot_issues(
    now: Counts,
    before: Counts,
    season: Counts | None,
    names: Mapping[str, Name],
    rules: Thresholds,
) -> tuple[HotIssue, ...]:
    """Return the categories that surely rose, the largest first; of a line only the lowest.

    Args:
        now: the period.
        before: the period before.
        season: the same time a year before; None when it is not on record.
        names: of categories.
        rules: what is too small.
    """
    counts, earlier = rolled_up(now.by_category), rolled_up(before.by_category)
    yearly = rolled_up(season.by_category) if season else {}
    hot = {
        code
        for code, count in counts.items()
        if count >= rules.least_hot
        and surely_more(count, now.days, earlier.get(code, 0), before.days)
        and (season is None or surely_more(count, now.days, yearly.get(code, 0), season.days))
    }
    lowest = [one for one in hot if not any(other.startswith(f"{one}.") for other in hot)]
    issues = [
        HotIssue(
            names.get(code, Name(code, code, code)),
            counts[code],
            earlier.get(code, 0),
            rise(counts[code], now.days, earlier.get(code, 0), before.days),
            yearly.get(code, 0) if season else None,
            rise(counts[code], now.days, yearly.get(code, 0), season.days) if season else None,
        )
        for code in lowest
    ]
    issues.sort(key=lambda one: (-one.count, one.category.code))
    return tuple(issues[: rules.most_hot])


def red_and_black(units: Iterable[UnitLine], least_n: int) -> RedBlack:
    """Return the bands that may be listed: whole ones, that no interval of the rest of the group touches.

    Whoever has too few tickets is not ranked, so he is in no band and never listed.
    """
    groups: dict[str, list[UnitLine]] = {}
    for one in units:
        if one.peer_group is not None and one.band is not None and one.n >= least_n:
            groups.setdefault(one.peer_group, []).append(one)
    red, black = [], []
    for code, ranked in sorted(groups.items()):
        best, worst = (choose(one.band or 0 for one in ranked) for choose in (min, max))
        if worst - best < _LEAST_BANDS - 1:
            continue
        first = [one for one in ranked if one.band == best]
        last = [one for one in ranked if one.band == worst]
        if _apart(first, [one for one in ranked if one.band != best]):
            red.append(_listed(code, first))
        if _apart([one for one in ranked if one.band != worst], last):
            black.append(_listed(code, last))
    return RedBlack(tuple(red), tuple(black))


def _apart(above: Sequence[UnitLine], below: Sequence[UnitLine]) -> bool:
    """Tell whether every interval of the first lies above every one of the second."""
    lows = [one.low for one in above if one.low is not None]
    highs = [one.high for one in below if one.high is not None]
    known = len(lows) == len(above) and len(highs) == len(below)
    return known and min(lows) > max(highs)


def _listed(code: str, units: Sequence[UnitLine]) -> ListedBand:
    return ListedBand(code, tuple(one.unit for one in sorted(units, key=lambda one: one.unit.code)))
