"""Pictures as telephones send them: small, and full of what is nobody's business."""

import struct
import zlib

SECRET = b"GPS 36.6512N 117.1201E Zhang's phone"
"""Stands in every picture beside the picture, and must not be in what is kept."""


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png() -> bytes:
    """A picture of one dot, with a text and EXIF."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"tEXt", b"Comment\x00" + SECRET),
            _chunk(b"eXIf", SECRET),
            _chunk(b"IDAT", zlib.compress(b"\x00\x7f")),
            _chunk(b"IEND", b""),
            SECRET,
        )
    )


def exif(orientation: int | None, order: str = ">") -> bytes:
    """EXIF data with how the telephone was held, and where."""
    mark = b"MM" if order == ">" else b"II"
    entries = (
        [] if orientation is None else [struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)]
    )
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + b"\x00" * 4
    return b"Exif\x00\x00" + mark + struct.pack(f"{order}HI", 42, 8) + directory + SECRET


def jpeg(orientation: int | None = None, order: str = ">") -> bytes:
    """Segments of a picture; the scan is no real one, which nobody looks at here."""

    def segment(marker: int, body: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body

    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"),
            segment(0xE1, exif(orientation, order)),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SECRET),
            segment(0xED, b"Photoshop 3.0\x00" + SECRET),
            segment(0xFE, SECRET),
            segment(0xDB, b"\x00" + bytes(64)),
            segment(0xC0, b"\x08\x00\x01\x00\x01\x01\x01\x11\x00"),
            b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00",
            b"picture\xff\x00more\xff\xd0end",
            segment(0xFE, SECRET),
            b"\xff\xd9",
            SECRET,
        )
    )


def webp() -> bytes:
    """An extended file with EXIF and XMP behind the picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)

    body = b"".join(
        (
            b"WEBP",
            chunk(b"VP8X", bytes([0x0C, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
            chunk(b"VP8 ", b"picture"),
            chunk(b"EXIF", SECRET),
            chunk(b"XMP ", SECRET),
        )
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
