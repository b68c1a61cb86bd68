"""Searching tickets, the views that are kept by name, and who looked for a person."""

import uuid
from datetime import datetime
from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.search.documents import PieceKind
from hotline.search.lookup_queries import list_lookups
from hotline.search.lookups import note_lookups
from hotline.search.models import NAME_MAX, ViewPlace
from hotline.search.queries import Hit, Question, Sort, find_tickets
from hotline.search.snippets import Part, marked, snippet
from hotline.search.views.actions import (
    delete_view,
    move_view,
    rename_view,
    save_view,
    share_view,
)
from hotline.search.views.queries import ViewRow, list_views
from hotline.tickets.grams import Word
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Channel
from hotline.tickets.queries import TicketFilter
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant
from web.api.ticket_schemas import TicketLine, line_out
from web.api.v1.tickets import require_offsets
from web.security.guards import requires


class PartOut(Answer):
    """A stretch of text; `marked` is what was asked for."""

    text: str
    marked: bool


class SnippetOut(Answer):
    """Where something was found, and the words around it, personal data masked."""

    where: str
    parts: list[PartOut]


class HitOut(Answer):
    """A ticket that was found."""

    ticket: TicketLine
    title: list[PartOut]
    found_in: list[str]
    snippets: list[SnippetOut]


class SearchOut(Answer):
    """A page of hits.

    Attributes:
        total: how many there are; on the first page only, and not where nobody can tell.
        total_is_exact: counted, or told from a sample.
        looked_back_to: the page is not full: so far was looked, `next_cursor` looks further.
    """

    items: list[HitOut]
    total: int | None
    total_is_exact: bool
    looked_back_to: Instant | None
    next_cursor: str | None


class ViewOut(Answer):
    """A view that is kept: where it is looked at, and by what that is narrowed."""

    id: uuid.UUID
    name: str
    place: str
    filters: dict[str, str]
    owner: str
    own: bool
    shared: bool


class ViewList(Answer):
    """One's own views in one's order, then those of the department."""

    items: list[ViewOut]


class NewViewBody(Body):
    """What to keep."""

    name: str = Field(min_length=1, max_length=NAME_MAX)
    place: ViewPlace
    filters: dict[str, str] = Field(default_factory=dict)
    shared: bool = False


class ViewChangeBody(Body):
    """What to change; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=NAME_MAX)
    shared: bool | None = None
    up: bool | None = Field(
        default=None, description="Change places with the one before, or behind"
    )


class LookupOut(Answer):
    """That somebody looked for a person; `key` is the same for the same number or name, and no more."""

    user: str
    kind: str
    key: str
    hit_count: int
    at: Instant


class LookupList(Answer):
    """Who looked for a person, the latest first."""

    items: list[LookupOut]
    next_cursor: str | None


def _parts(parts: list[Part]) -> list[PartOut]:
    return [PartOut(text=part.text, marked=part.is_marked) for part in parts]


def _hit_out(hit: Hit, words: tuple[Word, ...]) -> HitOut:
    return HitOut(
        ticket=line_out(hit.row),
        title=_parts(marked(mask_text(hit.row.title), words)),
        found_in=[kind.value for kind in hit.kinds],
        snippets=[
            SnippetOut(where=piece.kind.value, parts=_parts(snippet(piece.text, words)))
            for piece in hit.pieces
            if piece.kind is not PieceKind.TITLE
        ],
    )


def _view_out(row: ViewRow) -> ViewOut:
    return ViewOut(
        id=row.view.id,
        name=row.view.name,
        place=row.view.place.value,
        filters=row.view.filters,
        owner=row.owner,
        own=row.is_own,
        shared=row.view.department_id is not None,
    )


class SearchController(Controller):
    """Searching."""

    tags = ("search",)
    path = "/search"

    @get(
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="searchTickets",
        operation_class=ApiOperation,
        summary="Search tickets",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def search(
        self,
        tx: NamedDependency[Tx],
        q: Annotated[
            str,
            QueryParameter(
                max_length=200, description="All words must be found; a quoted phrase is one word"
            ),
        ] = "",
        status: Annotated[list[Status] | None, QueryParameter(name="status")] = None,
        department: Annotated[str | None, QueryParameter(description="Leading unit")] = None,
        category: Annotated[str | None, QueryParameter(description="With all below it")] = None,
        area: Annotated[str | None, QueryParameter(max_length=64)] = None,
        channel: Annotated[list[Channel] | None, QueryParameter(name="channel")] = None,
        created_from: Annotated[datetime | None, QueryParameter()] = None,
        created_to: Annotated[datetime | None, QueryParameter()] = None,
        open_only: Annotated[bool, QueryParameter()] = False,
        sort: Annotated[Sort, QueryParameter()] = Sort.BEST,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> SearchOut:
        """Search what you may see; looking for a person by name or number leaves a record."""
        require_offsets(created_from=created_from, created_to=created_to)
        found = await find_tickets(
            tx.session,
            tx.actor,
            tx.cipher,
            Question(
                text=q,
                wanted=TicketFilter(
                    status=tuple(status or ()),
                    department=department,
                    category=category,
                    area=area,
                    channel=tuple(channel or ()),
                    created_from=created_from,
                    created_to=created_to,
                    open_only=open_only,
                ),
                sort=sort,
            ),
            cursor=cursor,
            limit=limit,
        )
        await note_lookups(tx, found.lookups)
        words = tuple(found.words)
        return SearchOut(
            items=[_hit_out(hit, words) for hit in found.hits],
            total=found.total,
            total_is_exact=found.is_exact,
            looked_back_to=found.looked_back_to,
            next_cursor=found.next_cursor,
        )


class SavedViewController(Controller):
    """Views that are kept by name."""

    tags = ("search",)
    path = "/saved-views"
    guards = (requires(Permission.READ_TICKETS),)

    @get(
        operation_id="listSavedViews",
        operation_class=ApiOperation,
        summary="List the views you keep and those of your department",
        responses=problem_responses(401, 403, 503),
    )
    async def list_(
        self, principal: NamedDependency[Principal], reader: NamedDependency[AsyncSession]
    ) -> ViewList:
        """List your own views in your order, then those that your department shares."""
        return ViewList(items=[_view_out(row) for row in await list_views(reader, principal)])

    @post(
        operation_id="saveView",
        operation_class=ApiOperation,
        summary="Keep a view",
        responses=problem_responses(401, 403, 409, 422, 503),
    )
    async def save(self, tx: NamedDependency[Tx], data: JSONBody[NewViewBody]) -> ViewOut:
        """Keep a list or a question with its filters under a name."""
        view = await save_view(
            tx, name=data.name, place=data.place, filters=data.filters, is_shared=data.shared
        )
        return _view_out(ViewRow(view, tx.actor.display_name, is_own=True))

    @patch(
        "/{view_id:uuid}",
        operation_id="changeView",
        operation_class=ApiOperation,
        summary="Rename, share or move a view",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def change(
        self, tx: NamedDependency[Tx], view_id: FromPath[uuid.UUID], data: JSONBody[ViewChangeBody]
    ) -> ViewList:
        """Change one of your own views, and return all of them."""
        if data.name is not None:
            await rename_view(tx, view_id, name=data.name)
        if data.shared is not None:
            await share_view(tx, view_id, is_shared=data.shared)
        if data.up is not None:
            await move_view(tx, view_id, up=data.up)
        return ViewList(items=[_view_out(row) for row in await list_views(tx.session, tx.actor)])

    @delete(
        "/{view_id:uuid}",
        status_code=204,
        operation_id="deleteView",
        operation_class=ApiOperation,
        summary="Delete a view",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def delete(self, tx: NamedDependency[Tx], view_id: FromPath[uuid.UUID]) -> None:
        """Delete one of your own views."""
        await delete_view(tx, view_id)


class PersonLookupController(Controller):
    """Who looked for a person."""

    tags = ("search",)
    path = "/person-lookups"

    @get(
        guards=[requires(Permission.READ_REVEALS)],
        operation_id="listPersonLookups",
        operation_class=ApiOperation,
        summary="Who looked for a person by name or number",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        user: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> LookupList:
        """List the searches by name or telephone number, the latest first."""
        page = await list_lookups(reader, user=user, cursor=cursor, limit=limit)
        return LookupList(
            items=[
                LookupOut(
                    user=row.username,
                    kind=row.lookup.kind.value,
                    key=row.lookup.key.hex(),
                    hit_count=row.lookup.hit_count,
                    at=row.lookup.at,
                )
                for row in page.items
            ],
            next_cursor=page.next_cursor,
        )
