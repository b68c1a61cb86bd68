"""The supervisor's side: the register of observers, their surveys with results, their visits."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.errors import ConflictNotFound, ObserverNotFound, SurveyNotFound
from credit.observers.models import Survey
from credit.observers.queries import (
    conflicts_of,
    list_observers,
    list_surveys,
    questions_of,
    rank_activity,
    read_observer,
    read_survey,
    survey_results,
)
from credit.observers.rules import QuestionKind, SurveyState
from credit.observers.scores import observers_score
from credit.observers.visit_queries import tally_visits
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import departments_by_id, list_departments
from web.i18n import Translator
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.observer_forms import (
    CLOSE,
    END,
    LIFT,
    PLAN,
    PUBLISH,
    REGISTER,
    RENEW,
    survey_form,
)
from web.pages.observer_visits import visit_page, visits_page
from web.pages.record_forms import FormView, RecordForm, Sent, form_called, form_views, send
from web.security.guards import requires
from web.views.directory import unit_name
from web.views.forms import FormState
from web.views.observers import ResultView, result_view, score_words, survey_line, survey_view

PAGE_SIZE = 50
_MANAGES = requires(Permission.MANAGE_OBSERVERS)


class ObserverRegisterController(Controller):
    """The register of observers."""

    path = "/credit/observers"
    guards = (requires(Permission.READ_OBSERVERS),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the register, and what observers have done this year."""
        now = shell_of(request).now
        found = await list_observers(
            reader, now, cursor=request.query_params.get("cursor"), limit=PAGE_SIZE
        )
        activity = await rank_activity(reader, now.astimezone(SHANGHAI).year)
        return page(
            request,
            "pages/observers.html",
            rows=found.items,
            done={row.number: row.total for row in activity},
            may_write=Permission.MANAGE_OBSERVERS in principal.permissions,
            next_href=f"/credit/observers?{urlencode({'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/new", guards=[_MANAGES])
    async def show_new(self, request: PageRequest) -> Response[str]:
        """Show the empty form; a card is good for two years unless somebody says otherwise."""
        until = shell_of(request).now.astimezone(SHANGHAI).date() + timedelta(days=730)
        return _new(request, Sent(REGISTER.code, FormState({"valid_until": until.isoformat()})))

    @post("/new", status_code=200, guards=[_MANAGES])
    async def register(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Put an account on the register."""
        sent = await send(request, tx, REGISTER)
        if sent.form is not None:
            return _new(request, sent)
        return see_other(f"/credit/observers/{sent.result.id}")

    @get("/{observer_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        observer_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show an observer with his card and what he keeps out of."""
        return await _show(request, principal, reader, observer_id)

    @post("/{observer_id:uuid}/{action:str}", status_code=200, guards=[_MANAGES])
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        observer_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Renew a card, take an observer off the register, ask him for a visit."""
        form = form_called(action, (RENEW, END, PLAN), absent=ObserverNotFound)
        sent = await send(request, tx, form, observer_id)
        if sent.form is not None:
            return await _show(request, principal, tx.session, observer_id, sent)
        if form is PLAN:
            return see_other(f"/credit/observers/visits/{sent.result.id}")
        return see_other(f"/credit/observers/{observer_id}")

    @post(
        "/{observer_id:uuid}/conflicts/{conflict_id:uuid}/lift", status_code=200, guards=[_MANAGES]
    )
    async def lift(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        observer_id: FromPath[uuid.UUID],
        conflict_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Let an observer speak about a department again."""
        known = {row.id for row, _ in await conflicts_of(tx.session, observer_id)}
        if conflict_id not in known:
            raise ConflictNotFound
        sent = await send(request, tx, LIFT, conflict_id)
        if sent.form is not None:
            return await _show(request, principal, tx.session, observer_id, sent)
        return see_other(f"/credit/observers/{observer_id}")

    @get("/visits")
    async def visits(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every visit, and how many were made as asked for."""
        return await visits_page(
            request,
            principal,
            reader,
            base="/credit/observers/visits",
            more={
                "tally": await tally_visits(reader, shell_of(request).now),
                "may_record": False,
                "plan": None,
            },
        )

    @get("/visits/{visit_id:uuid}")
    async def visit(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        visit_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one visit."""
        return await visit_page(request, principal, reader, visit_id)


def _new(request: PageRequest, sent: Sent) -> Response[str]:
    return page(
        request,
        "pages/record_new.html",
        status=sent.status,
        heading=REGISTER.text,
        back=("/credit/observers", N_("Observers")),
        path="/credit/observers/new",
        item=form_views((REGISTER,), sent)[0],
        departments=(),
    )


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    observer_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    row = await read_observer(reader, observer_id, now)
    manages = Permission.MANAGE_OBSERVERS in principal.permissions
    forms = (PLAN, RENEW, END) if row.observer.is_active else (RENEW,)
    given = FormState(
        {
            "category": row.observer.category.value,
            "valid_until": row.observer.valid_until.isoformat(),
        }
    )
    return page(
        request,
        "pages/observer.html",
        status=sent.status if sent else 200,
        row=row,
        conflicts=[
            (unit_name(unit, t), conflict)
            for conflict, unit in await conflicts_of(reader, observer_id)
        ],
        tally=await tally_visits(reader, now, observer_id),
        actions=_filled(forms if manages else (), sent, RENEW, given),
        lift=form_views((LIFT,), sent)[0] if manages else None,
        departments=department_options(await list_departments(reader), t) if manages else (),
    )


def _filled(
    forms: tuple[RecordForm, ...], sent: Sent | None, which: RecordForm, given: FormState
) -> list[FormView]:
    """Return forms of which one stands filled in while nobody has sent it."""
    return [
        form_views((one,), Sent(which.code, given))[0]
        if one.code == which.code and not (sent and sent.code == which.code)
        else form_views((one,), sent)[0]
        for one in forms
    ]


class SurveyController(Controller):
    """Surveys: drafted, published, closed, read."""

    path = "/credit/observers/surveys"
    guards = (requires(Permission.READ_OBSERVERS),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every survey, and the observers' scores of the year so far."""
        t, now = speaker(request), shell_of(request).now
        found = await list_surveys(
            reader, principal, cursor=request.query_params.get("cursor"), limit=PAGE_SIZE
        )
        year = now.astimezone(SHANGHAI).year
        return page(
            request,
            "pages/surveys.html",
            surveys=[survey_line(row, t, now) for row in found.items],
            base="/credit/observers/surveys",
            may_write=Permission.MANAGE_OBSERVERS in principal.permissions,
            is_own=False,
            scores=await _scores(reader, year, t),
            year=year,
            next_href=f"/credit/observers/surveys?{urlencode({'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/new", guards=[_MANAGES])
    async def show_new(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the empty form, of a survey of this year from tomorrow for two weeks."""
        today = shell_of(request).now.astimezone(SHANGHAI).date()
        given = {
            "year": str(today.year),
            "opens_on": (today + timedelta(days=1)).isoformat(),
            "closes_on": (today + timedelta(days=14)).isoformat(),
            "least_answers": "5",
        }
        return await _new_survey(request, reader, Sent("draft", FormState(given)))

    @post("/new", status_code=200, guards=[_MANAGES])
    async def draft(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Draft a survey."""
        sent = await send(request, tx, _form(request))
        if sent.form is not None:
            return await _new_survey(request, tx.session, sent)
        return see_other(f"/credit/observers/surveys/{sent.result.id}")

    @get("/{survey_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        survey_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show a survey: its questions, what may be done with it, what it said."""
        return await _show_survey(request, principal, reader, survey_id)

    @post("/{survey_id:uuid}/{action:str}", status_code=200, guards=[_MANAGES])
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        survey_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Change, publish or close a survey."""
        forms = (_form(request, "change"), PUBLISH, CLOSE)
        form = form_called(action, forms, absent=SurveyNotFound)
        sent = await send(request, tx, form, survey_id)
        if sent.form is not None:
            return await _show_survey(request, principal, tx.session, survey_id, sent)
        return see_other(f"/credit/observers/surveys/{survey_id}")


def _form(request: PageRequest, code: str = "draft") -> RecordForm:
    return survey_form(shell_of(request).now.astimezone(SHANGHAI).date(), code)


async def _new_survey(request: PageRequest, reader: AsyncSession, sent: Sent) -> Response[str]:
    form = _form(request)
    return page(
        request,
        "pages/record_new.html",
        status=sent.status,
        heading=form.text,
        back=("/credit/observers/surveys", N_("Surveys of observers")),
        path="/credit/observers/surveys/new",
        item=form_views((form,), sent)[0],
        departments=department_options(await list_departments(reader), speaker(request)),
    )


async def _show_survey(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    survey_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    survey = await read_survey(reader, principal, survey_id)
    questions = await questions_of(reader, survey_id)
    manages = Permission.MANAGE_OBSERVERS in principal.permissions
    change = _form(request, "change")
    forms = {SurveyState.DRAFT: (PUBLISH, change), SurveyState.PUBLISHED: (CLOSE,)}
    results = await survey_results(reader, survey)
    return page(
        request,
        "pages/survey.html",
        status=sent.status if sent else 200,
        view=survey_view(survey, t, now),
        questions=questions,
        asked=survey.asked,
        results=[result_view(row, t) for row in results],
        actions=_filled(
            forms.get(survey.state, ()) if manages else (),
            sent,
            change,
            _typed(
                survey,
                {
                    kind.value: "\n".join(one.text for one in questions if one.kind is kind)
                    for kind in QuestionKind
                },
            ),
        ),
        departments=department_options(await list_departments(reader), t) if manages else (),
    )


def _typed(survey: Survey, questions: dict[str, str]) -> FormState:
    """Return a survey as it stands in its form."""
    last = survey.closes_at.astimezone(SHANGHAI).date() - timedelta(days=1)
    return FormState(
        {
            "title": survey.title,
            "kind": survey.kind.value,
            "year": str(survey.year),
            "quarter": str(survey.quarter or ""),
            "opens_on": survey.opens_at.astimezone(SHANGHAI).date().isoformat(),
            "closes_on": last.isoformat(),
            "least_answers": str(survey.least_answers),
            "departments": " ".join(survey.asked),
            **questions,
        }
    )


async def _scores(reader: AsyncSession, year: int, t: Translator) -> list[ResultView]:
    """Return the observers' scores of a year, the best first."""
    scores = await observers_score(reader, year)
    units = await departments_by_id(reader, set(scores))
    ranked = sorted(
        scores.items(), key=lambda one: (one[1].score is None, -(one[1].score or 0), one[0])
    )
    return [
        ResultView(unit_name(units[unit], t), *score_words(score, t), score.n)
        for unit, score in ranked
        if unit in units
    ]
