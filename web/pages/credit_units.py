"""A department's credit: the page it lives on, and the tickets behind each rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.rules import appeal_until
from credit.behind import Spot, left_out_of, tickets_behind
from credit.books import PublishedBook, book_at, book_of_version
from credit.dossier import (
    LedgerFilter,
    PeriodLine,
    Shown,
    before_of,
    ledger_of,
    newest_score,
    peers_of,
    period_score,
    periods_of,
    tickets_weighed,
    trend_of,
    waiting_of,
)
from credit.ledger import EntryState, Measure
from credit.outlook import outlook
from credit.periods import Period
from credit.published import grades_in_force
from credit.rulebook import Indicator, Remedies, RuleBook, Severity
from credit.scoring import Window, rolling
from credit.visibility import find_inside
from hotline.escalation.outages import outages_since
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_peer_groups
from hotline.sla.policy import CalendarCode
from hotline.tickets.catalogue import list_categories
from hotline.workdays.book import CALENDARS
from web.i18n import Translator
from web.labels import label
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.credit_figures import exact, grade_view
from web.views.credit_lists import (
    TicketView,
    entry_view,
    left_out_view,
    period_view,
    ticket_view,
    weighed_of,
)
from web.views.credit_outlook import consequence_views, outlook_view
from web.views.credit_unit import radar_picture, score_view, trend_picture
from web.views.directory import category_paths, unit_name
from web.views.forms import FormState

FIRST_TICKETS = 10
FIRST_PROMISES = 8
PAGE_SIZE = 50
LEFT_OUT = "left-out"
_ASKED = ("period", "open", "state", "severity")
_WEIGHING = (Severity.MINOR, Severity.GENERAL, Severity.SEVERE, Severity.PLUS)


@dataclass(frozen=True, slots=True)
class _File:
    """What a page about a department begins with.

    Attributes:
        live: the newest live score.
        shown: the one that the page is about; None where there is none.
        here: the department's page.
    """

    unit: Department
    periods: Sequence[PeriodLine]
    live: Shown | None
    shown: Shown | None
    here: str


async def _open(reader: AsyncSession, principal: Principal, code: str, period: str) -> _File:
    """Open a department's file at a period, or at the live score.

    Raises:
        NotFoundException: there is no such period, or not for this person.
    """
    unit = await find_inside(reader, principal, code)
    periods = await periods_of(reader, principal, unit.id)
    live = await newest_score(reader, unit.id)
    shown = live
    if period:
        line = next((one for one in periods if one.key == period), None)
        if line is None:
            raise NotFoundException
        shown = await period_score(reader, unit.id, line)
    return _File(unit, periods, live, shown, f"/credit/departments/{unit.code}")


def _window(shown: Shown, book: RuleBook) -> Window:
    if shown.period is None:
        return rolling(shown.as_of, book)
    period = Period.parse(shown.period)
    return Window(period.since, period.until)


def _spot(file: _File, shown: Shown, measure: Measure, book: RuleBook) -> Spot:
    window = _window(shown, book)
    return Spot(file.unit.id, measure, window.since, window.until, shown.as_of)


class CreditUnitController(Controller):
    """Departments' credit, each for itself and for those who look after it."""

    path = "/credit/departments"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get("/{code:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        code: FromPath[str],
    ) -> Response[str]:
        """Show a department's credit, in a fixed number of statements."""
        t, now = speaker(request), shell_of(request).now
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        file = await _open(reader, principal, code, asked["period"])
        rules = await book_at(reader, now)
        weighed = weighed_of(file.live)
        ledger = await ledger_of(
            reader, file.unit.id, _filter(asked), cursor=request.query_params.get("cursor")
        )
        return page(
            request,
            "pages/credit_unit.html",
            unit=file.unit,
            name=unit_name(file.unit, t),
            peer_group=await _peer_group(reader, file.unit, t),
            here=file.here,
            query=urlencode({"period": asked["period"]}) if asked["period"] else "",
            asked=FormState(asked),
            opened=asked["open"],
            period_options=[(one.key, _period_words(one, t)) for one in file.periods],
            **await _score(reader, principal, file, asked["open"], t),
            **await _course(reader, file, rules, t),
            **await _standing(reader, file, rules, t),
            waiting=await _waiting(reader, file.unit, weighed, rules.book.remedies, t),
            entries=[entry_view(line, weighed, t) for line in ledger.items],
            entries_next=_ledger_href(file.here, asked, ledger.next_cursor),
            is_narrowed=bool(asked["state"] or asked["severity"]),
            states=[(one.value, t.text(label(one))) for one in EntryState],
            severities=[(one.value, t.text(label(one))) for one in _WEIGHING],
            periods=[period_view(line, file.here, asked["period"], t) for line in file.periods],
        )

    @get("/{code:str}/behind/{measure:str}")
    async def show_behind(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        code: FromPath[str],
        measure: FromPath[str],
    ) -> Response[str]:
        """Show the tickets that a rate was counted from, or what was left out of all rates."""
        t = speaker(request)
        period = request.query_params.get("period", "")
        indicator = next((one for one in Indicator if one.value == measure), None)
        if indicator is None and measure != LEFT_OUT:
            raise NotFoundException
        file = await _open(reader, principal, code, period)
        if file.shown is None:
            raise NotFoundException
        rules = await book_of_version(reader, file.shown.rule_version)
        query = {"period": period} if period else {}
        given: dict[str, Any] = {
            "name": unit_name(file.unit, t),
            "back": f"{file.here}?{urlencode({**query, 'open': measure})}#{measure}",
            "shown": file.shown,
            "window": _window(file.shown, rules.book),
        }
        if indicator is None:
            spot = _spot(file, file.shown, Measure.BASE, rules.book)
            return page(
                request,
                "pages/credit_left_out.html",
                items=[left_out_view(one, t) for one in await left_out_of(reader, spot)],
                outages=_within(await outages_since(reader, spot.since), spot),
                **given,
            )
        missed_only = request.query_params.get("missed", "") == "1"
        found = await tickets_behind(
            reader,
            _spot(file, file.shown, Measure(measure), rules.book),
            missed_only=missed_only,
            cursor=request.query_params.get("cursor"),
            limit=PAGE_SIZE,
        )
        here = f"{file.here}/behind/{measure}"
        kept = query | ({"missed": "1"} if missed_only else {})
        names = category_paths(await list_categories(reader), t)
        return page(
            request,
            "pages/credit_behind.html",
            indicator=indicator,
            counted=_counted(file.shown, measure),
            tickets=[ticket_view(row, names) for row in found.items],
            missed_only=missed_only,
            all_href=_with(here, query),
            missed_href=_with(here, {**query, "missed": "1"}),
            next_href=_with(here, {**kept, "cursor": found.next_cursor})
            if found.next_cursor
            else None,
            **given,
        )


def _counted(shown: Shown, measure: str) -> tuple[str, int] | None:
    """Return the k and n that the score was made of; None where nothing was counted."""
    lines = shown.explanation.get("indicators", ())
    line = next((one for one in lines if one["indicator"] == measure and one["n"]), None)
    return (exact(Decimal(line["k"])), line["n"]) if line else None


def _with(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _within(outages: Sequence[Any], spot: Spot) -> list[Any]:
    return [one for one in outages if one.began_at < spot.until]


def _filter(asked: Mapping[str, str]) -> LedgerFilter:
    return LedgerFilter(
        tuple(one for one in EntryState if one.value == asked["state"]),
        tuple(one for one in Severity if one.value == asked["severity"]),
    )


def _ledger_href(here: str, asked: Mapping[str, str], cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = {name: asked[name] for name in ("period", "state", "severity") if asked[name]}
    return f"{_with(here, {**kept, 'cursor': cursor})}#ledger-entries"


def _period_words(line: PeriodLine, t: Translator) -> str:
    return f"{line.key} · {t.text(label(line.state))}"


async def _peer_group(reader: AsyncSession, unit: Department, t: Translator) -> str:
    groups = {row.code: row for row in await list_peer_groups(reader)}
    group = groups.get(unit.peer_group or "")
    if group is None:
        return ""
    return group.name_en if t.language == "en" else group.name


async def _score(
    reader: AsyncSession, principal: Principal, file: _File, opened: str, t: Translator
) -> dict[str, Any]:
    """Return the score with its explanation, and the tickets of the part that stands open."""
    shown = file.shown
    if shown is None:
        return {"score": None, "radar": None, "tickets": (), "promises": ()}
    rules = await book_of_version(reader, shown.rule_version)
    peers = await peers_of(reader, shown)
    before = await before_of(reader, principal, file.unit.id, shown)
    names = category_paths(await list_categories(reader), t)
    return {
        "score": score_view(
            shown,
            peers,
            before,
            rules.book,
            await tickets_weighed(reader, shown),
            file.here,
            t,
        ),
        "radar": radar_picture(shown, peers, t),
        "tickets": await _first(reader, file, shown, rules.book, opened, names),
        "promises": await _promises(reader, file, shown, rules.book, names),
    }


async def _first(
    reader: AsyncSession,
    file: _File,
    shown: Shown,
    book: RuleBook,
    opened: str,
    names: Mapping[str, str],
) -> list[TicketView]:
    """Return the first tickets behind the part that stands open: what was missed before the rest."""
    if opened not in set(Indicator):
        return []
    spot = _spot(file, shown, Measure(opened), book)
    found = await tickets_behind(reader, spot, missed_only=True, limit=FIRST_TICKETS)
    return [ticket_view(row, names) for row in found.items]


async def _promises(
    reader: AsyncSession, file: _File, shown: Shown, book: RuleBook, names: Mapping[str, str]
) -> list[TicketView]:
    spot = _spot(file, shown, Measure.PROMISE, book)
    found = await tickets_behind(reader, spot, limit=FIRST_PROMISES)
    return [ticket_view(row, names) for row in found.items]


async def _course(
    reader: AsyncSession, file: _File, rules: PublishedBook, t: Translator
) -> dict[str, Any]:
    live = await trend_of(reader, file.unit.id, file.live.day) if file.live else ()
    return {"trend": trend_picture(live, file.periods, file.live, rules.book, t)}


async def _standing(
    reader: AsyncSession, file: _File, rules: PublishedBook, t: Translator
) -> dict[str, Any]:
    """Return the grade in force with what follows from it, and what would lift it."""
    in_force = (await grades_in_force(reader, [file.unit.id])).get(file.unit.id)
    found = None
    if file.live is not None and file.shown is file.live:
        found = outlook(
            file.live.explanation,
            file.live.day,
            rules.book,
            before=in_force.grade if in_force else None,
            leaning=in_force.grade_by_score if in_force else None,
        )
    return {
        "in_force": grade_view(in_force.grade, t, is_trial=in_force.is_trial) if in_force else None,
        "in_force_since": in_force.period if in_force else None,
        "consequences": consequence_views(in_force.grade, rules.book, t)
        if in_force and in_force.grade
        else (),
        "outlook": outlook_view(found, t) if found else None,
    }


async def _waiting(
    reader: AsyncSession,
    unit: Department,
    weighed: Mapping[str, str],
    remedies: Remedies,
    t: Translator,
) -> list[Any]:
    calendar = (await CALENDARS.in_force(reader))[CalendarCode.WORKING]
    return [
        entry_view(line, weighed, t, until=appeal_until(calendar, line.recorded_at, remedies))
        for line in await waiting_of(reader, unit.id)
    ]
