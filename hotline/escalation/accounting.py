"""Telling people of interviews, bulletins and clues: each once for each thing that happens."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, select

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role
from hotline.supervision.events import BulletinPublished, ClueMoved, InterviewCalled
from hotline.supervision.interviews.rules import REMIND_BEFORE, Warned, warning_due
from hotline.supervision.models import Bulletin, Clue, Interview

INTERVIEW_CALLED = "interview_called"
INTERVIEW_DUE = "interview_due"
INTERVIEW_OVERDUE = "interview_overdue"
BULLETIN_OUT = "bulletin_published"
CLUE_CAME = "clue_came"
CLUE_ASKED = "clue_asked"


async def tell_interview(tx: Transaction, fact_id: uuid.UUID, called: InterviewCalled) -> None:
    """Tell the leaders of a department that its people are called to an interview."""
    leaders = await user_ids_with_role(tx.session, Role.LEADER, called.department_id)
    await _tell(tx, fact_id, INTERVIEW_CALLED, leaders, needs_ack=True)


async def tell_bulletin(tx: Transaction, fact_id: uuid.UUID, published: BulletinPublished) -> None:
    """Tell the leaders of the departments that read a bulletin."""
    bulletin = await tx.session.get_one(Bulletin, uuid.UUID(published.bulletin_id))
    if not bulletin.units:
        readers = await user_ids_with_role(tx.session, Role.LEADER)
    else:
        units = await tx.session.exec(
            select(Department.id).where(col(Department.code).in_(bulletin.units))
        )
        readers = [
            user_id
            for unit in units.all()
            for user_id in await user_ids_with_role(tx.session, Role.LEADER, unit)
        ]
    await _tell(tx, fact_id, BULLETIN_OUT, readers)


async def tell_clue(tx: Transaction, fact_id: uuid.UUID, moved: ClueMoved) -> None:
    """Tell whoever is to look at a clue now, and nothing of what it says."""
    if moved.is_for_discipline:
        readers = await user_ids_with_role(tx.session, Role.DISCIPLINE)
        await _tell(tx, fact_id, CLUE_CAME, readers, needs_ack=True)
        return
    clue = await tx.session.get_one(Clue, uuid.UUID(moved.clue_id))
    await _tell(tx, fact_id, CLUE_ASKED, (clue.transferred_by,), needs_ack=True)


async def remind_of_interviews(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, batch: int = 200
) -> int:
    """Tell of interviews that fall due within a day, and of those overdue, once each.

    What was told is kept with the interview: a restart tells nobody twice and leaves nobody out.

    Returns:
        Of how many interviews somebody was told.
    """
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, f"interviews:{now.isoformat()}")
        rows = await session.exec(
            select(Interview)
            .where(
                col(Interview.due_at) <= now + REMIND_BEFORE,
                col(Interview.warned) < Warned.OVERDUE,
            )
            .order_by(col(Interview.due_at))
            .limit(batch)
            .with_for_update(skip_locked=True)
        )
        told = 0
        for interview in rows.all():
            told += await _remind(tx, interview)
        return told


async def _remind(tx: Transaction, interview: Interview) -> bool:
    if interview.due_at is None:
        return False
    warning = warning_due(interview.due_at, tx.now)
    if warning <= interview.warned:
        return False
    interview.warned = warning
    people = [
        *await user_ids_with_role(tx.session, Role.SUPERVISOR),
        *await user_ids_with_role(tx.session, Role.LEADER, interview.department_id),
    ]
    is_overdue = warning is Warned.OVERDUE
    kind = INTERVIEW_OVERDUE if is_overdue else INTERVIEW_DUE
    await _tell(tx, uuid7(tx.now), kind, people, needs_ack=is_overdue)
    return True


async def _tell(
    tx: Transaction,
    fact_id: uuid.UUID,
    kind: str,
    people: Iterable[uuid.UUID],
    *,
    needs_ack: bool = False,
) -> None:
    await write_notices(
        tx,
        [
            NewNotice(user_id=user_id, fact_id=fact_id, kind=kind, needs_ack=needs_ack)
            for user_id in dict.fromkeys(people)
        ],
    )
