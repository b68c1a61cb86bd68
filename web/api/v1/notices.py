"""One's own notices."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.notices.actions import mark_read
from hotline.notices.queries import count_unread, list_notices
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Instant
from web.security.guards import signed_in


class NoticeOut(Answer):
    """Something the caller was told."""

    kind: str
    ticket: str
    clock: str
    level: str
    created_at: Instant
    read_at: Instant | None


class NoticeList(Answer):
    """The latest notices, newest first."""

    unread: int
    items: list[NoticeOut]
    next_cursor: str | None = None


class NoticeController(Controller):
    """What the caller was told."""

    path = "/me/notices"
    tags = ("account",)
    guards = (signed_in,)

    @get(
        "/",
        operation_id="listNotices",
        operation_class=ApiOperation,
        summary="Your notices",
        responses=problem_responses(401, 422),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> NoticeList:
        """Return your latest notices and how many you have not read."""
        if principal.user_id is None:
            return NoticeList(unread=0, items=[])
        return NoticeList(
            unread=await count_unread(reader, principal.user_id),
            items=[
                NoticeOut(
                    kind=row.kind,
                    ticket=row.ticket_number,
                    clock=row.clock,
                    level=row.level,
                    created_at=row.created_at,
                    read_at=row.read_at,
                )
                for row in await list_notices(reader, principal.user_id, limit)
            ],
        )

    @post(
        "/read",
        status_code=204,
        operation_id="readNotices",
        operation_class=ApiOperation,
        summary="Mark your notices as read",
        responses=problem_responses(401),
    )
    async def read(self, tx: NamedDependency[Tx]) -> None:
        """Mark every notice of yours as read."""
        await mark_read(tx)
