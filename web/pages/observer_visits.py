"""The observers' own visits and reports."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.access import observer_of
from credit.observers.queries import list_snaps, read_snap
from credit.observers.visit_queries import VisitShown, list_visits, read_visit, tally_visits
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.observer_forms import RECORD_OWN, RECORD_PLANNED, SNAP
from web.pages.record_forms import Sent, form_views, send
from web.security.guards import requires
from web.views.forms import FormState
from web.views.observers import snap_line, snap_view, visit_view

PAGE_SIZE = 50


class OwnVisitController(Controller):
    """Visits of the observer who asks."""

    path = "/observer/visits"
    guards = (requires(Permission.OBSERVE),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the visits that the observer was asked for, and those that he made."""
        observer = await observer_of(reader, principal)
        return await visits_page(
            request,
            principal,
            reader,
            base="/observer/visits",
            more={
                "tally": await tally_visits(reader, shell_of(request).now, observer.id),
                "may_record": True,
                "plan": None,
            },
        )

    @get("/new")
    async def show_new(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the empty form of a visit."""
        await observer_of(reader, principal)
        today = shell_of(request).now.astimezone(SHANGHAI).date()
        given = Sent(RECORD_OWN.code, FormState({"visited_on": today.isoformat()}))
        return await _new(request, reader, given)

    @post("/new", status_code=200)
    async def record(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Record a visit that the observer made of his own accord."""
        sent = await send(request, tx, RECORD_OWN)
        if sent.form is not None:
            return await _new(request, tx.session, sent)
        return see_other(f"/observer/visits/{sent.result.id}")

    @get("/{visit_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        visit_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one visit."""
        return await visit_page(request, principal, reader, visit_id)

    @post("/{visit_id:uuid}/record", status_code=200)
    async def record_planned(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        visit_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Record a visit that the observer was asked for."""
        sent = await send(request, tx, RECORD_PLANNED, visit_id)
        if sent.form is not None:
            return await visit_page(request, principal, tx.session, visit_id, sent)
        return see_other(f"/observer/visits/{visit_id}")


async def _new(request: PageRequest, reader: AsyncSession, sent: Sent) -> Response[str]:
    t = speaker(request)
    return page(
        request,
        "pages/observer_record.html",
        status=sent.status,
        item=form_views((RECORD_OWN,), sent)[0],
        departments=department_options(await list_departments(reader), t),
    )


async def visits_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    *,
    base: str,
    more: Mapping[str, object],
    status: int = 200,
) -> Response[str]:
    """Return the list of the visits that somebody may see."""
    t, now = speaker(request), shell_of(request).now
    asked = request.query_params.get("shown", "")
    found = await list_visits(
        reader,
        principal,
        now,
        shown=next((one for one in VisitShown if one.value == asked), None),
        cursor=request.query_params.get("cursor"),
        limit=PAGE_SIZE,
    )
    return page(
        request,
        "pages/observer_visits.html",
        status=status,
        visits=[visit_view(row, t, now) for row in found.items],
        base=base,
        filter=FormState({"shown": asked}),
        is_narrowed=bool(asked),
        kinds=[(one.value, t.text(label(one))) for one in VisitShown],
        next_href=f"{base}?{urlencode({'shown': asked, 'cursor': found.next_cursor})}"
        if found.next_cursor
        else None,
        **more,
    )


async def visit_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    visit_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    """Return the page of a visit that somebody may see."""
    t, now = speaker(request), shell_of(request).now
    view = visit_view(await read_visit(reader, principal, visit_id), t, now)
    observes = Permission.OBSERVE in principal.permissions
    today = now.astimezone(SHANGHAI).date()
    given = Sent(RECORD_PLANNED.code, FormState({"visited_on": today.isoformat()}))
    return page(
        request,
        "pages/observer_visit.html",
        status=sent.status if sent else 200,
        view=view,
        base="/observer/visits" if observes else "/credit/observers/visits",
        item=form_views((RECORD_PLANNED,), sent or given)[0]
        if observes and not view.is_made
        else None,
    )


class SnapController(Controller):
    """Reports of the observer who asks."""

    path = "/observer/snaps"
    guards = (requires(Permission.OBSERVE),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the observer's own reports with how far they are."""
        observer = await observer_of(reader, principal)
        found = await list_snaps(
            reader,
            observer.id,
            cursor=request.query_params.get("cursor"),
            limit=PAGE_SIZE,
        )
        return page(
            request,
            "pages/observer_snaps.html",
            snaps=[snap_line(row) for row in found.items],
            next_href=f"/observer/snaps?{urlencode({'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/new")
    async def show_new(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the short form."""
        await observer_of(reader, principal)
        return _snap_form(request, None, str(uuid7(shell_of(request).now)))

    @post("/new", status_code=200)
    async def send_one(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Make a ticket of a report."""
        typed = "".join((await posted(request)).get("key", []))
        key = _key(typed) or uuid7(tx.now)
        sent = await send(request, tx, SNAP, also={"key": key})
        if sent.form is not None:
            return _snap_form(request, sent, str(key))
        return see_other(f"/observer/snaps/{sent.result.ticket_number}?done=1")

    @get("/{number:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show how far a report is."""
        observer = await observer_of(reader, principal)
        return page(
            request,
            "pages/observer_snap.html",
            view=snap_view(await read_snap(reader, observer.id, number), speaker(request)),
            done=request.query_params.get("done") is not None,
        )


def _key(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


def _snap_form(request: PageRequest, sent: Sent | None, key: str) -> Response[str]:
    return page(
        request,
        "pages/observer_snap_new.html",
        status=sent.status if sent else 200,
        item=form_views((SNAP,), sent)[0],
        key=key,
    )
