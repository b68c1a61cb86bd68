"""The list of supervision, and urging that waits for an answer."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.supervision.listings.actions import delist, name_leaders
from hotline.supervision.listings.queries import ListingRow, list_listings
from hotline.supervision.models import Listing
from hotline.supervision.urges.queries import list_waiting_urges
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Unit, Words
from web.security.guards import requires


class ListingOut(Answer):
    """A matter on the list of supervision, personal data masked; a secret one has no title."""

    order: str
    ticket: str
    title: str | None
    department: Unit
    demand: str
    city_leader: str | None
    responsible: str | None
    listed_at: Instant
    due_at: Instant
    progress: str | None
    delisted_at: Instant | None
    delisting: str | None


class ListingList(Answer):
    """A page of the list, the newest first."""

    items: list[ListingOut]
    next_cursor: str | None = None


class ListingKept(Answer):
    """How a listed matter stands after an action."""

    order: str
    city_leader: str | None
    responsible: str | None
    listed_at: Instant
    delisted_at: Instant | None
    delisting: str | None


Name = Annotated[Words, Field(max_length=80)]


class LeadersBody(Body):
    """Which leader of the city watches over a matter, and who answers for it."""

    city_leader: Name
    responsible: Name


class DelistingBody(Body):
    """What was verified before the matter came off."""

    explanation: Words


class WaitingUrgeOut(Answer):
    """A ticket whose urging waits for an answer."""

    ticket: str
    department: Unit | None
    count: int
    since: Instant
    due_at: Instant


class WaitingUrgeList(Answer):
    """What waits for an answer to its urging, the one due first at the head."""

    items: list[WaitingUrgeOut]


def _listing(row: ListingRow) -> ListingOut:
    one = row.listing
    is_shown = not row.is_secret
    return ListingOut(
        order=one.order_number,
        ticket=row.ticket_number,
        title=mask_text(row.ticket_title) if is_shown else None,
        department=Unit(
            code=row.department.code, name=row.department.name, name_en=row.department.name_en
        ),
        demand=mask_text(row.demand) if is_shown else "",
        city_leader=one.city_leader,
        responsible=one.responsible,
        listed_at=one.listed_at,
        due_at=row.due_at,
        progress=mask_text(row.last_progress) if row.last_progress and is_shown else None,
        delisted_at=one.delisted_at,
        delisting=mask_text(one.delisting) if one.delisting and is_shown else None,
    )


def _kept(one: Listing) -> ListingKept:
    return ListingKept(
        order=one.order_number,
        city_leader=one.city_leader,
        responsible=one.responsible,
        listed_at=one.listed_at,
        delisted_at=one.delisted_at,
        delisting=one.delisting,
    )


class ListingController(Controller):
    """Matters on the list of supervision."""

    path = "/supervision"
    tags = ("supervision",)

    @get(
        "/listings",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listListings",
        operation_class=ApiOperation,
        summary="The list of supervision",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def listings(
        self,
        reader: NamedDependency[AsyncSession],
        over: Annotated[bool, QueryParameter()] = False,  # a query parameter
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ListingList:
        """List what stands on the list, the newest first, or with `over` what was taken off."""
        page = await list_listings(
            reader, is_over=over, department=department, cursor=cursor, limit=limit
        )
        return ListingList(
            items=[_listing(row) for row in page.items], next_cursor=page.next_cursor
        )

    @post(
        "/listings/{number:str}/name-leaders",
        status_code=200,
        guards=[requires(Permission.INTERVIEW)],
        operation_id="nameListingLeaders",
        operation_class=ApiOperation,
        summary="Name who watches over a listed matter",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def name(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[LeadersBody]
    ) -> ListingKept:
        """Name the leader of the city who watches over it, and the person who answers for it."""
        return _kept(await name_leaders(tx, number, **dict(data)))

    @post(
        "/listings/{number:str}/delist",
        status_code=200,
        guards=[requires(Permission.INTERVIEW)],
        operation_id="delistMatter",
        operation_class=ApiOperation,
        summary="Take a matter off the list",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def off(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[DelistingBody]
    ) -> ListingKept:
        """Take a matter off the list, saying what was verified."""
        return _kept(await delist(tx, number, explanation=data.explanation))

    @get(
        "/urges",
        guards=[requires(Permission.READ_BOARD)],
        operation_id="listWaitingUrges",
        operation_class=ApiOperation,
        summary="Urging that waits for an answer",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def urges(
        self,
        reader: NamedDependency[AsyncSession],
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 200,
    ) -> WaitingUrgeList:
        """List the tickets whose urging nobody has answered, the one due first at the head."""
        return WaitingUrgeList(
            items=[
                WaitingUrgeOut(
                    ticket=row.number,
                    department=Unit(
                        code=row.department.code,
                        name=row.department.name,
                        name_en=row.department.name_en,
                    )
                    if row.department
                    else None,
                    count=row.count,
                    since=row.started_at,
                    due_at=row.due_at,
                )
                for row in await list_waiting_urges(reader, limit=limit)
            ]
        )
