"""How text is made findable: folded, cut into single and paired characters, and a question likewise.

A text of any script is cut the same way, without a dictionary: a word of one or two characters is found
exactly, a longer one by its pairs and a second look at the folded text. Nothing that is typed has a
meaning of its own but white space and double quotes.
"""

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

_SIGN = 1 << 31
_MOST = (1 << 32) - 1


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


def _units(folded: str) -> bytes:
    """Return a text as units of 16 bits: two for a character beyond the basic plane, such as an emoji."""
    return folded.encode("utf-16-be")


def _pairs(units: bytes) -> set[int]:
    """Return every two units that follow one another as one signed number, off the bytes."""
    count = len(units) // 4
    shifted = max(0, len(units) - 2) // 4
    if not shifted:
        return set(struct.unpack_from(f">{count}i", units))
    return {
        *struct.unpack_from(f">{count}i", units),
        *struct.unpack_from(f">{shifted}i", units, 2),
    }


class _Singles(dict[str, int | None]):
    """The number of a single character, found once; None for one that is a pair of units itself."""

    def __missing__(self, character: str) -> int | None:
        code = ord(character) << 16
        single = None if code > _MOST else code - 2 * _SIGN if code >= _SIGN else code
        self[character] = single
        return single


_SINGLES = _Singles()


def grams_of(pieces: Iterable[str]) -> set[int]:
    """Return every single and every paired character of folded texts, each as one number.

    A pair is its two units, a single one is followed by zero. A mark has zero before it.
    """
    found: set[int] = set()
    singles: set[int | None] = set()
    for piece in pieces:
        found |= _pairs(_units(piece))
        singles |= {_SINGLES[character] for character in set(piece)}
    return found | {single for single in singles if single is not None}


def mark(kind: str, value: object) -> int:
    """Return a number that stands among a text's grams for something known of it.

    Two marks may be the same: what they stand for is asked again.
    """
    return zlib.crc32(f"{kind}:{value}".encode()) & 0xFFFF


_EXACT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word or phrase of a question, folded."""

    text: str

    @property
    def grams(self) -> frozenset[int]:
        """What a text must hold to be looked at."""
        return frozenset(_pairs(_units(self.text)) or grams_of([self.text]))

    @property
    def is_exact(self) -> bool:
        """Tell whether a text with its grams holds the word: no second look is needed."""
        return len(_units(self.text)) <= _EXACT_BYTES

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
