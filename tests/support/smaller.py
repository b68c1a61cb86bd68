"""Pictures of pages made smaller: a hundred and ninety-two colours are plenty for a page."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

_COLOURS = 192
_STEP = 4
"""Shades so near to each other are one: nobody sees the difference."""

_PIXELS = """async (data) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const paper = canvas.getContext("2d");
  paper.drawImage(image, 0, 0);
  const bytes = paper.getImageData(0, 0, image.width, image.height).data;
  const parts = [];
  for (let at = 0; at < bytes.length; at += 32768) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 32768)));
  }
  return [image.width, image.height, btoa(parts.join(""))];
}"""


async def smaller(page: Page, picture: bytes) -> bytes:
    """Return a PNG with the commonest colours only; a page of the browser reads it."""
    width, height, data = await page.evaluate(_PIXELS, base64.b64encode(picture).decode())
    pixels = np.frombuffer(base64.b64decode(data), dtype=np.uint8).reshape(-1, 4)[:, :3]
    colours, places = _palette(pixels)
    return png(places.reshape(height, width), colours)


def _palette(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the commonest colours, and for each pixel which of them is nearest."""
    shades = pixels.astype(np.int32) // _STEP
    keys = (shades[:, 0] << 16) | (shades[:, 1] << 8) | shades[:, 2]
    _, firsts, inverse, counts = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    all_of_them = pixels[firsts].astype(np.int32)
    kept = all_of_them[np.argsort(-counts, kind="stable")[:_COLOURS]]
    apart = ((all_of_them[:, None, :] - kept[None, :, :]) ** 2).sum(axis=2)
    nearest = apart.argmin(axis=1).astype(np.uint8)
    return kept.astype(np.uint8), nearest[inverse]


def png(places: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """Return a picture as PNG: places in a list of colours, line by line."""
    height, width = places.shape
    lines = np.zeros((height, width + 1), dtype=np.uint8)  # each line begins with its filter: none
    lines[:, 1:] = places
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", colours.tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
