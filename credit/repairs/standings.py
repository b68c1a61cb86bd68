"""Entries in force with what their repair and their end depend on."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.ledger import EntryState
from credit.models import CreditEntry, CreditEntryChange
from credit.repairs.models import CreditRepair
from credit.repairs.rules import RepairState, Standing
from credit.rulebook import Severity
from hotline.kernel.clock import SHANGHAI

_IN_FORCE = sa.text(
    "SELECT e.id, e.department_id, e.code, e.severity, e.ticket_id, forced.at "
    "FROM credit_entries e "
    "JOIN LATERAL (SELECT c.state FROM credit_entry_changes c WHERE c.entry_id = e.id "
    "ORDER BY c.seq DESC LIMIT 1) last ON last.state = 'in_force' "
    "JOIN LATERAL (SELECT min(c.changed_at) AS at FROM credit_entry_changes c "
    "WHERE c.entry_id = e.id AND c.state = 'in_force') forced ON forced.at IS NOT NULL "
    "WHERE e.reverses_id IS NULL"
)
_SAME = sa.text(
    "SELECT e.id, e.department_id, e.code, e.occurred_at FROM credit_entries e "
    "JOIN LATERAL (SELECT c.state FROM credit_entry_changes c WHERE c.entry_id = e.id "
    "ORDER BY c.seq DESC LIMIT 1) last ON last.state <> 'revoked' "
    "WHERE e.reverses_id IS NULL AND e.severity = 'minor' AND e.occurred_at >= :since"
)


@dataclass(frozen=True, slots=True)
class LiveEntry:
    """An entry in force.

    Attributes:
        confirmed_on: the day in Shanghai from which it counts.
    """

    id: uuid.UUID
    department_id: int
    code: str
    severity: Severity
    ticket_id: uuid.UUID | None
    confirmed_on: date


def day_of(instant: datetime) -> date:
    """Return the day in Shanghai on which an instant lies."""
    return instant.astimezone(SHANGHAI).date()


async def entries_in_force(session: AsyncSession) -> Sequence[LiveEntry]:
    """Return every entry in force of every department."""
    rows = await session.exec(_IN_FORCE)  # type: ignore[call-overload]
    return [
        LiveEntry(entry_id, department_id, code, Severity(severity), ticket_id, day_of(at))
        for entry_id, department_id, code, severity, ticket_id, at in rows
    ]


async def minor_events_since(
    session: AsyncSession, since: datetime
) -> Mapping[tuple[int, str], Sequence[tuple[uuid.UUID, date]]]:
    """Return the minor events that were not revoked, by department and code, with their days."""
    rows = await session.exec(_SAME, params={"since": since})  # type: ignore[call-overload]
    found: dict[tuple[int, str], list[tuple[uuid.UUID, date]]] = defaultdict(list)
    for entry_id, department_id, code, occurred_at in rows:
        found[department_id, code].append((entry_id, day_of(occurred_at)))
    return found


async def confirmed_on(session: AsyncSession, entry_id: uuid.UUID) -> date | None:
    """Return the day on which an entry came into force; None when it never did."""
    at = (
        await session.exec(
            select(sa.func.min(CreditEntryChange.changed_at)).where(
                CreditEntryChange.entry_id == entry_id,
                CreditEntryChange.state == EntryState.IN_FORCE,
            )
        )
    ).one()
    return day_of(at) if at is not None else None


async def standing_of(session: AsyncSession, entry: CreditEntry, state: EntryState) -> Standing:
    """Return what a repair of an entry depends on."""
    last = (
        sa.select(col(CreditEntryChange.state))  # noqa: TID251  # inside a statement
        .where(col(CreditEntryChange.entry_id) == col(CreditEntry.id))
        .order_by(col(CreditEntryChange.seq).desc())
        .limit(1)
        .scalar_subquery()
    )
    same_at = (
        await session.exec(
            select(sa.func.max(CreditEntry.occurred_at)).where(
                CreditEntry.department_id == entry.department_id,
                CreditEntry.code == entry.code,
                CreditEntry.id != entry.id,
                col(CreditEntry.reverses_id).is_(None),
                last != EntryState.REVOKED,
            )
        )
    ).one()
    false_at = (
        await session.exec(
            select(sa.func.max(CreditRepair.doubt_decided_at)).where(
                CreditRepair.department_id == entry.department_id,
                CreditRepair.state == RepairState.FALSE,
            )
        )
    ).one()
    return Standing(
        entry.severity,
        state,
        await confirmed_on(session, entry.id) or day_of(entry.recorded_at),
        day_of(same_at) if same_at is not None else None,
        day_of(false_at) if false_at is not None else None,
    )
