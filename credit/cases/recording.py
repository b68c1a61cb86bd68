"""Writing what every case has: its steps, its deadlines, the facts about it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.cases.events import CreditCaseMoved
from credit.cases.models import CreditCaseStep, CreditDeadline
from credit.cases.rules import CaseKind, CaseStep, Duty, due_after
from credit.models import CreditEntry, CreditEntryChange
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.kernel.tx import Transaction
from hotline.sla.policy import CalendarCode
from hotline.workdays.book import CALENDARS
from hotline.workdays.workcalendar import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An appeal or a repair, as far as its steps go."""

    kind: CaseKind
    id: uuid.UUID
    department_id: int
    entry_id: uuid.UUID | None = None


async def working_days(tx: Transaction) -> Calendar:
    """Return the calendar by which these deadlines are counted."""
    return (await CALENDARS.in_force(tx.session))[CalendarCode.WORKING]


async def owe(
    tx: Transaction, case: Case, duty: Duty, days: int, *, since: datetime | None = None
) -> CreditDeadline:
    """Let the hotline owe something within days of work; what it owed before is done."""
    await settle(tx, case)
    calendar = await working_days(tx)
    began = since or tx.now
    deadline = CreditDeadline(
        id=uuid7(tx.now),
        kind=case.kind,
        remedy_id=case.id,
        department_id=case.department_id,
        duty=duty,
        calendar=calendar.version,
        began_at=began,
        due_at=due_after(calendar, began, days),
    )
    tx.session.add(deadline)
    return deadline


async def settle(tx: Transaction, case: Case) -> None:
    """Let nothing be owed any more."""
    await tx.session.exec(
        update(CreditDeadline)
        .where(col(CreditDeadline.remedy_id) == case.id, col(CreditDeadline.settled_at).is_(None))
        .values(settled_at=tx.now)
    )


async def open_deadline(tx: Transaction, case: Case) -> CreditDeadline | None:
    """Return what is owed in a case at present."""
    return (
        await tx.session.exec(
            select(CreditDeadline).where(
                CreditDeadline.remedy_id == case.id, col(CreditDeadline.settled_at).is_(None)
            )
        )
    ).first()


async def note_step(
    tx: Transaction,
    case: Case,
    step: CaseStep,
    *,
    words: str | None = None,
    by: uuid.UUID | None = None,
    owed: str = "",
    is_told: bool = True,
) -> None:
    """Write a step into the department's timeline, and tell whoever it concerns.

    Args:
        tx: the transaction.
        case: which.
        step: what was done.
        words: what was said.
        by: who did it; None for the system.
        owed: what somebody owes next.
        is_told: False for a step that is the second half of one that is told.
    """
    tx.session.add(
        CreditCaseStep(
            kind=case.kind,
            remedy_id=case.id,
            entry_id=case.entry_id,
            department_id=case.department_id,
            step=step,
            words=words,
            at=tx.now,
            by=by,
        )
    )
    if is_told:
        await emit(
            tx,
            CreditCaseMoved(
                kind=case.kind.value,
                remedy_id=str(case.id),
                step=step.value,
                owed=owed,
                department_id=case.department_id,
                by_user_id=str(by) if by else None,
            ),
        )


async def people_behind(session: AsyncSession, entry: CreditEntry) -> set[uuid.UUID | None]:
    """Return who recorded an entry, confirmed it, or moved it from one state to another so far."""
    rows = await session.exec(
        select(CreditEntryChange.changed_by).where(CreditEntryChange.entry_id == entry.id)
    )
    return {entry.recorded_by, entry.second_by, *rows.all()}
