"""Answers for everybody: the published articles, without an account and without JavaScript."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.knowledge.access import find_public
from hotline.knowledge.queries import list_public
from hotline.knowledge.rules import day_of
from hotline.people.models import Department
from hotline.tickets.catalogue import list_categories
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.views.directory import category_name
from web.views.forms import FormState
from web.views.knowledge import public_answer

MOST_SHOWN = 100
_CACHED = "public, max-age=60"
_CACHED_FOR_ONE = "private, max-age=60"


class AnswerController(Controller):
    """What everybody may read; safe to keep for a minute."""

    path = "/answers"
    include_in_schema = False

    @get()
    async def show_list(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the questions: what was asked for first, else the most asked."""
        t, today = speaker(request), day_of(shell_of(request).now)
        asked = {name: request.query_params.get(name, "")[:100] for name in ("q", "category")}
        found = await list_public(
            reader,
            q=asked["q"].strip() or None,
            category=asked["category"] or None,
            today=today,
            limit=MOST_SHOWN,
        )
        subjects = [
            (row.code, category_name(row, t))
            for row in await list_categories(reader)
            if row.is_active and "." not in row.code
        ]
        return _kept(
            request,
            page(
                request,
                "pages/answers.html",
                answers=[public_answer(*row, t) for row in found],
                filter=FormState(asked),
                subjects=subjects,
                is_narrowed=any(asked.values()),
            ),
        )

    @get("/{number:str}")
    async def show(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show one answer."""
        t, today = speaker(request), day_of(shell_of(request).now)
        article, version = await find_public(reader, number, today)
        owner = await reader.get_one(Department, article.department_id)
        return _kept(
            request,
            page(request, "pages/answer.html", answer=public_answer(article, version, owner, t)),
        )


def _kept(request: PageRequest, answer: Response[str]) -> Response[str]:
    """Let browsers keep a page for a minute; what names somebody is kept for him alone."""
    is_signed_in = request.scope.get("user") is not None
    answer.headers["cache-control"] = _CACHED_FOR_ONE if is_signed_in else _CACHED
    answer.headers["vary"] = "cookie, accept-language"
    return answer
