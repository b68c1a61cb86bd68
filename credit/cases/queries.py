"""Reading what every case has: the one timeline of an entry, the steps of a case, what is owed."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.cases.models import CreditCaseStep, CreditDeadline
from credit.cases.rules import CaseKind, CaseStep
from credit.ledger import EntryState
from credit.models import CreditEntry, CreditEntryChange
from hotline.people.queries import users_by_id


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline: a change of the entry, or a step of an appeal or a repair.

    Attributes:
        state: what the entry became; None for a step.
        step: what was done; None for a change.
        words: what was said, or the coded reason of a change.
        by: who; None for the system.
    """

    at: datetime
    state: EntryState | None
    step: CaseStep | None
    kind: CaseKind | None
    remedy_id: uuid.UUID | None
    words: str | None
    by: str | None


async def timeline_of(session: AsyncSession, entry: CreditEntry) -> Sequence[Happening]:
    """Return everything that became of an entry, the oldest first."""
    changes = (
        await session.exec(
            select(CreditEntryChange)
            .where(CreditEntryChange.entry_id == entry.id)
            .order_by(col(CreditEntryChange.seq))
        )
    ).all()
    steps = (
        await session.exec(
            select(CreditCaseStep)
            .where(CreditCaseStep.entry_id == entry.id)
            .order_by(col(CreditCaseStep.id))
        )
    ).all()
    users = await users_by_id(
        session, {*(one.changed_by for one in changes), *(one.by for one in steps)}
    )
    names = {key: user.display_name for key, user in users.items()}
    found = [
        Happening(
            one.changed_at,
            EntryState(one.state),
            None,
            None,
            None,
            one.reason,
            names.get(one.changed_by) if one.changed_by else None,
        )
        for one in changes
    ]
    found += [_step(one, names) for one in steps]
    return sorted(found, key=lambda one: one.at)


async def steps_of(session: AsyncSession, remedy_id: uuid.UUID) -> Sequence[Happening]:
    """Return the steps of one case, the oldest first."""
    return await _steps(session, col(CreditCaseStep.remedy_id) == remedy_id)


async def steps_of_entry(session: AsyncSession, entry_id: uuid.UUID) -> Sequence[Happening]:
    """Return the steps of every appeal and repair of an entry, the oldest first."""
    return await _steps(session, col(CreditCaseStep.entry_id) == entry_id)


async def _steps(session: AsyncSession, condition: sa.ColumnElement[bool]) -> Sequence[Happening]:
    steps = (
        await session.exec(select(CreditCaseStep).where(condition).order_by(col(CreditCaseStep.id)))
    ).all()
    users = await users_by_id(session, {one.by for one in steps})
    names = {key: user.display_name for key, user in users.items()}
    return [_step(one, names) for one in steps]


def _step(row: CreditCaseStep, names: Mapping[uuid.UUID, str]) -> Happening:
    return Happening(
        row.at,
        None,
        CaseStep(row.step),
        CaseKind(row.kind),
        row.remedy_id,
        row.words,
        names.get(row.by) if row.by else None,
    )


async def deadlines_of(
    session: AsyncSession, remedy_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, CreditDeadline]:
    """Return what is owed at present in each of these cases."""
    rows = await session.exec(
        select(CreditDeadline).where(
            col(CreditDeadline.remedy_id).in_(remedy_ids), col(CreditDeadline.settled_at).is_(None)
        )
    )
    return {row.remedy_id: row for row in rows.all()}


async def count_overdue(session: AsyncSession, kind: CaseKind, now: datetime) -> int:
    """Return in how many cases a decision is overdue."""
    return (
        await session.exec(
            select(sa.func.count())
            .select_from(CreditDeadline)
            .where(
                CreditDeadline.kind == kind,
                col(CreditDeadline.settled_at).is_(None),
                col(CreditDeadline.due_at) < now,
            )
        )
    ).one()
