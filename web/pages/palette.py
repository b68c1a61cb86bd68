"""The palette of commands: the pages that one may open, and the phrases of one's desk."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from web.pages.frame import PageRequest, page
from web.pages.knowledge_desk import phrases_for
from web.security.guards import signed_in
from web.views.palette import page_commands, phrase_commands
from web.views.queues import nav_groups


class PaletteController(Controller):
    """What somebody may do or open, for the palette of commands."""

    path = "/palette"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """List the pages; the phrases too where something is being written.

        What can be done on a page stands on it already: the browser reads it off there.
        """
        asked = request.query_params
        writes = bool(asked.get("ticket") or asked.get("desk"))
        phrases = (
            await phrases_for(request, principal, reader)
            if writes and Permission.READ_KNOWLEDGE in principal.permissions
            else ()
        )
        return page(
            request,
            "fragments/command_list.html",
            pages=page_commands(nav_groups(principal, "")),
            phrases=phrase_commands(phrases),
            into="" if asked.get("ticket") else "content",
        )
