"""The list of supervision for everybody at work, and urging that waits for an answer."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.supervision.listings.actions import delist, name_leaders
from hotline.supervision.listings.queries import ListingRow, list_listings
from hotline.supervision.urges.queries import list_waiting_urges
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.listings import listing_view
from web.views.urges import waiting_view

PAGE_SIZE = 50
ASKED = ("over", "department")
MOST_URGES = 200

NAME = RecordForm(
    "name-leaders",
    N_("Name who watches over it"),
    name_leaders,
    (
        Field("city_leader", N_("Leader of the city"), Kind.LINE, most=80),
        Field("responsible", N_("Person in charge"), Kind.LINE, most=80),
    ),
    is_versioned=False,
)
DELIST = RecordForm(
    "delist",
    N_("Take off the list"),
    delist,
    (Field("explanation", N_("What was verified")),),
    question=N_("Take this matter off the list?"),
    is_versioned=False,
)


class ListingController(Controller):
    """What stands on the list, and what stood on it."""

    path = "/supervision/listed"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the list, or with `over` what was taken off."""
        return await _listed(request, principal, reader)

    @post("/{number:str}/name-leaders", status_code=200, guards=[requires(Permission.INTERVIEW)])
    async def name(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
    ) -> Response[Any]:
        """Name who watches over a matter and who answers for it."""
        return await _sent(request, principal, tx, number, NAME)

    @post("/{number:str}/delist", status_code=200, guards=[requires(Permission.INTERVIEW)])
    async def off(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
    ) -> Response[Any]:
        """Take a matter off the list."""
        return await _sent(request, principal, tx, number, DELIST)


class UrgeController(Controller):
    """Urging that nobody has answered."""

    path = "/supervision/urges"
    guards = (requires(Permission.READ_BOARD),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what waits for an answer, the one due first at the head."""
        t = speaker(request)
        is_late = bool(request.query_params.get("late"))
        now = shell_of(request).now
        rows = await list_waiting_urges(
            reader, due_before=now if is_late else None, limit=MOST_URGES
        )
        return page(
            request,
            "pages/urges.html",
            urges=[waiting_view(row, t) for row in rows],
            is_late=is_late,
        )


async def find_listings(
    reader: AsyncSession, asked: Mapping[str, str], *, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[ListingRow]:
    """Return the listed matters of these filters, for the page and for its export."""
    return await list_listings(
        reader,
        is_over=bool(asked["over"]),
        department=asked["department"] or None,
        cursor=cursor,
        limit=limit,
    )


async def _sent(
    request: PageRequest, principal: Principal, tx: Tx, number: str, form: RecordForm
) -> Response[Any]:
    sent = await send(request, tx, form, number)
    if sent.form is not None:
        return await _listed(request, principal, tx.session, (number, sent))
    return see_other("/supervision/listed")


async def _listed(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    answered: tuple[str, Sent] | None = None,
) -> Response[str]:
    t = speaker(request)
    asked = {name: request.query_params.get(name, "") for name in ASKED}
    found = await find_listings(reader, asked, cursor=request.query_params.get("cursor"))
    filters = {name: text for name, text in asked.items() if text}
    supervises = Permission.INTERVIEW in principal.permissions
    return page(
        request,
        "pages/listed.html",
        status=answered[1].status if answered else 200,
        matters=[
            (
                listing_view(row, principal, t),
                form_views(
                    (NAME, DELIST) if supervises and row.listing.delisted_at is None else (),
                    answered[1] if answered and answered[0] == row.listing.order_number else None,
                ),
            )
            for row in found.items
        ],
        is_over=bool(asked["over"]),
        filter=FormState(asked),
        is_narrowed=bool(filters),
        departments=department_options(await list_departments(reader), t),
        next_href=f"/supervision/listed?{urlencode({**filters, 'cursor': found.next_cursor})}"
        if found.next_cursor
        else None,
    )
