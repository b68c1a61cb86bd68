"""Like cases, incidents and bursts."""

import uuid
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.actions import (
    acknowledge_burst,
    confirm_incident,
    dismiss_incident,
    end_incident,
    join_ticket,
    leave_incident,
    put_together,
    rename_incident,
    set_words,
    take_in_incident,
)
from hotline.incidents.choosing import join_caller
from hotline.incidents.clusters import heat_at
from hotline.incidents.like_cases.queries import Asked, LikeCase, find_like
from hotline.incidents.models import NAME_MAX, REASON_MAX, WORDS_MAX
from hotline.incidents.register.queries import (
    BurstRow,
    IncidentAccount,
    IncidentFilter,
    IncidentRow,
    find_burst,
    find_incident,
    list_bursts,
    list_incident_tickets,
    list_incidents,
)
from hotline.incidents.rules import IncidentState
from hotline.kernel.masking import mask_address, mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.intake import clean_phone
from hotline.tickets.models import ADDRESS_MAX, CONTENT_MAX, TITLE_MAX, RequestType
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Words
from web.api.v1.bodies import Code, NewTicketBody
from web.resources import Resources
from web.security.guards import requires

Reason = Annotated[Words, Field(max_length=REASON_MAX)]


# -- like cases ------------------------------------------------------------------------------------


class LikeBody(Body):
    """What is known of a matter so far; the more, the better what is found."""

    title: Annotated[OptionalWords, Field(max_length=TITLE_MAX)] = None
    content: Annotated[OptionalWords, Field(max_length=CONTENT_MAX)] = None
    address: Annotated[OptionalWords, Field(max_length=ADDRESS_MAX)] = None
    area: Annotated[OptionalWords, Field(max_length=64)] = None
    category: Annotated[OptionalWords, Field(max_length=96)] = None
    request_type: RequestType | None = None
    phone: str | None = Field(default=None, max_length=40)


class LikeOut(Answer):
    """A ticket that may be the same matter; its state is that of the one that it follows, if any."""

    ticket: str
    matter: str
    title: str
    area: str | None
    address: str | None
    status: str
    hold: str | None
    due_at: Instant | None
    promised_due_at: Instant | None
    submitted_at: Instant
    acting: str | None
    promise: str | None
    is_own: bool
    score: float
    words: float
    reasons: list[str]
    urge_count: int
    may_join: bool
    differences: list[str]


class LikeIncidentOut(Answer):
    """The incident that like cases belong to, and what is read out about it."""

    id: uuid.UUID
    name: str
    ticket_count: int
    read_out: str | None


class LikeAnswer(Answer):
    """The same matter by this caller and by others, open ones first."""

    own: list[LikeOut]
    others: list[LikeOut]
    incident: LikeIncidentOut | None


class JoinedOut(Answer):
    """The caller's own ticket, under whose number he asks how the matter goes."""

    ticket: str
    query_code: str
    submitted_at: Instant


def like_out(case: LikeCase) -> LikeOut:
    """Return a like case, personal data masked."""
    return LikeOut(
        ticket=case.number,
        matter=case.matter,
        title=mask_text(case.title),
        area=case.area,
        address=mask_address(case.address),
        status=case.status.value,
        hold=case.hold.value if case.hold else None,
        due_at=case.due_at,
        promised_due_at=case.promised_due_at,
        submitted_at=case.submitted_at,
        acting=case.acting_name,
        promise=mask_text(case.promise) if case.promise else None,
        is_own=case.is_own,
        score=round(case.likeness.score, 3),
        words=round(case.likeness.words, 3),
        reasons=[reason.value for reason in case.likeness.reasons],
        urge_count=case.urge_count,
        may_join=case.may_join,
        differences=[one.value for one in case.differing],
    )


class LikeController(Controller):
    """Like cases."""

    path = "/like-cases"
    tags = ("tickets",)
    guards = (requires(Permission.CREATE_TICKETS),)

    @post(
        status_code=200,
        operation_id="findLikeCases",
        operation_class=ApiOperation,
        summary="Tickets that may be the same matter",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def find(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        data: JSONBody[LikeBody],
    ) -> LikeAnswer:
        """Find the same matter while it is taken down; nothing is written, the number is not kept."""
        phone = clean_phone(data.phone)
        found = await find_like(
            reader,
            principal,
            Asked(
                title=data.title or "",
                content=data.content or "",
                address=data.address,
                area=data.area,
                category=data.category,
                request_type=data.request_type,
                phone_index=resources.cipher.blind_index(phone) if phone else None,
                at=resources.clock.now(),
            ),
        )
        known = found.incident
        return LikeAnswer(
            own=[like_out(case) for case in found.own],
            others=[like_out(case) for case in found.others],
            incident=LikeIncidentOut(
                id=known.id,
                name=mask_text(known.name),
                ticket_count=known.ticket_count,
                read_out=mask_text(known.read_out) if known.read_out else None,
            )
            if known
            else None,
        )

    @post(
        "/{number:str}/join",
        status_code=201,
        guards=[requires(Permission.MERGE_MANY)],
        operation_id="joinLikeCase",
        operation_class=ApiOperation,
        summary="A ticket of the caller's own that follows another one",
        responses=problem_responses(401, 403, 404, 409, 413, 422, 503),
    )
    async def join(
        self,
        tx: NamedDependency[Tx],
        number: FromPath[str],
        data: JSONBody[NewTicketBody],
        confirmed: Annotated[
            bool,
            QueryParameter(description="They are one matter though type or area differ"),
        ] = False,
        idempotency_key: Annotated[
            str | None,
            HeaderParameter(
                name="Idempotency-Key",
                min_length=1,
                max_length=128,
                description="The same key with the same body gives the same ticket",
            ),
        ] = None,
    ) -> JoinedOut:
        """Take down what the caller says and let it follow the matter, both or neither."""
        created = await join_caller(
            tx, number, data.to_new_ticket(), key=idempotency_key, is_confirmed=confirmed
        )
        return JoinedOut(
            ticket=created.number,
            query_code=created.query_code,
            submitted_at=created.submitted_at,
        )


# -- incidents -------------------------------------------------------------------------------------


class IncidentOut(Answer):
    """An incident. `heat` is in tickets an hour, older ones counting less and less."""

    id: uuid.UUID
    name: str
    state: str
    category: str | None
    heat: float
    first_ticket: str
    first_seen_at: Instant
    last_seen_at: Instant
    ended_at: Instant | None
    ticket_count: int
    open_ticket_count: int
    caller_count: int
    area_count: int
    address_count: int
    read_out: str | None


class IncidentList(Answer):
    """A page of incidents, the warmest first."""

    items: list[IncidentOut]
    next_cursor: str | None = None


class CountOut(Answer):
    """How many tickets came in an hour or on a day."""

    begins_at: Instant
    count: int


class AreaOut(Answer):
    """What an area has of an incident."""

    area: str | None
    ticket_count: int
    address_count: int
    first_at: Instant
    last_at: Instant


class IncidentUnitOut(Answer):
    """A unit that has tickets of an incident."""

    code: str
    ticket_count: int
    open_ticket_count: int


class DeedOut(Answer):
    """A row of an incident's history."""

    at: Instant
    deed: str
    by: str | None
    text: str | None


class IncidentAccountOut(Answer):
    """An incident with all that belongs to it."""

    incident: IncidentOut
    is_daily: bool
    counts: list[CountOut]
    areas: list[AreaOut]
    units: list[IncidentUnitOut]
    history: list[DeedOut]
    into: uuid.UUID | None
    parent: str | None


class IncidentTicketOut(Answer):
    """A ticket of an incident."""

    ticket: str
    title: str
    area: str | None
    address: str | None
    status: str
    hold: str | None
    submitted_at: Instant
    joined_by_hand: bool


class IncidentTicketList(Answer):
    """A page of an incident's tickets, the newest first."""

    items: list[IncidentTicketOut]
    next_cursor: str | None = None


class IncidentNameBody(Body):
    """A name that people know it by."""

    name: Annotated[Words, Field(max_length=NAME_MAX)]


class IncidentWordsBody(Body):
    """What operators read out; left out or empty takes it back."""

    words: Annotated[OptionalWords, Field(max_length=WORDS_MAX)] = None


class IncidentTicketBody(Body):
    """A ticket by its number."""

    ticket: Code


class TakeInBody(Body):
    """The incident that is taken in."""

    incident: uuid.UUID


class IncidentReasonBody(Body):
    """Why."""

    reason: Reason


class PutTogetherBody(Body):
    """The ticket of the incident that the others are to follow."""

    parent: Code
    confirmed: bool = Field(
        default=False, description="They are one matter though type or area differ"
    )


class PutTogetherOut(Answer):
    """The tickets that follow now."""

    parent: str
    merged: list[str]


def incident_out(row: IncidentRow, resources: Resources) -> IncidentOut:
    """Return an incident, personal data masked."""
    incident, spread = row.incident, row.spread
    return IncidentOut(
        id=incident.id,
        name=mask_text(incident.name),
        state=incident.state.value,
        category=incident.category_code,
        heat=round(heat_at(incident.warmth, resources.clock.now()), 3),
        first_ticket=row.first_number,
        first_seen_at=incident.first_seen_at,
        last_seen_at=incident.last_seen_at,
        ended_at=incident.ended_at,
        ticket_count=spread.tickets,
        open_ticket_count=spread.open_tickets,
        caller_count=spread.callers,
        area_count=spread.areas,
        address_count=spread.addresses,
        read_out=mask_text(incident.read_out) if incident.read_out else None,
    )


def account_out(account: IncidentAccount, resources: Resources) -> IncidentAccountOut:
    """Return an incident with all that belongs to it, personal data masked."""
    return IncidentAccountOut(
        incident=incident_out(account.row, resources),
        is_daily=account.is_daily,
        counts=[CountOut(begins_at=at, count=count) for at, count in account.counts],
        areas=[
            AreaOut(
                area=row.area,
                ticket_count=row.tickets,
                address_count=row.addresses,
                first_at=row.first_at,
                last_at=row.last_at,
            )
            for row in account.areas
        ],
        units=[
            IncidentUnitOut(
                code=row.code, ticket_count=row.tickets, open_ticket_count=row.open_tickets
            )
            for row in account.units
        ],
        history=[
            DeedOut(
                at=row.event.at,
                deed=row.event.deed.value,
                by=row.actor_name,
                text=mask_text(row.event.text) if row.event.text else None,
            )
            for row in account.history
        ],
        into=account.into.id if account.into else None,
        parent=account.parent_number,
    )


async def _answer(tx: Tx, incident_id: uuid.UUID, resources: Resources) -> IncidentAccountOut:
    await tx.session.flush()  # the answer reads back what was written
    return account_out(await find_incident(tx.session, tx.actor, incident_id), resources)


_WRITE = problem_responses(401, 403, 404, 409, 422, 503)
_MANAGES = [requires(Permission.MANAGE_INCIDENTS)]


class IncidentController(Controller):
    """Incidents."""

    path = "/incidents"
    tags = ("supervision",)
    guards = (requires(Permission.READ_INCIDENTS),)

    @get(
        operation_id="listIncidents",
        operation_class=ApiOperation,
        summary="Matters that many tell of",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_all(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        states: Annotated[list[IncidentState] | None, QueryParameter(name="state")] = None,
        category: Annotated[str | None, QueryParameter(max_length=96)] = None,
        area: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> IncidentList:
        """List incidents, the warmest first; a caller is counted once."""
        found = await list_incidents(
            reader,
            principal,
            IncidentFilter(state=tuple(states or ()), category=category, area=area),
            cursor=cursor,
            limit=limit,
        )
        return IncidentList(
            items=[incident_out(row, resources) for row in found.items],
            next_cursor=found.next_cursor,
        )

    @get(
        "/{incident_id:uuid}",
        operation_id="readIncident",
        operation_class=ApiOperation,
        summary="One incident",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
    ) -> IncidentAccountOut:
        """Return an incident: heat over time, spread, units at work, history."""
        return account_out(await find_incident(reader, principal, incident_id), resources)

    @get(
        "/{incident_id:uuid}/tickets",
        operation_id="listIncidentTickets",
        operation_class=ApiOperation,
        summary="The tickets of an incident",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def tickets(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        incident_id: FromPath[uuid.UUID],
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> IncidentTicketList:
        """List the tickets of an incident, the newest first."""
        await find_incident(reader, principal, incident_id)
        found = await list_incident_tickets(
            reader, principal, incident_id, cursor=cursor, limit=limit
        )
        return IncidentTicketList(
            items=[
                IncidentTicketOut(
                    ticket=row.number,
                    title=mask_text(row.title),
                    area=row.area,
                    address=mask_address(row.address),
                    status=row.status.value,
                    hold=row.hold.value if row.hold else None,
                    submitted_at=row.submitted_at,
                    joined_by_hand=row.by_hand,
                )
                for row in found.items
            ],
            next_cursor=found.next_cursor,
        )

    @post(
        "/{incident_id:uuid}/confirm",
        status_code=200,
        guards=_MANAGES,
        operation_id="confirmIncident",
        operation_class=ApiOperation,
        summary="Say that it is an incident",
        responses=_WRITE,
    )
    async def confirm(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
    ) -> IncidentAccountOut:
        """Confirm an incident; it is no longer taken into others by itself."""
        await confirm_incident(tx, incident_id)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/rename",
        status_code=200,
        guards=_MANAGES,
        operation_id="renameIncident",
        operation_class=ApiOperation,
        summary="Name an incident",
        responses=_WRITE,
    )
    async def rename(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[IncidentNameBody],
    ) -> IncidentAccountOut:
        """Give an incident a name that people know it by."""
        await rename_incident(tx, incident_id, name=data.name)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/words",
        status_code=200,
        guards=_MANAGES,
        operation_id="setIncidentWords",
        operation_class=ApiOperation,
        summary="Write what is read out",
        responses=_WRITE,
    )
    async def words(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[IncidentWordsBody],
    ) -> IncidentAccountOut:
        """Write what operators read out to whoever tells of it."""
        await set_words(tx, incident_id, words=data.words)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/join",
        status_code=200,
        guards=_MANAGES,
        operation_id="joinIncident",
        operation_class=ApiOperation,
        summary="Add a ticket",
        responses=_WRITE,
    )
    async def join(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[IncidentTicketBody],
    ) -> IncidentAccountOut:
        """Let a ticket belong to an incident."""
        await join_ticket(tx, incident_id, number=data.ticket)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/leave",
        status_code=200,
        guards=_MANAGES,
        operation_id="leaveIncident",
        operation_class=ApiOperation,
        summary="Take a ticket out",
        responses=_WRITE,
    )
    async def leave(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[IncidentTicketBody],
    ) -> IncidentAccountOut:
        """Take a ticket out of an incident; it does not come back by itself."""
        await leave_incident(tx, incident_id, number=data.ticket)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/take-in",
        status_code=200,
        guards=_MANAGES,
        operation_id="takeInIncident",
        operation_class=ApiOperation,
        summary="Take in another incident",
        responses=_WRITE,
    )
    async def take_in(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[TakeInBody],
    ) -> IncidentAccountOut:
        """Let an incident take in another one with all its tickets."""
        await take_in_incident(tx, incident_id, other=data.incident)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/dismiss",
        status_code=200,
        guards=_MANAGES,
        operation_id="dismissIncident",
        operation_class=ApiOperation,
        summary="Say that it is none",
        responses=_WRITE,
    )
    async def dismiss(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[IncidentReasonBody],
    ) -> IncidentAccountOut:
        """Dismiss an incident; it is not found again."""
        await dismiss_incident(tx, incident_id, reason=data.reason)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/end",
        status_code=200,
        guards=_MANAGES,
        operation_id="endIncident",
        operation_class=ApiOperation,
        summary="Say that it is over",
        responses=_WRITE,
    )
    async def end(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[IncidentReasonBody],
    ) -> IncidentAccountOut:
        """End an incident; whoever tells of it later begins another."""
        await end_incident(tx, incident_id, reason=data.reason)
        return await _answer(tx, incident_id, resources)

    @post(
        "/{incident_id:uuid}/put-together",
        status_code=200,
        guards=[requires(Permission.MERGE_MANY)],
        operation_id="putIncidentTogether",
        operation_class=ApiOperation,
        summary="Let its tickets follow one of them",
        responses=_WRITE,
    )
    async def put_together(
        self,
        tx: NamedDependency[Tx],
        incident_id: FromPath[uuid.UUID],
        data: JSONBody[PutTogetherBody],
    ) -> PutTogetherOut:
        """Let those tickets that still can follow one of them, fifty at most in one go."""
        done = await put_together(tx, incident_id, parent=data.parent, is_confirmed=data.confirmed)
        return PutTogetherOut(parent=data.parent, merged=[ticket.number for ticket in done])


# -- bursts ----------------------------------------------------------------------------------------


class BurstOut(Answer):
    """Unusually many tickets of a kind in an area; `until_at` is empty while it goes on."""

    id: uuid.UUID
    category: str | None
    area: str | None
    since_at: Instant
    until_at: Instant | None
    count: int
    peak_count: int
    usual: float
    acknowledged_by: str | None
    acknowledged_at: Instant | None


class BurstList(Answer):
    """A page of bursts, the newest first."""

    items: list[BurstOut]
    next_cursor: str | None = None


def burst_out(row: BurstRow) -> BurstOut:
    """Return a burst."""
    burst = row.burst
    return BurstOut(
        id=burst.id,
        category=burst.category_code or None,
        area=burst.area or None,
        since_at=burst.since_at,
        until_at=burst.until_at,
        count=burst.count,
        peak_count=burst.peak_count,
        usual=round(burst.usual, 2),
        acknowledged_by=row.acknowledged_by.username if row.acknowledged_by else None,
        acknowledged_at=burst.acknowledged_at,
    )


class BurstController(Controller):
    """Bursts."""

    path = "/bursts"
    tags = ("supervision",)
    guards = (requires(Permission.READ_INCIDENTS),)

    @get(
        operation_id="listBursts",
        operation_class=ApiOperation,
        summary="Kinds of tickets that are unusually many",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_all(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        is_on: Annotated[bool | None, QueryParameter(name="on")] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> BurstList:
        """List bursts, the newest first."""
        found = await list_bursts(reader, principal, is_on=is_on, cursor=cursor, limit=limit)
        return BurstList(
            items=[burst_out(row) for row in found.items], next_cursor=found.next_cursor
        )

    @post(
        "/{burst_id:uuid}/acknowledge",
        status_code=200,
        guards=_MANAGES,
        operation_id="acknowledgeBurst",
        operation_class=ApiOperation,
        summary="Say that you have seen it",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def acknowledge(self, tx: NamedDependency[Tx], burst_id: FromPath[uuid.UUID]) -> BurstOut:
        """Acknowledge a burst: its alarm is taken down."""
        await acknowledge_burst(tx, burst_id)
        await tx.session.flush()  # the answer reads back what was written
        return burst_out(await find_burst(tx.session, tx.actor, burst_id))
