"""Like cases, incidents and bursts, as they are shown."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.incidents.clusters import heat_at
from hotline.incidents.like_cases.queries import Found, KnownIncident, LikeCase
from hotline.incidents.likeness import Likeness, Reason
from hotline.incidents.register.queries import (
    AreaRow,
    BurstRow,
    HistoryRow,
    IncidentAccount,
    IncidentRow,
    IncidentTicketRow,
    Spread,
    UnitRow,
)
from hotline.incidents.rules import LIVE, IncidentState
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_address, mask_text
from hotline.tickets.lifecycle import Hold, Status
from web.i18n import Translator
from web.labels import label
from web.views.charts import Chart, Line, Slice, rows as bars
from web.views.directory import category_name

# -- like cases ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeView:
    """A ticket that may be the same matter, as an operator sees it with a caller on the line.

    Attributes:
        reasons: why it may be the same.
        words: what to read out to the caller.
        differing: in what the new ticket differs; a join says that it does not matter.
    """

    number: str
    title: str
    place: str
    status: Status
    hold: Hold | None
    submitted_at: datetime
    reasons: Sequence[str]
    words: str
    urge_count: int
    call_count: int
    may_join: bool
    differing: Sequence[str]


@dataclass(frozen=True, slots=True)
class PanelView:
    """The whole panel: of this caller, of others, the incident it may be of."""

    own: Sequence[LikeView]
    others: Sequence[LikeView]
    incident: KnownIncident | None
    incident_name: str
    incident_words: str

    @property
    def open_own(self) -> frozenset[str]:
        """Return the numbers of this caller's tickets that somebody works on."""
        return frozenset(case.number for case in self.own if case.status not in _ENDED)

    @property
    def urges(self) -> str | None:
        """Return the number that the urging key is for."""
        return next((case.number for case in self.own if case.number in self.open_own), None)

    @property
    def joins(self) -> str | None:
        """Return the number that the joining key is for."""
        return next((case.number for case in self.others if case.may_join), None)


_ENDED = frozenset(
    {
        *(Status.CLOSED, Status.ARCHIVED, Status.NOT_ACCEPTED, Status.TRANSFERRED_OUT),
        *(Status.MERGED, Status.CANCELLED),
    }
)


def panel_view(found: Found, t: Translator) -> PanelView:
    """Return what the panel shows, personal data masked."""
    incident = found.incident
    return PanelView(
        [like_view(case, t) for case in found.own],
        [like_view(case, t) for case in found.others],
        incident,
        mask_text(incident.name) if incident else "",
        mask_text(incident.read_out) if incident and incident.read_out else "",
    )


def like_view(case: LikeCase, t: Translator) -> LikeView:
    """Return a like case as it is shown."""
    place = [case.area or "", mask_address(case.address) or ""]
    return LikeView(
        number=case.number,
        title=mask_text(case.title),
        place=" ".join(part for part in place if part),
        status=case.status,
        hold=case.hold,
        submitted_at=case.submitted_at,
        reasons=reason_words(case.likeness, t),
        words=words_to_read(case, t),
        urge_count=case.urge_count,
        call_count=case.call_count,
        may_join=case.may_join,
        differing=[t.text(label(one)) for one in case.differing],
    )


def reason_words(like: Likeness, t: Translator) -> list[str]:
    """Return why two matters are taken for one, in words."""
    found = []
    share = f"{like.words:.0%}"
    for reason in like.reasons:
        if reason in _PLACES:
            within = max(1, like.days)
            found.append(t.text(_PLACES[reason], n=within, metres=like.metres or 0))
        elif reason is Reason.LIKE_WORDS:
            found.append(t.text(N_("words alike to {share}"), share=share))
        else:
            found.append(t.text(label(reason)))
    return found


_PLACES = {
    Reason.SAME_SPOT: N_("same address, within {n} d"),
    Reason.SAME_STREET: N_("same street or community, within {n} d"),
    Reason.NEAR: N_("{metres} m away, within {n} d"),
    Reason.SAME_AREA: N_("same area, within {n} d"),
}


def words_to_read(case: LikeCase, t: Translator) -> str:
    """Return how far a matter is, as it may be told to whoever asks: no name, no number of others."""
    unit = case.acting_name_en if t.language == "en" else case.acting_name
    parts = [t.text(N_("This matter is: {state}."), state=t.text(label(case.hold or case.status)))]
    if case.is_open and unit:
        parts.append(t.text(N_("{unit} is at work on it."), unit=unit))
    if case.promise:
        parts.append(t.text(N_("Promised: {promise}"), promise=mask_text(case.promise)))
    due_at = case.promised_due_at or case.due_at
    if case.is_open and due_at is not None:
        parts.append(t.text(N_("To be done by {at}."), at=t.instant(due_at)))
    return t.join(parts)


# -- incidents -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """An incident as a line of the list and the head of its page."""

    id: uuid.UUID
    name: str
    state: IncidentState
    category: str | None
    heat: str
    first_number: str
    first_seen_at: datetime
    last_seen_at: datetime
    spread: Spread
    words: str

    @property
    def is_live(self) -> bool:
        """Tell whether it goes on."""
        return self.state in LIVE


def incident_view(row: IncidentRow, t: Translator, now: datetime) -> IncidentView:
    """Return an incident, personal data masked."""
    incident = row.incident
    return IncidentView(
        id=incident.id,
        name=mask_text(incident.name),
        state=incident.state,
        category=category_name(row.category, t) if row.category else None,
        heat=heat_words(incident.warmth, now, t),
        first_number=row.first_number,
        first_seen_at=incident.first_seen_at,
        last_seen_at=incident.last_seen_at,
        spread=row.spread,
        words=mask_text(incident.read_out) if incident.read_out else "",
    )


def heat_words(warmth: float, now: datetime, t: Translator) -> str:
    """Return how many tickets an hour, to one place."""
    return t.number(round(heat_at(warmth, now), 1))


@dataclass(frozen=True, slots=True)
class CountRow:
    """How many tickets came in an hour or on a day."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class AreaView:
    """What an area has of an incident."""

    name: str | None
    tickets: int
    addresses: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit at work on an incident."""

    name: str
    tickets: int
    open_tickets: int


@dataclass(frozen=True, slots=True)
class HistoryView:
    """A row of an incident's history."""

    head: str
    at: datetime
    who: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket of an incident."""

    number: str
    title: str
    place: str
    status: Status
    hold: Hold | None
    submitted_at: datetime
    unit: str | None
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An incident with all that belongs to it."""

    head: IncidentView
    chart: Chart | None
    counts: Sequence[CountRow]
    is_daily: bool
    areas: Sequence[AreaView]
    units: Sequence[UnitView]
    history: Sequence[HistoryView]
    into_id: uuid.UUID | None
    into_name: str | None
    parent_number: str | None


_MOST_BARS = 24


def account_view(account: IncidentAccount, t: Translator, now: datetime) -> AccountView:
    """Return an incident's page, personal data masked."""
    counts = _counts(account, t)
    shown = counts[-_MOST_BARS:]
    lines = [
        Line(
            row.name,
            (Slice(row.count, "plain", t.plural(N_("{n} ticket"), N_("{n} tickets"), row.count)),),
        )
        for row in shown
    ]
    return AccountView(
        head=incident_view(account.row, t, now),
        chart=bars(lines) if lines else None,
        counts=counts,
        is_daily=account.is_daily,
        areas=[_area(row) for row in account.areas],
        units=[_unit(row, t) for row in account.units],
        history=[_history(row, t) for row in account.history],
        into_id=account.into.id if account.into else None,
        into_name=mask_text(account.into.name) if account.into else None,
        parent_number=account.parent_number,
    )


def _counts(account: IncidentAccount, t: Translator) -> list[CountRow]:
    """Return every hour or day from the first to the last, those with nothing too."""
    if not account.counts:
        return []
    step = timedelta(days=1) if account.is_daily else timedelta(hours=1)
    known = dict(account.counts)
    at, last = account.counts[0][0], account.counts[-1][0]
    found = []
    while at <= last:
        local = at.astimezone(SHANGHAI)
        name = t.day(local) if account.is_daily else t.instant(at)
        found.append(CountRow(name, known.get(at, 0)))
        at += step
    return found


def _area(row: AreaRow) -> AreaView:
    return AreaView(row.area, row.tickets, row.addresses, row.first_at, row.last_at)


def _unit(row: UnitRow, t: Translator) -> UnitView:
    return UnitView(row.name_en if t.language == "en" else row.name, row.tickets, row.open_tickets)


def _history(row: HistoryRow, t: Translator) -> HistoryView:
    event = row.event
    details = event.details
    said = [
        mask_text(event.text) if event.text else "",
        str(details["ticket"]) if "ticket" in details else "",
        mask_text(str(details["to"])) if "to" in details else "",
        mask_text(str(details["name"])) if "name" in details else "",
        t.plural(N_("{n} ticket"), N_("{n} tickets"), details["count"])
        if "count" in details
        else "",
    ]
    return HistoryView(
        t.text(label(event.deed)),
        event.at,
        row.actor_name or t.text(N_("System")),
        " · ".join(part for part in said if part) or None,
    )


def ticket_view(row: IncidentTicketRow, t: Translator) -> TicketView:
    """Return a ticket of an incident, personal data masked."""
    place = [row.area or "", mask_address(row.address) or ""]
    return TicketView(
        number=row.number,
        title=mask_text(row.title),
        place=" ".join(part for part in place if part),
        status=row.status,
        hold=row.hold,
        submitted_at=row.submitted_at,
        unit=row.unit_name_en if t.language == "en" else row.unit_name,
        by_hand=row.by_hand,
    )


# -- bursts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstView:
    """A burst as a line of the list."""

    id: uuid.UUID
    category: str | None
    category_code: str
    area: str | None
    since_at: datetime
    until_at: datetime | None
    count: int
    peak_count: int
    usual: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None


def burst_view(row: BurstRow, t: Translator) -> BurstView:
    """Return a burst as it is shown."""
    burst = row.burst
    return BurstView(
        id=burst.id,
        category=category_name(row.category, t) if row.category else None,
        category_code=burst.category_code,
        area=burst.area or None,
        since_at=burst.since_at,
        until_at=burst.until_at,
        count=burst.count,
        peak_count=burst.peak_count,
        usual=t.number(round(burst.usual, 1)),
        acknowledged_by=row.acknowledged_by.display_name if row.acknowledged_by else None,
        acknowledged_at=burst.acknowledged_at,
    )
