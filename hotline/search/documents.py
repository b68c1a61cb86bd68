"""What of a ticket can be found: its words as they are shown, in pieces, and digests of its people."""

import enum
import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.masking import mask_address, mask_text
from hotline.tickets.grams import RULES, SEPARATOR, fold, grams_of, mark
from hotline.tickets.text_models import KeyKind, TextTier


class PieceKind(enum.StrEnum):
    """Where a word was found."""

    NUMBER = "number"
    PHONE = "phone"
    NAME = "name"
    ADDRESS = "address"
    TITLE = "title"
    CONTENT = "content"
    PROMISE = "promise"
    REPLY = "reply"
    PROGRESS = "progress"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a ticket, masked as they are shown.

    Attributes:
        is_inner: only the hotline may read them.
    """

    kind: PieceKind
    text: str
    is_inner: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A keyed digest and what it was made of."""

    kind: KeyKind
    digest: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the index: what one side, or both, can find of a ticket."""

    tier: TextTier
    text: str
    grams: Sequence[int]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that a ticket is found by.

    Attributes:
        pieces: its words; the title is the first.
        marks: what lists are narrowed by, and is asked of the ticket itself again.
        sights: likewise, for the departments that may see it.
        keys: digests of names, telephone numbers and the whole address.
    """

    pieces: Sequence[Piece]
    marks: frozenset[int]
    sights: frozenset[int]
    keys: frozenset[Key]

    def rows(self) -> Iterator[Row]:
        """Return one row when both sides read the same words, one for each when they do not."""
        if not any(piece.is_inner for piece in self.pieces):
            yield self._row(TextTier.BOTH, self.pieces, self.marks | self.sights)
            return
        outer = [piece for piece in self.pieces if not piece.is_inner]
        yield self._row(TextTier.DEPARTMENTS, outer, self.marks | self.sights)
        yield self._row(TextTier.HOTLINE, self.pieces, self.marks)

    def _row(self, tier: TextTier, pieces: Sequence[Piece], marks: frozenset[int]) -> Row:
        folded = [fold(piece.text) for piece in pieces]
        text = SEPARATOR.join(folded)
        numbers = list(grams_of(folded) | marks)
        keys = sorted((key.kind.value, key.digest) for key in self.keys)
        told = repr((RULES, tier.value, text, sorted(marks), keys))
        return Row(tier, text, numbers, hashlib.sha256(told.encode()).digest()[:16])


_PHONES = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1\d{2}[- ]?\d{4}[- ]?\d{4})(?!\d)")
_LANDLINES = re.compile(r"(?<!\d)(0\d{2,3}-?\d{7,8})(?!\d)")
TAIL_DIGITS = 4
SHORTEST_PHONE = 7
LONGEST_PHONE = 15
SHORTEST_NAME = 2
LONGEST_NAME = 40
_APART = re.compile(r"[\s·•.]+")


def plain_name(name: str) -> str:
    """Return a name as it is compared: folded, nothing between its parts."""
    return _APART.sub("", fold(name))


def plain_phone(phone: str) -> str:
    """Return a telephone number as it is compared: digits alone, without the country's code."""
    digits = re.sub(r"\D", "", fold(phone))
    return re.sub(r"^86(?=1\d{10}$)", "", digits)


def phones_in(text: str) -> set[str]:
    """Return the telephone numbers that stand in a text."""
    found = {*_PHONES.findall(text), *_LANDLINES.findall(text)}
    return {plain_phone(phone) for phone in found}


def key_of(cipher: FieldCipher, kind: KeyKind, plain: str) -> Key:
    """Return the digest of something that was evened out."""
    digest = cipher.blind_index(f"search:{kind.value}:{plain}")
    if digest is None:
        raise AssertionError("the text is never empty")
    return Key(kind, digest)


def keys_of(
    cipher: FieldCipher,
    *,
    names: Iterable[str | None],
    phones: Iterable[str | None],
    address: str | None,
    texts: Iterable[str],
) -> frozenset[Key]:
    """Return the digests by which a ticket's people and place are found."""
    plain_names = {plain_name(name) for name in names if name}
    numbers = {plain_phone(phone) for phone in phones if phone}
    for text in texts:
        numbers |= phones_in(text)
    numbers = {number for number in numbers if len(number) >= SHORTEST_PHONE}
    places = {plain_name(address)} if address else set()
    plain: Mapping[KeyKind, set[str]] = {
        KeyKind.NAME: plain_names,
        KeyKind.PHONE: numbers,
        KeyKind.TAIL: {number[-TAIL_DIGITS:] for number in numbers},
        KeyKind.ADDRESS: places,
    }
    return frozenset(
        key_of(cipher, kind, text) for kind, texts_ in plain.items() for text in texts_ if text
    )


def keys_asked(cipher: FieldCipher, word: str) -> tuple[Key, ...]:
    """Return what a word may be besides a word: a number of a telephone, its end, a name, an address."""
    digits = plain_phone(word)
    is_number = bool(digits) and not re.search(r"[^\d+()\-. ]", word)
    if is_number:
        if len(digits) == TAIL_DIGITS:
            return (key_of(cipher, KeyKind.TAIL, digits),)
        is_phone = SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE
        return (key_of(cipher, KeyKind.PHONE, digits),) if is_phone else ()
    name = plain_name(word)
    found = [key_of(cipher, KeyKind.ADDRESS, name)] if len(name) >= SHORTEST_NAME else []
    if SHORTEST_NAME <= len(name) <= LONGEST_NAME and not re.search(r"\d", name):
        found.append(key_of(cipher, KeyKind.NAME, name))
    return tuple(found)


def is_personal(word: str) -> bool:
    """Tell whether a word looks like a telephone number or the end of one: no address shows it."""
    digits = plain_phone(word)
    is_number = bool(digits) and not re.search(r"[^\d+()\-. ]", word)
    return is_number and len(digits) >= SHORTEST_PHONE and mask_text(word) != word


def pieces_of(
    *,
    title: str,
    content: str,
    address: str | None,
    area: str | None,
    more: Iterable[Piece] = (),
) -> list[Piece]:
    """Return the words of a ticket in the order in which a match is shown; each text once."""
    own = [Piece(PieceKind.TITLE, mask_text(title)), Piece(PieceKind.CONTENT, mask_text(content))]
    own += [Piece(PieceKind.ADDRESS, text) for text in (mask_address(address), area) if text]
    seen: set[str] = set()
    found = [*own]
    for piece in more:
        if piece.text and piece.text not in seen:
            seen.add(piece.text)
            found.append(piece)
    return found


def marks_of(
    *, category: str | None, lead: int | None, channel: str, area: str | None
) -> frozenset[int]:
    """Return the marks of what lists are narrowed by."""
    found = {mark("channel", channel)}
    if category:
        steps = category.split(".")
        found |= {mark("category", ".".join(steps[:end])) for end in range(1, len(steps) + 1)}
    if lead is not None:
        found.add(mark("lead", lead))
    if area:
        found.add(mark("area", area))
    return frozenset(found)


def is_sample(ticket_id: uuid.UUID) -> bool:
    """Tell whether a ticket is one of the sample: one of 256, by the last byte of its key."""
    return ticket_id.int & 0xFF == 0
