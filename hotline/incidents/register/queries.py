"""Reading incidents by their heat, one incident with all that belongs to it, and bursts."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.errors import BurstNotFound, IncidentNotFound
from hotline.incidents.models import Burst, Incident, IncidentEvent, IncidentTicket
from hotline.incidents.rules import LIVE, IncidentState
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    decode_cursor,
    decode_place,
    encode_cursor,
    page_of,
)
from hotline.people.models import Department, User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.tickets.access import readable
from hotline.tickets.lifecycle import OPEN_STATUSES, Hold, Status
from hotline.tickets.models import Category, Ticket, TicketRequester

CHART_HOURS = 48
"""Within so much time heat is shown hour by hour, beyond it day by day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents a list is to show; an empty part asks for nothing."""

    state: tuple[IncidentState, ...] = ()
    category: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How far an incident has spread; a caller is counted once however often he called."""

    tickets: int = 0
    open_tickets: int = 0
    callers: int = 0
    areas: int = 0
    addresses: int = 0


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident as a line of a list. Its name is to be masked before showing."""

    incident: Incident
    category: Category | None
    first_number: str
    spread: Spread


_FIRST = aliased(Ticket, name="first")
_ROW = (
    sa.select(Incident, Category, col(_FIRST.number))
    .select_from(Incident)
    .join(_FIRST, col(_FIRST.id) == col(Incident.first_ticket_id))
    .outerjoin(Category, col(Category.code) == col(Incident.category_code))
)


def _may(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which incidents exist for this person."""
    return sa.literal(Permission.READ_INCIDENTS in principal.permissions)


async def list_incidents(
    session: AsyncSession,
    principal: Principal,
    wanted: IncidentFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[IncidentRow]:
    """Return a page of incidents, the warmest first, in two statements.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _ROW.where(_may(principal), *_conditions(wanted))
    if cursor:
        statement = statement.where(
            sa.tuple_(col(Incident.warmth), col(Incident.id)) < sa.tuple_(*_place(cursor))
        )
    rows = (
        await session.exec(  # type: ignore[call-overload]
            statement.order_by(col(Incident.warmth).desc(), col(Incident.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    shown = rows[:limit]
    spreads = await _spreads(session, [incident.id for incident, _, _ in shown])
    last = shown[-1][0] if len(rows) > limit else None
    return Page(
        [
            IncidentRow(incident, category, number, spreads.get(incident.id, Spread()))
            for incident, category, number in shown
        ],
        encode_cursor(repr(last.warmth), str(last.id)) if last else None,
    )


def _place(cursor: str) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    warmth, key = decode_cursor(cursor, 2)
    try:
        return sa.literal(float(warmth)), sa.literal(uuid.UUID(key))
    except ValueError as error:
        raise InvalidCursor from error


def _conditions(wanted: IncidentFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(col(Incident.state).in_(wanted.state))
    if wanted.category:
        asked.append(
            sa.or_(
                col(Incident.category_code) == wanted.category,
                col(Incident.category_code).startswith(f"{wanted.category}.", autoescape=True),
            )
        )
    if wanted.area:
        asked.append(sa.literal(wanted.area) == sa.any_(col(Incident.areas)))
    return asked


_CALLER = sa.func.coalesce(
    sa.func.encode(col(TicketRequester.phone_index), "hex"), sa.cast(col(Ticket.id), sa.Text)
)
_OF_INCIDENT = (
    col(IncidentTicket.ticket_id) == col(Ticket.id),
    col(IncidentTicket.left_at).is_(None),
    col(Ticket.is_secret).is_(False),
)


async def _spreads(session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Spread]:
    ticket = col(Ticket.id)
    rows = await session.exec(  # type: ignore[call-overload]
        sa.select(
            col(IncidentTicket.incident_id),
            sa.func.count(sa.distinct(ticket)),
            sa.func.count(sa.distinct(ticket)).filter(col(Ticket.status).in_(OPEN_STATUSES)),
            sa.func.count(sa.distinct(_CALLER)),
            sa.func.count(sa.distinct(col(Ticket.area))),
            sa.func.count(sa.distinct(col(Ticket.address))),
        )
        .select_from(IncidentTicket)
        .join(Ticket, sa.and_(*_OF_INCIDENT))
        .outerjoin(TicketRequester, col(TicketRequester.ticket_id) == ticket)
        .where(col(IncidentTicket.incident_id).in_(ids))
        .group_by(col(IncidentTicket.incident_id))
    )
    return {row[0]: Spread(*row[1:]) for row in rows}


# -- one incident ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AreaRow:
    """What an area has of an incident."""

    area: str | None
    tickets: int
    addresses: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit that has tickets of an incident."""

    code: str
    name: str
    name_en: str
    tickets: int
    open_tickets: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row of an incident's history; no actor: the system did it."""

    event: IncidentEvent
    actor_name: str | None


@dataclass(frozen=True, slots=True)
class IncidentTicketRow:
    """A ticket of an incident. Mask its texts before showing."""

    id: uuid.UUID
    number: str
    title: str
    area: str | None
    address: str | None
    status: Status
    hold: Hold | None
    submitted_at: datetime
    by_hand: bool
    unit_name: str | None
    unit_name_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAccount:
    """An incident with all that belongs to it.

    Attributes:
        counts: tickets by when they came, hour by hour or day by day; none came where none is named.
        is_daily: whether they are counted by days.
        into: the incident that took it in.
        parent_number: the ticket that its tickets were made to follow.
    """

    row: IncidentRow
    counts: Sequence[tuple[datetime, int]]
    is_daily: bool
    areas: Sequence[AreaRow]
    units: Sequence[UnitRow]
    history: Sequence[HistoryRow]
    into: Incident | None
    parent_number: str | None


async def find_incident(
    session: AsyncSession, principal: Principal, incident_id: uuid.UUID
) -> IncidentAccount:
    """Return an incident with all that belongs to it, in a fixed number of statements.

    Raises:
        IncidentNotFound: there is none for the reader.
    """
    found = (
        await session.exec(  # type: ignore[call-overload]
            _ROW.where(_may(principal), col(Incident.id) == incident_id)
        )
    ).first()
    if found is None:
        raise IncidentNotFound
    incident, category, number = found
    spreads = await _spreads(session, [incident_id])
    is_daily = incident.last_seen_at - incident.first_seen_at > timedelta(hours=CHART_HOURS)
    return IncidentAccount(
        row=IncidentRow(incident, category, number, spreads.get(incident_id, Spread())),
        counts=await _counts(session, incident_id, "day" if is_daily else "hour"),
        is_daily=is_daily,
        areas=await _areas(session, incident_id),
        units=await _units(session, incident_id),
        history=await _history(session, incident_id),
        into=await session.get(Incident, incident.into_id) if incident.into_id else None,
        parent_number=await _number(session, incident.parent_ticket_id),
    )


async def _number(session: AsyncSession, ticket_id: uuid.UUID | None) -> str | None:
    if ticket_id is None:
        return None
    return (await session.exec(select(Ticket.number).where(Ticket.id == ticket_id))).first()


async def _counts(
    session: AsyncSession, incident_id: uuid.UUID, unit: str
) -> Sequence[tuple[datetime, int]]:
    at = sa.func.date_trunc(unit, col(Ticket.submitted_at), "Asia/Shanghai")
    rows = await session.exec(  # type: ignore[call-overload]
        sa.select(at, sa.func.count())
        .select_from(IncidentTicket)
        .join(Ticket, sa.and_(*_OF_INCIDENT))
        .where(col(IncidentTicket.incident_id) == incident_id)
        .group_by(sa.text("1"))
        .order_by(sa.text("1"))
    )
    return [(hour, count) for hour, count in rows]


async def _areas(session: AsyncSession, incident_id: uuid.UUID) -> Sequence[AreaRow]:
    rows = await session.exec(  # type: ignore[call-overload]
        sa.select(
            col(Ticket.area),
            sa.func.count(),
            sa.func.count(sa.distinct(col(Ticket.address))),
            sa.func.min(col(Ticket.submitted_at)),
            sa.func.max(col(Ticket.submitted_at)),
        )
        .select_from(IncidentTicket)
        .join(Ticket, sa.and_(*_OF_INCIDENT))
        .where(col(IncidentTicket.incident_id) == incident_id)
        .group_by(col(Ticket.area))
        .order_by(sa.func.count().desc(), col(Ticket.area))
    )
    return [AreaRow(*row) for row in rows]


async def _units(session: AsyncSession, incident_id: uuid.UUID) -> Sequence[UnitRow]:
    rows = await session.exec(  # type: ignore[call-overload]
        sa.select(
            col(Department.code),
            col(Department.name),
            col(Department.name_en),
            sa.func.count(),
            sa.func.count().filter(col(Ticket.status).in_(OPEN_STATUSES)),
        )
        .select_from(IncidentTicket)
        .join(Ticket, sa.and_(*_OF_INCIDENT))
        .join(Department, col(Department.id) == col(Ticket.lead_department_id))
        .where(col(IncidentTicket.incident_id) == incident_id)
        .group_by(col(Department.id))
        .order_by(sa.text("5 DESC"), sa.text("4 DESC"), col(Department.code))
    )
    return [UnitRow(*row) for row in rows]


async def _history(session: AsyncSession, incident_id: uuid.UUID) -> Sequence[HistoryRow]:
    rows = await session.exec(
        select(IncidentEvent, User.display_name)
        .outerjoin(User, col(User.id) == col(IncidentEvent.actor_id))
        .where(IncidentEvent.incident_id == incident_id)
        .order_by(col(IncidentEvent.seq).desc())
    )
    return [HistoryRow(event, name) for event, name in rows]


_LEAD = aliased(Department, name="lead")


async def list_incident_tickets(
    session: AsyncSession,
    principal: Principal,
    incident_id: uuid.UUID,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[IncidentTicketRow]:
    """Return a page of an incident's tickets, the newest first; those that it counts.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = (
        sa.select(
            col(Ticket.id),
            col(Ticket.number),
            col(Ticket.title),
            col(Ticket.area),
            col(Ticket.address),
            col(Ticket.status),
            col(Ticket.hold),
            col(Ticket.submitted_at),
            col(IncidentTicket.joined_by).is_not(None),
            col(_LEAD.name),
            col(_LEAD.name_en),
        )
        .select_from(IncidentTicket)
        .join(Ticket, sa.and_(*_OF_INCIDENT))
        .outerjoin(_LEAD, col(_LEAD.id) == col(Ticket.lead_department_id))
        .where(_may(principal), readable(principal), col(IncidentTicket.incident_id) == incident_id)
    )
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(IncidentTicket.submitted_at), col(IncidentTicket.ticket_id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = [
        IncidentTicketRow(*row)
        for row in await session.exec(  # type: ignore[call-overload]
            statement.order_by(
                col(IncidentTicket.submitted_at).desc(), col(IncidentTicket.ticket_id).desc()
            ).limit(limit + 1)
        )
    ]
    return page_of(rows, limit, lambda row: (row.submitted_at, row.id))


# -- bursts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BurstRow:
    """A burst, with the names that belong to it."""

    burst: Burst
    category: Category | None
    acknowledged_by: User | None


_BURST = (
    sa.select(Burst, Category, User)
    .select_from(Burst)
    .outerjoin(Category, col(Category.code) == col(Burst.category_code))
    .outerjoin(User, col(User.id) == col(Burst.acknowledged_by))
)


async def list_bursts(
    session: AsyncSession,
    principal: Principal,
    *,
    is_on: bool | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[BurstRow]:
    """Return a page of bursts, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _BURST.where(_may(principal))
    if is_on is not None:
        ended = col(Burst.until_at)
        statement = statement.where(ended.is_(None) if is_on else ended.is_not(None))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Burst.since_at), col(Burst.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = [
        BurstRow(*row)
        for row in await session.exec(  # type: ignore[call-overload]
            statement.order_by(col(Burst.since_at).desc(), col(Burst.id).desc()).limit(limit + 1)
        )
    ]
    return page_of(rows, limit, lambda row: (row.burst.since_at, row.burst.id))


async def count_going_on(
    session: AsyncSession, principal: Principal, area: str | None = None
) -> tuple[int, int]:
    """Return how many incidents go on, in one area or in all, and how many bursts everywhere."""
    wanted = IncidentFilter(state=tuple(sorted(LIVE)), area=area)
    incidents = await session.exec(
        select(sa.func.count()).select_from(Incident).where(_may(principal), *_conditions(wanted))
    )
    bursts = await session.exec(
        select(sa.func.count())
        .select_from(Burst)
        .where(_may(principal), col(Burst.until_at).is_(None))
    )
    return incidents.one(), bursts.one()


async def find_burst(session: AsyncSession, principal: Principal, burst_id: uuid.UUID) -> BurstRow:
    """Return a burst.

    Raises:
        BurstNotFound: there is none for the reader.
    """
    rows = await session.exec(  # type: ignore[call-overload]
        _BURST.where(_may(principal), col(Burst.id) == burst_id)
    )
    found = rows.first()
    if found is None:
        raise BurstNotFound
    return BurstRow(*found)
