"""Reading what the dispatch catalogue says of a matter."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.levels import DepartmentLevel
from hotline.people.models import Department
from hotline.tickets.catalogue import ancestry
from hotline.tickets.lifecycle import Action, State, Status
from hotline.tickets.models import Ticket
from hotline.tickets.routing.codec import entries_from_json
from hotline.tickets.routing.models import CatalogueVersion, Precedent
from hotline.tickets.routing.rules import (
    Entry,
    Proposal,
    Ruling,
    Traits,
    Unit,
    choose,
    lowest_level,
    matching,
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A version of the catalogue as rules read it."""

    id: int
    version: int
    entries: tuple[Entry, ...]
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Routed:
    """What the catalogue in force says of a matter.

    Attributes:
        catalogue: the version; None before there is any.
        proposal: who should get it; None when nothing speaks for anybody.
        lowest: the lowest level that may lead it; None for any.
    """

    catalogue: Catalogue | None = None
    proposal: Proposal | None = None
    lowest: DepartmentLevel | None = None

    @property
    def is_direct(self) -> bool:
        """Tell whether it may go without a dispatcher."""
        return bool(
            self.catalogue and self.catalogue.is_direct and self.proposal and self.proposal.is_sure
        )


class CatalogueBook:
    """Versions of the catalogue, remembered: a version never changes, so it is read once.

    The instant of its publication goes with the id, for several databases share one process in tests.
    """

    def __init__(self) -> None:
        self._known: tuple[tuple[int, datetime], Catalogue] | None = None

    async def in_force(self, session: AsyncSession, now: datetime) -> Catalogue | None:
        """Return the version in force at an instant; None before there is any."""
        key = (
            await session.exec(
                select(CatalogueVersion.id, CatalogueVersion.created_at)
                .where(CatalogueVersion.from_at <= now)
                .order_by(col(CatalogueVersion.version).desc())
                .limit(1)
            )
        ).first()
        if key is None:
            return None
        if self._known is None or self._known[0] != (key[0], key[1]):
            row = await session.get_one(CatalogueVersion, key[0])
            self._known = (key[0], key[1]), catalogue_of(row)
        return self._known[1]


CATALOGUES = CatalogueBook()
"""One memory for the whole process."""


def catalogue_of(row: CatalogueVersion) -> Catalogue:
    """Return a stored version as rules read it."""
    return Catalogue(row.id, row.version, entries_from_json(row.entries), row.is_direct)


def traits_of(ticket: Ticket) -> Traits:
    """Return what of a ticket decides where it goes."""
    return Traits(
        category=ticket.category_code,
        area=ticket.area,
        request_type=ticket.request_type.value,
        words=f"{ticket.title}\n{ticket.content}",
        is_secret=ticket.is_secret,
        is_given_back=ticket.bounce_count > 0,
    )


def unit_of(row: Department) -> Unit:
    """Return a department as the catalogue sees it; the hotline itself takes no tickets."""
    return Unit(row.code, row.name, row.level, row.is_active and not row.is_hotline)


async def read_units(
    session: AsyncSession, codes: Collection[str] | None = None, area: str | None = None
) -> Mapping[str, Unit]:
    """Return departments by code: those named and that of the area, or every one."""
    statement = select(Department)
    if codes is not None:
        named: sa.ColumnElement[bool] = col(Department.code).in_(
            sorted({*codes, *([area] if area else [])})
        )
        if area:
            named = sa.or_(named, col(Department.name).contains(area, autoescape=True))
        statement = statement.where(named)
    return {row.code: unit_of(row) for row in await session.exec(statement)}


async def read_rulings(session: AsyncSession, category: str | None) -> Sequence[Ruling]:
    """Return the precedents that hold for a category or one above it."""
    if category is None:
        return ()
    rows = await session.exec(
        select(Precedent, Department.code)
        .join(Department, col(Department.id) == col(Precedent.department_id))
        .where(
            col(Precedent.ended_at).is_(None), col(Precedent.category_code).in_(ancestry(category))
        )
    )
    return [Ruling(row.category_code, row.area, unit, row.decided_at) for row, unit in rows]


async def route(session: AsyncSession, traits: Traits, now: datetime) -> Routed:
    """Return what the catalogue in force says of a matter, in at most four statements."""
    catalogue = await CATALOGUES.in_force(session, now)
    if catalogue is None:
        return Routed()
    found = matching(catalogue.entries, traits, now)
    named = {code for entry in found for code in (entry.department, *entry.co_departments)}
    proposal = choose(
        catalogue.entries,
        traits,
        now,
        units=await read_units(session, named, traits.area),
        rulings=await read_rulings(session, traits.category),
    )
    return Routed(catalogue, proposal, lowest_level(found, traits, now))


async def direct_actions(session: AsyncSession, ticket: Ticket, now: datetime) -> Sequence[Action]:
    """Return direct dispatch while an accepted ticket may go that way."""
    if State(ticket.status, ticket.hold) != State(Status.ACCEPTED):
        return ()
    routed = await route(session, traits_of(ticket), now)
    return (Action.DIRECT_DISPATCH,) if routed.is_direct else ()
