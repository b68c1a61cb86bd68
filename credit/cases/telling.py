"""Telling people of appeals and repairs: each once for each step, and once for each deadline passed."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlmodel import col, select

from credit.cases.events import CreditCaseMoved
from credit.cases.models import CreditDeadline
from credit.cases.rules import CaseStep, Duty
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role

REPAIR_CHECK = "repair_check"
FALSE_STATEMENT = "false_statement"

OWED_BY: Mapping[str, Sequence[Role]] = MappingProxyType(
    {
        Duty.FIRST_DECISION.value: (Role.AUDITOR, Role.SUPERVISOR),
        Duty.SECOND_DECISION.value: (Role.AUTHORITY,),
        REPAIR_CHECK: (Role.AUDITOR, Role.VISITOR),
        Duty.REPAIR_DECISION.value: (Role.SUPERVISOR,),
        FALSE_STATEMENT: (Role.SUPERVISOR,),
    }
)
"""Who of the hotline is told that something is owed next."""

OVERDUE_TO: Mapping[Duty, Sequence[Role]] = MappingProxyType(
    {
        Duty.FIRST_DECISION: (Role.AUDITOR, Role.SUPERVISOR),
        Duty.SECOND_DECISION: (Role.AUTHORITY,),
        Duty.REPAIR_DECISION: (Role.AUDITOR, Role.VISITOR, Role.SUPERVISOR),
    }
)

WAITS: Mapping[str, str] = MappingProxyType(
    {
        Duty.FIRST_DECISION.value: "credit_appeal_waits",
        Duty.SECOND_DECISION.value: "credit_appeal_waits",
        REPAIR_CHECK: "credit_repair_waits",
        Duty.REPAIR_DECISION.value: "credit_repair_waits",
        FALSE_STATEMENT: "credit_false_waits",
    }
)
"""What they are told."""

TOLD: Mapping[CaseStep, str] = MappingProxyType(
    {
        CaseStep.APPEALED: "credit_appeal_marked",
        CaseStep.WENT_ON: "credit_appeal_marked",
        CaseStep.UPHELD: "credit_appeal_upheld",
        CaseStep.REFUSED: "credit_appeal_refused",
        CaseStep.WITHDRAWN: "credit_appeal_withdrawn",
        CaseStep.RECALCULATED: "credit_recalculated",
        CaseStep.REPAIR_ASKED: "credit_repair_asked",
        CaseStep.REPAIR_CHECKED: "credit_repair_checked",
        CaseStep.REPAIR_PUT_OFF: "credit_repair_put_off",
        CaseStep.REPAIRED: "credit_repaired",
        CaseStep.REPAIR_REFUSED: "credit_repair_refused",
        CaseStep.REPAIR_WITHDRAWN: "credit_repair_withdrawn",
        CaseStep.FALSE_REPORTED: "credit_false_reported",
        CaseStep.FALSE_CONFIRMED: "credit_false_confirmed",
        CaseStep.FALSE_DISMISSED: "credit_false_dismissed",
        CaseStep.ENDED: "credit_entry_ended",
    }
)
"""What the leaders of the department are told of a step."""

OVERDUE = "credit_case_overdue"


async def tell_case(tx: Transaction, fact_id: uuid.UUID, moved: CreditCaseMoved) -> None:
    """Tell the department's leaders of a step, and those who owe the next; not whoever did it."""
    notices, about = [], {moved.kind: moved.remedy_id}
    if kind := TOLD.get(CaseStep(moved.step)):
        leaders = await user_ids_with_role(tx.session, Role.LEADER, moved.department_id)
        notices += [
            NewNotice(user_id=one, fact_id=fact_id, kind=kind, params=about) for one in leaders
        ]
    if moved.owed:
        notices += [
            NewNotice(
                user_id=one, fact_id=fact_id, kind=WAITS[moved.owed], params=about, needs_ack=True
            )
            for one in await _people(tx, OWED_BY[moved.owed])
        ]
    await write_notices(tx, [one for one in notices if str(one.user_id) != moved.by_user_id])


async def remind_of_cases(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, batch: int = 200
) -> int:
    """Tell those who owe a decision that it is overdue, once for each deadline.

    What was told is kept with the deadline: a restart tells nobody twice and leaves nobody out.

    Returns:
        Of how many deadlines somebody was told.
    """
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, f"credit-cases:{now.isoformat()}")
        rows = await session.exec(
            select(CreditDeadline)
            .where(
                col(CreditDeadline.settled_at).is_(None),
                col(CreditDeadline.told_at).is_(None),
                col(CreditDeadline.due_at) <= now,
            )
            .order_by(col(CreditDeadline.due_at))
            .limit(batch)
            .with_for_update(skip_locked=True)
        )
        overdue = rows.all()
        for deadline in overdue:
            deadline.told_at = now
            late = int((now - deadline.due_at).total_seconds())
            # A deadline that was put off and has passed again is another thing to tell of.
            about = uuid.uuid5(deadline.id, deadline.due_at.isoformat())
            await write_notices(
                tx,
                [
                    NewNotice(
                        user_id=one,
                        fact_id=about,
                        kind=OVERDUE,
                        params={deadline.kind.value: str(deadline.remedy_id)},
                        needs_ack=True,
                        late_by_seconds=late,
                    )
                    for one in await _people(tx, OVERDUE_TO[deadline.duty])
                ],
            )
        return len(overdue)


async def _people(tx: Transaction, roles: Sequence[Role]) -> Sequence[uuid.UUID]:
    found: dict[uuid.UUID, None] = {}
    for role in roles:
        found |= dict.fromkeys(await user_ids_with_role(tx.session, role))
    return list(found)
