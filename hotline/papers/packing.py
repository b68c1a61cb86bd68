"""Office files whose bytes depend on nothing but what stands in them."""

import io
import re
import zipfile
from datetime import UTC, datetime

from hotline.kernel.clock import SHANGHAI

_CORE = "docProps/core.xml"
_INSTANT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(<)")


def packed(body: bytes, made_at: datetime) -> bytes:
    """Return an office file with one date on everything in it: the same content, the same bytes.

    Args:
        body: as a library wrote it, with the time of writing in its archive and its properties.
        made_at: the date that is to stand there.
    """
    stamp = made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    local = made_at.astimezone(SHANGHAI)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as before, zipfile.ZipFile(written, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name == _CORE:
                part = _INSTANT.sub(rb"\g<1>" + stamp + rb"\g<3>", part)
            entry = zipfile.ZipInfo(name, local.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            after.writestr(entry, part, compresslevel=9)
    return written.getvalue()
