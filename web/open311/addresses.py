"""Which answer an address asks for, and in which format: by its extension and nothing else."""

import enum
from dataclasses import dataclass

from hotline.open311.faults import METHOD, MISSING, refused
from web.open311.documents import JSON, MEDIA_TYPES, XML


class Endpoint(enum.Enum):
    """What is served."""

    DISCOVERY = "discovery"
    SERVICES = "services"
    SERVICE = "service"
    REQUESTS = "requests"
    REQUEST = "request"
    TOKEN = "token"  # noqa: S105  # an endpoint
    UPDATES = "servicerequestupdates"


_POSTABLE = frozenset({Endpoint.REQUESTS, Endpoint.UPDATES})
_LISTS = {
    one.value: one
    for one in (Endpoint.DISCOVERY, Endpoint.SERVICES, Endpoint.REQUESTS, Endpoint.UPDATES)
}
_MEMBERS = {
    "services": Endpoint.SERVICE,
    "requests": Endpoint.REQUEST,
    "tokens": Endpoint.TOKEN,
}
_BASES = (("test/v2/", True), ("v2/", False))
"""The longer one first."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an address names.

    Attributes:
        form: the format of the answer.
        key: of the member that is asked for; empty for a list.
        is_test: it lies below the test endpoint.
    """

    endpoint: Endpoint
    form: str
    key: str = ""
    is_test: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """What may be done with it."""
        return ("GET", "HEAD", *(("POST",) if self.endpoint in _POSTABLE else ()))


def form_of(path: str) -> str:
    """Return the format that an address asks for; XML, which every client reads, when it names none."""
    return JSON if path.rstrip("/").endswith(f".{JSON}") else XML


def read_address(path: str, method: str) -> Address:
    """Return what is asked for.

    Args:
        path: below `/open311/`.
        method: of the request.

    Raises:
        RequestRefused: nothing is served there, in this format, or to this method.
    """
    rest, _, form = path.strip("/").rpartition(".")
    if form not in MEDIA_TYPES or "\x00" in rest:
        raise refused(MISSING, "nothing is served here: addresses end in .xml or .json")
    address = _found(rest, form)
    if address is None:
        raise refused(MISSING, "nothing is served at this address")
    if method not in address.methods:
        allowed = ", ".join(address.methods)
        raise refused(METHOD, f"this address takes {allowed}", allow=allowed)
    return address


def _found(rest: str, form: str) -> Address | None:
    if rest == Endpoint.DISCOVERY.value:
        return Address(Endpoint.DISCOVERY, form)
    for base, is_test in _BASES:
        if not rest.startswith(base):
            continue
        name, _, key = rest.removeprefix(base).partition("/")
        table = _MEMBERS if key else _LISTS
        if name in table and "/" not in key:
            return Address(table[name], form, key, is_test)
    return None
