"""Departments as credit compares them: their names, peers and whether they work, at some instant."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import Department


@dataclass(frozen=True, slots=True)
class Unit:
    """A department as it was when it was scored.

    Attributes:
        peer_group: those it may be compared with; None for nobody.
        is_active: False once it is closed: it keeps its history and is ranked no more.
    """

    id: int
    code: str
    name: str
    name_en: str
    peer_group: str | None
    is_active: bool


async def present_units(session: AsyncSession) -> Sequence[Unit]:
    """Return every department as it is now, by code; the hotline itself is none of them."""
    rows = await session.exec(
        select(Department).where(Department.is_hotline == sa.false()).order_by(col(Department.code))
    )
    return [
        Unit(row.id, row.code, row.name, row.name_en, row.peer_group, row.is_active) for row in rows
    ]
