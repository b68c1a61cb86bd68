"""The parameters of a request: of its address, and of a form that was posted."""

import unicodedata
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import UploadFile

from hotline.open311.faults import BAD, refused
from hotline.open311.wording import gathered

_ENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_MOST_FIELDS = 500


def read_pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a query or a form, in their order.

    Raises:
        RequestRefused: not UTF-8, or more fields than anybody needs.
    """
    try:
        return parse_qsl(
            encoded.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise refused(
            BAD, f"the parameters must be UTF-8, {_MOST_FIELDS} of them at most"
        ) from error


async def parameters(request: Request[Any, Any, Any]) -> dict[str, list[str]]:
    """Return everything that came with a request, by name.

    Raises:
        RequestRefused: it cannot be read as a form in UTF-8.
    """
    pairs = read_pairs(request.scope["query_string"])
    if request.method == "POST":
        pairs += await _posted(request)
    return gathered([(name, unicodedata.normalize("NFC", value)) for name, value in pairs])


async def _posted(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    kind, options = request.content_type
    charset = options.get("charset", "utf-8").strip("\"'").lower()
    if charset not in {"utf-8", "utf8"}:
        raise refused(BAD, "the body must be UTF-8")
    if kind == _MULTIPART:
        form = await request.form()
        # Photos are not taken in: what a person sends could be anything, and nobody has looked at it.
        return [
            (name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile)
        ]
    body = await request.body()
    if kind not in {"", _ENCODED}:
        raise refused(BAD, f"the body must be {_ENCODED}")
    return read_pairs(body)
