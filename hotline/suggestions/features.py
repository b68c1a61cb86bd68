"""What a model sees of a text: words, and runs of one to three characters, each as a number.

Numbers are hashes, so that a model's file holds no word that anybody ever wrote. Words are cut by
rjieba; runs of characters find what the dictionary does not know: names of places, dialect, slips.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import rjieba

BITS = 20
"""Of a hash; words lie above the runs of characters."""

WORDS_FROM = 1 << BITS
SPACE = WORDS_FROM * 2
"""Numbers of features are below this."""

_LONGEST_RUN = 3
_NOT_A_WORD = re.compile(r"[\W\d_]+")
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_FINISH = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(64 - BITS)

Ids = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Counted:
    """The features of a text, in ascending order, and how often each is there."""

    ids: Ids
    counts: Floats


def words_of(text: str) -> list[str]:
    """Return the words of a plain text; signs and figures are none."""
    return [word for word in rjieba.cut(text) if not _NOT_A_WORD.fullmatch(word)]


def word_id(word: str) -> int:
    """Return the number of a word."""
    return WORDS_FROM | (zlib.crc32(word.encode()) >> (32 - BITS))


def count(text: str, words: Sequence[str] | None = None) -> Counted:
    """Return the features of a plain text.

    Args:
        text: as `plain` gives it.
        words: of the text, when they are known already.
    """
    known = words_of(text) if words is None else words
    numbers = np.array([word_id(word) for word in known], dtype=np.uint32)
    ids, counts = np.unique(np.concatenate([_runs(text), numbers]), return_counts=True)
    return Counted(ids, counts.astype(np.float32))


def _runs(text: str) -> Ids:
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    found = []
    for length in range(1, _LONGEST_RUN + 1):
        room = len(codes) - length + 1
        if room <= 0:
            break
        parts = (codes[at : at + room] * _FACTORS[at] for at in range(length))
        mixed = (reduce(np.add, parts) + np.uint64(length)) * _FINISH
        mixed ^= mixed >> np.uint64(33)
        found.append(((mixed * _FACTORS[0]) >> _SHIFT).astype(np.uint32))
    return np.concatenate(found) if found else np.empty(0, dtype=np.uint32)
