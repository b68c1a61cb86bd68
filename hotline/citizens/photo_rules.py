"""Photos that anybody may send: what is taken, and what is taken off them - pure.

A photo says more than it shows: where it was taken, when, with which telephone. All of that is cut out
before anything is kept; what is left is the picture. What is no picture is refused by what it is, not by
what it is called.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hotline.kernel.errors import N_, DomainError, ErrorKind

MOST_PHOTOS = 6
"""Of one ticket."""

MOST_BYTES = 5 * 1024 * 1024
"""Of one photo; a browser with scripts makes them smaller before they are sent."""


class PhotoRefused(DomainError):
    """The file is no picture of a kind that is taken."""

    kind = ErrorKind.INVALID
    code = "sent-photo-refused"
    title = N_("This is not a photo that can be taken: send a JPEG, PNG or WebP picture")


class PhotoTooLarge(DomainError):
    """The photo is too large."""

    kind = ErrorKind.TOO_LARGE
    code = "photo-too-large"
    title = N_("The photo is too large: at most {most} MB; take it smaller or cut it")


class TooManyPhotos(DomainError):
    """There are as many photos as are taken."""

    kind = ErrorKind.CONFLICT
    code = "too-many-sent-photos"
    title = N_("At most {most} photos are taken for one matter")


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as it is kept: nothing but the picture.

    Attributes:
        media_type: what it is, found out from its bytes.
        data: the bytes, without what they said beside the picture.
    """

    media_type: str
    data: bytes


def picture_of(data: bytes) -> Picture:
    """Return a sent file as it is kept.

    Raises:
        PhotoTooLarge: more bytes than are taken.
        PhotoRefused: it is no picture, or a broken one.
    """
    if len(data) > MOST_BYTES:
        raise PhotoTooLarge(most=MOST_BYTES // (1024 * 1024))
    for beginning, media_type, strip in _KINDS:
        if data.startswith(beginning):
            try:
                return Picture(media_type, strip(data))
            except (struct.error, IndexError, ValueError) as error:
                raise PhotoRefused from error
    raise PhotoRefused


# -- JPEG ------------------------------------------------------------------------------------------

_START, _SCAN, _END, _FILL, _EXIF = b"\xff\xd8", 0xDA, 0xD9, 0xFF, 0xE1
_TELLING = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""Segments that speak beside the picture: EXIF, XMP, IPTC, makers' notes, comments. JFIF (E0) and the
colours of Adobe (EE) are needed to show it."""

_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_ORIENTATION = 0x0112
_LONGEST_ORIENTATION = 8


def _jpeg(data: bytes) -> bytes:
    kept, turned = [_START], 1
    for marker, body in _segments(data):
        if marker == _EXIF and body.startswith(b"Exif\x00\x00"):
            turned = _orientation(body[6:])
        if marker == _SCAN:
            kept += [b"\xff\xda", body]
            break
        if marker not in _TELLING:
            kept.append(_segment(marker, body))
    else:
        raise ValueError("no picture in it")
    if turned > 1:  # how it was held is part of how it looks
        kept.insert(1, _segment(_EXIF, b"Exif\x00\x00" + _only_orientation(turned)))
    return b"".join(kept)


def _segment(marker: int, body: bytes) -> bytes:
    if marker in _ALONE:
        return bytes((_FILL, marker))
    return struct.pack(">BBH", _FILL, marker, len(body) + 2) + body


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield markers with what they hold; the scan with everything up to the end of the picture."""
    at = 2
    while True:
        if data[at] != _FILL:
            raise ValueError("not at a marker")
        while data[at] == _FILL:
            at += 1
        marker = data[at]
        at += 1
        if marker in _ALONE:
            continue
        if marker == _END:
            return
        if marker == _SCAN:
            yield marker, _scans(data, at)
            return
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2 or at + length > len(data):  # noqa: PLR2004  # the length counts itself
            raise ValueError("cut off")
        yield marker, data[at + 2 : at + length]
        at += length


def _scans(data: bytes, at: int) -> bytes:
    """Return all scans up to the end marker: what telephones hang behind it is no picture."""
    kept: list[bytes] = []
    start = at
    while True:
        found = data.find(b"\xff", at)
        if found < 0 or found + 1 >= len(data):
            raise ValueError("no end")
        marker = data[found + 1]
        if marker == _END:
            return b"".join([*kept, data[start : found + 2]])
        if marker in _TELLING:
            (length,) = struct.unpack_from(">H", data, found + 2)
            kept.append(data[start:found])
            start = at = found + 2 + length
        else:
            at = found + (1 if marker == _FILL else 2)


def _orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for place in range(min(count, 64)):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * place)
            if tag == _ORIENTATION:
                return value if 1 <= value <= _LONGEST_ORIENTATION else 1
    except struct.error:
        return 1
    return 1


def _only_orientation(value: int) -> bytes:
    head = b"MM\x00*" + struct.pack(">IH", 8, 1)
    return head + struct.pack(">HHIHHI", _ORIENTATION, 3, 1, value, 0, 0)


# -- PNG -------------------------------------------------------------------------------------------

_PNG = b"\x89PNG\r\n\x1a\n"
_SHOWING = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs"}
)


def _png(data: bytes) -> bytes:
    kept, at = [_PNG], len(_PNG)
    while True:
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise ValueError("cut off")
        if name in _SHOWING:
            kept.append(data[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end


# -- WebP ------------------------------------------------------------------------------------------

_FLAGS_OF_TALK = 0x04 | 0x08
"""In the head of an extended file: it has XMP, it has EXIF."""


def _webp(data: bytes) -> bytes:
    if data[8:12] != b"WEBP":
        raise ValueError("another RIFF file")
    kept, at, has_picture = [], 12, False
    while at + 8 <= len(data):
        name = data[at : at + 4]
        (length,) = struct.unpack_from("<I", data, at + 4)
        end = at + 8 + length + length % 2
        if at + 8 + length > len(data):
            raise ValueError("cut off")
        chunk = data[at:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_FLAGS_OF_TALK]) + chunk[9:]
        has_picture |= name in {b"VP8 ", b"VP8L", b"ANMF"}
        if name not in {b"EXIF", b"XMP "}:
            kept.append(chunk)
        at = end
    if not has_picture:
        raise ValueError("no picture in it")
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg", _jpeg),
    (_PNG, "image/png", _png),
    (b"RIFF", "image/webp", _webp),
)
