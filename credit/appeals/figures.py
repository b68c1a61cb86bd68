"""Tickets within a figure: whether they are counted there, and taking them out of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.errors import TicketNotCounted
from credit.appeals.models import CreditAppeal
from credit.bookkeeping import NewObservation, observe
from credit.ledger import Measure
from credit.period_models import CreditPeriod
from credit.rulebook import Indicator
from hotline.kernel.tx import Transaction

_COUNTED = sa.text(
    "SELECT ticket_id, ticket_number, hop, round, category, finished_at, sum(k) AS k, sum(n) AS n "
    "FROM credit_observations WHERE department_id = :department AND measure = :measure "
    "AND ticket_number = ANY(CAST(:tickets AS text[])) "
    "AND finished_at >= :since AND finished_at < :until "
    "GROUP BY ticket_id, ticket_number, hop, round, category, finished_at HAVING sum(n) > 0 "
    "ORDER BY finished_at, ticket_number"
)
"""What still counts of some tickets in one measure of one department."""

CAUSE = "appeal"


async def counted(
    session: AsyncSession,
    period: CreditPeriod,
    department_id: int,
    indicator: Indicator,
    tickets: Sequence[str],
) -> Sequence[Any]:
    """Return what still counts of these tickets in a figure of a period."""
    rows = await session.exec(  # type: ignore[call-overload]
        _COUNTED,
        params={
            "department": department_id,
            "measure": Measure(indicator.value).value,
            "tickets": list(tickets),
            "since": period.since,
            "until": period.until,
        },
    )
    found: Sequence[Any] = rows.all()
    return found


async def require_counted(
    session: AsyncSession,
    period: CreditPeriod,
    department_id: int,
    indicator: Indicator,
    tickets: Sequence[str],
) -> None:
    """Pass in silence when every one of these tickets is part of the figure.

    Raises:
        TicketNotCounted: one is not.
    """
    rows = await counted(session, period, department_id, indicator, tickets)
    known = {row.ticket_number for row in rows}
    for number in tickets:
        if number not in known:
            raise TicketNotCounted(ticket=number)


async def take_back(tx: Transaction, appeal: CreditAppeal) -> datetime:
    """Take the tickets of an appeal out of its figure; return since when it counts otherwise."""
    if appeal.period is None or appeal.indicator is None:
        raise AssertionError("an appeal against a figure names the period and the indicator")
    period = await tx.session.get_one(CreditPeriod, appeal.period)
    rows = await counted(tx.session, period, appeal.department_id, appeal.indicator, appeal.tickets)
    await observe(
        tx,
        [
            NewObservation(
                source_key=f"appeal:{appeal.id}:{row.ticket_number}:{row.hop}:{row.round}:{place}",
                department_id=appeal.department_id,
                ticket_id=row.ticket_id,
                ticket_number=row.ticket_number,
                hop=row.hop,
                round=row.round,
                measure=Measure(appeal.indicator.value),
                category=row.category,
                k=-row.k,
                n=-row.n,
                finished_at=row.finished_at,
                cause=CAUSE,
            )
            for place, row in enumerate(rows)
        ],
    )
    return min((row.finished_at for row in rows), default=period.since)
