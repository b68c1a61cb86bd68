"""Telling a department that what its grade brings has changed, and asking for what it calls for."""

import uuid
from collections.abc import Collection

from credit.consequences.events import ConsequencesTurned
from credit.consequences.rules import ConsequenceKind
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role
from hotline.supervision.interviews.proposals import propose_interview
from hotline.supervision.interviews.rules import InterviewReason

WATCHED = "credit_watched"
UNWATCHED = "credit_unwatched"
PLAN_ASKED = "credit_plan_asked"
CHANGED = "credit_consequences_changed"
REPORT_PROPOSED = "credit_report_proposed"


def notice_kind(begun: Collection[str], ended: Collection[str]) -> str | None:
    """Return what a department is told; the gravest thing when there are several, None for nothing."""
    if ConsequenceKind.PLAN.value in begun:
        return PLAN_ASKED
    if ConsequenceKind.WATCHED.value in begun:
        return WATCHED
    if ConsequenceKind.WATCHED.value in ended:
        return UNWATCHED
    return CHANGED if begun or ended else None


async def tell_consequences(tx: Transaction, fact_id: uuid.UUID, fact: ConsequencesTurned) -> None:
    """Tell the leaders of a department, and whoever proposes to the government, once."""
    kind = notice_kind(fact.begun, fact.ended)
    if kind is None:
        return
    params = {"grade": fact.grade, "period": fact.period}
    leaders = await user_ids_with_role(tx.session, Role.LEADER, fact.department_id)
    notices = [
        NewNotice(
            user_id=user_id,
            fact_id=fact_id,
            kind=kind,
            params=params,
            needs_ack=kind in {PLAN_ASKED, WATCHED},
        )
        for user_id in dict.fromkeys(leaders)
    ]
    if ConsequenceKind.GOVERNMENT_REPORT.value in fact.begun:
        notices += [
            NewNotice(user_id=user_id, fact_id=fact_id, kind=REPORT_PROPOSED, params=params)
            for user_id in await user_ids_with_role(tx.session, Role.AUTHORITY)
        ]
    await write_notices(tx, notices)


async def propose_talk(tx: Transaction, fact: ConsequencesTurned) -> bool:
    """Propose a department for an interview when its grade calls for one; a person decides."""
    if ConsequenceKind.INTERVIEW.value not in fact.begun or fact.period is None:
        return False
    return await propose_interview(
        tx,
        fact.department_id,
        reason=InterviewReason.LOW_CREDIT,
        source_key=f"credit:{fact.period}:{fact.department_id}",
        params={"grade": fact.grade, "period": fact.period},
    )
