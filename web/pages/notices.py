"""What a person was told."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.notices.actions import mark_read
from hotline.notices.queries import list_notices
from hotline.people.principal import Principal, Tx
from web.pages.frame import PageRequest, page, see_other
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
        """Show the latest notices, newest first."""
        rows = await list_notices(reader, principal.user_id) if principal.user_id else ()
        return page(request, "pages/notices.html", notices=[notice_row(row) for row in rows])

    @post("/read")
    async def read(self, tx: NamedDependency[Tx]) -> Redirect:
        """Mark all of them as read."""
        await mark_read(tx)
        return see_other("/notices")
