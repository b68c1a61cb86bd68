"""Alerts that nobody acknowledged in time go one level up."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from hotline.escalation.receivers import RAISED_TO, Case, resolve
from hotline.escalation.roster import read_roster
from hotline.kernel.alarms import AlarmKind, raise_alarm
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.principal import SYSTEM, Tx
from hotline.sla.clocks import LIVE_STATES
from hotline.sla.policy import ClockKind, Rung
from hotline.tickets.models import Urgency

ESCALATION_RAISED = "escalation_raised"
"""The notice of an alert that nobody below has acknowledged."""


class _Open(NamedTuple):
    id: uuid.UUID
    number: str
    kind: str
    rung: str
    department_id: int | None
    urgency: str
    clock_state: str
    acknowledged_at: datetime | None
    acknowledged_by: uuid.UUID | None


_OPEN = sa.text(
    "SELECT e.id, e.ticket_number, e.kind, e.rung, e.department_id, k.urgency, "
    "CASE WHEN k.status = 'merged' THEN 'cancelled' ELSE c.state END, "
    "n.acknowledged_at, n.user_id "
    "FROM escalations e JOIN tickets k ON k.id = e.ticket_id JOIN sla_clocks c ON c.id = e.clock_id "
    "LEFT JOIN LATERAL (SELECT acknowledged_at, user_id FROM notices "
    "WHERE user_id = ANY(e.told) AND escalation_id = e.id AND acknowledged_at IS NOT NULL "
    "ORDER BY acknowledged_at LIMIT 1) n ON true "
    "WHERE e.ack_due_at <= :now AND e.ack_due_at IS NOT NULL AND e.acknowledged_at IS NULL "
    "AND e.raised_at IS NULL ORDER BY e.ack_due_at LIMIT :batch FOR UPDATE OF e SKIP LOCKED"
)
_ACKNOWLEDGED = sa.text(
    "UPDATE escalations e SET acknowledged_at = n.at, acknowledged_by = n.who "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:instants AS timestamptz[]), CAST(:users AS uuid[])) "
    "AS n(id, at, who) WHERE e.id = n.id"
)
_RAISED = sa.text("UPDATE escalations SET raised_at = :now WHERE id = ANY(CAST(:ids AS uuid[]))")


async def raise_unacknowledged(
    session_maker: SessionMaker, cipher: FieldCipher, *, now: datetime, batch: int = 200
) -> int:
    """Settle the alerts whose time to be acknowledged is over; return how many there were.

    What somebody acknowledged is marked so, and by whom. What ended meanwhile needs nobody any more.
    The rest goes one level up, each once.
    """
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, f"sweep:{now.isoformat()}", SYSTEM)
        found = await session.exec(_OPEN, params={"now": now, "batch": batch})  # type: ignore[call-overload]
        rows = [_Open(*row) for row in found]
        if not rows:
            return 0
        live = {state.value for state in LIVE_STATES}
        over = [row for row in rows if row.acknowledged_at or row.clock_state not in live]
        await session.exec(  # type: ignore[call-overload]
            _ACKNOWLEDGED,
            params={
                "ids": [row.id for row in over],
                "instants": [row.acknowledged_at or now for row in over],
                "users": [row.acknowledged_by for row in over],
            },
        )
        settled = {row.id for row in over}
        await _raise(tx, [row for row in rows if row.id not in settled])
        return len(rows)


async def _raise(tx: Tx, rows: Sequence[_Open]) -> None:
    if not rows:
        return
    roster = await read_roster(tx.session)
    notices = []
    for row in rows:
        case = Case(ClockKind(row.kind), Rung(row.rung), row.department_id, None)
        told = resolve(case, roster, RAISED_TO[case.rung])
        if told.is_nobody:
            await raise_alarm(
                tx.session,
                AlarmKind.NOBODY_ON_DUTY,
                f"{row.kind}/{row.department_id}",
                {"clock": row.kind, "department_id": row.department_id},
                tx.now,
            )
        fact_id = uuid7(tx.now)
        notices += [
            NewNotice(
                user_id=user_id,
                fact_id=fact_id,
                kind=ESCALATION_RAISED,
                ticket_number=row.number,
                clock=row.kind,
                rung=row.rung,
                is_urgent=row.urgency in {Urgency.P0, Urgency.P1},
            )
            for user_id in told.users
        ]
    await write_notices(tx, notices)
    await tx.session.exec(  # type: ignore[call-overload]
        _RAISED, params={"ids": [row.id for row in rows], "now": tx.now}
    )
