"""Visits and what was found there: asked for, recorded, put right, confirmed."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlmodel import col, select

from credit.observers.access import (
    acting_observer,
    department_to_judge,
    readable_findings,
    readable_visits,
)
from credit.observers.errors import (
    CardNotValid,
    DepartmentClosed,
    FindingNotFound,
    InvalidVisit,
    NotTheFinder,
    ObserverNotFound,
    ObserverVisitNotFound,
    VisitRecorded,
)
from credit.observers.events import FindingMoved, VisitPlanned
from credit.observers.models import (
    Observer,
    ObserverFinding,
    ObserverFindingStep,
    ObserverVisit,
)
from credit.observers.rules import (
    FINDING_DAYS,
    FindingState,
    FindingStep,
    VisitRecord,
    card_is_valid,
    finding_after,
    require_impersonal,
    require_visit,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.sla.policy import CalendarCode
from hotline.supervision.errors import StaleRecord
from hotline.supervision.numbering import next_number
from hotline.workdays.book import CALENDARS

VISIT_NUMBER = "JC"
_ENDED = (FindingState.CONFIRMED, FindingState.SET_ASIDE)


async def plan_visit(
    tx: Tx, observer_id: uuid.UUID, *, department: str, due_on: date
) -> ObserverVisit:
    """Ask an observer to visit a department by a day.

    Raises:
        PermissionDenied: the actor does not look after the observers.
        ObserverNotFound: there is none.
        CardNotValid: his card is not valid.
        DepartmentNotFound: there is no such department.
        DepartmentClosed: it was closed.
        InvalidVisit: the day is over.
    """
    tx.actor.require(Permission.MANAGE_OBSERVERS)
    observer = await tx.session.get(Observer, observer_id)
    if observer is None:
        raise ObserverNotFound
    today = _today(tx)
    if not card_is_valid(
        is_active=observer.is_active, valid_until=observer.valid_until, today=today
    ):
        raise CardNotValid
    unit = await find_department(tx.session, department)
    if unit is None or unit.is_hotline:
        raise DepartmentNotFound(department=department)
    if not unit.is_active:
        raise DepartmentClosed
    if due_on < today:
        raise InvalidVisit(problem=N_("its day is over"))
    visit = ObserverVisit(
        id=uuid7(tx.now),
        number=await next_number(tx, VISIT_NUMBER),
        observer_id=observer.id,
        department_id=unit.id,
        created_at=tx.now,
        planned_by=tx.actor.user_id,
        due_at=datetime.combine(due_on + timedelta(days=1), time(), SHANGHAI),
    )
    tx.session.add(visit)
    await emit(tx, VisitPlanned(visit_id=str(visit.id)))
    return visit


async def record_planned_visit(
    tx: Tx, visit_id: uuid.UUID, *, record: VisitRecord
) -> ObserverVisit:
    """Record a visit that the observer was asked for.

    Raises:
        NotOnRegister: the actor is no observer.
        CardNotValid: his card is not valid.
        ObserverVisitNotFound: he was not asked for it.
        VisitRecorded: he has recorded it.
        Recused: he keeps out of the department's matters.
        InvalidVisit: the record cannot be true.
    """
    observer = await acting_observer(tx)
    visit = (
        await tx.session.exec(
            select(ObserverVisit)
            .where(ObserverVisit.id == visit_id, readable_visits(tx.actor))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if visit is None or visit.observer_id != observer.id:
        raise ObserverVisitNotFound
    if visit.checked_in_at is not None:
        raise VisitRecorded
    unit = await tx.session.get_one(Department, visit.department_id)
    await department_to_judge(tx, observer, unit.code)
    await _write(tx, visit, record)
    return visit


async def record_own_visit(tx: Tx, *, department: str, record: VisitRecord) -> ObserverVisit:
    """Record a visit that the observer made of his own accord.

    Raises:
        NotOnRegister: the actor is no observer.
        CardNotValid: his card is not valid.
        DepartmentNotFound: there is no such department.
        Recused: he keeps out of the department's matters.
        InvalidVisit: the record cannot be true.
    """
    observer = await acting_observer(tx)
    unit = await department_to_judge(tx, observer, department)
    require_visit(record, _today(tx))
    visit = ObserverVisit(
        id=uuid7(tx.now),
        number=await next_number(tx, VISIT_NUMBER),
        observer_id=observer.id,
        department_id=unit.id,
        created_at=tx.now,
        checked_in_at=tx.now,
        visited_on=record.visited_on,
    )
    tx.session.add(visit)
    await tx.session.flush()  # a finding refers to it
    await _write(tx, visit, record)
    return visit


async def _write(tx: Tx, visit: ObserverVisit, record: VisitRecord) -> None:
    require_visit(record, _today(tx))
    visit.checked_in_at, visit.visited_on = tx.now, record.visited_on
    visit.place, visit.words = record.place, record.words
    visit.items = {item.value: verdict.value for item, verdict in record.items.items()}
    visit.lat, visit.long, visit.photos = record.lat, record.long, list(record.photos)
    if record.finding is None:
        return
    finding = ObserverFinding(
        id=uuid7(tx.now),
        visit_id=visit.id,
        department_id=visit.department_id,
        state=FindingState.OPEN,
        text=record.finding,
        opened_at=tx.now,
        due_at=await _due(tx, FindingStep.FOUND),
    )
    tx.session.add(finding)
    await tx.session.flush()  # its first step refers to it
    _note(tx, finding, 1, FindingStep.FOUND, record.finding, record.photos, is_observer=True)
    await _tell(tx, finding)


async def answer_finding(
    tx: Tx,
    finding_id: uuid.UUID,
    *,
    text: str,
    photos: Sequence[str] = (),
    expected_version: int | None = None,
) -> ObserverFinding:
    """Say as the department what was done about a finding.

    Raises:
        PermissionDenied: the actor answers for no department.
        FindingNotFound: there is none for his department.
        FindingMoveRefused: it does not wait for an answer.
        StaleRecord: somebody else has acted on it.
    """
    tx.actor.require(Permission.ANSWER_FINDINGS)
    require_impersonal(text, *photos)
    finding = await _lock(tx, finding_id, expected_version)
    await _take(tx, finding, FindingStep.ANSWERED, text, photos)
    return finding


async def confirm_finding(
    tx: Tx, finding_id: uuid.UUID, *, explanation: str, expected_version: int | None = None
) -> ObserverFinding:
    """Confirm that a finding is put right: the observer who made it, or a supervisor.

    Raises:
        PermissionDenied: the actor confirms no findings.
        FindingNotFound: there is none for him.
        NotTheFinder: another observer made it.
        FindingMoveRefused: nobody has answered it.
        StaleRecord: somebody else has acted on it.
    """
    return await _judge(tx, finding_id, FindingStep.CONFIRMED, explanation, expected_version)


async def send_finding_back(
    tx: Tx, finding_id: uuid.UUID, *, reason: str, expected_version: int | None = None
) -> ObserverFinding:
    """Send an answer back because the finding is not put right; a new time begins.

    Raises:
        PermissionDenied: the actor confirms no findings.
        FindingNotFound: there is none for him.
        NotTheFinder: another observer made it.
        FindingMoveRefused: nobody has answered it.
        StaleRecord: somebody else has acted on it.
    """
    return await _judge(tx, finding_id, FindingStep.SENT_BACK, reason, expected_version)


async def set_finding_aside(
    tx: Tx, finding_id: uuid.UUID, *, reason: str, expected_version: int | None = None
) -> ObserverFinding:
    """Set a finding aside as a supervisor: it does not hold, or is not this department's to put right.

    Raises:
        PermissionDenied: the actor does not look after the observers.
        FindingNotFound: there is none.
        FindingMoveRefused: it has ended.
        StaleRecord: somebody else has acted on it.
    """
    tx.actor.require(Permission.MANAGE_OBSERVERS)
    finding = await _lock(tx, finding_id, expected_version)
    await _take(tx, finding, FindingStep.SET_ASIDE, reason)
    return finding


async def _judge(
    tx: Tx, finding_id: uuid.UUID, step: FindingStep, text: str, expected_version: int | None
) -> ObserverFinding:
    tx.actor.require(Permission.CONFIRM_FINDINGS)
    require_impersonal(text)
    if Permission.MANAGE_OBSERVERS not in tx.actor.permissions:
        await acting_observer(tx)
    finding = await _lock(tx, finding_id, expected_version)
    if not await _may_judge(tx, finding):
        raise NotTheFinder
    await _take(tx, finding, step, text)
    return finding


async def _may_judge(tx: Tx, finding: ObserverFinding) -> bool:
    """Tell whether the actor supervises, or made the finding; nobody does so for his own department."""
    if tx.actor.department_id == finding.department_id:
        return False
    if Permission.MANAGE_OBSERVERS in tx.actor.permissions:
        return True
    finder = await tx.session.exec(
        select(Observer.user_id)
        .join(ObserverVisit, col(ObserverVisit.observer_id) == col(Observer.id))
        .where(ObserverVisit.id == finding.visit_id)
    )
    return finder.first() == tx.actor.user_id


async def _take(
    tx: Tx,
    finding: ObserverFinding,
    step: FindingStep,
    text: str,
    photos: Sequence[str] = (),
) -> None:
    """Write a step of a finding, and when the next is due."""
    finding.state = finding_after(finding.state, step)
    finding.version += 1
    finding.warned = 0
    if finding.state in _ENDED:
        finding.due_at, finding.ended_at = None, tx.now
    else:
        finding.due_at = await _due(tx, step)
    is_observer = Permission.OBSERVE in tx.actor.permissions
    _note(tx, finding, finding.version, step, text, photos, is_observer=is_observer)
    await _tell(tx, finding)


def _note(
    tx: Tx,
    finding: ObserverFinding,
    seq: int,
    step: FindingStep,
    text: str,
    photos: Sequence[str],
    *,
    is_observer: bool,
) -> None:
    tx.session.add(
        ObserverFindingStep(
            finding_id=finding.id,
            seq=seq,
            step=step,
            text=text,
            photos=list(photos),
            by_user=tx.actor.user_id,
            is_observer=is_observer,
            at=tx.now,
            due_at=finding.due_at,
        )
    )


async def _tell(tx: Tx, finding: ObserverFinding) -> None:
    await emit(
        tx,
        FindingMoved(
            finding_id=str(finding.id),
            state=finding.state.value,
            department_id=finding.department_id,
        ),
    )


async def _due(tx: Tx, step: FindingStep) -> datetime:
    working = (await CALENDARS.in_force(tx.session))[CalendarCode.WORKING]
    return working.add(tx.now, FINDING_DAYS[step] * working.day_seconds * 1_000_000)


async def _lock(tx: Tx, finding_id: uuid.UUID, expected_version: int | None) -> ObserverFinding:
    finding = (
        await tx.session.exec(
            select(ObserverFinding)
            .where(ObserverFinding.id == finding_id, readable_findings(tx.actor))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if finding is None:
        raise FindingNotFound
    if expected_version is not None and expected_version != finding.version:
        raise StaleRecord
    return finding


def _today(tx: Tx) -> date:
    return tx.now.astimezone(SHANGHAI).date()
