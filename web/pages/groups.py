"""Matters that several requesters told of: the list, and putting tickets together."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import DomainError
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.merging import merge_many
from hotline.tickets.catalogue import list_categories
from hotline.tickets.groups.queries import GroupFilter, GroupRow, list_groups, preview_merge
from web.errors import status_of
from web.pages.desk import category_code, category_options
from web.pages.frame import PageRequest, page, posted, speaker
from web.security.guards import requires
from web.views.forms import EMPTY, FormState
from web.views.groups import candidate_view, group_view
from web.views.problems import explain

PAGE_SIZE = 50
ASKED = ("state", "category", "area")
_MOST_TYPED = 2000


class GroupController(Controller):
    """The list of group matters."""

    path = "/groups"
    guards = (requires(Permission.READ_GROUPS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the groups, the newest matter first."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        found = await find_groups(
            reader, principal, asked, cursor=request.query_params.get("cursor")
        )
        filters = {name: text for name, text in asked.items() if text}
        return page(
            request,
            "pages/groups.html",
            groups=[group_view(row, t) for row in found.items],
            filter=FormState(asked),
            is_narrowed=bool(filters),
            categories=category_options(await list_categories(reader), t),
            may_merge=may_merge(principal),
            next_href=f"/groups?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )


async def find_groups(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[GroupRow]:
    """Return what the list shows for these filters, on its page and in its export."""
    wanted = GroupFilter(
        is_open={"open": True, "ended": False}.get(asked["state"]),
        category=category_code(asked["category"]),
        area=asked["area"].strip() or None,
    )
    return await list_groups(reader, principal, wanted, cursor=cursor, limit=limit)


def may_merge(principal: Principal) -> bool:
    """Tell whether this person may put tickets together."""
    return Permission.MERGE_MANY in principal.permissions


class MergeController(Controller):
    """Putting several tickets together: chosen, looked at, done."""

    path = "/groups/merge"
    guards = (requires(Permission.MERGE_MANY),)
    include_in_schema = False

    @get()
    async def choose(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[Any]:
        """Show what may be about the same matter as one ticket."""
        parent = request.query_params.get("parent", "").strip()
        if not parent:
            return page(request, "pages/merge.html", parent=None, form=EMPTY, candidates=())
        return await _choice(request, principal, reader, parent, EMPTY)

    @post(status_code=200)
    async def merge(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Show what would come of it, or do it; whatever goes wrong, what was ticked stays ticked."""
        sent = await posted(request)
        parent = "".join(sent.get("parent", [])).strip()
        numbers = _numbers(sent)
        typed = {
            "more": "".join(sent.get("more", [])),
            "is_confirmed": "true" if sent.get("is_confirmed") else "",
        }
        form, chosen = FormState(typed), frozenset(numbers)
        is_asked = "".join(sent.get("step", [])) == "merge"
        if not is_asked or not numbers:
            return await _choice(request, principal, tx.session, parent, form, chosen=chosen)
        try:
            async with tx.session.begin_nested():
                done = await merge_many(
                    tx, parent, numbers, is_confirmed=bool(typed["is_confirmed"])
                )
        except DomainError as error:
            refused = FormState(typed, refusal=explain(error, speaker(request).language))
            return await _choice(
                request,
                principal,
                tx.session,
                parent,
                refused,
                chosen=chosen,
                status=status_of(error),
            )
        await tx.session.flush()  # the page reads back what was done
        t = speaker(request)
        return page(
            request,
            "pages/merged.html",
            parent=parent,
            merged=[candidate_view(ticket, t) for ticket in done],
        )


def _numbers(sent: Mapping[str, Sequence[str]]) -> list[str]:
    typed = "".join(sent.get("more", []))[:_MOST_TYPED]
    words = typed.replace(",", " ").replace("，", " ").replace("、", " ").split()
    return list(dict.fromkeys([*sent.get("child", []), *words]))


async def _choice(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    parent: str,
    form: FormState,
    *,
    chosen: frozenset[str] | None = None,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    preview = await preview_merge(reader, principal, parent, chosen or None)
    return page(
        request,
        "pages/merge.html",
        status=status,
        parent=candidate_view(preview.parent, t),
        form=form,
        is_preview=bool(chosen),
        is_possible=preview.is_possible,
        unknown=sorted((chosen or frozenset()) - {i.ticket.number for i in preview.candidates}),
        differs=any(item.differing for item in preview.candidates if not item.problem),
        candidates=[
            candidate_view(
                item.ticket,
                t,
                item,
                is_chosen=item.problem is None and item.ticket.number in (chosen or ()),
            )
            for item in preview.candidates
        ],
    )
