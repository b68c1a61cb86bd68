"""What a person was told."""

import uuid
from contextlib import suppress

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.notices.actions import acknowledge, mark_read
from hotline.notices.queries import list_notices
from hotline.people.principal import Principal, Tx
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.security.guards import signed_in
from web.views.notices import notice_row


class NoticeController(Controller):
    """One's own notices."""

    path = "/notices"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the latest notices: those that wait for a word first, then the newest."""
        t = speaker(request)
        rows = await list_notices(reader, principal.user_id) if principal.user_id else ()
        lines = [notice_row(row, t, principal) for row in rows]
        return page(request, "pages/notices.html", notices=lines)

    @post("/read")
    async def read(self, tx: NamedDependency[Tx]) -> Redirect:
        """Mark all of them as read."""
        await mark_read(tx)
        return see_other("/notices")

    @post("/acknowledge")
    async def acknowledge(self, request: PageRequest, tx: NamedDependency[Tx]) -> Redirect:
        """Say that those sent along were seen; what is no id of a notice is passed over."""
        ids = []
        for value in (await posted(request)).get("id", []):
            with suppress(ValueError):
                ids.append(uuid.UUID(value))
        await acknowledge(tx, ids)
        return see_other("/notices")
