"""What a paper says: values only, personal data concealed before they get here.

The fields of these classes are all that a paper can show: a template may name no other. What they
hold is what anybody with the paper's code may read on the verification page.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from hotline.kernel.masking import mask_address, mask_name, mask_text
from hotline.papers.kinds import OF_REQUESTER, PaperKind

_SHORTEST_NAME = 2
_SHORTEST_PHONE = 5


@dataclass(frozen=True, slots=True)
class Known:
    """The personal data of a ticket, so that free text that repeats it can be freed of it.

    Attributes:
        names: of the requesters and of those they speak for.
        phones: their numbers, as they were stored.
        address: where it is.
        area: the part of the town.
        is_secret: the requester asked for secrecy; then not even the street is told.
    """

    names: Sequence[str] = ()
    phones: Sequence[str] = ()
    address: str | None = None
    area: str | None = None
    is_secret: bool = False

    @property
    def place(self) -> str | None:
        """Where it is, down to the community; only the area, when the requester is secret."""
        if self.is_secret:
            return self.area
        street = mask_address(self.address)
        return " ".join(part for part in (self.area, street) if part) or None


def conceal(text: str, known: Known) -> str:
    """Return `text` without the names, numbers and addresses of the people of its ticket."""
    if known.address and known.address in text:
        shown = (known.area or "**") if known.is_secret else mask_address(known.address)
        text = text.replace(known.address, shown or "**")
    for name in known.names:
        if len(name) >= _SHORTEST_NAME:
            text = text.replace(name, mask_name(name) or "**")
    for phone in known.phones:
        if len(phone) >= _SHORTEST_PHONE:
            text = text.replace(phone, "****")
    return mask_text(text)


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a service list."""

    position: int
    text: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """One dated step of a plan."""

    position: int
    text: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperContent:
    """What every paper says.

    Attributes:
        ticket: the ticket's number.
        title: the matter in one sentence.
        category: its subject.
        issuer: the unit in whose name the paper is.
        department: the unit that it concerns.
    """

    ticket: str
    title: str
    category: str | None
    issuer: str
    department: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentContent(PaperContent):
    """A promise: what will be done, by whom, by when."""

    reference: str
    promise: str
    promised_at: datetime
    due_at: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceListContent(PaperContent):
    """The steps that go with a promise, and which of them are done."""

    steps: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContent(PaperContent):
    """A supervision order."""

    reference: str
    level: int
    reason: str
    demand: str
    ordered_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationContent(PaperContent):
    """A plan with milestones that took the place of a promise."""

    grounds: str
    milestones: tuple[MilestoneLine, ...]
    decision: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingContent(PaperContent):
    """What was decided about a disputed assignment."""

    ruling: str
    reason: str | None
    grounds: str
    suggested: str | None
    assigned: str | None
    decision: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalReplyContent(PaperContent):
    """The approved end of a matter that cannot go further."""

    reply: str
    grounds: str
    decision: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTaskContent(PaperContent):
    """What people on the spot need, and nothing about who asked for it."""

    place: str | None
    matter: str | None
    note: str | None
    due_at: datetime | None
    steps: tuple[StepLine, ...]


CONTENTS: Mapping[PaperKind, type[PaperContent]] = MappingProxyType(
    {
        PaperKind.COMMITMENT: CommitmentContent,
        PaperKind.SERVICE_LIST: ServiceListContent,
        PaperKind.ORDER: OrderContent,
        PaperKind.RECTIFICATION_NOTICE: RectificationContent,
        PaperKind.RETURN_RULING: RulingContent,
        PaperKind.FINAL_REPLY: FinalReplyContent,
        PaperKind.FIELD_TASK: FieldTaskContent,
    }
)

_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "steps": tuple(field.name for field in fields(StepLine)),
        "milestones": tuple(field.name for field in fields(MilestoneLine)),
    }
)

OF_EVERY_PAPER = (
    "number",
    "revision",
    "issued_at",
    "code",
    "verify_url",
    "qr",
    "digest",
    "hash",
    "history_count",
)
"""What a template may name beside the paper's own content."""

REQUIRED = ("number", "code", "hash", "qr")
"""What a template must name, or nobody could verify what is printed from it."""


def scalar_names(kind: PaperKind) -> frozenset[str]:
    """Return the single values that a template of this kind may name."""
    own = {field.name for field in fields(CONTENTS[kind]) if field.name not in _LISTS}
    requester = {"requester"} if kind in OF_REQUESTER else set()
    return frozenset(own | requester | set(OF_EVERY_PAPER))


def list_names(kind: PaperKind) -> Mapping[str, tuple[str, ...]]:
    """Return the lists that a template of this kind may go through, each with its columns."""
    own = {field.name for field in fields(CONTENTS[kind])}
    return {name: columns for name, columns in _LISTS.items() if name in own}


def as_json(content: PaperContent) -> dict[str, Any]:
    """Return what a paper says as JSON values; instants in UTC."""
    found: dict[str, Any] = _plain(asdict(content))
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401  # JSON
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def content_digest(kind: PaperKind, content: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of what a paper says: the same words give the same paper."""
    body = json.dumps(
        [kind.value, content], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).digest()
