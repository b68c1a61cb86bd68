"""The supervisor's view: what is late and will be, orders, alerts, and urging a whole list."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.queries import list_unseen
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.health import read_health
from hotline.kernel.paging import Page
from hotline.knowledge.queries import count_neglected
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import departments_by_id, list_departments
from hotline.supervision.bulletins.queries import count_unpublished
from hotline.supervision.interviews.queries import count_interviews
from hotline.supervision.lateness import count_lateness
from hotline.supervision.listings.queries import count_listed
from hotline.supervision.queries import (
    OrderFilter,
    OrderRow,
    count_orders,
    list_orders,
    open_orders,
    preview_urging,
    read_progress,
)
from hotline.supervision.rules import OrderLevel, OrderState
from hotline.supervision.urges.queries import count_orders_by_level, count_waiting_urges
from hotline.supervision.urging import request_urging
from hotline.tickets.queries import TicketFilter
from web.errors import status_of
from web.labels import label
from web.pages.desk import FILTERS, department_options, limit_words, narrowed
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.security.guards import requires
from web.views.accounting import Account, account_tiles, ladder_view
from web.views.fields import Field, read
from web.views.forms import EMPTY, FormState
from web.views.lateness import alert_view, make_oversight
from web.views.problems import explain
from web.views.queues import filter_of, find_queue
from web.views.supervision import order_view
from web.views.urging import preview_view, progress_view

FIRST_ORDERS = 20
FIRST_ALERTS = 8
PAGE_SIZE = 50
ORDERS_ASKED = ("state", "level", "department", "late")

_NOTE = (
    Field(
        "note",
        N_("Words to whoever has the tickets"),
        hint=N_("Written on every ticket; the requesters may read it."),
        most=2000,
    ),
)
_ASKED = ("queue", *FILTERS)


async def find_orders(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[OrderRow]:
    """Return the orders of these filters, for the page and for its export."""
    wanted = OrderFilter(
        state=tuple(state for state in OrderState if state.value == asked["state"]),
        level=tuple(level for level in OrderLevel if str(level.value) == asked["level"]),
        department=asked["department"] or None,
        owed_before=now if asked["late"] else None,
    )
    return await list_orders(reader, principal, wanted, cursor=cursor, limit=limit)


class SupervisionController(Controller):
    """What is late now and will be, and what was done about it."""

    path = "/supervision"
    guards = (requires(Permission.READ_BOARD),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the view, in a fixed number of statements."""
        now, t = shell_of(request).now, speaker(request)
        unseen = await list_unseen(reader, now, FIRST_ALERTS)
        units = await departments_by_id(reader, {item.department_id for item in unseen.items})
        orders = await open_orders(reader, principal, limit=FIRST_ORDERS)
        return page(
            request,
            "pages/supervision.html",
            view=make_oversight(
                await count_lateness(reader, now),
                await count_orders(reader, now),
                unseen,
                units,
                await read_health(reader, now),
                t,
            ),
            orders=[order_view(row, t) for row in orders],
            ladder=ladder_view(await count_orders_by_level(reader), t),
            account=account_tiles(await _account(reader, now), principal, t),
        )

    @get("/orders")
    async def show_orders(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every order, the newest first."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ORDERS_ASKED}
        found = await find_orders(
            reader,
            principal,
            asked,
            shell_of(request).now,
            cursor=request.query_params.get("cursor"),
        )
        filters = {name: text for name, text in asked.items() if text}
        return page(
            request,
            "pages/orders.html",
            orders=[order_view(row, t) for row in found.items],
            filter=FormState(asked),
            is_late=bool(asked["late"]),
            is_narrowed=bool(filters),
            states=[(state.value, t.text(label(state))) for state in OrderState],
            levels=[(str(level.value), t.text(label(level))) for level in OrderLevel],
            departments=department_options(await list_departments(reader), t),
            next_href=f"/supervision/orders?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/alerts")
    async def show_alerts(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the alerts that nobody has acknowledged, the longest unseen first."""
        t, cursor = speaker(request), request.query_params.get("cursor")
        unseen = await list_unseen(reader, shell_of(request).now, PAGE_SIZE, cursor)
        units = await departments_by_id(reader, {item.department_id for item in unseen.items})
        return page(
            request,
            "pages/alerts.html",
            alerts=[alert_view(item, units, t) for item in unseen.items],
            next_href=f"/supervision/alerts?{urlencode({'cursor': unseen.next_cursor})}"
            if unseen.next_cursor
            else None,
            first_href="/supervision/alerts" if cursor else None,
        )


class UrgingController(Controller):
    """Urging a whole list: looked at, confirmed with a text, followed to its end."""

    path = "/supervision/urge"
    guards = (requires(Permission.URGE_MANY),)
    include_in_schema = False

    @get()
    async def preview(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what urging the list would do."""
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        return await _preview(request, principal, reader, asked, EMPTY, uuid.uuid4())

    @post(status_code=200)
    async def start(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Have the list urged, once however often the form is sent."""
        sent = await posted(request)
        values, form = read(_NOTE, sent, speaker(request))
        asked = {name: "".join(sent.get(name, [])) for name in _ASKED}
        run_id = _run_id("".join(sent.get("run_id", [])))
        if form.errors:
            return await _preview(request, principal, tx.session, asked, form, run_id, status=422)
        try:
            async with tx.session.begin_nested():
                run = await request_urging(
                    tx,
                    run_id,
                    _wanted(request, asked),
                    asked=_list_href(asked),
                    note=values["note"],
                )
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, speaker(request).language))
            return await _preview(
                request, principal, tx.session, asked, refused, run_id, status=status_of(error)
            )
        return see_other(f"/supervision/urge/{run.id}")

    @get("/{run_id:uuid}")
    async def follow(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        run_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show how far it is."""
        progress = await read_progress(reader, principal, run_id)
        return page(
            request,
            "pages/urging.html",
            run_id=str(run_id),
            asked=progress.run.asked,
            progress=progress_view(progress, speaker(request)),
        )


async def _account(reader: AsyncSession, now: datetime) -> Account:
    return Account(
        await count_waiting_urges(reader, now),
        await count_listed(reader),
        await count_interviews(reader, now),
        await count_unpublished(reader),
        await count_neglected(reader, now),
    )


def _run_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def _wanted(request: PageRequest, asked: Mapping[str, str]) -> TicketFilter:
    queue = find_queue(asked["queue"])
    base = filter_of(queue) if queue else TicketFilter()
    wanted = narrowed(base, asked, shell_of(request).now)
    # What has ended needs nobody's haste; a running limit says by itself that it has not.
    return replace(wanted, open_only=wanted.open_only or wanted.clock is None)


def _list_href(asked: Mapping[str, str]) -> str:
    queue = find_queue(asked["queue"])
    filters = urlencode({name: asked[name] for name in FILTERS if asked[name]})
    path = queue.path if queue else "/tickets"
    return f"{path}?{filters}" if filters else path


async def _preview(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    asked: Mapping[str, str],
    form: FormState,
    run_id: uuid.UUID,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    queue = find_queue(asked["queue"])
    preview = await preview_urging(
        reader, principal, _wanted(request, asked), shell_of(request).now
    )
    return page(
        request,
        "pages/urge.html",
        status=status,
        preview=preview_view(preview, t),
        list_words=t.listed(
            words
            for words in (
                t.text(queue.text) if queue else "",
                limit_words(asked, await list_departments(reader), t),
            )
            if words
        ),
        list_href=_list_href(asked),
        asked=[(name, text) for name, text in asked.items() if text],
        fields=_NOTE,
        form=form,
        run_id=str(run_id),
    )
