"""The rules of phrases: what they are for, and what is put where they say so."""

import enum
import re
from collections.abc import Mapping

from hotline.knowledge.errors import UnknownPlaceholder


class PhraseDesk(enum.StrEnum):
    """At which desk a phrase is offered."""

    ANY = "any"
    INTAKE = "intake"
    HANDLING = "handling"
    VISIT = "visit"


class PhraseKind(enum.StrEnum):
    """What a phrase is for."""

    REPLY = "reply"
    CALM = "calm"
    WRAP_UP = "wrap_up"


PLACEHOLDERS = (
    *("number", "title", "department", "promise", "due"),
    *("operator", "today", "hotline"),
)
"""What a phrase may ask for, in braces: of the ticket, then of whoever speaks."""

BLANK = "____"
"""Stands where nothing is known yet, so that it is seen before it is sent."""

TITLE_MAX, TEXT_MAX = 60, 2000
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}|[{}]")


def require_placeholders(text: str) -> None:
    """Pass in silence when everything in braces is known.

    Raises:
        UnknownPlaceholder: something is not, or a brace stands alone.
    """
    for found in _PLACEHOLDER.finditer(text):
        if found[1] is None or found[1] not in PLACEHOLDERS:
            raise UnknownPlaceholder(placeholder=found[0], known=", ".join(PLACEHOLDERS))


def fill(text: str, values: Mapping[str, str | None]) -> str:
    """Return a phrase with what is known in its places; what is put in is never read for places."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1] or "") or BLANK, text)
