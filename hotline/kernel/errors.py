"""Errors that the field itself knows, without a word of HTTP.

A `DomainError` carries a stable `code` for machines and a `title` for people. `web/errors.py` holds
the only table from `ErrorKind` to status numbers; titles are translated there.
"""

import enum
from typing import ClassVar


def N_(message: str) -> str:  # noqa: N802  # the gettext world's name for "mark, do not translate yet"
    """Mark `message` for the translation catalogues and return it unchanged."""
    return message


class ErrorKind(enum.StrEnum):
    """What sort of refusal an error is."""

    INVALID = "invalid"
    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    EXPIRED = "expired"
    TOO_MANY = "too-many"
    TOO_LARGE = "too-large"


class DomainError(Exception):
    """A refusal that the field knows and that tells its reader what to do.

    Attributes:
        kind: which sort of refusal.
        code: stable, kebab-case, part of the public interface.
        title: message id for people; may name `params` in braces.
        params: values for the title and for machines; never personal data.
    """

    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, **params: object) -> None:
        super().__init__(params)
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code
