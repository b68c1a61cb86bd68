"""The first letters of Chinese words, for whoever types `dsl` and means 待受理.

The common characters of GB 2312 stand in the order of their sounds, so that a character's first
letter is read off its place. Of several sounds the commonest is the one that counts; rarer
characters, which stand in the order of their strokes, have none.
"""

from bisect import bisect_right

_FROM, _TO = 0xB0A1, 0xD7F9
"""The first and the last of the characters that are in the order of their sounds."""

_STARTS: tuple[tuple[int, str], ...] = (
    (0xB0A1, "a"),
    (0xB0C5, "b"),
    (0xB2C1, "c"),
    (0xB4EE, "d"),
    (0xB6EA, "e"),
    (0xB7A2, "f"),
    (0xB8C1, "g"),
    (0xB9FE, "h"),
    (0xBBF7, "j"),
    (0xBFA6, "k"),
    (0xC0AC, "l"),
    (0xC2E8, "m"),
    (0xC4C3, "n"),
    (0xC5B6, "o"),
    (0xC5BE, "p"),
    (0xC6DA, "q"),
    (0xC8BB, "r"),
    (0xC8F6, "s"),
    (0xCBFA, "t"),
    (0xCDDA, "w"),
    (0xCEF4, "x"),
    (0xD1B9, "y"),
    (0xD4D1, "z"),
)
"""Where each letter begins."""

_PLACES = [place for place, _ in _STARTS]


def initial(character: str) -> str:
    """Return the first letter of a character's sound; a letter or a digit stands for itself."""
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not _FROM <= code <= _TO:
        return ""
    return _STARTS[bisect_right(_PLACES, code) - 1][1]


def initials(text: str) -> str:
    """Return the first letters of a text's characters."""
    return "".join(initial(character) for character in text)
