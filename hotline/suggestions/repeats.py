"""Which texts are near-identical: those are never parted between learning and judging.

By min-hashes: two texts are compared only where a band of their hashes is the same, so that ten thousand
texts take a second.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SAME = 0.8
"""Share of common runs of characters from which two texts count as one."""

_RUN = 5
_BANDS, _ROWS = 16, 4
_SEED = 12345
_SIGNS = re.compile(r"[\W_]+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Runs = npt.NDArray[np.uint64]


def groups_of(texts: Sequence[str], same: float = SAME) -> list[int]:
    """Return for each plain text the number of its group."""
    runs = [_runs(text) for text in texts]
    marks = [_marks(one) for one in runs]
    above = list(range(len(texts)))

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for band in range(_BANDS):
        first: dict[bytes, list[int]] = {}
        for place, mark in enumerate(marks):
            here = first.setdefault(mark[band * _ROWS : (band + 1) * _ROWS].tobytes(), [])
            for other in here:
                if top(other) == top(place):
                    break
                if _alike(runs[other], runs[place]) >= same:
                    above[top(place)] = top(other)
                    break
            else:
                here.append(place)
    return [top(place) for place in range(len(texts))]


def _runs(text: str) -> Runs:
    bare = _SIGNS.sub("", text)
    codes = np.frombuffer(bare.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    mixed = codes[: max(len(codes) - _RUN + 1, 1)].copy()
    for at in range(1, _RUN):
        part = codes[at : at + len(mixed)]
        mixed = mixed[: len(part)] * _FACTOR + part if len(part) else mixed
    return np.unique(mixed)


def _marks(runs: Runs) -> Runs:
    chance = np.random.default_rng(_SEED)
    factors = chance.integers(1, 2**63, size=_BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
    if not len(runs):
        return factors
    mixed = runs[None, :] * factors[:, None]
    mixed ^= mixed >> np.uint64(29)
    found: Runs = (mixed * _FACTOR).min(axis=1)
    return found


def _alike(one: Runs, other: Runs) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common) if len(one) and len(other) else 0.0
