"""Pages of a list by key, never by offset."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
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


def encode_place(at: date, key: uuid.UUID) -> str:
    """Return where the last item shown stands, by its instant or day and its id, as one word."""
    return encode_cursor(at.isoformat(), str(key))


def decode_place(cursor: str) -> tuple[datetime, uuid.UUID]:
    """Return the instant and the id that `encode_place` was given.

    Raises:
        InvalidCursor: it was not made by `encode_place`.
    """
    at, key = decode_cursor(cursor, 2)
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise InvalidCursor
        return instant.astimezone(UTC), uuid.UUID(key)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error


def page_of(
    found: Sequence[T], limit: int, place: Callable[[T], tuple[date, uuid.UUID]]
) -> Page[T]:
    """Return what was found as a page; who asks for one more than `limit` learns whether more follow.

    Args:
        found: the items from the cursor on, `limit` and one more at most.
        limit: how many are shown.
        place: where an item stands: its instant or day, and its id.
    """
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], encode_place(*place(found[limit - 1])))
