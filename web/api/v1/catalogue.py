"""The dispatch catalogue: read, try, publish, roll back; its proposals, its accuracy; precedents."""

import uuid
from datetime import date
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import AwareDatetime, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.dispatching.accuracy import MONTHS, AccuracyRow, read_accuracy
from hotline.dispatching.actions import (
    check_entries,
    end_precedent,
    publish_catalogue,
    roll_back_catalogue,
)
from hotline.dispatching.checking import Fault
from hotline.dispatching.models import PrecedentSource
from hotline.dispatching.queries import (
    LikePrecedent,
    PrecedentFilter,
    PrecedentRow,
    find_precedent,
    find_version,
    like_precedents,
    list_precedents,
    list_versions,
    preview_catalogue,
)
from hotline.kernel.masking import mask_text
from hotline.people.levels import DepartmentLevel
from hotline.people.permissions import Permission
from hotline.people.principal import PermissionDenied, Principal, Tx
from hotline.tickets.access import find_readable
from hotline.tickets.models import RequestType
from hotline.tickets.routing.codec import entries_from_json
from hotline.tickets.routing.queries import CATALOGUES, Routed, route, traits_of
from hotline.tickets.routing.rules import Entry, Traits
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Unit, Words
from web.resources import Resources
from web.security.guards import requires

Code = Annotated[str, Field(min_length=1, max_length=96)]


class EntryOut(Answer):
    """One entry of the catalogue; what is null holds for everything."""

    category: str
    area: str | None
    request_types: list[str]
    department: str
    co_departments: list[str]
    min_level: str | None
    valid_from: date | None
    valid_to: date | None
    basis: str
    is_sure: bool
    since: Instant | None


class CatalogueOut(Answer):
    """A version of the catalogue; version 0 before there is any."""

    version: int
    is_direct: bool
    note: str
    from_at: Instant | None
    created_at: Instant | None
    created_by: str | None
    entries: list[EntryOut]


class VersionOut(Answer):
    """A version without its entries."""

    version: int
    count: int
    is_direct: bool
    note: str
    from_at: Instant
    created_at: Instant
    created_by: str


class VersionList(Answer):
    """Every version, newest first."""

    items: list[VersionOut]
    next_cursor: str | None = None


class EntryBody(Body):
    """One entry: a category with everything below it, and who leads."""

    category: Code
    department: Code
    area: Annotated[OptionalWords, Field(max_length=64)] = None
    request_types: tuple[RequestType, ...] = Field(default=(), max_length=len(RequestType))
    co_departments: tuple[Code, ...] = Field(default=(), max_length=20)
    min_level: DepartmentLevel | None = Field(
        default=None, description="The lowest level that may lead: `bureau` or `district`"
    )
    valid_from: date | None = None
    valid_to: date | None = None
    basis: Annotated[OptionalWords, Field(max_length=500)] = None
    is_sure: bool = Field(default=False, description="May be dispatched without a dispatcher")

    def to_entry(self) -> Entry:
        """Return it as the field takes it."""
        return Entry(
            **self.model_dump(exclude={"request_types", "basis"}),
            request_types=tuple(word.value for word in self.request_types),
            basis=self.basis or "",
        )


class CatalogueBody(Body):
    """The whole catalogue as it is to be."""

    entries: tuple[EntryBody, ...] = Field(max_length=20_000)
    is_direct: bool = Field(default=False, description="Switch direct dispatch on")
    note: Annotated[Words, Field(max_length=2000)]
    from_at: AwareDatetime | None = Field(
        default=None, description="When it comes into force; left out, at once"
    )


class CatalogueTrialBody(Body):
    """Entries to be tried."""

    entries: tuple[EntryBody, ...] = Field(max_length=20_000)


class RollBackBody(Body):
    """Which version to publish once more, and why."""

    version: int = Field(ge=1)
    note: Annotated[Words, Field(max_length=2000)]


class EndBody(Body):
    """Why a precedent does not hold any more."""

    reason: Annotated[Words, Field(max_length=2000)]


class FaultOut(Answer):
    """What keeps a row, counted from 1, from being published."""

    row: int
    kind: str
    value: str


class CatalogueMoveOut(Answer):
    """A ticket that would be proposed to another department."""

    ticket: str
    went_to: str
    before: str | None
    after: str | None


class CataloguePreviewOut(Answer):
    """What the entries would have meant for the tickets dispatched of late."""

    days: int
    dispatched: int
    moved: int
    items: list[CatalogueMoveOut]
    faults: list[FaultOut]


class PrecedentOut(Answer):
    """A decision on whose duty a matter is, personal data masked."""

    id: str
    ticket: str
    title: str
    source: str
    category: str | None
    area: str | None
    department: Unit
    explanation: str
    decided_by: str | None
    decided_at: Instant
    ended_at: Instant | None
    end_reason: str | None


class PrecedentList(Answer):
    """A page of precedents, the newest first."""

    items: list[PrecedentOut]
    next_cursor: str | None = None


class LikePrecedentOut(Answer):
    """A precedent, and what it has in common with the matter at hand."""

    precedent: PrecedentOut
    is_same_category: bool
    is_same_area: bool
    words: list[str]


class ProposalOut(Answer):
    """Who should get a matter, and why; `department` is null where nothing speaks for anybody."""

    version: int | None
    department: str | None
    co_departments: list[str]
    is_sure: bool
    is_direct: bool
    doubts: list[str]
    min_level: str | None
    entry: EntryOut | None
    also: list[EntryOut]
    precedents: list[LikePrecedentOut]


class AccuracyOut(Answer):
    """First dispatches of a month, a road and a category: how many were judged, and were right."""

    month: str
    road: str
    category: str | None
    judged: int
    right: int


class AccuracyList(Answer):
    """First-dispatch accuracy."""

    as_of: Instant
    judged: int
    right: int
    items: list[AccuracyOut]


def entry_out(entry: Entry) -> EntryOut:
    """Return an entry."""
    return EntryOut(
        category=entry.category,
        area=entry.area,
        request_types=list(entry.request_types),
        department=entry.department,
        co_departments=list(entry.co_departments),
        min_level=entry.min_level.value if entry.min_level else None,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        basis=entry.basis,
        is_sure=entry.is_sure,
        since=entry.since,
    )


async def _version_out(reader: AsyncSession, version: int) -> CatalogueOut:
    row = await find_version(reader, version)
    return CatalogueOut(
        version=row.version,
        is_direct=row.is_direct,
        note=row.note,
        from_at=row.from_at,
        created_at=row.created_at,
        created_by=row.created_by,
        entries=[entry_out(entry) for entry in entries_from_json(row.entries)],
    )


def precedent_out(row: PrecedentRow) -> PrecedentOut:
    """Return a precedent, masked."""
    precedent, unit = row.precedent, row.department
    return PrecedentOut(
        id=str(precedent.id),
        ticket=precedent.ticket_number,
        title=mask_text(precedent.title),
        source=precedent.source.value,
        category=precedent.category_code,
        area=precedent.area,
        department=Unit(code=unit.code, name=unit.name, name_en=unit.name_en),
        explanation=mask_text(precedent.explanation),
        decided_by=row.decided_by,
        decided_at=precedent.decided_at,
        ended_at=precedent.ended_at,
        end_reason=mask_text(precedent.end_reason) if precedent.end_reason else None,
    )


def _like_out(like: LikePrecedent) -> LikePrecedentOut:
    return LikePrecedentOut(
        precedent=precedent_out(like.row),
        is_same_category=like.likeness.is_same_category,
        is_same_area=like.likeness.is_same_area,
        words=list(like.likeness.words),
    )


def _proposal_out(routed: Routed, likes: list[LikePrecedentOut]) -> ProposalOut:
    proposal = routed.proposal
    return ProposalOut(
        version=routed.catalogue.version if routed.catalogue else None,
        department=proposal.department if proposal else None,
        co_departments=list(proposal.co_departments) if proposal else [],
        is_sure=proposal is not None and proposal.is_sure,
        is_direct=routed.is_direct,
        doubts=[doubt.value for doubt in proposal.doubts] if proposal else [],
        min_level=routed.lowest.value if routed.lowest else None,
        entry=entry_out(proposal.entry) if proposal and proposal.entry else None,
        also=[entry_out(entry) for entry in proposal.also] if proposal else [],
        precedents=likes,
    )


def _accuracy_out(row: AccuracyRow) -> AccuracyOut:
    return AccuracyOut(
        month=row.month,
        road=row.road.value,
        category=row.category,
        judged=row.judged,
        right=row.right,
    )


def _fault_out(fault: Fault) -> FaultOut:
    return FaultOut(row=fault.row, kind=fault.kind.value, value=fault.value)


class CatalogueController(Controller):
    """The dispatch catalogue in versions."""

    path = "/catalogue"
    tags = ("catalogue",)

    @get(
        "/",
        guards=[requires(Permission.READ_CATALOGUE)],
        operation_id="readCatalogue",
        operation_class=ApiOperation,
        summary="Read the dispatch catalogue",
        responses=problem_responses(401, 403, 404),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        version: Annotated[int | None, QueryParameter(ge=1)] = None,
    ) -> CatalogueOut:
        """Return the version in force, or the one asked for."""
        if version is None:
            catalogue = await CATALOGUES.in_force(reader, resources.clock.now())
            if catalogue is None:
                return CatalogueOut(
                    version=0,
                    is_direct=False,
                    note="",
                    from_at=None,
                    created_at=None,
                    created_by=None,
                    entries=[],
                )
            version = catalogue.version
        return await _version_out(reader, version)

    @get(
        "/versions",
        guards=[requires(Permission.READ_CATALOGUE)],
        operation_id="listCatalogueVersions",
        operation_class=ApiOperation,
        summary="List the versions of the dispatch catalogue",
        responses=problem_responses(401, 403),
    )
    async def versions(self, reader: NamedDependency[AsyncSession]) -> VersionList:
        """Return every version without its entries, newest first."""
        return VersionList(
            items=[
                VersionOut(
                    version=row.version,
                    count=row.count,
                    is_direct=row.is_direct,
                    note=row.note,
                    from_at=row.from_at,
                    created_at=row.created_at,
                    created_by=row.created_by,
                )
                for row in await list_versions(reader)
            ]
        )

    @post(
        "/",
        guards=[requires(Permission.MANAGE_CATALOGUE)],
        operation_id="publishCatalogue",
        operation_class=ApiOperation,
        summary="Publish the next version of the dispatch catalogue",
        responses=problem_responses(401, 403, 422),
    )
    async def publish(self, tx: NamedDependency[Tx], data: JSONBody[CatalogueBody]) -> CatalogueOut:
        """Publish the whole catalogue anew; tickets that are with a department stay there."""
        row = await publish_catalogue(
            tx,
            [entry.to_entry() for entry in data.entries],
            is_direct=data.is_direct,
            note=data.note,
            from_at=data.from_at,
        )
        return await _version_out(tx.session, row.version)

    @post(
        "/preview",
        status_code=200,
        guards=[requires(Permission.MANAGE_CATALOGUE)],
        operation_id="previewCatalogue",
        operation_class=ApiOperation,
        summary="Try entries without publishing them",
        responses=problem_responses(401, 403, 422),
    )
    async def preview(
        self, tx: NamedDependency[Tx], data: JSONBody[CatalogueTrialBody]
    ) -> CataloguePreviewOut:
        """Say what is wrong, and which tickets of the last thirty days would be proposed elsewhere."""
        entries = [entry.to_entry() for entry in data.entries]
        tried = await preview_catalogue(tx.session, entries, tx.now)
        return CataloguePreviewOut(
            days=tried.days,
            dispatched=tried.dispatched,
            moved=tried.moved,
            items=[
                CatalogueMoveOut(
                    ticket=move.number, went_to=move.went_to, before=move.before, after=move.after
                )
                for move in tried.moves
            ],
            faults=[_fault_out(fault) for fault in await check_entries(tx, entries)],
        )

    @post(
        "/rollback",
        guards=[requires(Permission.MANAGE_CATALOGUE)],
        operation_id="rollBackCatalogue",
        operation_class=ApiOperation,
        summary="Publish an earlier version once more",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def roll_back(
        self, tx: NamedDependency[Tx], data: JSONBody[RollBackBody]
    ) -> CatalogueOut:
        """Publish an earlier version's entries as the next version."""
        row = await roll_back_catalogue(tx, data.version, note=data.note)
        return await _version_out(tx.session, row.version)

    @get(
        "/propose",
        guards=[requires(Permission.READ_CATALOGUE)],
        operation_id="proposeDepartment",
        operation_class=ApiOperation,
        summary="Ask whose duty a matter is",
        responses=problem_responses(401, 403, 422),
    )
    async def propose(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        category: Annotated[str | None, QueryParameter(max_length=96)] = None,
        area: Annotated[str | None, QueryParameter(max_length=64)] = None,
        request_type: FromQuery[RequestType] = RequestType.HELP,
    ) -> ProposalOut:
        """Return what the catalogue in force says of such a matter."""
        traits = Traits(category=category, area=area, request_type=request_type.value)
        return _proposal_out(await route(reader, traits, resources.clock.now()), [])

    @get(
        "/accuracy",
        guards=[requires(Permission.READ_CATALOGUE)],
        operation_id="readDispatchAccuracy",
        operation_class=ApiOperation,
        summary="How often first dispatches were right",
        responses=problem_responses(401, 403, 422),
    )
    async def accuracy(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        months: Annotated[int, QueryParameter(ge=1, le=24)] = MONTHS,
    ) -> AccuracyList:
        """Count first dispatches by month, road and category; those nobody can judge yet are left out."""
        now = resources.clock.now()
        rows = await read_accuracy(reader, now, months=months)
        return AccuracyList(
            as_of=now,
            judged=sum(row.judged for row in rows),
            right=sum(row.right for row in rows),
            items=[_accuracy_out(row) for row in rows],
        )


class PrecedentController(Controller):
    """Decisions on duty."""

    path = "/precedents"
    tags = ("catalogue",)

    @get(
        "/",
        guards=[requires(Permission.READ_CATALOGUE)],
        operation_id="listPrecedents",
        operation_class=ApiOperation,
        summary="List precedents",
        responses=problem_responses(401, 403, 422),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        source: FromQuery[PrecedentSource | None] = None,
        category: Annotated[str | None, QueryParameter(max_length=96)] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        holds: FromQuery[bool | None] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> PrecedentList:
        """Return precedents, newest first; `category` takes in everything below it."""
        page = await list_precedents(
            reader,
            PrecedentFilter(source=source, category=category, department=department, holds=holds),
            cursor=cursor,
            limit=limit,
        )
        return PrecedentList(
            items=[precedent_out(row) for row in page.items], next_cursor=page.next_cursor
        )

    @post(
        "/{precedent_id:uuid}/end",
        status_code=200,
        guards=[requires(Permission.MANAGE_CATALOGUE)],
        operation_id="endPrecedent",
        operation_class=ApiOperation,
        summary="End a precedent",
        responses=problem_responses(401, 403, 404, 409, 422),
    )
    async def end(
        self,
        tx: NamedDependency[Tx],
        precedent_id: FromPath[uuid.UUID],
        data: JSONBody[EndBody],
    ) -> PrecedentOut:
        """End a precedent that does not hold any more; it stays to be read."""
        await end_precedent(tx, precedent_id, reason=data.reason)
        await tx.session.flush()  # the answer reads back what was written
        return precedent_out(await find_precedent(tx.session, precedent_id))


class TicketProposalController(Controller):
    """What the catalogue says of one ticket."""

    path = "/tickets/{number:str}/proposal"
    tags = ("catalogue",)

    @get(
        "/",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="readTicketProposal",
        operation_class=ApiOperation,
        summary="Who should get a ticket, and why",
        responses=problem_responses(401, 403, 404),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> ProposalOut:
        """Return the catalogue's proposal with the precedents most like the ticket; for the hotline."""
        if not principal.sees_every_ticket:
            raise PermissionDenied(permission=Permission.READ_CATALOGUE)
        ticket = await find_readable(reader, principal, number)
        routed = await route(reader, traits_of(ticket), resources.clock.now())
        likes = await like_precedents(reader, ticket)
        return _proposal_out(routed, [_like_out(like) for like in likes])
