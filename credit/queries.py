"""Reading promises out of the observations and the facts that they were made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.ledger import Measure
from credit.models import Observation, PromiseOutcome
from hotline.tickets.counted import MilestoneEnded
from hotline.tickets.events import PromiseEnded


@dataclass(frozen=True, slots=True)
class PromiseTally:
    """Promises of a department that have ended."""

    kept: int
    broken: int


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One promise that has ended, a plan's milestone among them.

    Attributes:
        cause: why it does not count; None when it does.
    """

    ticket_number: str
    outcome: PromiseOutcome
    due_at: datetime
    outcome_at: datetime
    cause: str | None


_LATEST = sa.text(
    "SELECT o.ticket_number, f.topic, f.payload, o.finished_at, o.cause "
    "FROM credit_observations o JOIN credit_facts f ON f.id = o.fact_id "
    "WHERE o.department_id = :department AND o.measure = 'promise' AND o.n >= 0 "
    "AND f.topic IN (:promise, :milestone) "
    # Of several rows on one promise the last one holds.
    "AND NOT EXISTS (SELECT 1 FROM credit_observations later WHERE later.source_key = "
    "split_part(o.source_key, '#', 1) || '#' || (split_part(o.source_key, '#', 2)::int + 1)) "
    "ORDER BY o.finished_at DESC, o.id DESC LIMIT :limit"
).columns(
    ticket_number=sa.String(),
    topic=sa.String(),
    payload=sa.JSON(),
    finished_at=sa.DateTime(timezone=True),
    cause=sa.String(),
)


async def tally_promises(
    session: AsyncSession, department_id: int, since: datetime
) -> PromiseTally:
    """Return how many of a department's promises ended kept and broken since an instant.

    As they count: what was taken back, and what broke while nobody watched, is not among them.
    """
    found = await session.exec(
        select(
            sa.func.coalesce(sa.func.sum(col(Observation.k)), 0),
            sa.func.coalesce(sa.func.sum(col(Observation.n)), 0),
        ).where(
            Observation.department_id == department_id,
            Observation.measure == Measure.PROMISE,
            col(Observation.finished_at) >= since,
        )
    )
    kept, due = found.one()
    return PromiseTally(int(kept), int(due - kept))


async def list_promises(
    session: AsyncSession, department_id: int, limit: int = 50
) -> Sequence[PromiseLine]:
    """Return a department's promises that have ended, the latest first."""
    rows = await session.exec(  # type: ignore[call-overload]
        _LATEST,
        params={
            "department": department_id,
            "promise": PromiseEnded.topic,
            "milestone": MilestoneEnded.topic,
            "limit": limit,
        },
    )
    return [
        _promise(number, PromiseEnded.from_payload(payload), cause)
        if topic == PromiseEnded.topic
        else _milestone(number, MilestoneEnded.from_payload(payload), ended_at, cause)
        for number, topic, payload, ended_at, cause in rows
    ]


def _promise(number: str, fact: PromiseEnded, cause: str | None) -> PromiseLine:
    return PromiseLine(
        number,
        PromiseOutcome(fact.outcome),
        datetime.fromisoformat(fact.due_at),
        datetime.fromisoformat(fact.outcome_at),
        cause,
    )


def _milestone(
    number: str, fact: MilestoneEnded, ended_at: datetime, cause: str | None
) -> PromiseLine:
    outcome = PromiseOutcome.KEPT if fact.met else PromiseOutcome.BROKEN
    return PromiseLine(number, outcome, datetime.fromisoformat(fact.due_at), ended_at, cause)
