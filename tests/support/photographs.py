"""Photographs that show nothing, with everything beside the picture that a camera writes."""

import struct
import zlib


def _segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


SECRETS = (b"GPS 30.5 104.1", b"serial 4711", b"Zhang San")
"""What a camera writes beside a picture and nobody may read."""


def jpeg(width: int = 4, height: int = 3, picture: bytes = b"\x01\x02\x03") -> bytes:
    """A JPEG with EXIF, XMP, a comment and a thumbnail; its picture is not to be decoded."""
    sizes = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
            _segment(0xE1, b"Exif\x00\x00" + SECRETS[0]),
            _segment(0xED, SECRETS[1]),
            _segment(0xFE, SECRETS[2]),
            _segment(0xDB, bytes(65)),
            _segment(0xC0, sizes),
            _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            picture,
            b"\xff\xd9",
            SECRETS[1],
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int = 2, height: int = 2) -> bytes:
    """A PNG that can be decoded, with EXIF and words."""
    rows = b"".join(b"\x00" + b"\x40\x80\xc0" * width for _ in range(height))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"eXIf", SECRETS[0]),
            _chunk(b"tEXt", SECRETS[2]),
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
            SECRETS[1],
        )
    )
