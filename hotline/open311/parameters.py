"""What is asked for by the parameters of a request - pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from hotline.open311.dates import Span, read_instant, read_span
from hotline.open311.faults import MISSING, Fault, RequestRefused, bad, refused
from hotline.open311.wording import Parameters, first, one_line, several

MOST = 1000
"""Members of a list at most."""

MOST_PAGES = 100
RADIUS_MOST = 20_000.0
"""Metres."""

DESCRIPTION_MAX = 4000
QUERY_MAX = 100
NAME_MAX = 80
IDEMPOTENCY_MAX = 128
LINK_MAX = 2000
"""What browsers take."""

_OPEN, _CLOSED = "open", "closed"
_NUMBER = re.compile(r"[-+]?[0-9]{1,12}(\.[0-9]{1,20})?")
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](\[\])?")
_LINK = re.compile(r"(?i:https?)://[\w.-]+(:[0-9]{1,5})?([/?#][^\s<>\"\\]*)?")
_EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,188}")
_LAT_MOST, _LONG_MOST = 90.0, 180.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Circle:
    """A place and everything within some metres of it."""

    lat: float
    long: float
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests a list is to show.

    Attributes:
        numbers: these and no others, whatever else is asked for; None when not asked.
        services: of any of these; empty for all.
        span: submitted within it; None where `numbers` are asked for.
        is_open: only open ones, only closed ones, or None for both.
        updated_from: changed at this instant or later.
        updated_to: not changed after this instant.
        circle: within it.
        words: with these words in what is public.
        page: from 1.
        page_size: how many on a page.
        is_extended: with the extended attributes.
    """

    numbers: tuple[str, ...] | None = None
    services: tuple[str, ...] = ()
    span: Span | None = None
    is_open: bool | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    circle: Circle | None = None
    words: str | None = None
    page: int = 1
    page_size: int = MOST
    is_extended: bool = False


def require_jurisdiction(given: Parameters, own: str) -> None:
    """Pass when no jurisdiction or ours is named.

    Raises:
        RequestRefused: a stranger's.
    """
    named = first(given, "jurisdiction_id")
    if named is not None and named.casefold() != own.casefold():
        raise refused(MISSING, "jurisdiction_id is not known here")


def read_listing(given: Parameters, now: datetime) -> Wanted:
    """Return which requests are asked for.

    Raises:
        RequestRefused: a parameter makes no sense; every such one is named.
    """
    reader = _Reader(given)
    is_extended = reader.take("extensions", _flag) or False
    numbers = several(given, "service_request_id")
    if numbers:
        if len(numbers) > MOST:
            raise refused(400, f"service_request_id may name {MOST} requests at most")
        reader.settle()
        return Wanted(numbers=tuple(numbers), is_extended=is_extended)
    start, end = reader.instant("start_date"), reader.instant("end_date")
    wanted = {
        "services": tuple(several(given, "service_code")),
        "is_open": reader.status(),
        "updated_from": reader.instant("updated_after"),
        "updated_to": reader.instant("updated_before"),
        "circle": reader.circle(),
        "words": reader.take("q", _words),
        "page": reader.take("page", _whole(MOST_PAGES)) or 1,
        "page_size": reader.take("page_size", _whole(MOST)) or MOST,
        "is_extended": is_extended,
    }
    reader.settle()
    return Wanted(span=read_span(start, end, now), **wanted)  # type: ignore[arg-type]  # by their names


@dataclass(frozen=True, slots=True)
class WantedUpdates:
    """Which updates a list is to show."""

    span: Span
    page: int
    page_size: int


def read_updates(given: Parameters, now: datetime) -> WantedUpdates:
    """Return which updates are asked for.

    Raises:
        RequestRefused: a parameter makes no sense.
    """
    reader = _Reader(given)
    start, end = reader.instant("start_date"), reader.instant("end_date")
    page = reader.take("page", _whole(MOST_PAGES)) or 1
    size = reader.take("page_size", _whole(MOST)) or MOST
    reader.settle()
    return WantedUpdates(read_span(start, end, now), page, size)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What a client reports. Everything in it may be personal."""

    description: str = ""
    lat: float | None = None
    long: float | None = None
    address: str | None = None
    address_id: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    media_url: str | None = None
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_request(given: Parameters) -> tuple[NewRequest, list[Fault]]:
    """Return what is reported, and every fault in it; attributes are checked by their service."""
    reader = _Reader(given)
    lat, long = reader.place()
    new = NewRequest(
        description=reader.words("description"),
        lat=lat,
        long=long,
        address=reader.text("address_string", 300),
        address_id=reader.text("address_id", 64),
        name=reader.name(),
        phone=reader.text("phone", 40),
        email=reader.take("email", _email),
        media_url=reader.take("media_url", _link),
        answers=attributes(given),
    )
    for name in ("device_id", "account_id"):
        reader.text(name, 255)
    if not any(given.get(name) for name in ("lat", "long", "address_string", "address_id")):
        reader.faults.append(
            bad("a location is required: lat and long, address_string or address_id")
        )
    return new, reader.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpdate:
    """What a client has to add to a request. Everything in it may be personal."""

    number: str
    description: str
    status: str | None = None
    own_id: str | None = None
    media_url: str | None = None


RICH_STATUSES = frozenset(
    {
        *("OPEN", "CLOSED", "FIXED", "IN_PROGRESS", "ACTION_SCHEDULED", "INVESTIGATING"),
        *("DUPLICATE", "NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION", "INTERNAL_REFERRAL"),
        *("FOR_TRIAGE", "CANCELLED", "REOPEN"),
    }
)
"""Statuses of the mySociety family."""


def read_update(given: Parameters) -> NewUpdate:
    """Return what is added to a request.

    Raises:
        RequestRefused: a parameter is missing or makes no sense.
    """
    reader = _Reader(given)
    number = first(given, "service_request_id") or ""
    if not number:
        reader.faults.append(bad("service_request_id is required"))
    words = reader.words("description")
    if not words:
        reader.faults.append(bad("description is required"))
    update = NewUpdate(
        number=number,
        description=words,
        status=reader.take("status", _rich_status),
        own_id=reader.text("update_id", IDEMPOTENCY_MAX),
        media_url=reader.take("media_url", _link),
    )
    reader.instant("updated_datetime")
    reader.settle()
    return update


def attributes(given: Parameters) -> dict[str, list[str]]:
    """Return the values of `attribute[CODE]` and `attribute[CODE][]` by code, as they were sent."""
    found: dict[str, list[str]] = {}
    for name, values in given.items():
        match = _ATTRIBUTE.fullmatch(name)
        if match:
            found.setdefault(match[1], []).extend(one_line(value) for value in values)
    return found


class _Reader:
    """Reads parameters one by one and keeps what is wrong with them."""

    def __init__(self, given: Parameters) -> None:
        self.given = given
        self.faults: list[Fault] = []

    def settle(self) -> None:
        """Refuse the request when anything was wrong."""
        if self.faults:
            raise RequestRefused(self.faults)

    def take(self, name: str, read: Callable[[str, str], T]) -> T | None:
        """Return one parameter, or None when it is absent or wrong."""
        text = first(self.given, name)
        if text is None:
            return None
        try:
            return read(text, name)
        except RequestRefused as error:
            self.faults += error.faults
            return None

    def instant(self, name: str) -> datetime | None:
        return self.take(name, read_instant)

    def text(self, name: str, most: int) -> str | None:
        return self.take(name, _short(most))

    def words(self, name: str) -> str:
        """Return a text of several lines."""
        text = (self.given.get(name) or ("",))[0]
        if len(text) > DESCRIPTION_MAX:
            self.faults.append(bad(f"{name} may have {DESCRIPTION_MAX} characters at most"))
        return text

    def status(self) -> bool | None:
        asked = {text.lower() for text in several(self.given, "status")}
        if asked - {_OPEN, _CLOSED}:
            self.faults.append(bad("status must be open, closed or both"))
        return None if len(asked) != 1 else _OPEN in asked

    def place(self) -> tuple[float | None, float | None]:
        lat = self.take("lat", _degrees(_LAT_MOST))
        long = self.take("long", _degrees(_LONG_MOST))
        if bool(self.given.get("lat")) is not bool(self.given.get("long")):
            self.faults.append(bad("lat and long belong together"))
        return lat, long

    def circle(self) -> Circle | None:
        lat, long = self.place()
        radius = self.take("radius", _radius)
        if self.given.get("radius") and not self.given.get("lat"):
            self.faults.append(bad("radius needs lat and long"))
        if self.given.get("lat") and not self.given.get("radius"):
            self.faults.append(bad("lat and long need radius, in metres"))
        if lat is None or long is None or radius is None:
            return None
        return Circle(lat, long, radius)

    def name(self) -> str | None:
        """Return a person's name: the family name comes first where it is written in Chinese."""
        given, family = self.text("first_name", NAME_MAX), self.text("last_name", NAME_MAX)
        is_latin = all(part.isascii() for part in (given or "", family or ""))
        parts = (given, family) if is_latin else (family, given)
        return (" " if is_latin else "").join(filter(None, parts))[:NAME_MAX] or None


def _flag(text: str, name: str) -> bool:
    if text.lower() in {"true", "1", "false", "0"}:
        return text.lower() in {"true", "1"}
    raise RequestRefused([bad(f"{name} must be true or false")])


def _words(text: str, name: str) -> str:
    if len(text) > QUERY_MAX:
        raise RequestRefused([bad(f"{name} may have {QUERY_MAX} characters at most")])
    return text


def _short(most: int) -> Callable[[str, str], str]:
    def read(text: str, name: str) -> str:
        if len(text) > most:
            raise RequestRefused([bad(f"{name} may have {most} characters at most")])
        return text

    return read


def _whole(most: int) -> Callable[[str, str], int]:
    def read(text: str, name: str) -> int:
        if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= most:
            return int(text)
        raise RequestRefused([bad(f"{name} must be a whole number from 1 to {most}")])

    return read


def _degrees(most: float) -> Callable[[str, str], float]:
    def read(text: str, name: str) -> float:
        if _NUMBER.fullmatch(text) and abs(float(text)) <= most:
            return float(text)
        raise RequestRefused([bad(f"{name} must be a number from -{most:g} to {most:g}, in WGS84")])

    return read


def _radius(text: str, name: str) -> float:
    if _NUMBER.fullmatch(text) and 0 < float(text) <= RADIUS_MOST:
        return float(text)
    raise RequestRefused([bad(f"{name} must be metres, {RADIUS_MOST:g} at most")])


def _email(text: str, name: str) -> str:
    if _EMAIL.fullmatch(text):
        return text
    raise RequestRefused([bad(f"{name} must be an e-mail address")])


def _link(text: str, name: str) -> str:
    if is_link(text):
        return text
    raise RequestRefused([bad(f"{name} must be an address that begins with http:// or https://")])


def is_link(text: str) -> bool:
    """Tell whether a text is an address on the web."""
    return len(text) <= LINK_MAX and _LINK.fullmatch(text) is not None


def _rich_status(text: str, name: str) -> str:
    if text.upper() in RICH_STATUSES:
        return text.upper()
    raise RequestRefused([bad(f"{name} is not one of {', '.join(sorted(RICH_STATUSES))}")])
