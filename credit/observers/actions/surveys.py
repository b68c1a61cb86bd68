"""Surveys: drafted, published, answered, closed by hand or when their day has come."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlmodel import col, delete, select

from credit.observers.access import acting_observer, department_to_judge
from credit.observers.errors import AlreadyAnswered, NotAsked, SurveyNotFound
from credit.observers.events import SurveyPublished
from credit.observers.models import Survey, SurveyAnswer, SurveyDepartment, SurveyQuestion
from credit.observers.queries import questions_of
from credit.observers.rules import (
    LEAST_ANSWERS,
    Question,
    SurveyKind,
    SurveyState,
    Value,
    checked_values,
    require_open,
    require_publishable,
    require_survey,
    require_survey_following,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import SYSTEM, Tx
from hotline.supervision.errors import StaleRecord


async def draft_survey(
    tx: Tx,
    *,
    title: str,
    kind: SurveyKind,
    year: int,
    opens_on: date,
    closes_on: date,
    questions: Sequence[Question],
    quarter: int | None = None,
    departments: Sequence[str] = (),
    least_answers: int = LEAST_ANSWERS,
) -> Survey:
    """Draft a survey.

    Args:
        tx: the transaction.
        title: its heading.
        kind: of a quarter, of a year, or for something else; the first two make the year's score.
        year: that it is about.
        opens_on: first day for answers, in Shanghai.
        closes_on: last day for them.
        questions: what is asked about every department.
        quarter: that it is about, of a survey of a quarter.
        departments: codes of those asked about; none for all.
        least_answers: below so many observers nothing is said about a department.

    Raises:
        PermissionDenied: the actor writes no surveys.
        InvalidSurvey: it contradicts itself.
        DepartmentNotFound: there is no such department.
    """
    tx.actor.require(Permission.MANAGE_OBSERVERS)
    survey = Survey(
        id=uuid7(tx.now),
        title=title,
        kind=kind,
        year=year,
        quarter=quarter,
        state=SurveyState.DRAFT,
        opens_at=_begins(opens_on),
        closes_at=_begins(closes_on + timedelta(days=1)),
        least_answers=least_answers,
        asked=await _known(tx, departments),
        drafted_by=tx.actor.user_id,
        drafted_at=tx.now,
    )
    require_survey(
        kind=kind,
        quarter=quarter,
        opens_on=opens_on,
        closes_on=closes_on,
        least_answers=least_answers,
        questions=questions,
    )
    tx.session.add(survey)
    await tx.session.flush()  # its questions refer to it
    _ask(tx, survey, questions)
    return survey


async def change_survey(
    tx: Tx,
    survey_id: uuid.UUID,
    *,
    title: str,
    kind: SurveyKind,
    year: int,
    opens_on: date,
    closes_on: date,
    questions: Sequence[Question],
    quarter: int | None = None,
    departments: Sequence[str] = (),
    least_answers: int = LEAST_ANSWERS,
    expected_version: int | None = None,
) -> Survey:
    """Write a draft anew; what was published is never changed.

    Raises:
        SurveyNotFound: there is none.
        SurveyMoveRefused: it was published.
        InvalidSurvey: it contradicts itself.
        StaleRecord: somebody else has changed it.
    """
    survey = await _lock(tx, survey_id, SurveyState.DRAFT, expected_version)
    require_survey(
        kind=kind,
        quarter=quarter,
        opens_on=opens_on,
        closes_on=closes_on,
        least_answers=least_answers,
        questions=questions,
    )
    survey.title, survey.kind, survey.year, survey.quarter = title, kind, year, quarter
    survey.opens_at, survey.closes_at = _begins(opens_on), _begins(closes_on + timedelta(days=1))
    survey.least_answers, survey.asked = least_answers, await _known(tx, departments)
    await tx.session.exec(delete(SurveyQuestion).where(col(SurveyQuestion.survey_id) == survey.id))
    _ask(tx, survey, questions)
    return survey


async def publish_survey(
    tx: Tx, survey_id: uuid.UUID, *, expected_version: int | None = None
) -> Survey:
    """Give a survey to the observers; from now on neither its questions nor its departments change.

    Raises:
        SurveyNotFound: there is none.
        SurveyMoveRefused: it was published before.
        InvalidSurvey: nobody could answer it.
        StaleRecord: somebody else has changed it.
    """
    survey = await _lock(tx, survey_id, SurveyState.PUBLISHED, expected_version)
    statement = select(Department.id).where(
        col(Department.is_active), col(Department.is_hotline).is_(False)
    )
    if survey.asked:
        statement = statement.where(col(Department.code).in_(survey.asked))
    departments = (await tx.session.exec(statement)).all()
    require_publishable(
        kind=survey.kind,
        questions=await questions_of(tx.session, survey.id),
        departments=len(departments),
        closes_at=survey.closes_at,
        now=tx.now,
    )
    tx.session.add_all(
        SurveyDepartment(survey_id=survey.id, department_id=department)
        for department in departments
    )
    survey.state = SurveyState.PUBLISHED
    survey.published_by, survey.published_at = tx.actor.user_id, tx.now
    await emit(tx, SurveyPublished(survey_id=str(survey.id)))
    return survey


async def close_survey(
    tx: Tx, survey_id: uuid.UUID, *, expected_version: int | None = None
) -> Survey:
    """Close a survey before its day; no answer is taken any more, and its results can be read.

    Raises:
        SurveyNotFound: there is none.
        SurveyMoveRefused: it does not take answers anyway.
        StaleRecord: somebody else has changed it.
    """
    survey = await _lock(tx, survey_id, SurveyState.CLOSED, expected_version)
    survey.state, survey.closed_by = SurveyState.CLOSED, tx.actor.user_id
    survey.closed_at = min(tx.now, survey.closes_at)
    return survey


async def close_due(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Close the surveys whose last day is over, as of when they were to close; return how many."""
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, f"surveys:{now.isoformat()}", SYSTEM)
        due = (
            await tx.session.exec(
                select(Survey)
                .where(Survey.state == SurveyState.PUBLISHED, col(Survey.closes_at) <= now)
                .with_for_update(skip_locked=True)
            )
        ).all()
        for survey in due:
            survey.state, survey.closed_at = SurveyState.CLOSED, survey.closes_at
            survey.version += 1
        return len(due)


async def answer_survey(
    tx: Tx,
    survey_id: uuid.UUID,
    department: str,
    *,
    values: Sequence[Value],
    expected_version: int | None = None,
) -> SurveyAnswer:
    """Answer about one department, or change the answer while the survey is open; every version is kept.

    Args:
        tx: the transaction.
        survey_id: which survey.
        department: code of the department.
        values: one for each question, in order.
        expected_version: of the answer that is changed; None for the first.

    Raises:
        NotOnRegister: the actor is no observer.
        CardNotValid: his card is not valid.
        SurveyNotFound: there is no such survey.
        SurveyOver: it takes no answers at this instant.
        NotAsked: it does not ask about this department.
        DepartmentClosed: the department was closed.
        Recused: he keeps out of the department's matters.
        AlreadyAnswered: he has answered, and does not say which version he changes.
        StaleRecord: his answer is another one meanwhile.
        InvalidAnswer: an answer does not fit.
    """
    observer = await acting_observer(tx)
    survey = (
        # Whoever closes it waits for the answers that are on their way.
        await tx.session.exec(
            select(Survey)
            .where(Survey.id == survey_id, Survey.state != SurveyState.DRAFT)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )
    ).first()
    if survey is None:
        raise SurveyNotFound
    require_open(survey.state, survey.opens_at, survey.closes_at, tx.now)
    unit = await department_to_judge(tx, observer, department)
    if await tx.session.get(SurveyDepartment, (survey.id, unit.id)) is None:
        raise NotAsked
    checked = checked_values(await questions_of(tx.session, survey.id), values)
    newest = (
        await tx.session.exec(
            select(SurveyAnswer.version)
            .where(
                SurveyAnswer.survey_id == survey.id,
                SurveyAnswer.department_id == unit.id,
                SurveyAnswer.observer_id == observer.id,
            )
            .order_by(col(SurveyAnswer.version).desc())
            .limit(1)
        )
    ).first()
    if newest is not None and expected_version is None:
        raise AlreadyAnswered
    if expected_version is not None and expected_version != newest:
        raise StaleRecord
    answer = SurveyAnswer(
        survey_id=survey.id,
        department_id=unit.id,
        observer_id=observer.id,
        version=(newest or 0) + 1,
        values=checked,
        answered_at=tx.now,
    )
    tx.session.add(answer)
    return answer


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _ask(tx: Tx, survey: Survey, questions: Sequence[Question]) -> None:
    tx.session.add_all(
        SurveyQuestion(
            survey_id=survey.id, position=position, kind=question.kind, text=question.text
        )
        for position, question in enumerate(questions, start=1)
    )


async def _known(tx: Tx, codes: Sequence[str]) -> list[str]:
    """Return codes of departments that can be asked about, sorted, each once.

    Raises:
        DepartmentNotFound: there is no such department.
    """
    found = set(
        await tx.session.exec(
            select(Department.code).where(
                col(Department.code).in_(codes), col(Department.is_hotline).is_(False)
            )
        )
    )
    for code in codes:
        if code not in found:
            raise DepartmentNotFound(department=code)
    return sorted(found)


async def _lock(
    tx: Tx, survey_id: uuid.UUID, following: SurveyState, expected_version: int | None
) -> Survey:
    """Return a survey to take further, locked, its version counted on."""
    tx.actor.require(Permission.MANAGE_OBSERVERS)
    survey = (
        await tx.session.exec(
            select(Survey)
            .where(Survey.id == survey_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if survey is None:
        raise SurveyNotFound
    if expected_version is not None and expected_version != survey.version:
        raise StaleRecord
    require_survey_following(survey.state, following)
    survey.version += 1
    return survey
