"""Text as it comes in from other systems: cleaned of what no database and no XML can hold - pure."""

import re
from collections.abc import Mapping, Sequence

_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 forbids, and the control characters that it only discourages."""

Parameters = Mapping[str, Sequence[str]]
"""Everything that came with a request, by name; what is empty counts as absent."""


def writable(text: str) -> str:
    """Return `text` without the characters that XML cannot hold."""
    return _UNWRITABLE.sub("", text)


def clean(text: str) -> str:
    """Return typed text with plain line ends, trimmed, and writable everywhere."""
    return writable(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    """Return typed text as one line."""
    return " ".join(clean(text).split())


def gathered(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return values by name, cleaned, without the empty ones."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        text = clean(value)
        if text:
            found.setdefault(clean(name), []).append(text)
    return found


def first(given: Parameters, name: str) -> str | None:
    """Return a parameter that is given once, as one line; None when it is absent."""
    values = given.get(name, ())
    return one_line(values[0]) if values else None


def several(given: Parameters, name: str) -> list[str]:
    """Return a parameter that may be repeated or separated by commas."""
    parts = (part.strip() for value in given.get(name, ()) for part in value.split(","))
    return list(dict.fromkeys(part for part in parts if part))
