"""What the public may know of a ticket - pure.

Nothing that somebody typed is shown before somebody else has read it, save an address down to the
street; places are rounded, since most are somebody's home.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.masking import hide_person, mask_address, mask_text
from hotline.tickets.lifecycle import Action, ClosureCode, Hold, Outcome, State, Status

ENDED = (
    Status.CLOSED,
    Status.ARCHIVED,
    Status.NOT_ACCEPTED,
    Status.TRANSFERRED_OUT,
    Status.CANCELLED,
)
"""Statuses in which a matter is closed for good, unless something still holds it up."""

PUBLIC_REQUEST_TYPES = ("help", "complaint", "report", "suggestion")
"""Questions about one's own affairs, thanks and the rest are nobody else's business."""

PRIVATE_BY_DEFAULT = (
    *("labour", "health", "civil_affairs", "public_opinion"),
    *("order.security", "order.registration", "order.mediation"),
    *("education.enrolment", "housing.fund", "housing.title", "housing.rental"),
    *("other.tax", "other.enterprise"),
)
"""Categories, with everything below them, that are about persons: not listed until somebody says so."""

PLACES = 3
"""Decimals of a rounded coordinate: some hundred metres."""

PLACES_EXACT = 6

_STREET = re.compile(
    r"^.*?(?:大街|街道|路口|路|街|巷|弄|胡同|大道|道|桥|广场|公园|小区|社区|村|镇|乡)"
)
_STREET_LATIN = re.compile(
    r"(?:[A-Z][A-Za-z'.-]* ){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Square|Park|Bridge)\b"
)
_MARK = re.compile(r"\*+$")


def is_listed_by_default(code: str) -> bool:
    """Tell whether the matters of a category are public when nobody has decided it."""
    return not any(code == one or code.startswith(f"{one}.") for one in PRIVATE_BY_DEFAULT)


def is_closed(state: State, followed: State | None = None) -> bool:
    """Tell whether a matter is closed for good; one that was joined to another follows that one."""
    if state.status is Status.MERGED:
        return followed is None or is_closed(followed)
    return state.status in ENDED and state.hold is None


def rich_status(state: State, closure: ClosureCode | None) -> str:
    """Return a state in the finer words of the mySociety family."""
    if state.hold is Hold.CONSULTATION:
        return "INTERNAL_REFERRAL"
    if state.status is Status.CLOSED or state.status is Status.ARCHIVED:
        return _CLOSED_AS.get(closure, "CLOSED") if closure else "CLOSED"
    return _RICH[state.status]


_RICH = {
    Status.SUBMITTED: "OPEN",
    Status.ACCEPTED: "FOR_TRIAGE",
    Status.DISPATCHED: "ACTION_SCHEDULED",
    Status.PROCESSING: "IN_PROGRESS",
    Status.FEEDBACK_SUBMITTED: "IN_PROGRESS",
    Status.PENDING_VISIT: "IN_PROGRESS",
    Status.NOT_ACCEPTED: "NOT_COUNCILS_RESPONSIBILITY",
    Status.TRANSFERRED_OUT: "NOT_COUNCILS_RESPONSIBILITY",
    Status.MERGED: "DUPLICATE",
    Status.CANCELLED: "CANCELLED",
}
_CLOSED_AS = {
    ClosureCode.SOLVED: "FIXED",
    ClosureCode.PLANNED_DONE: "FIXED",
    ClosureCode.EXPLAINED: "NO_FURTHER_ACTION",
    ClosureCode.ANSWERED: "NO_FURTHER_ACTION",
    ClosureCode.FINAL_REPLY: "NO_FURTHER_ACTION",
    ClosureCode.OUT_OF_DUTY: "NOT_COUNCILS_RESPONSIBILITY",
    ClosureCode.TRANSFERRED: "NOT_COUNCILS_RESPONSIBILITY",
}


def update_status(action: str, outcome: str | None, state: State) -> str:
    """Return what a step has brought a matter to, in the same words."""
    if action in {Action.REOPEN.value, Action.OBJECT.value}:
        return "REOPEN"
    if outcome == Outcome.SOLVED.value and state.status in ENDED:
        return "FIXED"
    return rich_status(state, None)


def coordinate(degrees: float | None, *, is_exact: bool) -> float | None:
    """Return a coordinate as the public sees it."""
    return None if degrees is None else round(degrees, PLACES_EXACT if is_exact else PLACES)


def street(address: str | None, names: Collection[str] = ()) -> str | None:
    """Return an address down to the street, without anybody's name; None when no street is in it."""
    if not address:
        return None
    found = _STREET.match(address) or _STREET_LATIN.search(address)
    if found is None:
        return None
    text = _MARK.sub("", mask_address(nameless(found[0], names)) or "").strip()
    return text or None


def nameless(text: str, names: Collection[str]) -> str:
    """Return a text without certain names, telephone numbers and addresses of mail."""
    for name in names:
        text = hide_person(text, name)
    return mask_text(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTicket:
    """Everything that is public about a ticket.

    Attributes:
        promised_at: until when an answer is promised; None when there is no promise.
        updated_at: of a closed one, when it was closed.
    """

    number: str
    is_open: bool
    state: State
    rich: str
    service_code: str
    description: str | None
    department: str | None
    department_en: str | None
    promised_at: datetime | None
    submitted_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    address: str | None
    lat: float | None
    long: float | None
    media_url: str | None
    area: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUpdate:
    """One step of a ticket, as it is told."""

    id: str
    number: str
    status: str
    state: State
    at: datetime
