"""Other systems: keys, services, held reports, public texts; Open311 itself is served elsewhere."""

import uuid
from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.open311.errors import PublicationNotFound
from hotline.open311.keys import RATE, RATE_MOST, KeyView, add_key, list_keys, revoke_key
from hotline.open311.models import PUBLIC_TEXT_MAX, ServiceType, TicketPublication
from hotline.open311.moderation import (
    REASON_MAX,
    HeldReport,
    HeldUpdate,
    dismiss_update,
    list_held,
    list_held_updates,
    refuse_submission,
    take_in,
    take_update,
    throw_away,
)
from hotline.open311.publishing import publish_text, read_publication, withdraw_text
from hotline.open311.services import Service, list_services, save_service
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.models import RequestType
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Words
from web.resources import Resources
from web.security.guards import requires


class Open311KeyOut(Answer):
    """A key of another system; the key itself is told once, when it is given out."""

    id: str
    name: str
    hint: str
    contact: str | None
    is_test: bool
    rate: int
    created_at: Instant
    revoked_at: Instant | None


class Open311KeyMade(Open311KeyOut):
    """A new key."""

    key: str


class Open311KeyList(Answer):
    """Every key."""

    items: list[Open311KeyOut]


class Open311KeyBody(Body):
    """What a key is given out for."""

    name: Annotated[Words, Field(max_length=80)]
    contact: Annotated[OptionalWords, Field(max_length=200, repr=False)] = None
    is_test: bool = False
    rate: int = Field(default=RATE, ge=1, le=RATE_MOST)


class Open311ServiceOut(Answer):
    """How a category is offered."""

    code: str
    name: str
    name_en: str
    group: str
    description: str
    keywords: str
    is_offered: bool
    is_listed: bool
    type: str
    request_type: str
    changed_at: Instant | None


class Open311ServiceList(Answer):
    """Every category in use."""

    items: list[Open311ServiceOut]


class Open311ServiceBody(Body):
    """How a category is to be offered."""

    is_offered: bool
    is_listed: bool
    type: ServiceType = ServiceType.REALTIME
    request_type: RequestType = RequestType.HELP
    name: Annotated[OptionalWords, Field(max_length=120)] = None
    description: Annotated[OptionalWords, Field(max_length=500)] = None
    keywords: Annotated[OptionalWords, Field(max_length=300)] = None


class HeldReportOut(Answer):
    """A report that waits to be read, personal data masked."""

    id: str
    created_at: Instant
    client: str
    service_code: str
    description: str
    address: str | None
    name: str | None
    phone: str | None
    media_url: str | None


class HeldReportList(Answer):
    """A page of what waits to be read, the oldest first."""

    items: list[HeldReportOut]
    next_cursor: str | None = None


class HeldUpdateOut(Answer):
    """Words that wait to be read, personal data masked."""

    id: str
    created_at: Instant
    client: str
    number: str
    status: str | None
    text: str


class HeldUpdateList(Answer):
    """What waits to be read, the oldest first."""

    items: list[HeldUpdateOut]


class TakeInBody(Body):
    """Another category than the client chose."""

    category: Annotated[str | None, Field(max_length=96)] = None


class TakenInOut(Answer):
    """The ticket that a report became."""

    number: str


class RefuseReportBody(Body):
    """Why a report is not taken in."""

    reason: Annotated[Words, Field(max_length=REASON_MAX)]


class PublicationBody(Body):
    """What everybody may read about a ticket."""

    text: Annotated[Words, Field(max_length=PUBLIC_TEXT_MAX)]
    is_public_place: bool = False
    media_url: Annotated[OptionalWords, Field(max_length=2000)] = None


class PublicationOut(Answer):
    """What everybody may read about a ticket."""

    text: str
    is_public_place: bool
    media_url: str | None
    published_at: Instant


def _key(view: KeyView) -> Open311KeyOut:
    return Open311KeyOut(
        id=str(view.id),
        name=view.name,
        hint=view.hint,
        contact=view.contact,
        is_test=view.is_test,
        rate=view.rate,
        created_at=view.created_at,
        revoked_at=view.revoked_at,
    )


def _service(one: Service) -> Open311ServiceOut:
    return Open311ServiceOut(
        code=one.code,
        name=one.name,
        name_en=one.name_en,
        group=one.group,
        description=one.description,
        keywords=one.keywords,
        is_offered=one.is_offered,
        is_listed=one.is_listed,
        type=one.type.value,
        request_type=one.request_type.value,
        changed_at=one.changed_at,
    )


def _report(one: HeldReport) -> HeldReportOut:
    return HeldReportOut(
        id=str(one.id),
        created_at=one.created_at,
        client=one.client,
        service_code=one.service_code,
        description=one.description,
        address=one.address,
        name=one.name,
        phone=one.phone,
        media_url=one.media_url,
    )


def _update(one: HeldUpdate) -> HeldUpdateOut:
    return HeldUpdateOut(
        id=str(one.id),
        created_at=one.created_at,
        client=one.client,
        number=one.number,
        status=one.status,
        text=one.text,
    )


def _published(row: TicketPublication) -> PublicationOut:
    return PublicationOut(
        text=row.text,
        is_public_place=row.is_public_place,
        media_url=row.media_url,
        published_at=row.published_at,
    )


_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)


class Open311AdminController(Controller):
    """Keys of other systems, and what they may report."""

    path = "/other-systems"
    tags = ("other systems",)
    guards = (requires(Permission.MANAGE_OPEN311),)

    @get(
        "/keys",
        operation_id="listOtherSystemKeys",
        operation_class=ApiOperation,
        summary="List the keys of other systems",
        responses=problem_responses(401, 403, 503),
    )
    async def keys(
        self, reader: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
    ) -> Open311KeyList:
        """List every key, those in use first."""
        found = await list_keys(reader, resources.cipher)
        return Open311KeyList(items=[_key(one) for one in found])

    @post(
        "/keys",
        status_code=201,
        operation_id="addOtherSystemKey",
        operation_class=ApiOperation,
        summary="Give out a key",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def add(self, tx: NamedDependency[Tx], data: JSONBody[Open311KeyBody]) -> Open311KeyMade:
        """Give out a key; it is told this once."""
        view, plain = await add_key(tx, **dict(data))
        made = _key(view)
        return Open311KeyMade(
            key=plain, **{name: getattr(made, name) for name in made.__struct_fields__}
        )

    @delete(
        "/keys/{key_id:uuid}",
        status_code=200,
        operation_id="revokeOtherSystemKey",
        operation_class=ApiOperation,
        summary="Take a key back",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def revoke(self, tx: NamedDependency[Tx], key_id: FromPath[uuid.UUID]) -> Open311KeyOut:
        """Take a key back; what came in with it stays."""
        return _key(await revoke_key(tx, key_id))

    @get(
        "/services",
        operation_id="listOtherSystemServices",
        operation_class=ApiOperation,
        summary="List what other systems may report",
        responses=problem_responses(401, 403, 503),
    )
    async def services(self, reader: NamedDependency[AsyncSession]) -> Open311ServiceList:
        """List every category in use, offered or not."""
        return Open311ServiceList(items=[_service(one) for one in await list_services(reader)])

    @put(
        "/services/{code:str}",
        operation_id="saveOtherSystemService",
        operation_class=ApiOperation,
        summary="Decide how a category is offered",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def save(
        self, tx: NamedDependency[Tx], code: FromPath[str], data: JSONBody[Open311ServiceBody]
    ) -> Open311ServiceOut:
        """Decide how a category is offered, and whether its matters are public."""
        return _service(await save_service(tx, code, **dict(data)))


class HeldReportController(Controller):
    """The desk of what other systems report and nobody has read yet."""

    path = "/held-reports"
    tags = ("other systems",)
    guards = (requires(Permission.MODERATE_REPORTS),)

    @get(
        "/",
        operation_id="listHeldReports",
        operation_class=ApiOperation,
        summary="List reports that wait to be read",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def reports(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> HeldReportList:
        """List what waits, the oldest first, personal data masked."""
        found = await list_held(reader, resources.cipher, principal, cursor=cursor, limit=limit)
        return HeldReportList(
            items=[_report(one) for one in found.items], next_cursor=found.next_cursor
        )

    @post(
        "/{submission_id:uuid}/take-in",
        status_code=201,
        operation_id="takeInReport",
        operation_class=ApiOperation,
        summary="Make a ticket of a report",
        responses=_REFUSALS,
    )
    async def take(
        self,
        tx: NamedDependency[Tx],
        submission_id: FromPath[uuid.UUID],
        data: JSONBody[TakeInBody],
    ) -> TakenInOut:
        """Make a ticket of a held report; its client finds the number by the token."""
        created = await take_in(tx, submission_id, category=data.category)
        return TakenInOut(number=created.number)

    @post(
        "/{submission_id:uuid}/refuse",
        status_code=204,
        operation_id="refuseReport",
        operation_class=ApiOperation,
        summary="Refuse a report",
        responses=_REFUSALS,
    )
    async def refuse(
        self,
        tx: NamedDependency[Tx],
        submission_id: FromPath[uuid.UUID],
        data: JSONBody[RefuseReportBody],
    ) -> None:
        """Refuse a held report with a reason; its words are gone."""
        await refuse_submission(tx, submission_id, reason=data.reason)

    @post(
        "/{submission_id:uuid}/throw-away",
        status_code=204,
        operation_id="throwReportAway",
        operation_class=ApiOperation,
        summary="Throw a report away as spam",
        responses=_REFUSALS,
    )
    async def throw(self, tx: NamedDependency[Tx], submission_id: FromPath[uuid.UUID]) -> None:
        """Throw a held report away that nobody meant; its words are gone."""
        await throw_away(tx, submission_id)

    @get(
        "/updates",
        operation_id="listHeldUpdates",
        operation_class=ApiOperation,
        summary="List words that other systems added to tickets",
        responses=problem_responses(401, 403, 503),
    )
    async def updates(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
    ) -> HeldUpdateList:
        """List the words that wait to be read, the oldest first, personal data masked."""
        found = await list_held_updates(reader, resources.cipher, principal)
        return HeldUpdateList(items=[_update(one) for one in found])

    @post(
        "/updates/{update_id:uuid}/take",
        status_code=200,
        operation_id="takeHeldUpdate",
        operation_class=ApiOperation,
        summary="Put added words onto their ticket",
        responses=_REFUSALS,
    )
    async def take_words(
        self, tx: NamedDependency[Tx], update_id: FromPath[uuid.UUID]
    ) -> TakenInOut:
        """Put words that another system added onto their ticket, as a note."""
        return TakenInOut(number=await take_update(tx, update_id))

    @post(
        "/updates/{update_id:uuid}/dismiss",
        status_code=204,
        operation_id="dismissHeldUpdate",
        operation_class=ApiOperation,
        summary="Leave added words aside",
        responses=_REFUSALS,
    )
    async def dismiss_words(self, tx: NamedDependency[Tx], update_id: FromPath[uuid.UUID]) -> None:
        """Leave words that another system added aside; they are gone."""
        await dismiss_update(tx, update_id)


class PublicationController(Controller):
    """What everybody may read about a ticket."""

    path = "/tickets"
    tags = ("other systems",)
    guards = (requires(Permission.PUBLISH_TEXT),)

    @get(
        "/{number:str}/publication",
        operation_id="getPublication",
        operation_class=ApiOperation,
        summary="What is public about a ticket",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def publication(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> PublicationOut:
        """Return the public text of a ticket."""
        view = await read_publication(reader, resources.cipher, principal, number)
        if view.publication is None:
            raise PublicationNotFound
        return _published(view.publication)

    @put(
        "/{number:str}/publication",
        operation_id="publishText",
        operation_class=ApiOperation,
        summary="Make a text about a ticket public",
        responses=_REFUSALS,
    )
    async def publish(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[PublicationBody]
    ) -> PublicationOut:
        """Make a text public; names and numbers in it are masked all the same."""
        return _published(await publish_text(tx, number, **dict(data)))

    @delete(
        "/{number:str}/publication",
        operation_id="withdrawText",
        operation_class=ApiOperation,
        summary="Take a public text back",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def withdraw(self, tx: NamedDependency[Tx], number: FromPath[str]) -> None:
        """Make nothing public about a ticket any more."""
        await withdraw_text(tx, number)
