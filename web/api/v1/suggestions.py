"""Suggestions of category and department: for a text, and for a ticket."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import PermissionDenied, Principal
from hotline.suggestions.shelf import folder_of
from hotline.suggestions.suggesting import Matter, Suggestions, suggest, suggest_for
from hotline.suggestions.weighing import Candidate, Reason
from hotline.tickets.access import find_readable
from hotline.tickets.models import CONTENT_MAX, TITLE_MAX, RequestType
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, OptionalWords
from web.resources import Resources
from web.security.guards import requires


class MatterBody(Body):
    """What is known of a matter; the more, the better."""

    title: Annotated[OptionalWords, Field(max_length=TITLE_MAX)] = None
    text: Annotated[OptionalWords, Field(max_length=CONTENT_MAX)] = None
    area: Annotated[OptionalWords, Field(max_length=64)] = None
    category: Annotated[OptionalWords, Field(max_length=96)] = Field(
        default=None, description="When it is known: departments are weighed for it alone"
    )
    request_type: RequestType = RequestType.HELP

    def to_matter(self) -> Matter:
        """Return it as the field takes it."""
        return Matter(
            title=self.title or "",
            content=self.text or "",
            area=self.area,
            category=self.category,
            request_type=self.request_type.value,
        )


class ReasonOut(Answer):
    """Something that speaks for a department; what does not belong to its kind is null or 0."""

    kind: str
    category: str
    area: str | None
    ticket: str | None
    count: int
    of: int
    is_sure: bool


class CandidateOut(Answer):
    """A department with its score from 0 to 1, and why."""

    department: str
    score: float
    reasons: list[ReasonOut]


class SuggestedCategoryOut(Answer):
    """A category with its probability, the words that say so, and its likeliest department."""

    category: str
    probability: float
    words: list[str]
    department: CandidateOut | None


class SuggestionsOut(Answer):
    """What is suggested; `state` says whether the words could be read.

    `ready`, `too_short`, `off` (no model is used) or `unusable` (its file is missing or broken).
    """

    state: str
    model: int | None
    is_sure: bool
    categories: list[SuggestedCategoryOut]
    is_department_sure: bool
    departments: list[CandidateOut]


def _reason_out(reason: Reason) -> ReasonOut:
    return ReasonOut(
        kind=reason.kind.value,
        category=reason.category,
        area=reason.area,
        ticket=reason.ticket,
        count=reason.count,
        of=reason.of,
        is_sure=reason.is_sure,
    )


def _candidate_out(one: Candidate) -> CandidateOut:
    return CandidateOut(
        department=one.department,
        score=round(one.score, 4),
        reasons=[_reason_out(reason) for reason in one.reasons],
    )


def suggestions_out(made: Suggestions) -> SuggestionsOut:
    """Return what is suggested."""
    return SuggestionsOut(
        state=made.readiness.value,
        model=made.version,
        is_sure=made.is_sure,
        categories=[
            SuggestedCategoryOut(
                category=one.code,
                probability=round(one.share, 4),
                words=list(one.words),
                department=_candidate_out(one.department) if one.department else None,
            )
            for one in made.categories
        ],
        is_department_sure=made.is_department_sure,
        departments=[_candidate_out(one) for one in made.departments],
    )


class SuggestionController(Controller):
    """What is suggested for a text."""

    path = "/suggestions"
    tags = ("catalogue",)

    @post(
        "/",
        status_code=200,
        guards=[requires(Permission.CREATE_TICKETS)],
        operation_id="suggest",
        operation_class=ApiOperation,
        summary="Suggest a category and a department for a text",
        responses=problem_responses(401, 403, 422),
    )
    async def suggest(
        self,
        request: Request[Any, Any, Any],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        data: JSONBody[MatterBody],
    ) -> SuggestionsOut:
        """Return up to three categories and departments with scores and reasons; nothing is kept."""
        folder = folder_of(request.app.state.settings.home)
        made = await suggest(reader, folder, data.to_matter(), resources.clock.now())
        return suggestions_out(made)


class TicketSuggestionController(Controller):
    """What is suggested for one ticket."""

    path = "/tickets/{number:str}/suggestions"
    tags = ("catalogue",)

    @get(
        "/",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="readTicketSuggestions",
        operation_class=ApiOperation,
        summary="Suggest a department for a ticket",
        responses=problem_responses(401, 403, 404),
    )
    async def read(
        self,
        request: Request[Any, Any, Any],
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> SuggestionsOut:
        """Return departments for its category and the categories by its words; for the hotline."""
        if not principal.sees_every_ticket:
            raise PermissionDenied(permission=Permission.READ_CATALOGUE)
        ticket = await find_readable(reader, principal, number)
        folder = folder_of(request.app.state.settings.home)
        return suggestions_out(await suggest_for(reader, folder, ticket, resources.clock.now()))
