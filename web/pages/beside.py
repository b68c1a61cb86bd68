"""The list beside the ticket: the queue that somebody works through, without leaving it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.tickets.queries import BY_DUE, BY_NEWEST, TicketFilter, list_tickets
from web.pages.desk import FILTERS, PAGE_SIZE, narrowed
from web.pages.frame import PageRequest, own_path, page, shell_of, speaker
from web.security.guards import requires
from web.views.beside import BesideView, beside_view, ticket_href
from web.views.queues import filter_of, find_queue
from web.views.tickets import TicketRow, ticket_row


@dataclass(frozen=True, slots=True)
class Place:
    """A list of tickets somewhere in the house.

    Attributes:
        title: message id of its heading.
        href: its address, filters and page among it.
        base: what it shows without filters.
        sort: in which order.
    """

    title: str
    href: str
    base: TicketFilter
    sort: str


def place_of(address: str) -> Place | None:
    """Return the list at an address; None when none is there."""
    path = urlsplit(own_path(address)).path
    if path == "/desk":
        return Place(N_("My desk"), address, TicketFilter(mine=True), BY_DUE)
    if path == "/tickets":
        return Place(N_("All tickets"), address, TicketFilter(), BY_NEWEST)
    code = path.removeprefix("/queues/")
    queue = find_queue(code) if code != path else None
    return Place(queue.text, address, filter_of(queue), BY_DUE) if queue else None


async def rows_of(
    request: PageRequest, principal: Principal, reader: AsyncSession, place: Place
) -> list[TicketRow]:
    """Return the rows of a list, as the list itself shows them."""
    t, now = speaker(request), shell_of(request).now
    given = parse_qs(urlsplit(place.href).query)
    asked = {name: "".join(given.get(name, [])[:1]) for name in FILTERS}
    wanted = narrowed(place.base, asked, now)
    sort = BY_DUE if wanted.due_to is not None or wanted.level else place.sort
    cursor = "".join(given.get("cursor", [])) or None
    try:
        found = await list_tickets(
            reader, principal, wanted, sort=sort, cursor=cursor, limit=PAGE_SIZE
        )
    except DomainError:  # a page of the list that is no more: from its beginning
        found = await list_tickets(reader, principal, wanted, sort=sort, limit=PAGE_SIZE)
    return [ticket_row(row, t) for row in found.items]


async def read_beside(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    address: str | None,
) -> BesideView | None:
    """Return the list that a ticket is looked at from; None when it is looked at by itself."""
    place = place_of(address) if address else None
    if place is None:
        return None
    rows = await rows_of(request, principal, reader, place)
    return beside_view(place.title, place.href, rows, number)


async def after_action(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    done: str,
    *,
    address: str | None,
    following: str,
) -> str:
    """Return where somebody goes on after an action.

    To the same ticket while it waits in the list; else to the one after it, which may have become the
    first; else to the empty list. Without a list, to the ticket.
    """
    said = urlencode({"done": done})
    place = place_of(address) if address else None
    if place is None:
        return f"/tickets/{number}?{said}"
    waiting = [row.number for row in await rows_of(request, principal, reader, place)]
    if number in waiting:
        return f"{ticket_href(number, place.href)}&{said}"
    said = urlencode({"done": done, "of": number})
    if not waiting:
        return f"{ticket_href(number, place.href)}&{said}"
    chosen = following if following in waiting else waiting[0]
    return f"{ticket_href(chosen, place.href)}&{said}"


class BesideController(Controller):
    """The list alone, to be renewed where it stands."""

    path = "/desk/beside"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the list beside a ticket."""
        asked = request.query_params
        beside = await read_beside(
            request, principal, reader, asked.get("at", ""), asked.get("in") or "/desk"
        )
        return page(request, "fragments/desk_list.html", beside=beside)
