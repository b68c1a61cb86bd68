"""Beside a new ticket: what may be the same matter, so that it is joined before it is worked on twice."""

from dataclasses import replace

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.like_cases.queries import Asked, Found, find_like
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.tickets.access import find_readable
from hotline.tickets.lifecycle import TRANSITIONS, Action, State
from hotline.tickets.models import Ticket
from hotline.tickets.queries import TicketDetail, ticket_detail
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.incidents import panel_view


class TicketLikeController(Controller):
    """Like cases of a ticket that is there already."""

    path = "/tickets/{number:str}/like"
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show what may be the same matter; an empty fragment when there is nothing."""
        ticket = await find_readable(reader, principal, number)
        detail = await ticket_detail(reader, ticket)
        found = await find_like(reader, principal, _asked(request, detail))
        return page(
            request,
            "fragments/ticket_like.html",
            panel=panel_view(_without(found, ticket), speaker(request)),
            may_merge=bool(TRANSITIONS[Action.MERGE].roles & principal.roles)
            and State(ticket.status, ticket.hold) in TRANSITIONS[Action.MERGE].sources
            and not detail.child_numbers,
        )


def _asked(request: PageRequest, detail: TicketDetail) -> Asked:
    ticket = detail.ticket
    return Asked(
        title=ticket.title,
        content=ticket.content,
        address=ticket.address,
        area=ticket.area,
        category=ticket.category_code,
        request_type=ticket.request_type,
        phone_index=next((row.phone_index for row in detail.requesters if row.phone_index), None),
        is_secret=ticket.is_secret,
        at=shell_of(request).now,
    )


def _without(found: Found, ticket: Ticket) -> Found:
    """Return what is like a ticket, without the ticket itself: nothing is more like it."""
    return replace(
        found,
        own=[case for case in found.own if case.number != ticket.number],
        others=[case for case in found.others if case.number != ticket.number],
    )
