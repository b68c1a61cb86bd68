"""A Word document of a paper: the template of its issue, filled in."""

import asyncio
import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from hotline.papers.checking import sandbox

_QR_MILLIMETRES = 26
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="papers")
"""Filling in takes a tenth of a second and a few MiB: so many at once, the others wait."""


async def render_word(body: bytes, values: Mapping[str, Any], qr_png: bytes) -> bytes:
    """Return a paper as a Word document, made beside the event loop.

    Args:
        body: the template.
        values: what it may name, in words.
        qr_png: the picture that leads to the verification page.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_WORKERS, fill_in, body, values, qr_png)


def fill_in(body: bytes, values: Mapping[str, Any], qr_png: bytes) -> bytes:
    """Do it here and now."""
    template = DocxTemplate(io.BytesIO(body))
    picture = InlineImage(template, io.BytesIO(qr_png), width=Mm(_QR_MILLIMETRES))
    template.render({**_printable(values), "qr": picture}, jinja_env=sandbox(), autoescape=True)
    written = io.BytesIO()
    template.save(written)
    return written.getvalue()


def _printable(value: Any) -> Any:  # noqa: ANN401  # words, rows and lists of them
    """Return words without what XML cannot hold, and without what the renderer takes for commands."""
    if isinstance(value, str):
        return "".join(sign for sign in value if sign.isprintable() or sign == "\n")
    if isinstance(value, Mapping):
        return {name: _printable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value
