"""The tickets behind k and n: who reads a rate comes down to what it was counted from."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
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


_BEHIND = sa.text(
    "SELECT * FROM (SELECT ticket_id, hop, round, max(ticket_number) AS ticket_number, "
    "max(category) AS category, sum(k) AS k, sum(n) AS n, max(finished_at) AS finished_at "
    "FROM credit_observations WHERE department_id = :department_id AND measure = :measure "
    "AND finished_at >= :since AND finished_at < :until AND recorded_at <= :as_of "
    "GROUP BY ticket_id, hop, round HAVING sum(n) <> 0) counted "
    "WHERE (NOT :missed_only OR k < n) "
    "AND (:is_first OR (finished_at, ticket_id, hop, round) < (:at, :ticket_id, :hop, :round)) "
    "ORDER BY finished_at DESC, ticket_id DESC, hop DESC, round DESC LIMIT :most"
).bindparams(
    *(
        sa.bindparam(name, type_=sa.DateTime(timezone=True))
        for name in ("since", "until", "as_of", "at")
    ),
    sa.bindparam("ticket_id", type_=sa.Uuid),
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    after = _key(cursor) if cursor else None
    at, ticket_id, hop, nth = after or (_EPOCH, uuid.UUID(int=0), 0, 0)
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
                "is_first": after is None,
                "at": at,
                "ticket_id": ticket_id,
                "hop": hop,
                "round": nth,
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
        encode_cursor(
            last.finished_at.isoformat(), str(last.ticket_id), str(last.hop), str(last.round)
        )
        if last
        else None,
    )


def _key(cursor: str) -> tuple[datetime, uuid.UUID, int, int]:
    at, ticket_id, hop, nth = decode_cursor(cursor, 4)
    try:
        return datetime.fromisoformat(at).astimezone(UTC), uuid.UUID(ticket_id), int(hop), int(nth)
    except ValueError as error:
        raise InvalidCursor from error


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


_LEFT_OUT = sa.text(
    "SELECT max(ticket_number) AS ticket_number, hop, measure, max(cause) AS cause, "
    "max(finished_at) AS finished_at FROM credit_observations "
    "WHERE department_id = :department_id AND measure = ANY(:measures) "
    "AND finished_at >= :since AND finished_at < :until AND recorded_at <= :as_of "
    "GROUP BY ticket_id, hop, round, measure HAVING sum(n) = 0 AND max(cause) IS NOT NULL "
    "ORDER BY max(finished_at) DESC, ticket_id, hop, round, measure LIMIT :most"
).bindparams(
    *(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("since", "until", "as_of")),
    sa.bindparam("measures", type_=ARRAY(sa.String)),
)


async def left_out_of(session: AsyncSession, spot: Spot, limit: int = 100) -> Sequence[LeftOut]:
    """Return what a department's rates leave out of a window, the latest first, measure by measure."""
    rows: Sequence[Any] = (
        await session.exec(  # type: ignore[call-overload]
            _LEFT_OUT,
            params={
                "department_id": spot.department_id,
                "measures": [one.value for one in Measure],
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
