"""The board: what is late, who holds it, is it getting better; and the list behind each number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.queries import count_appeals
from credit.books import book_at
from credit.glance import count_grades, count_waiting
from credit.standings import live_standings
from hotline.incidents.register.queries import count_going_on
from hotline.kernel.clock import SHANGHAI
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import departments_by_id, list_departments, list_peer_groups
from hotline.supervision.board.counting import Scope, begins, count_behind, ends, list_behind
from hotline.supervision.board.figures import GROUPS
from hotline.supervision.board.queries import count_pressing, count_waiting as count_open
from hotline.supervision.board.spans import Days, Period, Spans, spans_of, trend_of
from hotline.supervision.board.sums import gather
from hotline.supervision.queries import count_orders, open_orders
from hotline.supervision.rules import OrderLevel
from hotline.tickets.catalogue import list_categories
from hotline.tickets.queries import TicketFilter, rows_of
from web.labels import label
from web.pages.desk import area_names, department_options
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import reads_board, requires
from web.views.board import (
    OF_UNITS,
    USUAL_DAYS,
    InPeriod,
    Now,
    Scored,
    View,
    make_now,
    make_period,
    make_ranking,
    year_of,
)
from web.views.board_words import DEFINITIONS, group_words
from web.views.credit_glance import grade_counts, waiting_marks
from web.views.credit_ranking import RankingFilter, group_views
from web.views.directory import unit_name
from web.views.supervision import order_view
from web.views.tickets import ticket_row

MOST_LISTED = 20
PAGE_SIZE = 50
MOST_UNITS_SHOWN = 12
_ASKED = ("period", "since", "until", "of")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board was asked for.

    Attributes:
        values: as they stand in the form.
        today: in Shanghai.
    """

    values: Mapping[str, str]
    period: Period
    spans: Spans
    today: date
    unit: Department | None
    area: str | None

    @property
    def scope(self) -> Scope:
        """Whose figures."""
        return Scope(self.unit.id if self.unit else None, self.area)

    @property
    def query(self) -> str:
        """The address's own part."""
        return urlencode({name: text for name, text in self.values.items() if text})


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _sees_all(principal: Principal) -> bool:
    return Permission.READ_BOARD in principal.permissions


def _asked(
    request: PageRequest, principal: Principal, units: Sequence[Department], areas: Sequence[str]
) -> Asked:
    """Return what the address asks for; what means nothing asks for nothing."""
    values = {name: request.query_params.get(name, "") for name in _ASKED}
    period = next((one for one in Period if one.value == values["period"]), Period.WEEK)
    today = shell_of(request).now.astimezone(SHANGHAI).date()
    spans = spans_of(period, today, _day(values["since"]), _day(values["until"]))
    kind, _, name = values["of"].partition(":")
    if not _sees_all(principal):
        kind, name = "unit", principal.department_code or ""
    unit = next((one for one in units if kind == "unit" and one.code == name), None)
    area = name if kind == "area" and name in areas else None
    values |= {
        "period": period.value,
        "since": spans.now.first.isoformat(),
        "until": spans.now.last.isoformat(),
        "of": f"unit:{unit.code}" if unit else f"area:{area}" if area else "",
    }
    return Asked(values, period, spans, today, unit, area)


class BoardController(Controller):
    """What is late, who holds it, and whether it gets better."""

    path = "/board"
    guards = (reads_board,)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the board."""
        t, now = speaker(request), shell_of(request).now
        units = await list_departments(reader)
        areas = area_names(units, t)
        asked = _asked(request, principal, units, areas)
        view = View(asked.unit, asked.area, _sees_all(principal), t)
        present, period = await read_board(request, principal, reader, asked, view)
        listed = (
            await open_orders(reader, principal, level=OrderLevel.LISTING, limit=MOST_LISTED)
            if view.sees_all and not view.area
            else ()
        )
        return page(
            request,
            "pages/board.html",
            asked=asked,
            now=present,
            period=period,
            periods=[(one.value, t.text(label(one))) for one in Period],
            departments=department_options(units, t),
            areas=areas,
            sees_all=view.sees_all,
            unit_name=unit_name(asked.unit, t) if asked.unit else "",
            most_shown=MOST_UNITS_SHOWN,
            listed=[
                order_view(row, t)
                for row in listed
                if asked.unit is None or row.department.id == asked.unit.id
            ],
            going_on=await count_going_on(reader, principal, asked.area) if view.sees_all else None,
            credit_grades=grade_counts(await count_grades(reader), t) if view.sees_all else (),
            credit_waiting=waiting_marks(await count_waiting(reader, now), principal, t)
            if view.sees_all
            else (),
        )

    @get("/now")
    async def show_now(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what presses at the moment, for a board that is open already."""
        t = speaker(request)
        units = await list_departments(reader)
        asked = _asked(request, principal, units, area_names(units, t))
        view = View(asked.unit, asked.area, _sees_all(principal), t)
        return page(
            request,
            "fragments/board_now.html",
            asked=asked,
            sees_all=view.sees_all,
            now=await read_now(request, principal, reader, asked, view),
        )

    @get("/ranking", guards=[requires(Permission.READ_BOARD)])
    async def show_ranking(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the live scores with their ranges, once somebody comes to see them."""
        return page(
            request,
            "fragments/board_ranking.html",
            ranking=await _ranking(request, principal, reader),
        )

    @get("/behind")
    async def show_behind(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the list behind a number: the same question, every line of its answer."""
        t, asked = speaker(request), request.query_params
        group = asked.get("figure", "")
        first, last = _day(asked.get("since")), _day(asked.get("until"))
        if group not in GROUPS or first is None or last is None or last < first:
            raise NotFoundException
        units = {one.code: one for one in await list_departments(reader)}
        code = asked.get("department")
        if not _sees_all(principal):
            code = principal.department_code
        unit = units.get(code or "")
        if code and unit is None:
            raise NotFoundException
        scope = Scope(
            unit.id if unit else None, asked.get("area") or None, asked.get("category") or None
        )
        days = Days(first, last)
        cursor = asked.get("cursor")
        found = await list_behind(reader, group, days, scope, cursor=cursor, limit=PAGE_SIZE)
        tickets = await rows_of(reader, principal, [one.ticket_id for one in found.items])
        roots = {row.code: row for row in await list_categories(reader)}
        root = roots.get(scope.category or "")
        filters = {name: value for name, value in asked.items() if name != "cursor" and value}
        return page(
            request,
            "pages/board_behind.html",
            title=group_words(group, t),
            days=days,
            words=t.listed(
                words
                for words in (
                    unit_name(unit, t) if unit else "",
                    scope.area or "",
                    (root.name_en if t.language == "en" else root.name) if root else "",
                )
                if words
            ),
            total=await count_behind(reader, group, days, scope),
            rows=[
                (
                    one,
                    group_words(one.figure, t),
                    unit_name(one.department, t) if one.department else "–",
                    ticket_row(tickets[one.ticket_id], t) if one.ticket_id in tickets else None,
                )
                for one in found.items
            ],
            next_href=f"/board/behind?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
            first_href=f"/board/behind?{urlencode(filters)}" if cursor else None,
        )

    @get("/definitions")
    async def show_definitions(self, request: PageRequest) -> Response[str]:
        """Say what every figure is."""
        return page(request, "pages/board_definitions.html", definitions=DEFINITIONS)


def _wanted(asked: Asked) -> TicketFilter:
    return TicketFilter(
        open_only=True, department=asked.unit.code if asked.unit else None, area=asked.area
    )


async def read_now(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    asked: Asked,
    view: View,
) -> Now:
    """Return what presses at the moment."""
    usual = Days(asked.today - timedelta(days=USUAL_DAYS - 1), asked.today)
    gathered = await gather(
        reader, Spans(usual, usual), asked.scope, earliest=usual.first, year=usual, of_units=()
    )
    now = shell_of(request).now
    return make_now(
        await count_pressing(reader, asked.scope, now),
        await count_open(reader, principal, _wanted(asked), now, asked.today),
        await count_orders(reader, now, asked.scope.department) if not asked.area else None,
        gathered.course,
        usual,
        asked.today,
        view,
    )


async def read_board(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    asked: Asked,
    view: View,
) -> tuple[Now, InPeriod]:
    """Return everything of the board, counted once."""
    usual = Days(asked.today - timedelta(days=USUAL_DAYS - 1), asked.today)
    year = year_of(asked.today)
    gathered = await gather(
        reader,
        asked.spans,
        asked.scope,
        earliest=min(usual.first, trend_of(asked.spans.now)[0].first),
        year=year,
        of_units=OF_UNITS if view.sees_all and not asked.unit and not asked.area else (),
    )
    roots = {
        row.code: row.name_en if view.t.language == "en" else row.name
        for row in await list_categories(reader)
        if row.parent is None
    }
    now = shell_of(request).now
    present = make_now(
        await count_pressing(reader, asked.scope, now),
        await count_open(reader, principal, _wanted(asked), now, asked.today),
        await count_orders(reader, now, asked.scope.department) if not asked.area else None,
        gathered.course,
        usual,
        asked.today,
        view,
    )
    units = await departments_by_id(reader, set(gathered.units))
    appeals = await _appeals(principal, reader, asked)
    return present, make_period(gathered, asked.spans, year, units, roots, appeals, view)


async def _appeals(
    principal: Principal, reader: AsyncSession, asked: Asked
) -> tuple[int, int] | None:
    """Return the appeals of the period and of the one before; None for an area: they have none."""
    if asked.area:
        return None
    now, before = [
        await count_appeals(
            reader, principal, begins(days.first), ends(days.last), asked.scope.department
        )
        for days in (asked.spans.now, asked.spans.before)
    ]
    return now, before


async def _ranking(
    request: PageRequest, principal: Principal, reader: AsyncSession
) -> Sequence[tuple[str, str, Sequence[Scored]]]:
    """Return the live scores by peer group; each opens what sets the department apart."""
    t = speaker(request)
    standings = await live_standings(reader)
    groups = await list_peer_groups(reader)
    book = (await book_at(reader, shell_of(request).now)).book
    hrefs = {
        row.code: row.href
        for group in group_views(
            standings.items,
            groups,
            RankingFilter("", "", ""),
            book.grades.lines,
            principal,
            None,
            t,
        )
        for band in group.bands
        for row in band.rows
    }
    return make_ranking(standings.items, groups, hrefs, t)
