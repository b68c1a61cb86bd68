"""Bulletins: drafted, reviewed, published, recalled."""

import uuid
from datetime import date
from typing import Annotated

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.supervision.bulletins.actions import (
    change_bulletin,
    draft_bulletin,
    publish_bulletin,
    recall_bulletin,
    review_bulletin,
)
from hotline.supervision.bulletins.queries import list_bulletins, read_bulletin
from hotline.supervision.bulletins.rules import BulletinState, UnitFigures
from hotline.supervision.models import Bulletin
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody, Answer, Body, Instant, Unit, Words
from web.security.guards import requires
from web.views.bulletins import figures_shown


class BulletinLine(Answer):
    """A bulletin in a list."""

    id: uuid.UUID
    number: str | None
    kind: str
    state: str
    title: str
    begins: date
    ends: date
    published_at: Instant | None


class BulletinList(Answer):
    """A page of bulletins, the newest first."""

    items: list[BulletinLine]
    next_cursor: str | None = None


class UnitFiguresOut(Answer):
    """What the period looked like for one unit."""

    department: Unit
    received: int
    late: int
    returned: int
    reworked: int
    unanswered: int
    listed: int


class BulletinOut(BulletinLine):
    """Everything about one bulletin; its words and figures are left out once it is recalled."""

    version: int
    text: str
    figures: list[UnitFiguresOut]
    departments: list[str]
    drafted_at: Instant
    reviewed_at: Instant | None
    recall_reason: str | None
    recalled_at: Instant | None


Codes = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=500)]
Title = Annotated[Words, Field(max_length=120)]


class DraftBody(Body):
    """What a bulletin says about which period; no departments means all."""

    title: Title
    begins: date
    ends: date
    text: Words
    departments: Codes = Field(default=[])


class ChangeBody(ActionBody):
    """The words of a draft."""

    title: Title
    text: Words
    departments: Codes = Field(default=[])


class RecallBody(ActionBody):
    """Why a bulletin is recalled."""

    reason: Words


def _line(one: Bulletin) -> BulletinLine:
    return BulletinLine(
        id=one.id,
        number=one.number,
        kind=one.kind.value,
        state=one.state.value,
        title=one.title,
        begins=one.begins,
        ends=one.ends,
        published_at=one.published_at,
    )


def _unit_figures(line: UnitFigures) -> UnitFiguresOut:
    return UnitFiguresOut(
        department=Unit(code=line.code, name=line.name, name_en=line.name_en),
        received=line.received,
        late=line.late,
        returned=line.returned,
        reworked=line.reworked,
        unanswered=line.unanswered,
        listed=line.listed,
    )


def bulletin_out(one: Bulletin, reader: Principal) -> BulletinOut:
    """Return a bulletin as this reader may see it."""
    shown = figures_shown(one, reader)
    return BulletinOut(
        id=one.id,
        number=one.number,
        kind=one.kind.value,
        state=one.state.value,
        title=one.title,
        begins=one.begins,
        ends=one.ends,
        published_at=one.published_at,
        version=one.version,
        text=mask_text(one.text) if shown is not None else "",
        figures=[_unit_figures(line) for line in shown or ()],
        departments=list(one.units),
        drafted_at=one.drafted_at,
        reviewed_at=one.reviewed_at,
        recall_reason=one.recall_reason,
        recalled_at=one.recalled_at,
    )


async def _answer(tx: Tx, bulletin_id: uuid.UUID) -> BulletinOut:
    await tx.session.flush()  # the answer reads back what the action has written
    detail = await read_bulletin(tx.session, tx.actor, bulletin_id)
    return bulletin_out(detail.bulletin, tx.actor)


_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)


class BulletinController(Controller):
    """Bulletins: whoever writes them sees all, the others what was published for them."""

    path = "/bulletins"
    tags = ("supervision",)
    guards = (requires(Permission.READ_TICKETS),)

    @get(
        "/",
        operation_id="listBulletins",
        operation_class=ApiOperation,
        summary="List bulletins",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def bulletins(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        states: Annotated[list[BulletinState] | None, QueryParameter(name="state")] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> BulletinList:
        """List the bulletins you may see, the newest first."""
        page = await list_bulletins(
            reader, principal, state=tuple(states or ()), cursor=cursor, limit=limit
        )
        return BulletinList(items=[_line(one) for one in page.items], next_cursor=page.next_cursor)

    @post(
        "/",
        status_code=201,
        guards=[requires(Permission.PUBLISH_BULLETIN)],
        operation_id="draftBulletin",
        operation_class=ApiOperation,
        summary="Draft a bulletin",
        responses=_REFUSALS,
    )
    async def draft(self, tx: NamedDependency[Tx], data: JSONBody[DraftBody]) -> BulletinOut:
        """Draft a bulletin; its figures are counted now and stay with it."""
        bulletin = await draft_bulletin(tx, **dict(data))
        return await _answer(tx, bulletin.id)

    @get(
        "/{bulletin_id:uuid}",
        operation_id="readBulletin",
        operation_class=ApiOperation,
        summary="Read a bulletin",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def bulletin(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        bulletin_id: FromPath[uuid.UUID],
    ) -> BulletinOut:
        """Return a bulletin that you may see."""
        detail = await read_bulletin(reader, principal, bulletin_id)
        return bulletin_out(detail.bulletin, principal)

    @put(
        "/{bulletin_id:uuid}",
        guards=[requires(Permission.PUBLISH_BULLETIN)],
        operation_id="changeBulletin",
        operation_class=ApiOperation,
        summary="Change a draft",
        responses=_REFUSALS,
    )
    async def change(
        self, tx: NamedDependency[Tx], bulletin_id: FromPath[uuid.UUID], data: JSONBody[ChangeBody]
    ) -> BulletinOut:
        """Change the words of a draft; its figures are counted anew, and a review of it is void."""
        await change_bulletin(tx, bulletin_id, **dict(data))
        return await _answer(tx, bulletin_id)

    @post(
        "/{bulletin_id:uuid}/review",
        status_code=200,
        guards=[requires(Permission.PUBLISH_BULLETIN)],
        operation_id="reviewBulletin",
        operation_class=ApiOperation,
        summary="Find a draft good",
        responses=_REFUSALS,
    )
    async def review(
        self, tx: NamedDependency[Tx], bulletin_id: FromPath[uuid.UUID], data: JSONBody[ActionBody]
    ) -> BulletinOut:
        """Find a draft good that somebody else wrote."""
        await review_bulletin(tx, bulletin_id, expected_version=data.expected_version)
        return await _answer(tx, bulletin_id)

    @post(
        "/{bulletin_id:uuid}/publish",
        status_code=200,
        guards=[requires(Permission.PUBLISH_BULLETIN)],
        operation_id="publishBulletin",
        operation_class=ApiOperation,
        summary="Publish a reviewed bulletin",
        responses=_REFUSALS,
    )
    async def publish(
        self, tx: NamedDependency[Tx], bulletin_id: FromPath[uuid.UUID], data: JSONBody[ActionBody]
    ) -> BulletinOut:
        """Publish what was reviewed; from then on nothing of it changes but that it is recalled."""
        await publish_bulletin(tx, bulletin_id, expected_version=data.expected_version)
        return await _answer(tx, bulletin_id)

    @post(
        "/{bulletin_id:uuid}/recall",
        status_code=200,
        guards=[requires(Permission.PUBLISH_BULLETIN)],
        operation_id="recallBulletin",
        operation_class=ApiOperation,
        summary="Recall a published bulletin",
        responses=_REFUSALS,
    )
    async def recall(
        self, tx: NamedDependency[Tx], bulletin_id: FromPath[uuid.UUID], data: JSONBody[RecallBody]
    ) -> BulletinOut:
        """Take a published bulletin back, with the reason."""
        await recall_bulletin(
            tx, bulletin_id, reason=data.reason, expected_version=data.expected_version
        )
        return await _answer(tx, bulletin_id)
