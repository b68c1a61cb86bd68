"""What is asked about the matters of a category: the administrator's pages."""

from dataclasses import replace
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.answers import (
    list_questions,
    question_of,
    questions_for,
    retire_question,
    save_question,
)
from hotline.tickets.catalogue import list_categories
from hotline.tickets.questions import Datatype, Question
from web.errors import status_of
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.security.guards import requires
from web.views.category_questions import choice_lines, choices_in, question_rows
from web.views.directory import category_paths
from web.views.fields import Field, Kind, read
from web.views.forms import FormState
from web.views.problems import explain

QUESTION = (
    Field("code", N_("Code"), Kind.LINE, most=32),
    Field("description", N_("Question"), Kind.LINE, most=300),
    Field("description_en", N_("Question in English"), Kind.LINE, required=False, most=300),
    Field("datatype", N_("Kind of answer"), Kind.CHOICE, of=Datatype),
    Field("hint", N_("Hint"), Kind.LINE, required=False, most=120),
    Field("hint_en", N_("Hint in English"), Kind.LINE, required=False, most=120),
    Field("choices", N_("Choices"), required=False, most=8000),
    Field("position", N_("Sequence number"), Kind.STEP, required=False),
    Field("required", N_("Must be answered"), Kind.CHECK, required=False),
    Field("shown_only", N_("Words to be read only, no question"), Kind.CHECK, required=False),
)


class CategoryQuestionController(Controller):
    """The questions of one category."""

    path = "/admin/categories/{category:str}/questions"
    guards = (requires(Permission.MANAGE_DIRECTORY),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession], category: FromPath[str]
    ) -> Response[Any]:
        """Show what is asked about a category, and the form for one question."""
        wanted = request.query_params.get("code", "")
        rows = await list_questions(reader, category)
        row = next((one for one in rows if one.code == wanted), None)
        values = {"position": str(len(rows) + 1)}
        if row is not None:
            question = question_of(row)
            values = {
                "code": question.code,
                "description": question.description,
                "description_en": question.description_en,
                "datatype": question.datatype.value,
                "hint": question.hint,
                "hint_en": question.hint_en,
                "choices": choice_lines(question.choices),
                "position": str(question.order),
                "required": "true" if question.required else "",
                "shown_only": "" if question.is_asked else "true",
            }
        return await _questions_page(
            request, reader, category, FormState(values), changes=row.code if row else None
        )

    @post(status_code=200)
    async def save(
        self, request: PageRequest, tx: NamedDependency[Tx], category: FromPath[str]
    ) -> Response[Any]:
        """Add a question or change it."""
        sent = await posted(request)
        t = speaker(request)
        values, form = read(QUESTION, sent, t)
        changes = "".join(sent.get("changes", ())) or None
        refused = form
        status = 422
        if not form.errors:
            try:
                async with tx.session.begin_nested():
                    await save_question(
                        tx,
                        category,
                        Question(
                            code=values["code"],
                            datatype=values["datatype"],
                            required=values["required"],
                            order=values["position"] or 1,
                            description=values["description"],
                            description_en=values["description_en"] or "",
                            hint=values["hint"] or "",
                            hint_en=values["hint_en"] or "",
                            choices=choices_in(values["choices"] or ""),
                            is_asked=not values["shown_only"],
                        ),
                    )
            except DomainError as error:
                refused = FormState(form.values, refusal=explain(error, t.language))
                status = status_of(error)
            else:
                return see_other(f"/admin/categories/{category}/questions")
        return await _questions_page(
            request, tx.session, category, refused, changes=changes, status=status
        )

    @post("/{code:str}/retire", status_code=303)
    async def retire(
        self, tx: NamedDependency[Tx], category: FromPath[str], code: FromPath[str]
    ) -> Response[Any]:
        """Ask a question no more; what was answered stays readable."""
        await retire_question(tx, category, code)
        return see_other(f"/admin/categories/{category}/questions")

    @post("/{code:str}/move", status_code=303)
    async def move(
        self, tx: NamedDependency[Tx], category: FromPath[str], code: FromPath[str]
    ) -> Response[Any]:
        """Ask a question one place sooner."""
        rows = list(await list_questions(tx.session, category))
        codes = [row.code for row in rows]
        at = codes.index(code) if code in codes else 0
        if at > 0:
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        for place, row in enumerate(rows, start=1):
            if row.position != place:
                question = question_of(row)
                await save_question(tx, category, replace(question, order=place))
        return see_other(f"/admin/categories/{category}/questions")


async def _questions_page(
    request: PageRequest,
    reader: AsyncSession,
    category: str,
    form: FormState,
    *,
    changes: str | None,
    status: int = 200,
) -> Response[Any]:
    t = speaker(request)
    paths = category_paths(await list_categories(reader), t)
    if category not in paths:
        return see_other("/admin/categories")
    own = await list_questions(reader, category)
    codes = {row.code for row in own}
    above = [one for one in await questions_for(reader, category) if one.code not in codes]
    return page(
        request,
        "pages/category_questions.html",
        status=status,
        category=category,
        path=paths[category],
        own=question_rows([question_of(row) for row in own], t),
        above=question_rows(above, t),
        form=form,
        changes=changes,
        datatypes=QUESTION[3].options(t),
    )
