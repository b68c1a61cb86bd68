"""The observers' score of a year: what the assessment of a year counts beside quarters and ledger."""

from collections.abc import Mapping

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.models import Survey, SurveyDepartment
from credit.observers.queries import questions_of, standing_answers
from credit.observers.rules import COUNTED_SURVEYS, SurveyState
from credit.observers.tallying import SurveyScore, Voice, score_departments, voice_of


async def observers_score(session: AsyncSession, year: int) -> Mapping[int, SurveyScore]:
    """Return the observers' score of every department that was asked about in a year, by its id.

    Counted are the closed surveys of the year and of its quarters; the arithmetic is told in
    `credit.observers.tallying`. A department with too few observers is there, without a score. Nothing
    of it changes any more once the year's surveys are closed.

    Args:
        session: reads.
        year: that is assessed.
    """
    surveys = (
        await session.exec(
            select(Survey)
            .where(
                Survey.year == year,
                Survey.state == SurveyState.CLOSED,
                col(Survey.kind).in_(COUNTED_SURVEYS),
            )
            .order_by(col(Survey.id))
        )
    ).all()
    least: dict[int, int] = {}
    voices: list[Voice] = []
    for survey in surveys:
        asked = await session.exec(
            select(SurveyDepartment.department_id).where(SurveyDepartment.survey_id == survey.id)
        )
        for department in asked:
            least[department] = max(least.get(department, 0), survey.least_answers)
        questions = await questions_of(session, survey.id)
        for answer in await standing_answers(session, survey):
            value = voice_of(questions, answer.values)
            if value is not None:
                voices.append(Voice(answer.observer_id, answer.department_id, value))
    return score_departments(voices, least)
