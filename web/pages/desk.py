"""The desk: one's own tasks, the queues, the list of all tickets, and the intake screen."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.glance import glance_of
from hotline.intake.drafts.queries import list_drafts
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.knowledge.queries import Owed, count_owed
from hotline.meetings.queries import calls_waiting
from hotline.notices.queries import count_unread
from hotline.people.models import Department
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal
from hotline.people.queries import find_user, list_departments
from hotline.search.models import ViewPlace
from hotline.search.views.queries import ViewRow, list_views
from hotline.sla.policy import CalendarCode, ClockKind, Level
from hotline.supervision.lateness import end_of_day
from hotline.supervision.queries import open_orders
from hotline.supervision.rules import REPLY_OWED
from hotline.tickets.actions.intake import clean_phone
from hotline.tickets.catalogue import list_categories
from hotline.tickets.lifecycle import OPEN_STATUSES, Status
from hotline.tickets.models import (
    Category,
    Post,
)
from hotline.tickets.queries import (
    BY_DUE,
    BY_NEWEST,
    ClockWait,
    TicketFilter,
    count_queues,
    count_up_to,
    earlier_tickets,
    list_tickets,
)
from hotline.workdays.book import CALENDARS
from web.i18n import Translator
from web.labels import label
from web.live.sharing import is_part, shared
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.resources import Resources
from web.security.guards import requires, signed_in
from web.views.credit_glance import GlanceView, glance_view
from web.views.days import asked_day
from web.views.directory import category_paths, unit_name
from web.views.forms import FormState
from web.views.intake import DraftView, draft_views
from web.views.meetings import CallView, call_view
from web.views.queues import Queue, filter_of, find_queue, nav_groups
from web.views.search import view_group
from web.views.supervision import OrderView, order_view
from web.views.tickets import QueuePage, ticket_row

PAGE_SIZE = 50
ROWS = "rows"
"""The part of a page with a list that is the list alone."""

_OWN_DESK = "desk"

_LIMIT_FILTERS = (
    *("limit", "limit_unit", "limit_due", "holder", "post", "owner", "bounced"),
    *("created_from", "created_to", "area"),
)
"""What the boards ask for: a running limit of this kind, unit and nearness; who has the ticket; what
was given back time and again; when the tickets were submitted; where their matter is."""

FILTERS = ("q", "status", "level", "department", "category", "due", *_LIMIT_FILTERS)
"""The names under which a list takes its filters."""


def category_code(typed: str | None) -> str | None:
    """Return the code at the end of what the list of categories offers, or what was typed."""
    return typed.split()[-1] if typed and typed.strip() else None


class DeskController(Controller):
    """Lists of tickets."""

    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get("/desk")
    async def show_desk(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what waits for the reader himself."""
        queue = Queue(
            _OWN_DESK,
            N_("My desk"),
            N_("What waits for you, the most urgent first."),
            "home",
            frozenset(),
        )
        if is_part(request, ROWS):
            return await _rows(
                request, principal, reader, queue, "/desk", TicketFilter(mine=True), sort=BY_DUE
            )
        t = speaker(request)
        orders = (
            await open_orders(reader, principal, state=REPLY_OWED)
            if principal.is_department
            else ()
        )
        return await _list(
            request,
            principal,
            reader,
            queue,
            "/desk",
            TicketFilter(mine=True),
            sort=BY_DUE,
            orders=[order_view(row, t) for row in orders],
            calls=[call_view(row) for row in await calls_waiting(reader, principal)],
            credit=await _credit(reader, principal, shell_of(request).now, t),
            drafts=await _drafts(request, principal, reader, t),
            knowledge=await count_owed(reader, principal, shell_of(request).now),
        )

    @get("/queues/{code:str}")
    async def show_queue(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        code: FromPath[str],
    ) -> Response[Any]:
        """Show one queue, the most urgent first."""
        queue = find_queue(code)
        if queue is None:
            return see_other("/desk")
        show = _rows if is_part(request, ROWS) else _list
        return await show(
            request, principal, reader, queue, queue.path, filter_of(queue), sort=BY_DUE
        )

    @get("/tickets")
    async def show_all(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[Any]:
        """Show every ticket that the reader may see, the newest first."""
        queue = Queue("", N_("All tickets"), N_("The newest first."), "list-details", frozenset())
        show = _rows if is_part(request, ROWS) else _list
        return await show(
            request, principal, reader, queue, "/tickets", TicketFilter(), sort=BY_NEWEST
        )


async def _rows(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    queue: Queue,
    path: str,
    base: TicketFilter,
    *,
    sort: str,
) -> Response[str]:
    """Return the list alone, for a page that is open already."""
    return await shared(
        request,
        principal,
        lambda: _list(
            *(request, principal, reader, queue, path, base),
            sort=sort,
            template="fragments/queue_list.html",
        ),
        is_own=base.mine,
    )


async def _list(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    queue: Queue,
    path: str,
    base: TicketFilter,
    *,
    sort: str,
    orders: Sequence[OrderView] = (),
    calls: Sequence[CallView] = (),
    credit: GlanceView | None = None,
    drafts: Sequence[DraftView] = (),
    knowledge: Owed | None = None,
    template: str = "pages/queue.html",
) -> Response[str]:
    t = speaker(request)
    asked = {name: request.query_params.get(name, "") for name in FILTERS}
    wanted = narrowed(base, asked, shell_of(request).now)
    if wanted.due_to is not None or wanted.level:
        sort = BY_DUE
    cursor = request.query_params.get("cursor")
    found = await list_tickets(reader, principal, wanted, sort=sort, cursor=cursor, limit=PAGE_SIZE)
    filters = urlencode({name: text for name, text in asked.items() if text})
    departments = await list_departments(reader) if principal.sees_every_ticket else ()
    return page(
        request,
        template,
        orders=orders,
        calls=calls,
        drafts=drafts,
        credit_glance=credit,
        knowledge_owed=knowledge if knowledge and knowledge.is_something else None,
        queue=QueuePage(
            title=queue.text,
            hint=queue.hint,
            path=path,
            here=f"{path}?{request.url.query}" if request.url.query else path,
            rows=[ticket_row(row, t) for row in found.items],
            filter=FormState(asked),
            limit_words=limit_words(asked, departments, t),
            holder_words=await _holder_words(reader, asked, departments, t),
            urge_href=_urge_href(principal, queue, filters),
            limit_filters=[(name, asked[name]) for name in _LIMIT_FILTERS if asked[name]],
            statuses=() if base.status else _options(Status, t),
            levels=_options(Level, t),
            dues=[(value, t.text(words)) for value, words in DUE_WORDS.items()],
            departments=department_options(departments, t),
            categories=category_options(await list_categories(reader), t),
            next_href=_href(path, filters, found.next_cursor) if found.next_cursor else None,
            first_href=_href(path, filters) if cursor else None,
            may_create=Permission.CREATE_TICKETS in principal.permissions,
            states=[*base.status, *base.hold],
            view_filters=[(name, text) for name, text in asked.items() if text]
            if path == "/tickets"
            else (),
        ),
        may_share=Permission.SHARE_VIEWS in principal.permissions,
    )


async def _drafts(
    request: PageRequest, principal: Principal, reader: AsyncSession, t: Translator
) -> Sequence[DraftView]:
    """Return what the reader has begun to take down; nothing for who takes nothing down."""
    if Permission.CREATE_TICKETS not in principal.permissions:
        return ()
    resources: Resources = request.app.state.resources
    return draft_views(await list_drafts(reader, principal.user_id, resources.cipher), t)


async def _credit(
    reader: AsyncSession, principal: Principal, now: datetime, t: Translator
) -> GlanceView | None:
    """Return how a leader's department stands; nothing for others."""
    if Role.LEADER not in principal.roles or principal.department_id is None:
        return None
    glance = await glance_of(reader, principal.department_id, now.astimezone(SHANGHAI).date())
    calendar = (await CALENDARS.in_force(reader))[CalendarCode.WORKING]
    remedies = (await book_at(reader, now)).book.remedies
    return glance_view(glance, principal.department_code or "", calendar, remedies, t)


def limit_words(asked: Mapping[str, str], departments: Sequence[Department], t: Translator) -> str:
    """Say which running limit the list asks for; nothing when it asks for none."""
    kind = next((kind for kind in ClockKind if kind.value == asked["limit"]), None)
    unit = next((unit for unit in departments if unit.code == asked["limit_unit"]), None)
    due = DUE_WORDS.get(asked["limit_due"])
    words = [
        t.text(label(kind)) if kind else "",
        unit_name(unit, t) if unit else "",
        t.text(due) if due else "",
    ]
    return " · ".join(word for word in words if word)


async def _holder_words(
    reader: AsyncSession, asked: Mapping[str, str], departments: Sequence[Department], t: Translator
) -> str:
    """Say whose tickets the list asks for; nothing when it asks for everybody's."""
    user = await find_user(reader, asked["holder"]) if asked["holder"] else None
    unit = next((unit for unit in departments if unit.code == asked["owner"]), None)
    post = _post(asked["post"])
    words = [
        user.display_name if user else "",
        unit_name(unit, t) if unit else "",
        t.text(label(post)) if post else "",
    ]
    return " · ".join(word for word in words if word)


def _urge_href(principal: Principal, queue: Queue, filters: str) -> str | None:
    """Return where the tickets of this list are urged; None for who may not, and on his own desk."""
    if Permission.URGE_MANY not in principal.permissions or queue.code == _OWN_DESK:
        return None
    place = urlencode({"queue": queue.code}) if queue.code else ""
    return _joined("/supervision/urge", place, filters)


def _post(word: str) -> Post | None:
    return next((post for post in Post if post.value == word), None)


def _joined(path: str, *parts: str) -> str:
    asked = "&".join(part for part in parts if part)
    return f"{path}?{asked}" if asked else path


def _href(path: str, filters: str, cursor: str | None = None) -> str:
    return _joined(path, filters, urlencode({"cursor": cursor}) if cursor else "")


_DUE_HOURS: Mapping[str, int] = {"1h": 1, "4h": 4, "24h": 24}
DUE_WORDS: Mapping[str, str] = {
    "open": N_("Open tickets"),
    "late": N_("Overdue"),
    "1h": N_("Due within 1 hour"),
    "today": N_("Due today"),
    "4h": N_("Due within 4 hours"),
    "24h": N_("Due within 24 hours"),
}


def _span(due: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return between which instants something is due that is due so soon."""
    if due == "late":
        return None, now
    if due == "today":
        return now, end_of_day(now)
    hours = _DUE_HOURS.get(due)
    return (None, None) if hours is None else (now, now + timedelta(hours=hours))


def narrowed(base: TicketFilter, asked: Mapping[str, str], now: datetime) -> TicketFilter:
    """Return `base` with the reader's own filters; words that mean nothing ask for nothing."""
    start, end = _span(asked["due"], now)
    return replace(
        base,
        q=asked["q"] or None,
        status=base.status or tuple(s for s in Status if s.value == asked["status"]),
        level=tuple(level for level in Level if level.value == asked["level"]),
        department=asked["department"] or None,
        category=category_code(asked["category"]),
        area=asked["area"] or None,
        owner=asked["owner"] or base.owner,
        holder=asked["holder"] or None,
        post=_post(asked["post"]),
        created_from=midnight(asked["created_from"]),
        created_to=midnight(asked["created_to"], days=1),
        due_from=start,
        due_to=end,
        open_only=base.open_only or end is not None or asked["due"] == "open",
        bounced=bool(asked["bounced"]),
        clock=_limit_asked(asked, now),
    )


def midnight(text: str, *, days: int = 0) -> datetime | None:
    """Return when a day or one some days later begins in Shanghai; None for what is no day."""
    day = asked_day(text)
    return datetime.combine(day + timedelta(days=days), time(), SHANGHAI) if day else None


def _limit_asked(asked: Mapping[str, str], now: datetime) -> ClockWait | None:
    if not any(asked[name] for name in ("limit", "limit_unit", "limit_due")):
        return None
    start, end = _span(asked["limit_due"], now)
    return ClockWait(
        kind=next((kind for kind in ClockKind if kind.value == asked["limit"]), None),
        unit=asked["limit_unit"] or None,
        due_from=start,
        due_to=end,
    )


def _options(kind: type[enum.Enum], t: Translator) -> list[tuple[str, str]]:
    return [(str(member.value), t.text(label(member))) for member in kind]


def department_options(departments: Sequence[Department], t: Translator) -> list[tuple[str, str]]:
    """Return the departments that take tickets, as codes and names."""
    return [
        (row.code, unit_name(row, t)) for row in departments if row.is_active and not row.is_hotline
    ]


def category_options(categories: Sequence[Category], t: Translator) -> list[tuple[str, str]]:
    """Return what the list of categories offers: the full name with the code at its end."""
    paths = category_paths(categories, t)
    return [
        (f"{paths[row.code]} {row.code}", paths[row.code]) for row in categories if row.is_active
    ]


class NavController(Controller):
    """The side bar, with what waits where; fetched after the page, so that no page waits for it."""

    guards = (signed_in,)
    include_in_schema = False

    @get("/nav")
    async def count_nav(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the side bar with what waits where."""
        shell = shell_of(request)
        may = Permission.READ_TICKETS in principal.permissions
        counts = await count_queues(reader, principal, shell.now) if may else None
        unread = await count_unread(reader, principal.user_id) if principal.user_id else 0
        groups = nav_groups(principal, request.query_params.get("at", ""), counts, unread)
        views = await list_views(reader, principal) if may else ()
        if views:
            waiting = await _waiting(reader, principal, views, shell.now)
            groups.insert(1, view_group(views, waiting, N_("Views")))
        return page(request, "fragments/nav.html", groups=groups)


_COUNTED_VIEWS = 8
"""So many views of the side bar say how much waits in them."""

_COUNTED_MOST = 100


async def _waiting(
    reader: AsyncSession, principal: Principal, views: Sequence[ViewRow], now: datetime
) -> dict[str, int]:
    """Return how much waits in the first views of open tickets, up to a hundred in each.

    A view of words, or of all that ever was, is not counted: that would cost more than it tells.
    """
    counts = {}
    for row in [row for row in views if row.view.place is ViewPlace.TICKETS][:_COUNTED_VIEWS]:
        asked = {name: row.view.filters.get(name, "") for name in FILTERS}
        wanted = narrowed(TicketFilter(), asked, now)
        if wanted.q is None and (wanted.open_only or set(wanted.status) & set(OPEN_STATUSES)):
            counts[str(row.view.id)] = await count_up_to(
                reader, principal, wanted, most=_COUNTED_MOST
            )
    return counts


class CallerController(Controller):
    """What is known of whoever calls."""

    path = "/desk"
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @post("/caller", status_code=200)
    async def look_up_caller(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the earlier tickets of a telephone number; the number stays out of the address."""
        phone = clean_phone("".join((await posted(request)).get("phone", [])))
        index = resources.cipher.blind_index(phone)
        t = speaker(request)
        rows = (
            [ticket_row(row, t) for row in await earlier_tickets(reader, principal, index)]
            if index and phone and len(phone) >= _SHORTEST_PHONE
            else None
        )
        return page(request, "fragments/caller.html", earlier=rows)


_SHORTEST_PHONE = 7


def area_names(departments: Sequence[Department], t: Translator) -> list[str]:
    """Return the areas that units are named after."""
    return [unit_name(row, t) for row in departments if row.peer_group in AREA_GROUPS]


AREA_GROUPS = frozenset({"districts", "towns"})
"""Peer groups whose units are named after the area they serve."""
