"""Departments as credit compares them: their names, peers and whether they work, at some instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession


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


_UNITS = sa.text(
    "SELECT d.id, d.code, coalesce(v.name, d.name), coalesce(v.name_en, d.name_en), "
    "CASE WHEN v.id IS NULL THEN d.peer_group ELSE v.peer_group END, "
    "coalesce(v.is_active, d.is_active) FROM departments d "
    # The version of that instant; before the first one it was known by none other.
    "LEFT JOIN LATERAL (SELECT * FROM department_versions v WHERE v.department_id = d.id "
    "ORDER BY v.since <= :at DESC, abs(extract(epoch FROM v.since - :at)), v.id DESC LIMIT 1) v "
    "ON true "
    "WHERE NOT d.is_hotline AND (v.id IS NULL OR EXISTS (SELECT 1 FROM department_versions f "
    "WHERE f.department_id = d.id AND f.since <= :as_of)) ORDER BY d.code"
).bindparams(*(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("at", "as_of")))


async def units_as_of(
    session: AsyncSession, as_of: datetime, at: datetime | None = None
) -> Sequence[Unit]:
    """Return every department that was known at an instant, by code; the hotline is none of them.

    Args:
        session: may be read-only.
        as_of: a department that was founded later is left out.
        at: when they were called and compared like this; None for the same instant.
    """
    rows = await session.exec(_UNITS, params={"as_of": as_of, "at": at or as_of})  # type: ignore[call-overload]
    return [Unit(*row) for row in rows]
