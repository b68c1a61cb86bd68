"""Files of the pages: packed once, kept by browsers for as long as they stay the same."""

import functools
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import HttpMethod, Request, Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from web.views.static_files import static_bytes, static_names

_FOR_EVER = "public, max-age=31536000, immutable"
"""For what has its version in its address."""

_ASK_AGAIN = "no-cache"
_PACKED_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it goes over the wire.

    Attributes:
        body: as it lies in the folder.
        packed: by gzip; None where that saves nothing.
        media_type: with its character set.
        tag: of what is in it.
    """

    body: bytes
    packed: bytes | None
    media_type: str
    tag: str


@functools.cache
def _asset(name: str) -> Asset:
    body = static_bytes(name)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = None
    if media_type.startswith(_PACKED_TYPES):
        packed = gzip.compress(body, _LEVEL, mtime=0)
        media_type += "; charset=utf-8"
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return Asset(body, packed, media_type, tag)


@route(
    "/static/{path:path}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
    sync_to_thread=True,
)
def static_file(request: Request[Any, Any, Any], path: FromPath[Path]) -> Response[bytes]:
    """Return a file, packed for whoever can unpack it, or say that it is still the same.

    Raises:
        NotFoundException: there is no such file.
    """
    name = path.as_posix().lstrip("/")
    if name not in static_names():
        raise NotFoundException
    asset = _asset(name)
    is_versioned = name.startswith("vendor/") or "v" in request.query_params
    headers = {
        "cache-control": _FOR_EVER if is_versioned else _ASK_AGAIN,
        "etag": asset.tag,
        "vary": "accept-encoding",
    }
    if asset.tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    body = asset.body
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = asset.packed
        headers["content-encoding"] = "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)
