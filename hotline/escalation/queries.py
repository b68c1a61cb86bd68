"""Reading what was escalated."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

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
    """The alerts longest unseen, and how many there are in all."""

    count: int
    items: Sequence[Unseen]


# What is still late is found by its clocks: an alert of a limit that is over needs nobody any more.
_UNSEEN = sa.text(
    "SELECT count(*) OVER (), e.id, e.ticket_number, e.kind, e.rung, e.department_id, e.fired_at, "
    "e.ack_due_at, e.raised_at, "
    "(SELECT coalesce(array_agg(u.display_name ORDER BY u.username), '{}') FROM users u "
    "WHERE u.id = ANY(e.told)) "
    "FROM sla_clocks c JOIN escalations e ON e.clock_id = c.id "
    "WHERE c.state = 'running' AND c.due_at <= :now AND e.ack_due_at IS NOT NULL "
    "AND e.acknowledged_at IS NULL AND NOT EXISTS (SELECT 1 FROM notices n "
    "WHERE n.escalation_id = e.id AND n.acknowledged_at IS NOT NULL) "
    "ORDER BY e.ack_due_at, e.id LIMIT :most"
)


async def list_unseen(session: AsyncSession, now: datetime, most: int) -> UnseenList:
    """Return the alerts that nobody has acknowledged, the longest unseen first, in one statement."""
    rows = (await session.exec(_UNSEEN, params={"now": now, "most": most})).all()  # type: ignore[call-overload]
    return UnseenList(
        rows[0][0] if rows else 0,
        [Unseen(row[1], row[2], ClockKind(row[3]), Rung(row[4]), *row[5:]) for row in rows],
    )
