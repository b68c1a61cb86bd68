"""What open pages ask for when they were told that something has changed: small parts of pages."""

import uuid
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import users_by_id
from hotline.sla.policy import Level
from hotline.tickets.access import find_readable
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.models import EVENT_KINDS
from hotline.tickets.queries import list_timeline
from hotline.tickets.sights.queries import readable_numbers
from web.live.hub import Hub
from web.live.presence import Presence
from web.pages.frame import PageRequest, page, posted, speaker
from web.security.guards import requires, signed_in
from web.views.timelines import timeline_row

_AN_HOUR = "private, max-age=3600"
_MOST_CHANGES = 5


class LivePartController(Controller):
    """Parts that belong to no ticket."""

    path = "/live"
    guards = (signed_in,)
    include_in_schema = False

    @get("/marks")
    async def show_marks(self, request: PageRequest) -> Response[str]:
        """Show the marks of all states and levels, with which lines of lists are put right in place."""
        answer = page(
            request,
            "fragments/live_marks.html",
            statuses=list(Status),
            holds=list(Hold),
            levels=list(Level),
        )
        answer.headers["cache-control"] = _AN_HOUR
        return answer

    @post("/writing", status_code=204)
    async def write(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> None:
        """Note that the reader fills in a form on a ticket, or does not any more."""
        sent = await posted(request)
        number = "".join(sent.get("number", []))
        if principal.user_id is None:
            return
        if number in await readable_numbers(reader, principal, [number]):
            presence: Presence = request.app.state.presence
            is_writing = bool("".join(sent.get("writing", [])))
            await presence.write(number, str(principal.user_id), is_writing=is_writing)


class LiveTicketController(Controller):
    """Parts of a ticket's page."""

    path = "/tickets/{number:str}"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get("/changes")
    async def show_changes(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[Any]:
        """Say what has happened to the ticket since the version that a page shows."""
        ticket = await find_readable(reader, principal, number)
        asked = request.query_params.get("since", "")
        count = ticket.version - int(asked) if asked.isdecimal() else 0
        if count <= 0:
            return Response(None, status_code=204)
        t = speaker(request)
        rows = [
            timeline_row(row, t)
            for row in await list_timeline(reader, principal, ticket.id)
            if row.event.action not in EVENT_KINDS
        ]
        shown = list(reversed(rows[-min(count, _MOST_CHANGES) :]))
        return page(
            request,
            "fragments/live_changes.html",
            rows=shown,
            more=count - len(shown),
            number=number,
        )

    @get("/presence")
    async def show_presence(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Say who else has the ticket open, and who is filling in a form on it."""
        await find_readable(reader, principal, number)
        hub: Hub = request.app.state.live
        found = hub.attendances.get(number)
        others = {
            uuid.UUID(user): writes
            for user, writes in (found.people if found else {}).items()
            if user != str(principal.user_id)
        }
        people = await users_by_id(reader, set(others)) if others else {}
        shown = sorted(
            (
                (people[user].display_name, writes)
                for user, writes in others.items()
                if user in people
            ),
            key=lambda one: (not one[1], one[0]),
        )
        return page(request, "fragments/live_presence.html", people=shown)
