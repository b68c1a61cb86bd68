"""Files of the pages, and those that are sent as one: on a mobile network each request costs a wait."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

STATIC = Path(__file__).parent.parent / "static"

_TABLER = "vendor/tabler-1.6.1/tabler.used.css"
_HTMX = "vendor/htmx-2.0.11/htmx.min.js"

BUNDLES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "public.css": (_TABLER, "tokens.css", "app.css", "live.css"),
        "desk.css": (_TABLER, "tokens.css", "app.css", "live.css", "operator.css"),
        "public.js": (_HTMX, "clock.js", "app.js", "looks.js", "knowledge.js"),
        "desk.js": (
            *(_HTMX, "clock.js", "app.js", "keys.js", "session.js", "looks.js", "live.js"),
            "knowledge.js",
        ),
    }
)
"""What every page loads, for strangers and for who is signed in; parts in the order in which they run."""

_SEAMS: Mapping[str, bytes] = MappingProxyType({".css": b"\n", ".js": b"\n;\n"})


@functools.cache
def static_names() -> frozenset[str]:
    """Return the files that there are: nothing else of the disk can be asked for."""
    files = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()}
    return frozenset(files | BUNDLES.keys())


def static_bytes(name: str) -> bytes:
    """Return a file of the pages, or some that are sent as one."""
    parts = BUNDLES.get(name, (name,))
    return _SEAMS.get(Path(name).suffix, b"").join((STATIC / part).read_bytes() for part in parts)


@functools.cache
def static(name: str) -> str:
    """Return the address of an own file, with a mark that changes when the file does."""
    return f"/static/{name}?v={hashlib.sha256(static_bytes(name)).hexdigest()[:10]}"
