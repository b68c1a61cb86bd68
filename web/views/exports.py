"""Exports as they are shown in their log."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from credit.ledger import EntryState
from credit.observers.rules import FindingState
from hotline.anomalies.rules import CardState
from hotline.calls.rules import CallState
from hotline.exchange.actions import ExportRow
from hotline.exchange.handover.rules import LIST_CODE
from hotline.exchange.models import Export
from hotline.exchange.rules import ExportFormat, ExportState
from hotline.followup.models import CheckState
from hotline.followup.second_look_models import LookState
from hotline.incidents.rules import IncidentState
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.principal import Principal
from hotline.sla.policy import Level
from hotline.supervision.bulletins.rules import BulletinState
from hotline.supervision.interviews.rules import InterviewState
from hotline.supervision.rules import OrderLevel, OrderState
from hotline.tickets.lifecycle import Status
from web.exports.lists import Lists
from web.i18n import Translator
from web.labels import label
from web.views.queues import find_queue

MARKS: Mapping[ExportState, str] = {
    ExportState.WAITING: "plain",
    ExportState.RUNNING: "blue",
    ExportState.READY: "green",
    ExportState.HANDED_OVER: "plain",
    ExportState.FAILED: "red",
    ExportState.EXPIRED: "ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """An export as a line.

    Attributes:
        again_href: the form for the same again.
    """

    id: str
    who: str
    list_name: str
    filter_words: str
    format: ExportFormat
    rows: int
    has_personal: bool
    reason: str | None
    state: ExportState
    mark: str
    fault: str | None
    requested_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    digest: str | None
    is_own: bool
    again_href: str


def export_view(row: ExportRow, lists: Lists, reader: Principal, t: Translator) -> ExportView:
    """Return an export as it is shown."""
    one = row.export
    return ExportView(
        id=str(one.id),
        who=row.display_name or t.text(N_("Command line")),
        list_name=_list_name(one, lists, t),
        filter_words=filter_words(one.list_code, one.asked, t),
        format=one.format,
        rows=one.row_count,
        has_personal=one.has_personal,
        reason=one.reason,
        state=one.state,
        mark=MARKS[one.state],
        fault=t.text(label(one.fault)) if one.fault else None,
        requested_at=one.requested_at,
        finished_at=one.finished_at,
        expires_at=one.expires_at,
        digest=one.digest.hex() if one.digest else None,
        is_own=one.requested_by is not None and one.requested_by == reader.user_id,
        again_href="/handovers/new"
        if one.list_code == LIST_CODE
        else f"/exports/new?{urlencode({'list': one.list_code, **one.asked})}",
    )


def _list_name(export: Export, lists: Lists, t: Translator) -> str:
    if export.list_code == LIST_CODE:
        return t.text(N_("Hand-over file"))
    known = lists.get(export.list_code)
    return t.text(known.title) if known else export.list_code


_NAMES: Mapping[str, str] = {
    "queue": N_("List"),
    "q": N_("Number or word"),
    "status": N_("State"),
    "state": N_("State"),
    "level": N_("Warning level"),
    "due": N_("Due"),
    "department": N_("Department"),
    "category": N_("Category"),
    "area": N_("Area"),
    "grade": N_("Grade"),
    "peer_group": N_("Peer group"),
    "period": N_("Period"),
    "month": N_("Month"),
    "reason": N_("Reason"),
    "number": N_("Number"),
    "from": N_("From"),
    "to": N_("To"),
}
"""What the fields of filters are called on the pages; one that is missing here goes by its own name."""

_MEMBERS: Mapping[tuple[str, str], type[enum.Enum]] = {
    ("tickets", "status"): Status,
    ("tickets", "level"): Level,
    ("orders", "state"): OrderState,
    ("orders", "level"): OrderLevel,
    ("incidents", "state"): IncidentState,
    ("interviews", "state"): InterviewState,
    ("bulletins", "state"): BulletinState,
    ("findings", "state"): FindingState,
    ("field-checks", "state"): CheckState,
    ("second-looks", "state"): LookState,
    ("anomalies", "state"): CardState,
    ("credit-events", "state"): EntryState,
    ("calls", "state"): CallState,
}
"""What the values of a list's filter are, where they are not words already."""


def filter_words(list_code: str, asked: Mapping[str, str], t: Translator) -> str:
    """Return a filter in one line; a number that was searched for is masked."""
    said = (
        t.text(
            N_("{name}: {value}"),
            name=t.text(_NAMES.get(name, name)),
            value=_value(list_code, name, text, t),
        )
        for name, text in asked.items()
    )
    return mask_text(t.listed(said))


def _value(list_code: str, name: str, text: str, t: Translator) -> str:
    if name == "queue":
        queue = find_queue(text)
        return t.text(queue.text if queue else N_("My desk"))
    kind = _MEMBERS.get((list_code, name))
    known = next((one for one in kind or () if str(one.value) == text), None)
    return t.text(label(known)) if known else text


def file_name(code: str, export: Export) -> str:
    """Return what a file is called: the list and the minute in Shanghai."""
    at = export.requested_at.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    return f"{code}-{at}.{export.format.value}"
