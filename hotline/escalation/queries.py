"""Reading what was escalated."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import decode_place, encode_place
from hotline.sla.policy import ClockKind, Rung


@dataclass(frozen=True, slots=True)
class Unseen:
    """An alert that nobody has acknowledged, on a limit that still is late.

    Attributes:
        told: the names of those who were told.
        ack_due_at: until when one of them was to say that he has seen it.
        raised_at: when it went one level up.
    """

    id: uuid.UUID
    ticket_number: str
    kind: ClockKind
    rung: Rung
    department_id: int | None
    fired_at: datetime
    ack_due_at: datetime
    raised_at: datetime | None
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class UnseenList:
    """The alerts longest unseen.

    Attributes:
        count: how many there are in all, from where the list begins.
        next_cursor: of those that follow; None when these are the last.
    """

    count: int
    items: Sequence[Unseen]
    next_cursor: str | None


# What is still late is found by its clocks: an alert of a limit that is over needs nobody any more.
_UNSEEN = (
    "SELECT count(*) OVER (), e.id, e.ticket_number, e.kind, e.rung, e.department_id, e.fired_at, "
    "e.ack_due_at, e.raised_at, "
    "(SELECT coalesce(array_agg(u.display_name ORDER BY u.username), ARRAY[]::varchar[]) FROM users u "
    "WHERE u.id = ANY(e.told)) "
    "FROM sla_clocks c JOIN escalations e ON e.clock_id = c.id "
    "WHERE c.state = 'running' AND c.due_at <= :now AND e.ack_due_at IS NOT NULL "
    "AND e.acknowledged_at IS NULL AND NOT EXISTS (SELECT 1 FROM notices n "
    "WHERE n.escalation_id = e.id AND n.acknowledged_at IS NOT NULL){after} "
    "ORDER BY e.ack_due_at, e.id LIMIT :most"
)


async def list_unseen(
    session: AsyncSession, now: datetime, most: int, cursor: str | None = None
) -> UnseenList:
    """Return the alerts that nobody has acknowledged, the longest unseen first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    asked: dict[str, Any] = {"now": now, "most": most}
    after = ""
    if cursor:
        asked["at"], asked["key"] = decode_place(cursor)
        after = " AND (e.ack_due_at, e.id) > (:at, :key)"
    statement = sa.text(_UNSEEN.format(after=after))
    rows = (await session.exec(statement, params=asked)).all()  # type: ignore[call-overload]
    items = [Unseen(row[1], row[2], ClockKind(row[3]), Rung(row[4]), *row[5:]) for row in rows]
    count = rows[0][0] if rows else 0
    last = items[-1] if count > len(items) else None
    return UnseenList(count, items, encode_place(last.ack_due_at, last.id) if last else None)
