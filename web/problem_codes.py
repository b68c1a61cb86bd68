"""Every error code that an answer can carry, read off the error classes themselves."""

from collections.abc import Iterator

from hotline.kernel.errors import DomainError
from web.errors import HTTP_PROBLEMS, status_of


def _family(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _family(child)


def problem_codes() -> list[tuple[str, str, str]]:
    """Return code, status and English title of every error, by code."""
    codes = {error.code: (str(status_of(error)), error.title) for error in _family(DomainError)}
    for code, status in HTTP_PROBLEMS.items():
        codes.setdefault(code, (status, "of the HTTP layer"))
    return sorted((code, status, title) for code, (status, title) in codes.items())


def title_of(code: str) -> str | None:
    """Return the title of the error with this code, as a message id; None when there is none."""
    return next((error.title for error in _family(DomainError) if error.code == code), None)
