"""Every error code that an answer can carry, read off the error classes themselves."""

from collections.abc import Iterator

from hotline.kernel.errors import DomainError
from web.errors import HTTP_PROBLEM_CODES, STATUS_OF


def _family(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _family(child)


def problem_codes() -> list[tuple[str, str, str]]:
    """Return code, status and English title of every error, by code."""
    codes = {
        (error.code, str(STATUS_OF[error.kind]), error.title) for error in _family(DomainError)
    }
    codes |= {(code, "-", "of the HTTP layer") for code in HTTP_PROBLEM_CODES}
    return sorted(codes)
