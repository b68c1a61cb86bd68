"""What is asked about the matters of a category."""

from typing import Annotated

from litestar import Controller, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.answers import (
    list_questions,
    question_of,
    retire_question,
    save_question,
)
from hotline.tickets.catalogue import require_category
from hotline.tickets.questions import Choice, Datatype, Question
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Words
from web.security.guards import requires

Line = Annotated[Words, Field(max_length=300)]
Hint = Annotated[str, Field(max_length=120)]


class ChoiceOut(Answer):
    """One answer of a list; with `stop` it ends the intake."""

    key: str
    name: str
    name_en: str
    stop: str
    stop_en: str


class QuestionOut(Answer):
    """A question of a category."""

    code: str
    datatype: str
    required: bool
    position: int
    description: str
    description_en: str
    hint: str
    hint_en: str
    choices: list[ChoiceOut]
    is_asked: bool


class QuestionList(Answer):
    """The questions of one category, by their place; those above it are asked as well."""

    items: list[QuestionOut]
    next_cursor: str | None = None


class ChoiceBody(Body):
    """One answer of a list.

    What stands in `stop` is told to the caller instead of taking the matter down.
    """

    key: Annotated[str, Field(min_length=1, max_length=32)]
    name: Annotated[Words, Field(max_length=120)]
    name_en: Annotated[str, Field(max_length=120)] = ""
    stop: Annotated[str, Field(max_length=500)] = ""
    stop_en: Annotated[str, Field(max_length=500)] = ""


class QuestionBody(Body):
    """A question to add or change."""

    datatype: Datatype
    required: bool = False
    position: int = Field(default=1, ge=1, le=999)
    description: Line
    description_en: Annotated[str, Field(max_length=300)] = ""
    hint: Hint = ""
    hint_en: Hint = ""
    choices: tuple[ChoiceBody, ...] = Field(default=(), max_length=100)
    is_asked: bool = Field(default=True, description="False for words that are only shown")

    def to_question(self, code: str) -> Question:
        """Return it as the action takes it."""
        return Question(
            code=code,
            datatype=self.datatype,
            required=self.required,
            order=self.position,
            description=self.description,
            description_en=self.description_en,
            hint=self.hint,
            hint_en=self.hint_en,
            choices=tuple(Choice(**choice.model_dump()) for choice in self.choices),
            is_asked=self.is_asked,
        )


def _out(question: Question) -> QuestionOut:
    return QuestionOut(
        code=question.code,
        datatype=question.datatype.value,
        required=question.required,
        position=question.order,
        description=question.description,
        description_en=question.description_en,
        hint=question.hint,
        hint_en=question.hint_en,
        choices=[
            ChoiceOut(
                key=one.key,
                name=one.name,
                name_en=one.name_en,
                stop=one.stop,
                stop_en=one.stop_en,
            )
            for one in question.choices
        ],
        is_asked=question.is_asked,
    )


class CategoryQuestionController(Controller):
    """Questions of categories, each by the category's code and its own."""

    path = "/categories/{category:str}/questions"
    tags = ("directory",)

    @get(
        guards=[requires(Permission.READ_DIRECTORY)],
        operation_id="listCategoryQuestions",
        operation_class=ApiOperation,
        summary="List what is asked about a category",
        responses=problem_responses(401, 403, 422),
    )
    async def questions(
        self, reader: NamedDependency[AsyncSession], category: FromPath[str]
    ) -> QuestionList:
        """Return the category's own questions in use, by their place."""
        await require_category(reader, category)
        rows = await list_questions(reader, category)
        return QuestionList(items=[_out(question_of(row)) for row in rows])

    @put(
        "/{code:str}",
        guards=[requires(Permission.MANAGE_DIRECTORY)],
        operation_id="saveCategoryQuestion",
        operation_class=ApiOperation,
        summary="Add or change a question",
        responses=problem_responses(401, 403, 422),
    )
    async def save(
        self,
        tx: NamedDependency[Tx],
        category: FromPath[str],
        code: FromPath[str],
        data: JSONBody[QuestionBody],
    ) -> QuestionOut:
        """Add a question to a category, or change the one with this code."""
        row = await save_question(tx, category, data.to_question(code))
        return _out(question_of(row))

    @delete(
        "/{code:str}",
        guards=[requires(Permission.MANAGE_DIRECTORY)],
        operation_id="retireCategoryQuestion",
        operation_class=ApiOperation,
        summary="Ask a question no more",
        responses=problem_responses(401, 403, 422),
    )
    async def retire(
        self, tx: NamedDependency[Tx], category: FromPath[str], code: FromPath[str]
    ) -> None:
        """Ask a question no more; the answers that stand keep its words."""
        await retire_question(tx, category, code)
