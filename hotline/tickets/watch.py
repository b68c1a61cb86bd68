"""Is there an open ticket that nobody would be reminded of?"""

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.alarms import AlarmKind
from hotline.tickets.lifecycle import OPEN_STATUSES


class Unwatched(enum.StrEnum):
    """What an open ticket lacks."""

    NO_HOLDER = "no_holder"
    NO_CLOCK = "no_clock"
    NOT_SWEPT = "not_swept"
    PAST_THE_LADDER = "past_the_ladder"
    IMPORTED_LATE = "imported_late"


HARMLESS = frozenset({Unwatched.IMPORTED_LATE, Unwatched.PAST_THE_LADDER})
"""Reported, but no fault of the house: it told whoever was to be told, or the past was never ours."""


class Finding(NamedTuple):
    """An open ticket without a deadline ahead.

    Attributes:
        ticket_id: the ticket.
        number: its number.
        why: what it lacks.
    """

    ticket_id: uuid.UUID
    number: str
    why: Unwatched


SWEPT_WITHIN = timedelta(seconds=60)
"""A rung that fell due this long ago and has not fired is not watched."""

_OPEN = ", ".join(f"'{status.value}'" for status in OPEN_STATUSES)

_FIND = sa.text(
    "SELECT k.id, k.number, CASE "
    "WHEN k.owner_department_id IS NULL "
    "OR k.holder_user_id IS NULL AND k.holder_post IS NULL THEN 'no_holder' "
    "WHEN NOT EXISTS (SELECT FROM sla_clocks c WHERE c.ticket_id = k.id "
    "AND c.state = 'running') THEN 'no_clock' "
    "WHEN EXISTS (SELECT FROM sla_clocks c JOIN sla_thresholds t ON t.clock_id = c.id "
    "WHERE c.ticket_id = k.id AND t.state = 'armed') THEN 'not_swept' "
    "WHEN k.source IS NOT NULL AND NOT EXISTS (SELECT FROM sla_clocks c JOIN sla_thresholds t "
    "ON t.clock_id = c.id WHERE c.ticket_id = k.id AND t.state = 'fired') THEN 'imported_late' "
    "ELSE 'past_the_ladder' END AS why "
    f"FROM tickets k WHERE k.status IN ({_OPEN}) AND ("
    "k.owner_department_id IS NULL OR k.holder_user_id IS NULL AND k.holder_post IS NULL "
    "OR NOT EXISTS (SELECT FROM sla_clocks c JOIN sla_thresholds t ON t.clock_id = c.id "
    "WHERE c.ticket_id = k.id AND c.state = 'running' AND t.state = 'armed' "
    "AND t.due_at > CAST(:unswept AS timestamptz))) "
    "AND NOT EXISTS (SELECT FROM alarms a WHERE a.subject = k.number AND a.cleared_at IS NULL "
    "AND a.kind = ANY(CAST(:kinds AS text[]))) "
    "ORDER BY k.id LIMIT :most"
)


async def tickets_without_deadline(
    session: AsyncSession, now: datetime, most: int = 1000
) -> Sequence[Finding]:
    """Return open tickets without a holder, or without a rung ahead, for which no alarm is up.

    Args:
        session: may be read-only.
        now: what fell due shortly before is the sweeper's business still.
        most: so many at most.
    """
    kinds = [AlarmKind.TICKET_PARKED.value, AlarmKind.DEADLINE_MISSING.value]
    found: Any = await session.exec(  # type: ignore[call-overload]
        _FIND, params={"unswept": now - SWEPT_WITHIN, "kinds": kinds, "most": most}
    )
    return [Finding(row.id, row.number, Unwatched(row.why)) for row in found]
