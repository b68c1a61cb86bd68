"""The tickets behind k and n: who reads a rate comes down to what it was counted from."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.ledger import Measure
from hotline.kernel.paging import InvalidCursor, Page, decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class Counted:
    """What one round of one ticket counted for in a rate.

    Attributes:
        hop: which department's turn it was.
        k: what was achieved, out of `n`.
    """

    ticket_id: uuid.UUID
    ticket_number: str
    hop: int
    category: str
    k: Decimal
    n: int
    finished_at: datetime

    @property
    def is_missed(self) -> bool:
        """Tell whether it took something from the rate."""
        return self.k < self.n


# A page is read off the index in its order, and only what stands on it is summed up. Each round of a
# ticket is found once, by the last row that counts for something; of those that missed, by the last row
# that took something away: where the sum says that something is missing, there is one.
_BEHIND = sa.text(
    "SELECT o.id, o.ticket_id, o.ticket_number, o.hop, o.category, whole.k, whole.n, o.finished_at "
    "FROM credit_observations o CROSS JOIN LATERAL ("
    "SELECT sum(one.k) AS k, sum(one.n) AS n, "
    "max(one.id) FILTER (WHERE one.n > 0 AND (NOT :missed_only OR one.k < one.n)) AS last_id "
    "FROM credit_observations one WHERE one.ticket_id = o.ticket_id AND one.hop = o.hop "
    "AND one.round = o.round AND one.department_id = o.department_id AND one.measure = o.measure "
    "AND one.finished_at >= :since AND one.finished_at < :until AND one.recorded_at <= :as_of) whole "
    "WHERE o.department_id = :department_id AND o.measure = :measure "
    "AND o.finished_at >= :since AND o.finished_at < :until AND o.recorded_at <= :as_of "
    "AND (o.finished_at, o.id) < (:at, :id) "
    "AND o.n > 0 AND (NOT :missed_only OR o.k < o.n) "
    "AND whole.last_id = o.id AND whole.n > 0 AND (NOT :missed_only OR whole.k < whole.n) "
    "ORDER BY o.finished_at DESC, o.id DESC LIMIT :most"
).bindparams(
    *(
        sa.bindparam(name, type_=sa.DateTime(timezone=True))
        for name in ("since", "until", "as_of", "at")
    ),
    sa.bindparam("id", type_=sa.BigInteger),
)

_MOST_ID = 2**62


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one looks: a department's rate in a window, as it was known at an instant."""

    department_id: int
    measure: Measure
    since: datetime
    until: datetime
    as_of: datetime


async def tickets_behind(
    session: AsyncSession,
    spot: Spot,
    *,
    missed_only: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Counted]:
    """Return what a rate was counted from, the latest first; what was taken back is left out."""
    at, last_id = _key(cursor) if cursor else (spot.until, _MOST_ID)
    rows: Sequence[Any] = (
        await session.exec(  # type: ignore[call-overload]
            _BEHIND,
            params={
                "department_id": spot.department_id,
                "measure": spot.measure.value,
                "since": spot.since,
                "until": spot.until,
                "as_of": spot.as_of,
                "missed_only": missed_only,
                "at": at,
                "id": last_id,
                "most": limit + 1,
            },
        )
    ).all()
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Page(
        [
            Counted(
                row.ticket_id,
                row.ticket_number,
                row.hop,
                row.category,
                row.k,
                row.n,
                row.finished_at,
            )
            for row in shown
        ],
        encode_cursor(last.finished_at.isoformat(), str(last.id)) if last else None,
    )


def _key(cursor: str) -> tuple[datetime, int]:
    at, last_id = decode_cursor(cursor, 2)
    try:
        key = datetime.fromisoformat(at).astimezone(UTC), int(last_id)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error
    if not 0 <= key[1] <= _MOST_ID:
        raise InvalidCursor
    return key


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What would have counted and does not: excluded, excused, taken back.

    Attributes:
        cause: why, as it was written down.
    """

    ticket_number: str
    hop: int
    measure: Measure
    cause: str
    finished_at: datetime


# Few rows have a cause: they are read off their own index, and only their rounds are summed up, each
# found by its last row with a cause.
_LEFT_OUT = sa.text(
    "SELECT o.ticket_number, o.hop, o.measure, o.cause, o.finished_at "
    "FROM credit_observations o CROSS JOIN LATERAL ("
    "SELECT sum(one.n) AS n, max(one.id) FILTER (WHERE one.cause IS NOT NULL) AS last_id "
    "FROM credit_observations one WHERE one.ticket_id = o.ticket_id AND one.hop = o.hop "
    "AND one.round = o.round AND one.department_id = o.department_id AND one.measure = o.measure "
    "AND one.finished_at >= :since AND one.finished_at < :until AND one.recorded_at <= :as_of) whole "
    "WHERE o.department_id = :department_id AND o.cause IS NOT NULL "
    "AND o.finished_at >= :since AND o.finished_at < :until AND o.recorded_at <= :as_of "
    "AND whole.last_id = o.id AND whole.n = 0 "
    "ORDER BY o.finished_at DESC, o.id DESC LIMIT :most"
).bindparams(
    *(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("since", "until", "as_of")),
)


async def left_out_of(session: AsyncSession, spot: Spot, limit: int = 100) -> Sequence[LeftOut]:
    """Return what a department's rates leave out of a window, the latest first, measure by measure."""
    rows: Sequence[Any] = (
        await session.exec(  # type: ignore[call-overload]
            _LEFT_OUT,
            params={
                "department_id": spot.department_id,
                "since": spot.since,
                "until": spot.until,
                "as_of": spot.as_of,
                "most": limit,
            },
        )
    ).all()
    return [
        LeftOut(row.ticket_number, row.hop, Measure(row.measure), row.cause, row.finished_at)
        for row in rows
    ]
