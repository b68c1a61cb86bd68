"""What a client of Open311 is told when its request cannot be answered - pure.

These are words of a protocol and not of a screen: GeoReport names the numbers itself, and several
faults may stand in one answer. Developers read them, so they are in English.
"""

from collections.abc import Iterable
from dataclasses import dataclass

BAD, KEY, MISSING, METHOD, LARGE, OFTEN = 400, 403, 404, 405, 413, 429


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with the number that GeoReport gives it."""

    code: int
    description: str


class RequestRefused(Exception):
    """A request that GeoReport refuses; the first fault's number is the answer's.

    Attributes:
        faults: what is wrong, at least one.
        headers: further headers of the answer.
    """

    def __init__(self, faults: Iterable[Fault], **headers: str) -> None:
        self.faults = tuple(faults)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(self.faults)

    @property
    def status(self) -> int:
        """The number of the answer."""
        return self.faults[0].code


def refused(code: int, description: str, **headers: str) -> RequestRefused:
    """Return a refusal of one fault."""
    return RequestRefused([Fault(code, description)], **headers)


def bad(description: str) -> Fault:
    """Return a fault of a parameter."""
    return Fault(BAD, description)
