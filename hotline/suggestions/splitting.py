"""Parting examples into folds so that no text is judged by a model that has seen its like - pure."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

FEWEST = 4
"""Examples below which a category is learned as the one above it."""


def rolled_up(codes: Sequence[str], fewest: int = FEWEST) -> list[str | None]:
    """Return what each example teaches: its category, or the nearest above it with enough examples.

    None where even the uppermost has too few.
    """
    found: list[str | None] = list(codes)
    deepest = max((code.count(".") for code in codes), default=0)
    for depth in range(deepest, -1, -1):
        counts = Counter(code for code in found if code is not None)
        for place, code in enumerate(found):
            if code is not None and code.count(".") == depth and counts[code] < fewest:
                found[place] = code.rpartition(".")[0] or None
    return found


def folds_of(
    labels: Sequence[str], groups: Sequence[int], count: int, *, seed: int = 0
) -> list[int]:
    """Return the fold of each example: groups stay whole, labels are spread evenly.

    Args:
        labels: of the examples.
        groups: examples of one group are near-identical texts.
        count: of folds.
        seed: the same seed parts the same examples in the same way.
    """
    members: Mapping[int, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        members[group].append(place)
    in_order = sorted(members, key=lambda group: (-len(members[group]), _draw(seed, group)))
    spread: Mapping[str, Counter[int]] = defaultdict(Counter)
    sizes: Counter[int] = Counter()
    folds = [0] * len(labels)
    for group in in_order:
        here = Counter(labels[place] for place in members[group])
        label = min(here, key=lambda one: (-here[one], one))
        fold = min(range(count), key=lambda one: (spread[label][one], sizes[one], one))
        for place in members[group]:
            folds[place] = fold
            spread[labels[place]][fold] += 1
        sizes[fold] += len(members[group])
    return folds


def _draw(seed: int, group: int) -> bytes:
    return hashlib.sha256(f"{seed}:{group}".encode()).digest()
