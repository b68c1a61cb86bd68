"""The observers' portal: what waits, surveys, own card, published credit, the ranking of observers."""

import uuid
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.access import observer_of
from credit.observers.actions.surveys import answer_survey
from credit.observers.errors import NotAsked
from credit.observers.models import SurveyAnswer
from credit.observers.queries import (
    OwnAnswer,
    card_standing,
    conflicts_of,
    list_snaps,
    list_surveys,
    own_answers,
    questions_of,
    rank_activity,
    read_observer,
    read_survey,
)
from credit.observers.rules import FindingState
from credit.observers.visit_queries import VisitShown, list_findings, list_visits
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.people.attempts import VERIFY_BY_ADDRESS, count_attempt
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.errors import status_of
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.observer_forms import DECLARE
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.pages.session import client_address
from web.resources import Resources
from web.security.guards import requires
from web.views.directory import unit_name
from web.views.forms import FormState
from web.views.observers import (
    asked_about,
    finding_line,
    question_fields,
    snap_line,
    survey_line,
    survey_view,
    typed_answer,
    visit_view,
)
from web.views.papers import qr_of
from web.views.problems import explain

PAGE_SIZE = 50
FIRST = 5


class ObserverPortalController(Controller):
    """What an observer sees; every other page but his account is closed to him."""

    path = "/observer"
    guards = (requires(Permission.OBSERVE),)
    include_in_schema = False

    @get()
    async def home(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what waits for the observer, and where he left off."""
        t, now = speaker(request), shell_of(request).now
        observer = await observer_of(reader, principal)
        surveys = await list_surveys(reader, principal, observer_id=observer.id, limit=20)
        visits = await list_visits(reader, principal, now, limit=FIRST)
        waiting = [
            row
            for shown in (VisitShown.OVERDUE, VisitShown.DUE)
            for row in (await list_visits(reader, principal, now, shown=shown, limit=FIRST)).items
        ]
        answered = await list_findings(
            reader, principal, now, states=(FindingState.ANSWERED,), limit=FIRST
        )
        snaps = await list_snaps(reader, observer.id, limit=FIRST)
        views = [survey_line(row, t, now) for row in surveys.items]
        return page(
            request,
            "pages/observer_home.html",
            observer=observer,
            card=await read_observer(reader, observer.id, now),
            surveys=[view for view in views if view.is_open],
            waiting=[visit_view(row, t, now) for row in waiting],
            visits=[visit_view(row, t, now) for row in visits.items if row.is_made],
            findings=[finding_line(row, t, now) for row in answered.items],
            snaps=[snap_line(row) for row in snaps.items],
        )

    @get("/surveys")
    async def surveys(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show every survey that was published, the newest first."""
        t, now = speaker(request), shell_of(request).now
        observer = await observer_of(reader, principal)
        found = await list_surveys(
            reader,
            principal,
            observer_id=observer.id,
            cursor=request.query_params.get("cursor"),
            limit=PAGE_SIZE,
        )
        return page(
            request,
            "pages/surveys.html",
            surveys=[survey_line(row, t, now) for row in found.items],
            base="/observer/surveys",
            may_write=False,
            is_own=True,
            scores=(),
            year=now.astimezone(SHANGHAI).year,
            next_href=f"/observer/surveys?{urlencode({'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/surveys/{survey_id:uuid}")
    async def survey(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        survey_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show the departments that a survey asks about, with what is still to be answered."""
        t, now = speaker(request), shell_of(request).now
        survey = await read_survey(reader, principal, survey_id)
        rows = [asked_about(row, t) for row in await own_answers(reader, principal, survey_id)]
        return page(
            request,
            "pages/observer_survey.html",
            view=survey_view(
                survey,
                t,
                now,
                asked=len(rows),
                answered=sum(row.state == "answered" for row in rows),
            ),
            rows=rows,
            done=request.query_params.get("done") is not None,
        )

    @get("/surveys/{survey_id:uuid}/{code:str}")
    async def show_answer(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        survey_id: FromPath[uuid.UUID],
        code: FromPath[str],
    ) -> Response[str]:
        """Show the form of one department, filled in with what was answered before."""
        return await _answer_page(request, principal, reader, survey_id, code)

    @post("/surveys/{survey_id:uuid}/{code:str}", status_code=200)
    async def answer(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        survey_id: FromPath[uuid.UUID],
        code: FromPath[str],
    ) -> Response[Any]:
        """Keep an answer about one department."""
        form = await _answer_form(tx.session, survey_id)
        sent = await send(request, tx, form, survey_id, code)
        if sent.form is not None:
            return await _answer_page(request, principal, tx.session, survey_id, code, sent)
        return see_other(f"/observer/surveys/{survey_id}?done=1#row-{code}")

    @get("/card")
    async def card(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the observer's own card, and the departments that he keeps out of."""
        return await _card(request, principal, reader)

    @post("/card/declare", status_code=200)
    async def declare(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Keep out of a department's matters."""
        sent = await send(request, tx, DECLARE)
        if sent.form is not None:
            return await _card(request, principal, tx.session, sent)
        return see_other("/observer/card")


class ObserverRankingController(Controller):
    """The published ranking of observers: counts under nicknames."""

    path = "/observer/ranking"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def ranking(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what observers have done this year, or in another one."""
        asked = request.query_params.get("year", "")
        this_year = shell_of(request).now.astimezone(SHANGHAI).year
        year = int(asked) if asked.isdecimal() and _known_year(int(asked)) else this_year
        return page(
            request,
            "pages/observer_ranking.html",
            year=year,
            rows=await rank_activity(reader, year),
        )


_FIRST_YEAR, _LAST_YEAR = 2000, 9998


def _known_year(year: int) -> bool:
    return _FIRST_YEAR <= year <= _LAST_YEAR


class CardController(Controller):
    """Anybody who is shown a card finds out whether it is valid, and nothing else."""

    path = "/observer-card"
    include_in_schema = False

    @get("/{code:str}")
    async def verify(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        code: FromPath[str],
    ) -> Response[str]:
        """Say whether a card is valid."""
        t, now = speaker(request), resources.clock.now()
        try:
            await count_attempt(
                resources.session_maker,
                resources.cipher,
                VERIFY_BY_ADDRESS,
                client_address(request),
                now,
            )
        except DomainError as error:
            return page(
                request,
                "pages/observer_card_check.html",
                status=status_of(error),
                is_valid=None,
                refusal=explain(error, t.language),
            )
        return page(
            request,
            "pages/observer_card_check.html",
            is_valid=await card_standing(reader, code, now),
            refusal=None,
        )


async def _answer(
    tx: Tx,
    survey_id: uuid.UUID,
    code: str,
    *,
    expected_version: int | None,
    **values: Any,  # noqa: ANN401  # what the questions ask for
) -> SurveyAnswer:
    return await answer_survey(
        tx, survey_id, code, values=list(values.values()), expected_version=expected_version
    )


async def _answer_form(session: AsyncSession, survey_id: uuid.UUID) -> RecordForm:
    questions = await questions_of(session, survey_id)
    return RecordForm("answer", N_("Send my answer"), _answer, question_fields(questions))


async def _own(
    session: AsyncSession, principal: Principal, survey_id: uuid.UUID, code: str
) -> OwnAnswer:
    rows = await own_answers(session, principal, survey_id)
    found = next((row for row in rows if row.department.code == code), None)
    if found is None:
        raise NotAsked
    return found


async def _answer_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    survey_id: uuid.UUID,
    code: str,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    survey = await read_survey(reader, principal, survey_id)
    row = await _own(reader, principal, survey_id, code)
    view = survey_view(survey, t, now)
    form = await _answer_form(reader, survey_id)
    given = Sent(form.code, FormState(typed_answer(row.answer.values))) if row.answer else None
    about = asked_about(row, t)
    return page(
        request,
        "pages/observer_answer.html",
        status=sent.status if sent else 200,
        view=view,
        about=about,
        may_answer=view.is_open and about.state in {"open", "answered"},
        version=row.answer.version if row.answer else None,
        item=form_views((form,), sent or given)[0],
        path=f"/observer/surveys/{survey_id}/{code}",
    )


async def _card(
    request: PageRequest, principal: Principal, reader: AsyncSession, sent: Sent | None = None
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    observer = await observer_of(reader, principal)
    # Printed cards and screens lead to the same public address as papers do.
    public = request.app.state.settings.verifying_url.removesuffix("/verify")
    address = f"{public}/observer-card/{observer.card_code}"
    return page(
        request,
        "pages/observer_card.html",
        status=sent.status if sent else 200,
        observer=observer,
        card=await read_observer(reader, observer.id, now),
        address=address,
        qr=qr_of(address),
        conflicts=[
            (unit_name(unit, t), conflict)
            for conflict, unit in await conflicts_of(reader, observer.id)
        ],
        actions=form_views((DECLARE,), sent),
        departments=department_options(await list_departments(reader), t),
    )
