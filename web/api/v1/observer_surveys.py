"""Surveys of observers: drafted, published, answered, closed, read."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field, StrictBool, StrictInt, StrictStr
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.access import observer_of
from credit.observers.actions.surveys import (
    answer_survey,
    change_survey,
    close_survey,
    draft_survey,
    publish_survey,
)
from credit.observers.models import Survey
from credit.observers.queries import (
    SurveyLine,
    list_surveys,
    own_answers,
    questions_of,
    read_survey,
    survey_results,
)
from credit.observers.rules import (
    LEAST_ANSWERS,
    MOST_QUESTIONS,
    Question,
    QuestionKind,
    SurveyKind,
    Value,
)
from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody, Answer, Body, Instant, Unit, Words
from web.api.v1.bulletins import Codes
from web.security.guards import requires

_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)


class SurveyLineOut(Answer):
    """A survey in a list; `answered` counts answers, of an observer his own."""

    id: uuid.UUID
    title: str
    kind: str
    year: int
    quarter: int | None
    state: str
    opens_at: Instant
    closes_at: Instant
    asked: int
    answered: int


class SurveyList(Answer):
    """A page of surveys, the newest first."""

    items: list[SurveyLineOut]
    next_cursor: str | None = None


class QuestionOut(Answer):
    """A question, at its place."""

    position: int
    kind: str
    text: str


class OwnAnswerOut(Answer):
    """What you have to say about one department."""

    department: Unit
    keeps_out: bool
    version: int | None
    values: list[int | bool | str | None] | None
    answered_at: Instant | None


class SurveyOut(Answer):
    """A survey with its questions; an observer reads his own answers with it."""

    id: uuid.UUID
    title: str
    kind: str
    year: int
    quarter: int | None
    state: str
    version: int
    opens_at: Instant
    closes_at: Instant
    closed_at: Instant | None
    least_answers: int
    questions: list[QuestionOut]
    answers: list[OwnAnswerOut]


class QuestionResultOut(Answer):
    """What was answered to one question about one department."""

    position: int
    mean: float | None
    n: int
    low: float | None
    high: float | None
    words: list[str]


class DepartmentResultOut(Answer):
    """What a survey said about one department; no score when too few have answered."""

    department: Unit
    score: float | None
    n: int
    low: float | None
    high: float | None
    questions: list[QuestionResultOut]


class SurveyResults(Answer):
    """What a closed survey said, the best first."""

    items: list[DepartmentResultOut]


class QuestionBody(Body):
    """A question."""

    kind: QuestionKind
    text: Annotated[Words, Field(max_length=300)]


Questions = Annotated[list[QuestionBody], Field(max_length=MOST_QUESTIONS)]


class SurveyBody(Body):
    """What a survey asks, about whom and when; no departments means all."""

    title: Annotated[Words, Field(max_length=120)]
    kind: SurveyKind
    year: Annotated[int, Field(ge=2000, le=9998)]
    quarter: Annotated[int, Field(ge=1, le=4)] | None = None
    opens_on: date
    closes_on: date
    questions: Questions
    departments: Codes = Field(default=[])
    least_answers: Annotated[int, Field(ge=1, le=1000)] = LEAST_ANSWERS


class SurveyChangeBody(SurveyBody):
    """A draft anew."""

    expected_version: Annotated[int, Field(ge=1)] | None = None


class AnswerBody(Body):
    """One value for each question, in order; `expected_version` of the answer that is changed."""

    values: Annotated[
        list[StrictBool | StrictInt | StrictStr | None], Field(max_length=MOST_QUESTIONS)
    ]
    expected_version: Annotated[int, Field(ge=1)] | None = None


class AnswerGiven(Answer):
    """An answer as it is kept."""

    version: int
    values: list[int | bool | str | None]
    answered_at: Instant


def _line(row: SurveyLine) -> SurveyLineOut:
    one = row.survey
    return SurveyLineOut(
        id=one.id,
        title=one.title,
        kind=one.kind.value,
        year=one.year,
        quarter=one.quarter,
        state=one.state.value,
        opens_at=one.opens_at,
        closes_at=one.closes_at,
        asked=row.asked,
        answered=row.answered,
    )


async def _full(session: AsyncSession, principal: Principal, one: Survey) -> SurveyOut:
    questions = await questions_of(session, one.id)
    own = (
        await own_answers(session, principal, one.id)
        if Permission.OBSERVE in principal.permissions
        else ()
    )
    return SurveyOut(
        id=one.id,
        title=one.title,
        kind=one.kind.value,
        year=one.year,
        quarter=one.quarter,
        state=one.state.value,
        version=one.version,
        opens_at=one.opens_at,
        closes_at=one.closes_at,
        closed_at=one.closed_at,
        least_answers=one.least_answers,
        questions=[
            QuestionOut(position=position, kind=question.kind.value, text=question.text)
            for position, question in enumerate(questions, start=1)
        ],
        answers=[
            OwnAnswerOut(
                department=_unit(row.department),
                keeps_out=row.keeps_out,
                version=row.answer.version if row.answer else None,
                values=row.answer.values if row.answer else None,
                answered_at=row.answer.answered_at if row.answer else None,
            )
            for row in own
        ],
    )


def _unit(unit: Department) -> Unit:
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _given(data: SurveyBody) -> dict[str, Any]:
    asked = [Question(one.kind, one.text) for one in data.questions]
    return {**dict(data), "questions": asked}


async def _answer(tx: Tx, survey_id: uuid.UUID) -> SurveyOut:
    await tx.session.flush()  # the answer reads back what the action has written
    survey = await read_survey(tx.session, tx.actor, survey_id)
    return await _full(tx.session, tx.actor, survey)


class ObserverSurveyController(Controller):
    """Surveys: a supervisor writes them, observers answer what was published."""

    path = "/observer-surveys"
    tags = ("observers",)

    @get(
        "/",
        guards=[requires(Permission.READ_SURVEYS)],
        operation_id="listObserverSurveys",
        operation_class=ApiOperation,
        summary="List surveys",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def surveys(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> SurveyList:
        """List the surveys that you may see, the newest first."""
        observes = Permission.OBSERVE in principal.permissions
        found = await list_surveys(
            reader,
            principal,
            observer_id=(await observer_of(reader, principal)).id if observes else None,
            cursor=cursor,
            limit=limit,
        )
        return SurveyList(items=[_line(row) for row in found.items], next_cursor=found.next_cursor)

    @post(
        "/",
        status_code=201,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="draftObserverSurvey",
        operation_class=ApiOperation,
        summary="Draft a survey",
        responses=_REFUSALS,
    )
    async def draft(self, tx: NamedDependency[Tx], data: JSONBody[SurveyBody]) -> SurveyOut:
        """Draft a survey; nobody answers it before it is published."""
        survey = await draft_survey(tx, **_given(data))
        return await _answer(tx, survey.id)

    @get(
        "/{survey_id:uuid}",
        guards=[requires(Permission.READ_SURVEYS)],
        operation_id="readObserverSurvey",
        operation_class=ApiOperation,
        summary="Read a survey",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def survey(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        survey_id: FromPath[uuid.UUID],
    ) -> SurveyOut:
        """Return a survey; an observer reads with it what he has answered."""
        return await _full(reader, principal, await read_survey(reader, principal, survey_id))

    @put(
        "/{survey_id:uuid}",
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="changeObserverSurvey",
        operation_class=ApiOperation,
        summary="Change a draft",
        responses=_REFUSALS,
    )
    async def change(
        self,
        tx: NamedDependency[Tx],
        survey_id: FromPath[uuid.UUID],
        data: JSONBody[SurveyChangeBody],
    ) -> SurveyOut:
        """Write a draft anew; what was published is never changed."""
        await change_survey(tx, survey_id, **_given(data))
        return await _answer(tx, survey_id)

    @post(
        "/{survey_id:uuid}/publish",
        status_code=200,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="publishObserverSurvey",
        operation_class=ApiOperation,
        summary="Publish a survey",
        responses=_REFUSALS,
    )
    async def publish(
        self, tx: NamedDependency[Tx], survey_id: FromPath[uuid.UUID], data: JSONBody[ActionBody]
    ) -> SurveyOut:
        """Give a survey to the observers; nothing of it changes any more."""
        await publish_survey(tx, survey_id, expected_version=data.expected_version)
        return await _answer(tx, survey_id)

    @post(
        "/{survey_id:uuid}/close",
        status_code=200,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="closeObserverSurvey",
        operation_class=ApiOperation,
        summary="Close a survey before its day",
        responses=_REFUSALS,
    )
    async def close(
        self, tx: NamedDependency[Tx], survey_id: FromPath[uuid.UUID], data: JSONBody[ActionBody]
    ) -> SurveyOut:
        """Take no answers any more; a survey closes by itself when its last day is over."""
        await close_survey(tx, survey_id, expected_version=data.expected_version)
        return await _answer(tx, survey_id)

    @get(
        "/{survey_id:uuid}/results",
        guards=[requires(Permission.READ_OBSERVERS)],
        operation_id="readObserverSurveyResults",
        operation_class=ApiOperation,
        summary="What a closed survey said",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def results(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        survey_id: FromPath[uuid.UUID],
    ) -> SurveyResults:
        """Return the results of a closed survey; there are none while it takes answers."""
        survey = await read_survey(reader, principal, survey_id)
        return SurveyResults(
            items=[
                DepartmentResultOut(
                    department=_unit(row.department),
                    score=_number(row.score.score),
                    n=row.score.n,
                    low=_number(row.score.low),
                    high=_number(row.score.high),
                    questions=[
                        QuestionResultOut(
                            position=position,
                            mean=_number(one.mean),
                            n=one.n,
                            low=_number(one.low),
                            high=_number(one.high),
                            words=[mask_text(text) for text in one.words],
                        )
                        for position, one in enumerate(row.questions, start=1)
                    ],
                )
                for row in await survey_results(reader, survey)
            ]
        )

    @put(
        "/{survey_id:uuid}/answers/{code:str}",
        guards=[requires(Permission.OBSERVE)],
        operation_id="answerObserverSurvey",
        operation_class=ApiOperation,
        summary="Answer about a department",
        responses=_REFUSALS,
    )
    async def answer(
        self,
        tx: NamedDependency[Tx],
        survey_id: FromPath[uuid.UUID],
        code: FromPath[str],
        data: JSONBody[AnswerBody],
    ) -> AnswerGiven:
        """Answer about one department, or change your answer while the survey is open."""
        values: list[Value] = list(data.values)
        given = await answer_survey(
            tx, survey_id, code, values=values, expected_version=data.expected_version
        )
        return AnswerGiven(
            version=given.version, values=given.values, answered_at=given.answered_at
        )
