"""How text is made findable: folded, cut into single and paired characters, and a question likewise.

A text of any script is cut the same way, without a dictionary: a word of one or two characters is found
exactly, a longer one by its pairs and a second look at the folded text. Nothing that is typed has a
meaning of its own but white space and double quotes.
"""

import itertools
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

RULES = 1
"""Raised when texts are cut differently: what was filled under other rules is filled anew."""

SEPARATOR = "\x1f"
"""Stands between the pieces of a text; no question can hold it."""

_SURROGATES = range(0xD800, 0xE000)
_SIGN = 1 << 31


class _Folds(dict[int, str]):
    """What each character is folded to, found once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        if kind == "Cc" or character.isspace():
            folded = " "
        elif kind == "Cs":
            folded = "\ufffd"
        else:
            plain = unicodedata.normalize("NFKC", character).casefold()
            folded = unicodedata.normalize("NFKC", plain)
        self[code] = folded
        return folded


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Return `text` with width and case evened out, every white space and control a plain space.

    Character by character, so that a part of a text is folded as it is within the whole.
    """
    return unicodedata.normalize("NFC", text).translate(_FOLDS)


def _units(folded: str) -> tuple[int, ...]:
    """Return a text as units of 16 bits: two for a character beyond the basic plane, such as an emoji."""
    raw = folded.encode("utf-16-le")
    return struct.unpack(f"<{len(raw) // 2}H", raw)


def _signed(first: int, second: int) -> int:
    number = first << 16 | second
    return number - 2 * _SIGN if number >= _SIGN else number


def _pairs(units: tuple[int, ...]) -> set[tuple[int, int]]:
    return set(itertools.pairwise(units))


def grams_of(pieces: Iterable[str]) -> set[int]:
    """Return every single and every paired character of folded texts, each as one number.

    A pair is its two units, a single one is followed by zero. A mark has zero before it.
    """
    found: set[tuple[int, int]] = set()
    for piece in pieces:
        units = _units(piece)
        found |= _pairs(units)
        found |= {(unit, 0) for unit in set(units) if unit not in _SURROGATES}
    return {_signed(first, second) for first, second in found}


def mark(kind: str, value: object) -> int:
    """Return a number that stands among a text's grams for something known of it.

    Two marks may be the same: what they stand for is asked again.
    """
    return zlib.crc32(f"{kind}:{value}".encode()) & 0xFFFF


_EXACT_UNITS = 2


@dataclass(frozen=True, slots=True)
class Word:
    """One word or phrase of a question, folded."""

    text: str

    @property
    def grams(self) -> frozenset[int]:
        """What a text must hold to be looked at."""
        units = _units(self.text)
        if len(units) == 1:
            return frozenset({_signed(units[0], 0)})
        return frozenset(_signed(first, second) for first, second in _pairs(units))

    @property
    def is_exact(self) -> bool:
        """Tell whether a text with its grams holds the word: no second look is needed."""
        return len(_units(self.text)) <= _EXACT_UNITS

    @property
    def pattern(self) -> str:
        """The word as a pattern of LIKE: its own wildcards are characters like others."""
        escaped = self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"


_PARTS = re.compile(r'"([^"]*)"|“([^”]*)”|(\S+)')


def words_of(question: str) -> tuple[Word, ...]:
    """Return the words and quoted phrases of a question, each once; all of them must be found."""
    found: dict[str, None] = {}
    for match in _PARTS.finditer(fold(question)):
        text = (match[1] or match[2] or match[3] or "").strip()
        if text:
            found[text] = None
    return tuple(Word(text) for text in found)


def holds_all(words: Iterable[Word], pieces: Iterable[str]) -> bool:
    """Tell whether each word is in one of the folded pieces: what the index must come to."""
    texts = list(pieces)
    return all(any(word.text in text for text in texts) for word in words)
