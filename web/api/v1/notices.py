"""One's own notices."""

import uuid
from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.notices.actions import acknowledge, mark_read
from hotline.notices.models import Notice
from hotline.notices.queries import count_waiting, list_notices
from hotline.people.principal import Principal, Tx
from hotline.sla.policy import Rung
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant
from web.security.guards import signed_in


class NoticeOut(Answer):
    """Something the caller was told."""

    id: uuid.UUID
    kind: str
    ticket: str | None
    clock: str | None
    rung: str | None
    level: str | None
    params: dict[str, Any]
    needs_ack: bool
    is_urgent: bool
    late_by_seconds: int
    created_at: Instant
    read_at: Instant | None
    acknowledged_at: Instant | None


class AcknowledgeIn(Body):
    """Which notices the caller has seen."""

    ids: list[uuid.UUID] = Field(min_length=1, max_length=500)


class Acknowledged(Answer):
    """How many notices had waited for the word."""

    acknowledged: int


class NoticeList(Answer):
    """The latest notices: those that wait for a word first, then the newest."""

    unread: int
    unacknowledged: int
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
        waiting: Annotated[
            bool, QueryParameter(description="Only those that wait for your word")
        ] = False,
    ) -> NoticeList:
        """Return your latest notices, and how many you have not read or not acknowledged."""
        if principal.user_id is None:
            return NoticeList(unread=0, unacknowledged=0, items=[])
        count = await count_waiting(reader, principal.user_id)
        rows = await list_notices(reader, principal.user_id, limit, only_waiting=waiting)
        return NoticeList(
            unread=count.unread,
            unacknowledged=count.unacknowledged,
            items=[_out(row) for row in rows],
        )

    @post(
        "/acknowledge",
        status_code=200,
        operation_id="acknowledgeNotices",
        operation_class=ApiOperation,
        summary="Say that you have seen notices",
        responses=problem_responses(401, 422),
    )
    async def acknowledge(
        self, tx: NamedDependency[Tx], data: JSONBody[AcknowledgeIn]
    ) -> Acknowledged:
        """Acknowledge notices of yours; ids of other people's do nothing."""
        return Acknowledged(acknowledged=await acknowledge(tx, data.ids))

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


def _out(row: Notice) -> NoticeOut:
    return NoticeOut(
        id=row.id,
        kind=row.kind,
        ticket=row.ticket_number,
        clock=row.clock,
        rung=row.rung,
        level=Rung(row.rung).level.value if row.rung else None,
        params=row.params,
        needs_ack=row.needs_ack,
        is_urgent=row.is_urgent,
        late_by_seconds=row.late_by_seconds,
        created_at=row.created_at,
        read_at=row.read_at,
        acknowledged_at=row.acknowledged_at,
    )
