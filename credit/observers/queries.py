"""Reading the register, surveys and their results, and what observers have done."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.access import observer_of, readable_surveys
from credit.observers.errors import ObserverNotFound, SnapNotFound, SurveyNotFound
from credit.observers.models import (
    Observer,
    ObserverConflict,
    ObserverSnap,
    Survey,
    SurveyAnswer,
    SurveyDepartment,
    SurveyQuestion,
)
from credit.observers.rules import Question, SurveyState, card_is_valid
from credit.observers.tallying import (
    QuestionResult,
    SurveyScore,
    result_of,
    score_of,
    voice_of,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.models import Department, User
from hotline.people.principal import Principal
from hotline.tickets.queries import TimelineRow
from hotline.tickets.standings import Standing, public_steps, standings


async def questions_of(session: AsyncSession, survey_id: uuid.UUID) -> list[Question]:
    """Return a survey's questions in their order."""
    rows = await session.exec(
        select(SurveyQuestion)
        .where(SurveyQuestion.survey_id == survey_id)
        .order_by(col(SurveyQuestion.position))
    )
    return [Question(row.kind, row.text) for row in rows]


async def standing_answers(session: AsyncSession, survey: Survey) -> Sequence[SurveyAnswer]:
    """Return a closed survey's answers that count: the newest of each observer about each department.

    Whoever had declared a conflict by the time the survey closed, and was not let in again by then,
    does not count; what is declared afterwards changes nothing any more.
    """
    by = sa.literal(survey.closed_at)
    keeps_out = (
        sa.exists()
        .where(
            col(ObserverConflict.observer_id) == col(SurveyAnswer.observer_id),
            col(ObserverConflict.department_id) == col(SurveyAnswer.department_id),
            col(ObserverConflict.declared_at) <= by,
            sa.or_(col(ObserverConflict.lifted_at).is_(None), col(ObserverConflict.lifted_at) > by),
        )
        .correlate(SurveyAnswer)
    )
    rows = await session.exec(
        select(SurveyAnswer)
        .where(SurveyAnswer.survey_id == survey.id, sa.not_(keeps_out))
        .ext(distinct_on(col(SurveyAnswer.department_id), col(SurveyAnswer.observer_id)))
        .order_by(
            col(SurveyAnswer.department_id),
            col(SurveyAnswer.observer_id),
            col(SurveyAnswer.version).desc(),
        )
    )
    return rows.all()


@dataclass(frozen=True, slots=True)
class ObserverRow:
    """An observer with his account's name, for those who keep the register."""

    observer: Observer
    username: str
    display_name: str
    is_valid: bool


def _valid(observer: Observer, now: datetime) -> bool:
    return card_is_valid(
        is_active=observer.is_active,
        valid_until=observer.valid_until,
        today=now.astimezone(SHANGHAI).date(),
    )


async def list_observers(
    session: AsyncSession, now: datetime, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[ObserverRow]:
    """Return a page of the register, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = select(Observer, User.username, User.display_name).join(
        User, col(User.id) == col(Observer.user_id)
    )
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Observer.registered_at), col(Observer.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = (
        await session.exec(
            statement.order_by(col(Observer.registered_at).desc(), col(Observer.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    rows = [ObserverRow(row, name, shown, _valid(row, now)) for row, name, shown in found]
    return page_of(rows, limit, lambda row: (row.observer.registered_at, row.observer.id))


async def read_observer(
    session: AsyncSession, observer_id: uuid.UUID, now: datetime
) -> ObserverRow:
    """Return an observer.

    Raises:
        ObserverNotFound: there is none.
    """
    found = (
        await session.exec(
            select(Observer, User.username, User.display_name)
            .join(User, col(User.id) == col(Observer.user_id))
            .where(Observer.id == observer_id)
        )
    ).first()
    if found is None:
        raise ObserverNotFound
    return ObserverRow(*found, _valid(found[0], now))


async def card_standing(session: AsyncSession, code: str, now: datetime) -> bool:
    """Tell whether the card that a code stands on is valid; one that does not exist is not."""
    found = (
        await session.exec(select(Observer).where(Observer.card_code == code.strip().upper()))
    ).first()
    return found is not None and _valid(found, now)


async def conflicts_of(
    session: AsyncSession, observer_id: uuid.UUID
) -> Sequence[tuple[ObserverConflict, Department]]:
    """Return the departments that an observer keeps out of."""
    rows = await session.exec(
        select(ObserverConflict, Department)
        .join(Department, col(Department.id) == col(ObserverConflict.department_id))
        .where(
            ObserverConflict.observer_id == observer_id,
            col(ObserverConflict.lifted_at).is_(None),
        )
        .order_by(col(ObserverConflict.declared_at).desc())
    )
    return rows.all()


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """A survey in a list.

    Attributes:
        asked: about how many departments it asks; 0 for a draft.
        answered: how many pairs of observer and department have an answer; for one observer's list, his.
    """

    survey: Survey
    asked: int
    answered: int


async def list_surveys(
    session: AsyncSession,
    principal: Principal,
    *,
    observer_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[SurveyLine]:
    """Return a page of the surveys that this person may see, the newest first.

    Args:
        session: reads.
        principal: who asks.
        observer_id: whose answers are counted; None for everybody's.
        cursor: of the page before.
        limit: how many at most.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    asked = (
        select(sa.func.count())
        .select_from(SurveyDepartment)
        .where(col(SurveyDepartment.survey_id) == col(Survey.id))
        .scalar_subquery()
    )
    counted = (
        select(sa.func.count())
        .select_from(SurveyAnswer)
        .where(col(SurveyAnswer.survey_id) == col(Survey.id), SurveyAnswer.version == 1)
    )
    if observer_id is not None:
        counted = counted.where(SurveyAnswer.observer_id == observer_id)
    statement = select(Survey, asked, counted.scalar_subquery()).where(readable_surveys(principal))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Survey.drafted_at), col(Survey.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = (
        await session.exec(
            statement.order_by(col(Survey.drafted_at).desc(), col(Survey.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    rows = [SurveyLine(*row) for row in found]
    return page_of(rows, limit, lambda row: (row.survey.drafted_at, row.survey.id))


async def read_survey(session: AsyncSession, principal: Principal, survey_id: uuid.UUID) -> Survey:
    """Return a survey that this person may see.

    Raises:
        SurveyNotFound: there is none for him.
    """
    found = (
        await session.exec(
            select(Survey).where(Survey.id == survey_id, readable_surveys(principal))
        )
    ).first()
    if found is None:
        raise SurveyNotFound
    return found


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What an observer has to say about one department in a survey.

    Attributes:
        answer: the newest; None when he has given none.
        keeps_out: he belongs to it, or has declared a conflict.
    """

    department: Department
    answer: SurveyAnswer | None
    keeps_out: bool


async def own_answers(
    session: AsyncSession, principal: Principal, survey_id: uuid.UUID
) -> Sequence[OwnAnswer]:
    """Return the departments of a survey with an observer's own newest answers, by their names.

    Raises:
        NotOnRegister: he is no observer.
    """
    observer = await observer_of(session, principal)
    departments = await session.exec(
        select(Department)
        .join(SurveyDepartment, col(SurveyDepartment.department_id) == col(Department.id))
        .where(SurveyDepartment.survey_id == survey_id)
        .order_by(col(Department.name), col(Department.id))
    )
    answers = await session.exec(
        select(SurveyAnswer)
        .where(SurveyAnswer.survey_id == survey_id, SurveyAnswer.observer_id == observer.id)
        .order_by(col(SurveyAnswer.version))
    )
    newest = {answer.department_id: answer for answer in answers}
    out = {unit.id for _, unit in await conflicts_of(session, observer.id)}
    out.add(principal.department_id or 0)
    return [OwnAnswer(unit, newest.get(unit.id), unit.id in out) for unit in departments]


@dataclass(frozen=True, slots=True)
class DepartmentResult:
    """What a survey said about a department."""

    department: Department
    score: SurveyScore
    questions: Sequence[QuestionResult]


async def survey_results(session: AsyncSession, survey: Survey) -> Sequence[DepartmentResult]:
    """Return what a closed survey said, the best first; nothing while it could still be influenced."""
    if survey.state is not SurveyState.CLOSED:
        return ()
    questions = await questions_of(session, survey.id)
    given: defaultdict[int, list[SurveyAnswer]] = defaultdict(list)
    for answer in await standing_answers(session, survey):
        given[answer.department_id].append(answer)
    departments = await session.exec(
        select(Department)
        .join(SurveyDepartment, col(SurveyDepartment.department_id) == col(Department.id))
        .where(SurveyDepartment.survey_id == survey.id)
    )
    results = [_result(unit, questions, given[unit.id], survey) for unit in departments]
    return sorted(
        results,
        key=lambda one: (one.score.score is None, -(one.score.score or 0), one.department.code),
    )


def _result(
    unit: Department, questions: Sequence[Question], answers: Sequence[SurveyAnswer], survey: Survey
) -> DepartmentResult:
    voices = [
        voice for answer in answers if (voice := voice_of(questions, answer.values)) is not None
    ]
    return DepartmentResult(
        unit,
        score_of(voices, survey.least_answers),
        [
            result_of(question, [one.values[at] for one in answers], survey.least_answers)
            for at, question in enumerate(questions)
        ],
    )


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """How much an observer did in a year: counts only, under his nickname."""

    rank: int
    number: str
    nickname: str
    category: str
    answers: int
    visits: int
    findings: int
    snaps: int

    @property
    def total(self) -> int:
        """All of it together."""
        return self.answers + self.visits + self.findings + self.snaps


_ACTIVITY = sa.text(
    "SELECT o.number, o.nickname, o.category, "
    "(SELECT count(*) FROM observer_answers a WHERE a.observer_id = o.id AND a.version = 1 "
    "AND a.answered_at >= :since AND a.answered_at < :until) AS answers, "
    "(SELECT count(*) FROM observer_visits v WHERE v.observer_id = o.id "
    "AND v.checked_in_at >= :since AND v.checked_in_at < :until) AS visits, "
    "(SELECT count(*) FROM observer_findings f JOIN observer_visits v ON v.id = f.visit_id "
    "WHERE v.observer_id = o.id AND f.state <> 'set_aside' "
    "AND f.opened_at >= :since AND f.opened_at < :until) AS findings, "
    "(SELECT count(*) FROM observer_snaps s WHERE s.observer_id = o.id "
    "AND s.sent_at >= :since AND s.sent_at < :until) AS snaps "
    "FROM observers o WHERE o.is_active"
)


async def rank_activity(session: AsyncSession, year: int) -> Sequence[ActivityRow]:
    """Return how much each observer did in a year, the most first; equals share a rank."""
    params = {
        "since": datetime.combine(date(year, 1, 1), datetime.min.time(), SHANGHAI),
        "until": datetime.combine(date(year + 1, 1, 1), datetime.min.time(), SHANGHAI),
    }
    found = await session.exec(_ACTIVITY, params=params)  # type: ignore[call-overload]
    rows = sorted((ActivityRow(0, *row) for row in found), key=lambda row: (-row.total, row.number))
    ranks = {row.total: place for place, row in reversed(list(enumerate(rows, start=1)))}
    return [
        ActivityRow(
            ranks[row.total],
            row.number,
            row.nickname,
            row.category,
            row.answers,
            row.visits,
            row.findings,
            row.snaps,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class SnapLine:
    """A report with how far its ticket is."""

    snap: ObserverSnap
    standing: Standing


async def list_snaps(
    session: AsyncSession,
    observer_id: uuid.UUID,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[SnapLine]:
    """Return a page of an observer's reports, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = select(ObserverSnap).where(ObserverSnap.observer_id == observer_id)
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(ObserverSnap.sent_at), col(ObserverSnap.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = (
        await session.exec(
            statement.order_by(col(ObserverSnap.sent_at).desc(), col(ObserverSnap.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    known = await standings(session, [snap.ticket_id for snap in found])
    rows = [SnapLine(snap, known[snap.ticket_id]) for snap in found]
    return page_of(rows, limit, lambda row: (row.snap.sent_at, row.snap.id))


@dataclass(frozen=True, slots=True)
class SnapDetail:
    """A report with how far its ticket is and what was done about it.

    Attributes:
        steps: of its own ticket and of the joint one, in order; no word that was written is shown.
    """

    line: SnapLine
    steps: Sequence[TimelineRow]


async def read_snap(session: AsyncSession, observer_id: uuid.UUID, number: str) -> SnapDetail:
    """Return an observer's own report.

    Raises:
        SnapNotFound: he has sent none with this number.
    """
    snap = (
        await session.exec(
            select(ObserverSnap).where(
                ObserverSnap.observer_id == observer_id, ObserverSnap.ticket_number == number
            )
        )
    ).first()
    if snap is None:
        raise SnapNotFound
    standing = (await standings(session, [snap.ticket_id]))[snap.ticket_id]
    steps = list(await public_steps(session, snap.ticket_id))
    if standing.worked_on != snap.ticket_id:
        steps += await public_steps(session, standing.worked_on)
    return SnapDetail(SnapLine(snap, standing), sorted(steps, key=lambda row: row.event.at))


def names_of(observers: Sequence[Observer]) -> Mapping[uuid.UUID, str]:
    """Return what others know observers by: number and nickname, never a name."""
    return {one.id: f"{one.number} {one.nickname}" for one in observers}
