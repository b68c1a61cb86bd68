"""A Word document of a paper: the template of its issue, filled in."""

import asyncio
import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import docx
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError

from hotline.papers.checking import DAMAGED, sandbox
from hotline.papers.content import list_names, scalar_names
from hotline.papers.errors import TemplateUnreadable
from hotline.papers.kinds import PaperKind

_QR_MILLIMETRES = 26
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="papers")
"""Filling in takes a tenth of a second and a few MiB: so many at once, the others wait."""


_SQUARE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d4944415478da63fcffff3f0300080001015f2a8b330000000049454e44ae426082"
)
"""A picture of one point, for trying."""


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


def try_out(kind: PaperKind, body: bytes) -> None:
    """Pass in silence when a template that was checked can be filled in and opened again.

    Raises:
        TemplateUnreadable: it cannot.
    """
    values: dict[str, Any] = {name: name for name in scalar_names(kind)}
    for name, columns in list_names(kind).items():
        values[name] = [{column: column for column in columns}] * 2
    try:
        docx.Document(io.BytesIO(fill_in(body, values, _SQUARE)))
    except (*DAMAGED, TemplateError) as error:
        raise TemplateUnreadable from error


def _printable(value: Any) -> Any:  # noqa: ANN401  # words, rows and lists of them
    """Return words without what XML cannot hold, and without what the renderer takes for commands."""
    if isinstance(value, str):
        return "".join(sign for sign in value if sign.isprintable() or sign == "\n")
    if isinstance(value, Mapping):
        return {name: _printable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value
