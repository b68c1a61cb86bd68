"""Telling people about surveys, visits and findings: each once for each thing that happens."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import col, select

from credit.observers.actions.surveys import close_due
from credit.observers.events import FindingMoved, SurveyPublished, VisitPlanned
from credit.observers.models import Observer, ObserverFinding, ObserverVisit, Survey
from credit.observers.rules import FindingState
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role
from hotline.supervision.interviews.rules import REMIND_BEFORE, Warned, warning_due

SURVEY_OUT = "observer_survey"
VISIT_ASKED = "observer_visit_asked"
VISIT_DUE = "observer_visit_due"
VISIT_OVERDUE = "observer_visit_overdue"
FINDING_OPEN = "finding_open"
FINDING_ANSWERED = "finding_answered"
FINDING_ENDED = "finding_ended"
FINDING_DUE = "finding_due"
FINDING_OVERDUE = "finding_overdue"


async def tell_survey(tx: Transaction, fact_id: uuid.UUID, published: SurveyPublished) -> None:
    """Tell the observers on the register that a survey waits for them."""
    survey = await tx.session.get_one(Survey, uuid.UUID(published.survey_id))
    readers = await tx.session.exec(
        select(Observer.user_id).where(
            col(Observer.is_active), col(Observer.registered_at) <= survey.closes_at
        )
    )
    await _tell(tx, fact_id, SURVEY_OUT, readers, about={"survey": published.survey_id})


async def tell_visit(tx: Transaction, fact_id: uuid.UUID, planned: VisitPlanned) -> None:
    """Tell an observer that he is asked for a visit."""
    visit = await tx.session.get_one(ObserverVisit, uuid.UUID(planned.visit_id))
    people = [await _visitor(tx, visit.id)]
    await _tell(tx, fact_id, VISIT_ASKED, people, about={"visit": planned.visit_id})


async def tell_finding(tx: Transaction, fact_id: uuid.UUID, moved: FindingMoved) -> None:
    """Tell whoever is to act about a finding now, and the department how it ended."""
    state, about = FindingState(moved.state), {"finding": moved.finding_id}
    if state is FindingState.ANSWERED:
        finding = await tx.session.get_one(ObserverFinding, uuid.UUID(moved.finding_id))
        people = [await _visitor(tx, finding.visit_id)]
        await _tell(tx, fact_id, FINDING_ANSWERED, people, about=about)
        return
    is_open = state is FindingState.OPEN
    staff = await _staff(tx, moved.department_id)
    kind = FINDING_OPEN if is_open else FINDING_ENDED
    await _tell(tx, fact_id, kind, staff, about=about, needs_ack=is_open)


async def remind_of_findings(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, batch: int = 200
) -> int:
    """Tell of findings that fall due within a day, and of those overdue, once each.

    Returns:
        Of how many findings somebody was told.
    """
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, f"findings:{now.isoformat()}")
        rows = await session.exec(
            select(ObserverFinding)
            .where(
                col(ObserverFinding.due_at) <= now + REMIND_BEFORE,
                col(ObserverFinding.warned) < Warned.OVERDUE,
            )
            .order_by(col(ObserverFinding.due_at))
            .limit(batch)
            .with_for_update(skip_locked=True)
        )
        return sum([await _remind_finding(tx, finding) for finding in rows.all()])


async def _remind_finding(tx: Transaction, finding: ObserverFinding) -> bool:
    warning = _warning(finding, tx.now)
    if warning is None:
        return False
    finding.warned = warning
    people = [
        *(
            [await _visitor(tx, finding.visit_id)]
            if finding.state is FindingState.ANSWERED
            else await _staff(tx, finding.department_id)
        )
    ]
    is_overdue = warning is Warned.OVERDUE
    if is_overdue:
        people += await user_ids_with_role(tx.session, Role.SUPERVISOR)
    kind = FINDING_OVERDUE if is_overdue else FINDING_DUE
    about = {"finding": str(finding.id)}
    await _tell(tx, uuid7(tx.now), kind, people, about=about, needs_ack=is_overdue)
    return True


async def remind_of_visits(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, batch: int = 200
) -> int:
    """Tell of visits that are due within a day, and of those not made by their day, once each.

    Returns:
        Of how many visits somebody was told.
    """
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, f"observer-visits:{now.isoformat()}")
        rows = await session.exec(
            select(ObserverVisit)
            .where(
                col(ObserverVisit.checked_in_at).is_(None),
                col(ObserverVisit.due_at) <= now + REMIND_BEFORE,
                col(ObserverVisit.warned) < Warned.OVERDUE,
            )
            .order_by(col(ObserverVisit.due_at))
            .limit(batch)
            .with_for_update(skip_locked=True)
        )
        return sum([await _remind_visit(tx, visit) for visit in rows.all()])


async def _remind_visit(tx: Transaction, visit: ObserverVisit) -> bool:
    warning = _warning(visit, tx.now)
    if warning is None:
        return False
    visit.warned = warning
    people = [await _visitor(tx, visit.id)]
    is_overdue = warning is Warned.OVERDUE
    if is_overdue:
        people += await user_ids_with_role(tx.session, Role.SUPERVISOR)
    kind = VISIT_OVERDUE if is_overdue else VISIT_DUE
    await _tell(tx, uuid7(tx.now), kind, people, about={"visit": str(visit.id)})
    return True


def _warning(what: ObserverFinding | ObserverVisit, now: datetime) -> Warned | None:
    """Return what has to be told now; None when it was told, or when it is too early."""
    if what.due_at is None:
        return None
    warning = warning_due(what.due_at, now)
    return warning if warning > what.warned else None


async def _staff(tx: Transaction, department_id: int) -> list[uuid.UUID]:
    return [
        *await user_ids_with_role(tx.session, Role.LEADER, department_id),
        *await user_ids_with_role(tx.session, Role.HANDLER, department_id),
    ]


async def _visitor(tx: Transaction, visit_id: uuid.UUID) -> uuid.UUID:
    found = await tx.session.exec(
        select(Observer.user_id)
        .join(ObserverVisit, col(ObserverVisit.observer_id) == col(Observer.id))
        .where(ObserverVisit.id == visit_id)
    )
    return found.one()


async def _tell(
    tx: Transaction,
    fact_id: uuid.UUID,
    kind: str,
    people: Iterable[uuid.UUID],
    *,
    about: Mapping[str, str],
    needs_ack: bool = False,
) -> None:
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=user_id, fact_id=fact_id, kind=kind, params=about, needs_ack=needs_ack
            )
            for user_id in dict.fromkeys(people)
        ],
    )


async def look_after_observers(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> None:
    """Close the surveys whose day is over, and remind of what is due; for every minute."""
    await close_due(session_maker, cipher, now)
    await remind_of_findings(session_maker, cipher, now)
    await remind_of_visits(session_maker, cipher, now)
