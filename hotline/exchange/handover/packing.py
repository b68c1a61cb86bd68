"""The file itself: JSON for programs, a workbook for people, and a signed list of its parts."""

import enum
import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hotline.exchange.cells import Cell, local, valued
from hotline.exchange.handover.errors import NotAHandOverFile
from hotline.exchange.rules import ExportFormat
from hotline.exchange.writing import open_writer
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.tickets.lifecycle import ClosureCode, Status
from hotline.tickets.models import Channel, Programme, RequestType, Urgency

FORMAT = "hotline-hand-over"
SCHEMA_VERSION = 1
ALGORITHM = "HMAC-SHA-256"
MANIFEST, TICKETS, SHEET, RECEIPT = "manifest.json", "tickets.json", "tickets.xlsx", "receipt.xlsx"
MOST_BYTES = 64 * 2**20
_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedTicket:
    """A ticket as it leaves the house.

    Attributes:
        is_full: whether it says who brought it, in full; otherwise all of it is masked.
        category_names: from the widest to the closest.
        where_to: whom it was transferred to, or where its requester was told to go.
        why: what the requester was told.
        handling: what the leading department did, as it reported.
        reply: what it answered.
    """

    number: str
    request_type: RequestType
    category: str | None
    category_names: tuple[str, ...]
    title: str
    content: str
    status: Status
    closure_code: ClosureCode | None
    where_to: str | None
    why: str | None
    channel: Channel
    urgency: Urgency
    programme: Programme
    area: str | None
    address: str | None
    requester: str | None
    phone: str | None
    on_behalf_of: str | None
    is_full: bool
    is_secret: bool
    submitted_at: datetime
    accepted_at: datetime | None
    dispatched_at: datetime | None
    completed_at: datetime | None
    closed_at: datetime | None
    lead_department: str | None
    co_departments: tuple[str, ...]
    round: int
    handling: str | None
    reply: str | None
    is_resolved: bool | None


FIELDS: Sequence[tuple[str, str, int]] = (
    ("number", N_("Ticket number"), 16),
    ("request_type", N_("Request type"), 10),
    ("category", N_("Category code"), 18),
    ("category_names", N_("Category"), 28),
    ("title", N_("Title"), 30),
    ("content", N_("Content"), 60),
    ("status", N_("Status"), 12),
    ("closure_code", N_("How it ended"), 14),
    ("where_to", N_("Where it goes"), 20),
    ("why", N_("What the requester was told"), 40),
    ("channel", N_("Channel"), 12),
    ("urgency", N_("Urgency"), 10),
    ("programme", N_("Programme"), 12),
    ("area", N_("Area"), 16),
    ("address", N_("Address"), 30),
    ("requester", N_("Requester"), 14),
    ("phone", N_("Telephone"), 16),
    ("on_behalf_of", N_("On behalf of"), 14),
    ("is_full", N_("Requester in full"), 12),
    ("is_secret", N_("Requester asks for secrecy"), 12),
    ("submitted_at", N_("Submitted at"), 20),
    ("accepted_at", N_("Accepted at"), 20),
    ("dispatched_at", N_("Dispatched at"), 20),
    ("completed_at", N_("Completed at"), 20),
    ("closed_at", N_("Closed at"), 20),
    ("lead_department", N_("Leading department"), 20),
    ("co_departments", N_("Co-handling departments"), 24),
    ("round", N_("Round"), 8),
    ("handling", N_("Handling as reported"), 40),
    ("reply", N_("Reply"), 40),
    ("is_resolved", N_("Resolved"), 10),
)
"""Code in JSON, heading and width in the workbook; documented in docs/hand-over-files.md."""

RECEIPT_FIELDS: Sequence[tuple[str, str, int]] = (
    ("number", N_("Ticket number"), 16),
    ("their_number", N_("Number of the other side"), 24),
    ("accepted", N_("Accepted, yes or no"), 16),
    ("remark", N_("Remark"), 40),
    ("date", N_("Day of the answer"), 16),
)


class Wording(Protocol):
    """Says things in the language of the workbook."""

    def text(self, msgid: str) -> str:
        """Return a message."""
        ...

    def member(self, member: enum.Enum) -> str:
        """Return the name of a member."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """What is to be packed, besides the tickets.

    Attributes:
        sender: the house.
        made_by: who made it.
        key: of the signature, known to sender and recipient alone.
    """

    number: str
    sender: str
    made_by: str
    made_at: datetime
    recipient: str
    has_personal: bool
    reason: str | None
    key: str


def packed(order: Packing, tickets: Sequence[HandedTicket], words: Wording) -> bytes:
    """Return the file."""
    parts = {
        TICKETS: _as_json(order, tickets),
        SHEET: _as_sheet(tickets, words),
        RECEIPT: _empty_receipt(tickets, words),
    }
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": SCHEMA_VERSION,
        "number": order.number,
        "from": order.sender,
        "made_by": order.made_by,
        "made_at": valued(order.made_at),
        "to": order.recipient,
        "personal": order.has_personal,
        "reason": order.reason,
        "count": len(tickets),
        "parts": {
            name: {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in parts.items()
        },
    }
    manifest["signature"] = {"algorithm": ALGORITHM, "value": _signature(manifest, order.key)}
    stamp = local(order.made_at).timetuple()[:6]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, body in {MANIFEST: _json(manifest), **parts}.items():
            member = zipfile.ZipInfo(name, stamp)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            archive.writestr(member, body)
    return file.getvalue()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _signature(manifest: Mapping[str, Any], key: str) -> str:
    signed = {name: value for name, value in manifest.items() if name != "signature"}
    canonical = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key.encode(), canonical.encode(), hashlib.sha256).hexdigest()


def _as_json(order: Packing, tickets: Sequence[HandedTicket]) -> bytes:
    return _json(
        {
            "format": FORMAT,
            "version": SCHEMA_VERSION,
            "number": order.number,
            "tickets": [{code: _value(one, code) for code, _, _ in FIELDS} for one in tickets],
        }
    )


def _value(ticket: HandedTicket, code: str) -> object:
    value = getattr(ticket, code)
    match value:
        case enum.Enum():
            return value.value
        case tuple():
            return list(value)
        case _:
            return valued(value)


def _as_sheet(tickets: Sequence[HandedTicket], words: Wording) -> bytes:
    return _sheet(
        words.text(N_("Tickets handed over")),
        FIELDS,
        [[_cell(getattr(one, code), words) for code, _, _ in FIELDS] for one in tickets],
        words,
    )


def _empty_receipt(tickets: Sequence[HandedTicket], words: Wording) -> bytes:
    rows: list[list[Cell]] = [[one.number, None, None, None, None] for one in tickets]
    return _sheet(words.text(N_("Receipt")), RECEIPT_FIELDS, rows, words)


def _sheet(
    title: str,
    fields: Sequence[tuple[str, str, int]],
    rows: Sequence[Sequence[Cell]],
    words: Wording,
) -> bytes:
    file = io.BytesIO()
    writer = open_writer(
        ExportFormat.XLSX,
        file,
        title=title,
        columns=[(code, words.text(text), width) for code, text, width in fields],
    )
    for row in rows:
        writer.write(row)
    writer.close()
    return file.getvalue()


def _cell(value: Any, words: Wording) -> Cell:  # noqa: ANN401  # what a field may hold
    match value:
        case bool():
            return words.text(N_("Yes") if value else N_("No"))
        case enum.Enum():
            return words.member(value)
        case tuple():
            return " / ".join(value)
        case _:
            plain: Cell = value
            return plain


def checked(body: bytes, key_of: "KeyOf") -> Mapping[str, Any]:
    """Return the manifest of a file that is just as it was made.

    Args:
        body: the file.
        key_of: gives the key of a recipient.

    Raises:
        NotAHandOverFile: it is none, or was altered.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise NotAHandOverFile(why=N_("it is too large"))
            manifest = json.loads(archive.read(MANIFEST))
            _require_signature(manifest, key_of)
            _require_parts(manifest, archive)
    except (
        *(zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError),
        *(RecursionError, NotImplementedError, RuntimeError),
    ) as error:
        raise NotAHandOverFile(why=N_("it cannot be read")) from error
    found: Mapping[str, Any] = manifest
    return found


class KeyOf(Protocol):
    """Gives the key of a recipient."""

    def __call__(self, recipient: str) -> str:
        """Return it."""
        ...


def _require_signature(manifest: Mapping[str, Any], key_of: KeyOf) -> None:
    if manifest["format"] != FORMAT or manifest["version"] != SCHEMA_VERSION:
        raise NotAHandOverFile(why=N_("its format is not known"))
    wanted = _signature(manifest, key_of(manifest["to"]))
    if not hmac.compare_digest(wanted, manifest["signature"]["value"]):
        raise NotAHandOverFile(why=N_("its signature does not fit"))


def _require_parts(manifest: Mapping[str, Any], archive: zipfile.ZipFile) -> None:
    if set(archive.namelist()) != {MANIFEST, *manifest["parts"]}:
        raise NotAHandOverFile(why=N_("a part of it is missing or too many"))
    for name, part in manifest["parts"].items():
        if hashlib.sha256(archive.read(name)).hexdigest() != part["sha256"]:
            raise NotAHandOverFile(why=N_("a part of it was altered"))


def file_name(number: str, made_at: datetime) -> str:
    """Return what a file is called: its number and its day."""
    return f"{number}-{made_at.astimezone(SHANGHAI):%Y%m%d}.zip"
