"""Reading versions of the dispatch catalogue, its draft, and precedents."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.dispatching.errors import PrecedentNotFound, UnknownCatalogueVersion
from hotline.dispatching.likeness import Likeness, likeness
from hotline.dispatching.models import CatalogueDraft, Precedent, PrecedentSource
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    page_of,
)
from hotline.people.models import Department, User
from hotline.tickets.catalogue import ancestry
from hotline.tickets.models import Ticket
from hotline.tickets.routing.models import CatalogueVersion, DispatchRecord
from hotline.tickets.routing.queries import CATALOGUES, read_units
from hotline.tickets.routing.rules import Entry, Traits, Unit, choose

LOOKED_BACK = timedelta(days=30)
"""Tickets dispatched so long ago are what a draft is tried on."""

SHOWN_MOVES = 100
_LIKE_CANDIDATES = 200


async def newest_version(session: AsyncSession) -> CatalogueVersion | None:
    """Return the version published last, in force or not yet."""
    return (
        await session.exec(
            select(CatalogueVersion).order_by(col(CatalogueVersion.version).desc()).limit(1)
        )
    ).first()


async def find_version(session: AsyncSession, version: int) -> CatalogueVersion:
    """Return a version.

    Raises:
        UnknownCatalogueVersion: there is none with this number.
    """
    row = (
        await session.exec(select(CatalogueVersion).where(CatalogueVersion.version == version))
    ).first()
    if row is None:
        raise UnknownCatalogueVersion(version=version)
    return row


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version without its entries."""

    version: int
    count: int
    is_direct: bool
    note: str
    from_at: datetime
    created_at: datetime
    created_by: str


async def list_versions(session: AsyncSession) -> Sequence[VersionRow]:
    """Return every version, newest first."""
    statement: sa.Select[Any] = sa.select(
        col(CatalogueVersion.version),
        sa.func.jsonb_array_length(col(CatalogueVersion.entries)),
        col(CatalogueVersion.is_direct),
        col(CatalogueVersion.note),
        col(CatalogueVersion.from_at),
        col(CatalogueVersion.created_at),
        col(CatalogueVersion.created_by),
    ).order_by(col(CatalogueVersion.version).desc())
    rows = await session.exec(statement)  # type: ignore[call-overload]
    return [VersionRow(*row) for row in rows]


async def find_draft(session: AsyncSession) -> CatalogueDraft | None:
    """Return the draft, if somebody is making one."""
    return (await session.exec(select(CatalogueDraft))).first()


# -- what a draft would change ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CatalogueMove:
    """A ticket that would be proposed to another department.

    Attributes:
        number: the ticket.
        title: its own, masked when it is shown.
        went_to: code of its first department.
        before: code of whom the version in force proposes; None for nobody.
        after: code of whom the draft proposes; None for nobody.
    """

    number: str
    title: str
    went_to: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class CataloguePreview:
    """What a draft would have meant for the tickets dispatched of late.

    Attributes:
        days: how far back.
        dispatched: how many there were.
        moved: how many of them would be proposed elsewhere.
        moves: the newest of these.
    """

    days: int
    dispatched: int
    moved: int
    moves: Sequence[CatalogueMove]


_Subject = tuple[str | None, str | None, str]


async def preview_catalogue(
    session: AsyncSession, entries: Sequence[Entry], now: datetime
) -> CataloguePreview:
    """Try entries on what was dispatched in the last thirty days, in five statements at most."""
    units = await read_units(session)
    in_force = await CATALOGUES.in_force(session, now)
    lately = col(DispatchRecord.dispatched_at) > now - LOOKED_BACK
    subject = (
        col(DispatchRecord.category_code),
        col(DispatchRecord.area),
        col(Ticket.request_type),
    )
    counted = await session.exec(
        select(*subject, sa.func.count())
        .select_from(DispatchRecord)
        .join(Ticket, col(Ticket.id) == col(DispatchRecord.ticket_id))
        .where(lately)
        .group_by(*subject)
    )
    counts: dict[_Subject, int] = {
        (category, area, kind.value): count for category, area, kind, count in counted
    }
    changed: dict[_Subject, tuple[str | None, str | None]] = {}
    for one in counts:
        before = _lead(in_force.entries if in_force else (), one, units, now)
        after = _lead(entries, one, units, now)
        if before != after:
            changed[one] = (before, after)
    return CataloguePreview(
        LOOKED_BACK.days,
        sum(counts.values()),
        sum(counts[one] for one in changed),
        await _moves(session, changed, lately) if changed else (),
    )


def _lead(
    entries: Sequence[Entry], subject: _Subject, units: Mapping[str, Unit], now: datetime
) -> str | None:
    category, area, kind = subject
    traits = Traits(category=category, area=area, request_type=kind)
    proposal = choose(entries, traits, now, units=units)
    return proposal.department if proposal else None


async def _moves(
    session: AsyncSession,
    changed: Mapping[_Subject, tuple[str | None, str | None]],
    lately: sa.ColumnElement[bool],
) -> Sequence[CatalogueMove]:
    subjects = [(category or "", area or "", kind) for category, area, kind in changed]
    rows = await session.exec(
        select(Ticket, DispatchRecord, Department.code)
        .join(DispatchRecord, col(DispatchRecord.ticket_id) == col(Ticket.id))
        .join(Department, col(Department.id) == col(DispatchRecord.department_id))
        .where(
            lately,
            sa.tuple_(
                sa.func.coalesce(col(DispatchRecord.category_code), ""),
                sa.func.coalesce(col(DispatchRecord.area), ""),
                sa.cast(col(Ticket.request_type), sa.String),
            ).in_(subjects),
        )
        .order_by(col(DispatchRecord.dispatched_at).desc(), col(DispatchRecord.ticket_id).desc())
        .limit(SHOWN_MOVES)
    )
    return [
        CatalogueMove(
            ticket.number,
            ticket.title,
            went_to,
            *changed[record.category_code, record.area, ticket.request_type.value],
        )
        for ticket, record, went_to in rows
    ]


# -- precedents ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrecedentRow:
    """A precedent with the names of its unit and of who decided it."""

    precedent: Precedent
    department: Department
    decided_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentFilter:
    """Which precedents a list is to show; an empty part asks for nothing."""

    source: PrecedentSource | None = None
    category: str | None = None
    department: str | None = None
    holds: bool | None = None


_ROWS = (
    select(Precedent, Department, User.display_name)
    .join(Department, col(Department.id) == col(Precedent.department_id))
    .outerjoin(User, col(User.id) == col(Precedent.decided_by))
)


async def list_precedents(
    session: AsyncSession,
    wanted: PrecedentFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[PrecedentRow]:
    """Return a page of precedents, newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _ROWS.where(*_conditions(wanted))
    place = sa.tuple_(col(Precedent.decided_at), col(Precedent.id))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(place < sa.tuple_(sa.literal(at), sa.literal(key)))
    rows = await session.exec(
        statement.order_by(col(Precedent.decided_at).desc(), col(Precedent.id).desc()).limit(
            limit + 1
        )
    )
    found = [PrecedentRow(*row) for row in rows]
    return page_of(found, limit, lambda row: (row.precedent.decided_at, row.precedent.id))


def _conditions(wanted: PrecedentFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.source is not None:
        asked.append(col(Precedent.source) == wanted.source)
    if wanted.category:
        asked.append(under(col(Precedent.category_code), wanted.category))
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    if wanted.holds is not None:
        ended = col(Precedent.ended_at)
        asked.append(ended.is_(None) if wanted.holds else ended.is_not(None))
    return asked


def under(column: Mapped[str | None], category: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column holds a category or one below it."""
    return sa.or_(column == category, column.startswith(f"{category}.", autoescape=True))


async def find_precedent(session: AsyncSession, precedent_id: uuid.UUID) -> PrecedentRow:
    """Return a precedent.

    Raises:
        PrecedentNotFound: there is none.
    """
    row = (await session.exec(_ROWS.where(Precedent.id == precedent_id))).first()
    if row is None:
        raise PrecedentNotFound
    return PrecedentRow(*row)


@dataclass(frozen=True, slots=True)
class LikePrecedent:
    """A precedent, and what it has in common with the matter at hand."""

    row: PrecedentRow
    likeness: Likeness


async def like_precedents(
    session: AsyncSession, ticket: Ticket, *, limit: int = 3
) -> Sequence[LikePrecedent]:
    """Return the precedents that hold and are most like a ticket, in one statement."""
    if ticket.category_code is None:
        return ()
    rows = await session.exec(
        _ROWS.where(
            col(Precedent.ended_at).is_(None),
            col(Precedent.category_code).in_(ancestry(ticket.category_code)),
            Precedent.ticket_id != ticket.id,
        )
        .order_by(col(Precedent.decided_at).desc(), col(Precedent.id).desc())
        .limit(_LIKE_CANDIDATES)
    )
    found = []
    for row in (PrecedentRow(*each) for each in rows):
        common = likeness(
            category=ticket.category_code,
            area=ticket.area,
            title=ticket.title,
            decided_category=row.precedent.category_code,
            decided_area=row.precedent.area,
            decided_title=row.precedent.title,
        )
        if common is not None:
            found.append(LikePrecedent(row, common))
    # The sort is stable: of those equally like, the newest comes first.
    return sorted(found, key=lambda like: like.likeness.rank, reverse=True)[:limit]
