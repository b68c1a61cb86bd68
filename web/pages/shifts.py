"""Handing a desk over: what is open now, what needs an eye, who has taken it."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.shifts.actions import WatchedItem, give_desk, take_desk
from hotline.shifts.models import Desk, HandOver
from hotline.shifts.queries import list_hand_overs, waiting_hand_overs
from hotline.tickets.numbering import is_ticket_number
from hotline.tickets.queries import count_queues
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.fields import Field, Kind
from web.views.shifts import figures, hand_over_view

_PATH = "/desk/handover"


def watched_items(lines: Sequence[str]) -> list[WatchedItem]:
    """Return what was written a line each: a ticket's number first, if there is one, then words."""
    items = []
    for line in lines:
        first, _, rest = line.strip().partition(" ")
        if is_ticket_number(first):
            items.append(WatchedItem(first, rest.strip()))
        elif line.strip():
            items.append(WatchedItem(None, line.strip()))
    return items


async def _give(tx: Tx, *, desk: Desk, items: Sequence[str] | None, note: str | None) -> HandOver:
    return await give_desk(tx, desk=desk, items=watched_items(items or ()), note=note)


GIVE = RecordForm(
    "give",
    N_("Hand the desk over"),
    _give,
    (
        Field("desk", N_("Desk"), Kind.CHOICE, of=Desk),
        Field(
            "items",
            N_("What needs an eye"),
            Kind.LINES,
            required=False,
            hint=N_(
                "A line each; begin it with the ticket's number. No names, no telephone numbers."
            ),
            most=4000,
        ),
        Field("note", N_("Remarks"), required=False, most=2000),
    ),
    is_versioned=False,
)
TAKE = RecordForm(
    "take",
    N_("Take the desk over"),
    take_desk,
    (Field("remark", N_("Remarks"), required=False, most=2000),),
    is_versioned=False,
)


class ShiftController(Controller):
    """One page: what waits to be taken, giving, and what was handed over before."""

    path = _PATH
    guards = (requires(Permission.HAND_OVER_SHIFTS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what waits and what was."""
        return await _page(request, principal, reader)

    @post("/give", status_code=200)
    async def give(
        self, request: PageRequest, principal: NamedDependency[Principal], tx: NamedDependency[Tx]
    ) -> Response[Any]:
        """Hand a desk over."""
        sent = await send(request, tx, GIVE)
        if sent.form is not None:
            return await _page(request, principal, tx.session, sent)
        return see_other(_PATH)

    @post("/{hand_over_id:uuid}/take", status_code=200)
    async def take(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        hand_over_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Take a desk over."""
        sent = await send(request, tx, TAKE, hand_over_id)
        if sent.form is not None:
            return await _page(request, principal, tx.session, sent)
        return see_other(_PATH)


async def _page(
    request: PageRequest, principal: Principal, reader: AsyncSession, sent: Sent | None = None
) -> Response[str]:
    t = speaker(request)
    found = await list_hand_overs(reader, cursor=request.query_params.get("cursor"), limit=20)
    counts = await count_queues(reader, principal, shell_of(request).now)
    return page(
        request,
        "pages/handover.html",
        status=sent.status if sent else 200,
        refusal=sent.form.refusal if sent and sent.form else None,
        waiting=[hand_over_view(row, principal, t) for row in await waiting_hand_overs(reader)],
        earlier=[hand_over_view(row, principal, t) for row in found.items],
        figures=figures(((one.status, one.hold, one.count, one.late) for one in counts), t),
        give=form_views((GIVE,), sent)[0],
        take=form_views((TAKE,))[0],
        next_href=f"{_PATH}?cursor={found.next_cursor}" if found.next_cursor else None,
    )
