"""Pages of a list by key, never by offset."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hotline.kernel.errors import N_, DomainError, ErrorKind

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class InvalidCursor(DomainError):
    """A cursor that this program did not make."""

    kind = ErrorKind.INVALID
    code = "invalid-cursor"
    title = N_("The cursor is not valid: leave it out to begin at the first page")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list and the cursor of those that follow, if any."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(*key: str) -> str:
    """Return the key of the last item shown as one word."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> tuple[str, ...]:
    """Return the key that `encode_cursor` was given.

    Raises:
        InvalidCursor: it was not made by `encode_cursor` with `length` parts.
    """
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor from error
    if (
        not isinstance(key, list)
        or len(key) != length
        or not all(isinstance(part, str) for part in key)
    ):
        raise InvalidCursor
    return tuple(key)
