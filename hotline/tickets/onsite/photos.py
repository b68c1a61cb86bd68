"""Photographs as they are kept: only the picture, never what a camera writes beside it - pure.

A camera writes where, when and with which device a picture was taken, and sometimes whose it is. When and
where is said by the entry itself; the rest is nobody's business and is cut off before anything is kept.
Nothing is decoded and written anew: the picture stays as it was sent, bit by bit.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hotline.tickets.onsite.errors import PhotoRefused

MOST_BYTES = 2 * 1024 * 1024
"""Of one photograph. Browsers make them smaller before they send them."""

MOST_PIXELS = 50_000_000
"""What decodes to more than this is not a photograph but a trap for whoever opens it."""

JPEG, PNG = "image/jpeg", "image/png"

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA"})
_JPEG_HEAD, _SOI, _EOI, _SOS = b"\xff\xd8\xff", 0xD8, 0xD9, 0xDA
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_APP0, _APP14, _APP_LAST, _COM = 0xE0, 0xEE, 0xEF, 0xFE


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph without what stood beside the picture.

    Attributes:
        media_type: `image/jpeg` or `image/png`.
        width, height: in pixels.
        content: the file.
    """

    media_type: str
    width: int
    height: int
    content: bytes


def clean_photo(sent: bytes) -> Photo:
    """Return a photograph as it is kept.

    Raises:
        PhotoRefused: it is too large, or neither JPEG nor PNG, or broken.
    """
    if len(sent) <= MOST_BYTES:
        try:
            photo = _clean(sent)
        except (struct.error, IndexError, ValueError):
            photo = None
        if photo is not None and 0 < photo.width * photo.height <= MOST_PIXELS:
            return photo
    raise PhotoRefused(most=MOST_BYTES // 1024 // 1024)


def _clean(sent: bytes) -> Photo | None:
    if sent.startswith(_JPEG_HEAD):
        return _jpeg(sent)
    if sent.startswith(_PNG_HEAD):
        return _png(sent)
    return None


def _segments(sent: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the segments of a JPEG up to its picture; the last is the picture itself."""
    at = 2
    while True:
        if sent[at] != 0xFF:  # noqa: PLR2004  # where a marker has to begin
            raise ValueError("no marker")
        marker = sent[at + 1]
        if marker == 0xFF:  # noqa: PLR2004  # filling before a marker
            at += 1
            continue
        if marker == _SOS:
            end = sent.rindex(b"\xff\xd9") + 2
            yield marker, sent[at:end]
            return
        (length,) = struct.unpack_from(">H", sent, at + 2)
        if length < 2 or at + 2 + length > len(sent):  # noqa: PLR2004  # it counts itself
            raise ValueError("a segment beyond the end")
        yield marker, sent[at : at + 2 + length]
        at += 2 + length


def _jpeg(sent: bytes) -> Photo:
    kept, width, height = [sent[:2]], 0, 0
    for marker, segment in _segments(sent):
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", segment, 5)
        is_aside = _APP0 <= marker <= _APP_LAST and marker not in {_APP0, _APP14}
        if not is_aside and marker != _COM:
            kept.append(segment)
    return Photo(JPEG, width, height, b"".join(kept))


def _png(sent: bytes) -> Photo:
    kept, at = [_PNG_HEAD], len(_PNG_HEAD)
    width, height = struct.unpack_from(">II", sent, at + 8)
    while True:
        length, kind = struct.unpack_from(">I4s", sent, at)
        end = at + 12 + length
        if end > len(sent):
            raise ValueError("a chunk beyond the end")
        if kind in _PNG_KEPT:
            kept.append(sent[at:end])
        if kind == b"IEND":
            return Photo(PNG, width, height, b"".join(kept))
        at = end
