"""Writing notices in the transaction of whatever they tell of: thousands in one statement."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from hotline.kernel.db import copy_rows
from hotline.kernel.ids import uuid7, uuid7s
from hotline.kernel.tx import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """What one person is to be told.

    Attributes:
        user_id: who is told.
        fact_id: what he is told of; a person is told of a fact once.
        kind: which text.
        ticket_number: of which ticket, if of one.
        clock: kind of the clock that fired.
        rung: step of the ladder that fired.
        params: JSON values that the text needs; never personal data.
        needs_ack: he must say that he has seen it.
        is_urgent: passes quiet hours.
        late_by_seconds: how much later than due it fired.
        escalation_id: the escalation that asks for the acknowledgement.
    """

    user_id: uuid.UUID
    fact_id: uuid.UUID
    kind: str
    ticket_number: str | None = None
    clock: str | None = None
    rung: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    needs_ack: bool = False
    is_urgent: bool = False
    late_by_seconds: int = 0
    escalation_id: uuid.UUID | None = None


_WRITE = sa.text(
    "INSERT INTO notices (id, user_id, fact_id, kind, ticket_number, clock, rung, params, "
    "needs_ack, is_urgent, late_by_seconds, escalation_id, created_at) "
    "SELECT n.id, n.user_id, n.fact_id, n.kind, n.ticket_number, n.clock, n.rung, "
    "n.params::jsonb, n.needs_ack, n.is_urgent, n.late_by_seconds, n.escalation_id, :now "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:facts AS uuid[]), "
    "CAST(:kinds AS text[]), CAST(:tickets AS text[]), CAST(:clocks AS text[]), "
    "CAST(:rungs AS text[]), CAST(:params AS text[]), CAST(:acks AS bool[]), "
    "CAST(:urgent AS bool[]), CAST(:late AS int[]), CAST(:escalations AS uuid[])) "
    "AS n(id, user_id, fact_id, kind, ticket_number, clock, rung, params, needs_ack, is_urgent, "
    "late_by_seconds, escalation_id) "
    "ON CONFLICT (user_id, fact_id) DO NOTHING"
)


_COLUMNS = (
    *("id", "user_id", "fact_id", "kind", "ticket_number", "clock", "rung", "params"),
    *("needs_ack", "is_urgent", "late_by_seconds", "escalation_id", "created_at"),
)


async def write_fresh_notices(tx: Transaction, rows: Sequence[NewNotice]) -> None:
    """Tell people of facts that this very transaction makes, so that nobody can know them yet."""
    ids = uuid7s(tx.now, len(rows))
    await copy_rows(
        tx.session,
        "notices",
        _COLUMNS,
        [
            (
                *(key, row.user_id, row.fact_id, row.kind, row.ticket_number, row.clock, row.rung),
                *(_text(row.params), row.needs_ack, row.is_urgent, row.late_by_seconds),
                *(row.escalation_id, tx.now),
            )
            for key, row in zip(ids, rows, strict=True)
        ],
    )


def _text(params: Mapping[str, Any]) -> str:
    return msgspec.json.encode(params).decode() if params else "{}"


async def write_notices(tx: Transaction, rows: Sequence[NewNotice]) -> None:
    """Tell people, each once per fact, if and only if this transaction commits."""
    if not rows:
        return
    await tx.session.exec(  # type: ignore[call-overload]
        _WRITE,
        params={
            "now": tx.now,
            "ids": [uuid7(tx.now) for _ in rows],
            "users": [row.user_id for row in rows],
            "facts": [row.fact_id for row in rows],
            "kinds": [row.kind for row in rows],
            "tickets": [row.ticket_number for row in rows],
            "clocks": [row.clock for row in rows],
            "rungs": [row.rung for row in rows],
            "params": [json.dumps(dict(row.params)) for row in rows],
            "acks": [row.needs_ack for row in rows],
            "urgent": [row.is_urgent for row in rows],
            "late": [row.late_by_seconds for row in rows],
            "escalations": [row.escalation_id for row in rows],
        },
    )
