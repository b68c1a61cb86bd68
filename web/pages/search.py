"""The search: one box for numbers, people, places and words, and the views that are kept by name."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.search.documents import is_personal
from hotline.search.lookups import note_lookups
from hotline.search.models import NAME_MAX, ViewPlace
from hotline.search.queries import QUESTION_MAX, Question, Sort, find_tickets
from hotline.search.views.actions import (
    FILTERS,
    delete_view,
    move_view,
    rename_view,
    save_view,
    share_view,
)
from hotline.search.views.queries import list_views
from hotline.tickets.catalogue import list_categories
from hotline.tickets.grams import words_of
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Channel
from hotline.tickets.queries import TicketFilter
from web.errors import status_of
from web.labels import label
from web.pages.desk import (
    area_names,
    category_code,
    category_options,
    department_options,
    midnight,
)
from web.pages.frame import PageRequest, own_path, page, posted, see_other, speaker
from web.security.guards import requires
from web.views.days import day_faults
from web.views.fields import Field, Kind, Posted, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain
from web.views.search import hit_views, view_view

PAGE_SIZE = 20
_ASKED = tuple(sorted(FILTERS[ViewPlace.SEARCH]))
_NAME = (Field("name", N_("Name of the view"), Kind.LINE, most=NAME_MAX),)


def question_of(asked: Mapping[str, str]) -> Question:
    """Return what the page is asked; words that mean nothing ask for nothing."""
    return Question(
        text=asked["q"],
        wanted=TicketFilter(
            status=tuple(status for status in Status if status.value == asked["status"]),
            department=asked["department"] or None,
            category=category_code(asked["category"]),
            area=asked["area"] or None,
            channel=tuple(channel for channel in Channel if channel.value == asked["channel"]),
            created_from=midnight(asked["created_from"]),
            created_to=midnight(asked["created_to"], days=1),
            open_only=bool(asked["open"]),
        ),
        sort=Sort.NEWEST if asked["sort"] == Sort.NEWEST.value else Sort.BEST,
    )


def _first(sent: Posted) -> dict[str, str]:
    return {name: "".join(sent.get(name, [])[:1]) for name in _ASKED}


class SearchController(Controller):
    """The search."""

    path = "/search"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show what is found; it is a transaction because whoever looks for a person is written down."""
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        return await _search(request, tx, asked, request.query_params.get("cursor"))

    @post(status_code=200)
    async def ask(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Search for what the box holds; a telephone number stays out of the address."""
        sent = await posted(request)
        asked = _first(sent)
        if any(is_personal(word.text) for word in words_of(asked["q"])):
            cursor = "".join(sent.get("cursor", [])) or None
            return await _search(request, tx, asked, cursor, is_hidden=True)
        return see_other(_href(asked))


def _href(asked: Mapping[str, str], cursor: str | None = None) -> str:
    filters = {name: text for name, text in asked.items() if text}
    words = urlencode({**filters, **({"cursor": cursor} if cursor else {})})
    return f"/search?{words}" if words else "/search"


async def _search(
    request: PageRequest,
    tx: Tx,
    asked: Mapping[str, str],
    cursor: str | None,
    *,
    is_hidden: bool = False,
) -> Response[str]:
    t = speaker(request)
    asked = {**asked, "q": asked["q"][:QUESTION_MAX]}
    found = await find_tickets(
        tx.session, tx.actor, tx.cipher, question_of(asked), cursor=cursor, limit=PAGE_SIZE
    )
    await note_lookups(tx, found.lookups)
    departments = await list_departments(tx.session)
    categories = await list_categories(tx.session)
    sees_all = tx.actor.sees_every_ticket
    return page(
        request,
        "pages/search.html",
        found=found,
        hits=hit_views(found, t),
        filter=FormState(asked, day_faults(asked, ("created_from", "created_to"), t)),
        is_narrowed=any(asked[name] for name in _ASKED if name not in {"q", "sort"}),
        is_first=cursor is None,
        is_hidden=is_hidden,
        asked=[(name, asked[name]) for name in _ASKED if asked[name]],
        next_href=_href(asked, found.next_cursor) if found.next_cursor else None,
        first_href=_href(asked) if cursor else None,
        statuses=[(status.value, t.text(label(status))) for status in Status],
        channels=[(channel.value, t.text(label(channel))) for channel in Channel],
        sorts=[(sort.value, t.text(label(sort))) for sort in Sort],
        areas=area_names(departments, t),
        departments=department_options(departments, t) if sees_all else (),
        categories=category_options(categories, t),
        may_share=Permission.SHARE_VIEWS in tx.actor.permissions,
        may_reveal=Permission.REVEAL_PERSONAL_DATA in tx.actor.permissions,
    )


class SavedViewController(Controller):
    """Views that are kept by name."""

    path = "/search/views"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show one's own views and those of the department."""
        return await _views(request, principal, reader)

    @post(status_code=200)
    async def save(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Keep what a page was asked for."""
        sent = await posted(request)
        values, form = read(_NAME, sent, speaker(request))
        if form.errors:
            return await _views(request, tx.actor, tx.session, form, status=422)
        place = ViewPlace.TICKETS if sent.get("place") == ["tickets"] else ViewPlace.SEARCH
        filters = {name: "".join(sent.get(f"filter.{name}", [])[:1]) for name in FILTERS[place]}
        try:
            async with tx.session.begin_nested():
                await save_view(
                    tx,
                    name=values["name"],
                    place=place,
                    filters=filters,
                    is_shared=bool(sent.get("shared")),
                )
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, speaker(request).language))
            return await _views(request, tx.actor, tx.session, refused, status=status_of(error))
        return see_other(own_path("".join(sent.get("back", [])) or "/search/views"))

    @post("/{view_id:uuid}/{doing:str}", status_code=200)
    async def change(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        view_id: FromPath[uuid.UUID],
        doing: FromPath[str],
    ) -> Response[Any]:
        """Rename, share, move or delete one of one's own views."""
        sent = await posted(request)
        try:
            async with tx.session.begin_nested():
                await _do(tx, view_id, doing, sent)
        except DomainError as error:
            refused = FormState({}, refusal=explain(error, speaker(request).language))
            return await _views(request, tx.actor, tx.session, refused, status=status_of(error))
        return see_other("/search/views")


async def _do(tx: Tx, view_id: uuid.UUID, doing: str, sent: Posted) -> None:
    if doing == "rename":
        await rename_view(tx, view_id, name="".join(sent.get("name", [])) or "–")
    elif doing in {"share", "keep"}:
        await share_view(tx, view_id, is_shared=doing == "share")
    elif doing in {"up", "down"}:
        await move_view(tx, view_id, up=doing == "up")
    elif doing == "delete":
        await delete_view(tx, view_id)


async def _views(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    form: FormState = EMPTY,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    rows: Sequence[Any] = [view_view(row, t) for row in await list_views(reader, principal)]
    return page(
        request,
        "pages/saved_views.html",
        status=status,
        form=form,
        own=[row for row in rows if row.is_own],
        shared=[row for row in rows if not row.is_own],
        may_share=Permission.SHARE_VIEWS in principal.permissions,
        most=NAME_MAX,
    )
