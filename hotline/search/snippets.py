"""Showing where a word was found: the text as it is written, cut to what matters, the words marked."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hotline.tickets.grams import Word, fold

WIDTH = 90
"""Characters of a snippet."""

_BEFORE = 24
"""Of them before the first word that was found."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text, marked when it was asked for."""

    text: str
    is_marked: bool = False


def _folded(text: str) -> tuple[str, Sequence[int] | None]:
    """Return the folded text and where each of its characters comes from; None when one is one."""
    folded = fold(text)
    if len(folded) == len(text):
        return folded, None
    places = [place for place, character in enumerate(text) for _ in fold(character)]
    return folded, places


def _spans(text: str, words: Iterable[Word]) -> list[tuple[int, int]]:
    """Return where the words stand in a text, those that touch put together."""
    folded, places = _folded(text)
    found: list[tuple[int, int]] = []
    for word in words:
        begin = folded.find(word.text)
        while begin >= 0:
            found.append((begin, begin + len(word.text)))
            begin = folded.find(word.text, begin + len(word.text))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    if places is None:
        return joined
    return [(places[begin], places[end - 1] + 1) for begin, end in joined]


def marked(text: str, words: Iterable[Word]) -> list[Part]:
    """Return the whole text in parts, what was asked for marked."""
    composed = unicodedata.normalize("NFC", text)
    return _parts(composed, _spans(composed, words), 0, len(composed))


def snippet(text: str, words: Iterable[Word], width: int = WIDTH) -> list[Part]:
    """Return the part of a text that begins a little before the first word asked for, words marked."""
    composed = unicodedata.normalize("NFC", text)
    spans = _spans(composed, words)
    begin = max(0, spans[0][0] - _BEFORE) if spans else 0
    end = min(len(composed), begin + width)
    parts = _parts(composed, spans, begin, end)
    if begin:
        parts.insert(0, Part("…"))
    if end < len(composed):
        parts.append(Part("…"))
    return parts


def _parts(text: str, spans: Iterable[tuple[int, int]], begin: int, end: int) -> list[Part]:
    parts: list[Part] = []
    at = begin
    shown = [(max(first, begin), min(last, end)) for first, last in spans]
    for first, last in shown:
        if first >= last:
            continue
        if first > at:
            parts.append(Part(text[at:first]))
        parts.append(Part(text[first:last], is_marked=True))
        at = last
    if at < end:
        parts.append(Part(text[at:end]))
    return parts
