"""The photos that requesters sent, for whoever may read the ticket."""

import uuid

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.photos import photos_of_ticket, read_ticket_photo
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.tickets.access import find_readable
from web.pages.frame import PageRequest, page
from web.pages.submitting import picture_response
from web.resources import Resources
from web.security.guards import requires


class TicketPhotoController(Controller):
    """Photos of one ticket."""

    path = "/tickets/{number:str}/photos"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show_photos(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show the photos; quiet when there are none."""
        ticket = await find_readable(reader, principal, number)
        photos = await photos_of_ticket(reader, ticket.id)
        return page(request, "fragments/photos_sent.html", number=ticket.number, photos=photos)

    @get("/{photo_id:uuid}")
    async def show_photo(
        self,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        number: FromPath[str],
        photo_id: FromPath[uuid.UUID],
    ) -> Response[bytes]:
        """Show one photo."""
        ticket = await find_readable(reader, principal, number)
        picture = await read_ticket_photo(reader, resources.cipher, photo_id, ticket.id)
        return picture_response(picture.media_type, picture.data)
