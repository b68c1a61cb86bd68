"""The visitors' desk, the visit itself, what was answered, and departments' own visits beside it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.actions import record_visit, skip_visit
from hotline.followup.queries import (
    AnswerFilter,
    AnswerRow,
    compare_units,
    count_desk,
    desk_row,
    list_answers,
    list_desk,
    next_to_visit,
)
from hotline.followup.rules import VisitAnswer, part_of
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import DomainError
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.tickets.access import find_readable
from hotline.tickets.actions.revealing import may_reveal
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import Action, State, Status
from hotline.tickets.queries import ticket_detail
from web.errors import status_of
from web.labels import label
from web.pages.action_forms import ANONYMOUS
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.resources import Resources
from web.security.guards import requires
from web.views.days import asked_day, day_faults
from web.views.fields import read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain
from web.views.tickets import requester_view
from web.views.visits import (
    FAREWELL,
    GREETING,
    REACHED,
    SCRIPT,
    SKIP_FIELD,
    answer_view,
    compared_view,
    desk_view,
)

PAGE_SIZE = 50
_QUESTIONS = (REACHED, *(question.field for question in SCRIPT), ANONYMOUS)
_COMPARED_DAYS = 90
ANSWERS_ASKED = ("by", "only", "department")


class VisitController(Controller):
    """Return visits."""

    path = "/visits"
    guards = (requires(Permission.READ_VISITS),)
    include_in_schema = False

    @get()
    async def show_desk(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show whom to ask, the one due first at the head."""
        now, t = shell_of(request).now, speaker(request)
        only_now = request.query_params.get("show", "now") == "now"
        found = await list_desk(
            reader,
            now,
            only_now=only_now,
            cursor=request.query_params.get("cursor"),
            limit=PAGE_SIZE,
        )
        shown = "now" if only_now else "all"
        return page(
            request,
            "pages/visits.html",
            rows=[desk_view(row, resources.cipher, t, now) for row in found.items],
            counts=await count_desk(reader, now),
            part=part_of(now),
            shown=shown,
            done=_done(request),
            next_href=f"/visits?{urlencode({'show': shown, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/comparison")
    async def compare(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what departments heard of their own requesters beside what the hotline heard."""
        t = speaker(request)
        since, until = _span(request)
        units = await compare_units(reader, _midnight(since), _midnight(until + timedelta(days=1)))
        return page(
            request,
            "pages/visits_comparison.html",
            rows=[compared_view(row, since, until, t) for row in units],
            filter=_spanned(request, {"from": since.isoformat(), "to": until.isoformat()}),
        )

    @get("/answers")
    async def show_answers(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what was answered, the newest first."""
        t = speaker(request)
        since, until = _span(request)
        asked = {name: request.query_params.get(name, "") for name in ANSWERS_ASKED}
        found = await find_answers(
            reader, asked, since, until, cursor=request.query_params.get("cursor")
        )
        given = {**asked, "from": since.isoformat(), "to": until.isoformat()}
        filters = {name: text for name, text in given.items() if text}
        return page(
            request,
            "pages/visits_answers.html",
            rows=[answer_view(row, t) for row in found.items],
            is_own=asked["by"] == "own",
            filter=_spanned(request, given),
            departments=department_options(await list_departments(reader), t),
            next_href=f"/visits/answers?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/{number:str}")
    async def show_visit(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[Any]:
        """Show the script beside the form."""
        return await _visit_page(request, principal, reader, number)

    @post("/{number:str}", status_code=200)
    async def record(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
    ) -> Response[Any]:
        """Record what the requester said, or that he was not reached; then comes the next."""
        sent = await posted(request)
        values, form = read(_QUESTIONS, sent, speaker(request))
        requester = _uuid("".join(sent.get("requester", [])))
        if form.errors:
            return await _visit_page(
                request, principal, tx.session, number, form, requester, status=422
            )
        note, is_anonymous = values.pop("note"), values.pop("is_anonymous")
        version = "".join(sent.get("expected_version", []))
        try:
            async with tx.session.begin_nested():
                await record_visit(
                    tx,
                    number,
                    VisitAnswer(**values),
                    note=note,
                    is_anonymous=is_anonymous,
                    requester_id=requester,
                    expected_version=int(version) if version.isdecimal() else None,
                )
        except TicketNotFound:
            raise
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, speaker(request).language))
            return await _visit_page(
                request,
                principal,
                tx.session,
                number,
                refused,
                requester,
                status=status_of(error),
            )
        return see_other(f"/visits?done={number}")

    @post("/{number:str}/skip", status_code=200)
    async def skip(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
    ) -> Response[Any]:
        """Leave a ticket for later, and go to the next."""
        values, form = read((SKIP_FIELD,), await posted(request), speaker(request))
        if form.errors:
            return await _visit_page(
                request, principal, tx.session, number, skipping=form, status=422
            )
        await skip_visit(tx, number, reason=values["reason"])
        await tx.session.flush()  # the next one is looked for after this
        following = await next_to_visit(tx.session, tx.now)
        return see_other(f"/visits/{following}" if following else "/visits")


def _done(request: PageRequest) -> str | None:
    number = request.query_params.get("done", "")
    return number if number.isdecimal() else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _span(request: PageRequest) -> tuple[date, date]:
    return span_of(request.query_params, shell_of(request).now)


def _spanned(request: PageRequest, given: Mapping[str, str]) -> FormState:
    """Return a filter as it is shown: what was typed, where that is no span, and what is wrong."""
    typed = {name: request.query_params.get(name, "") for name in ("from", "to")}
    faults = day_faults(typed, ("from", "to"), speaker(request))
    return FormState({**given, **{name: typed[name] for name in faults}}, faults)


def span_of(asked: Mapping[str, str], now: datetime) -> tuple[date, date]:
    """Return the first and the last day that are asked for; the last three months if none."""
    until = asked_day(asked.get("to", "")) or now.astimezone(SHANGHAI).date()
    return asked_day(asked.get("from", "")) or until - timedelta(days=_COMPARED_DAYS), until


async def find_answers(
    reader: AsyncSession,
    asked: Mapping[str, str],
    since: date,
    until: date,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[AnswerRow]:
    """Return the answers of these filters and days, for the page and for its export."""
    return await list_answers(
        reader,
        AnswerFilter(
            own=asked["by"] == "own",
            department=asked["department"] or None,
            since=_midnight(since),
            until=_midnight(until + timedelta(days=1)),
            unsatisfied=asked["only"] == "unsatisfied",
            rated=asked["only"] == "rated",
        ),
        cursor=cursor,
        limit=limit,
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


async def _visit_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    form: FormState = EMPTY,
    requester: UUID | None = None,
    *,
    skipping: FormState = EMPTY,
    status: int = 200,
) -> Response[Any]:
    t, now = speaker(request), shell_of(request).now
    resources: Resources = request.app.state.resources
    ticket = await find_readable(reader, principal, number)
    if (ticket.status, ticket.hold) != State(Status.PENDING_VISIT) and not form.refusal:
        return see_other(f"/tickets/{number}")
    row = desk_view(await desk_row(reader, ticket, now), resources.cipher, t, now)
    detail = await ticket_detail(reader, ticket)
    passed: Sequence[Any] = [item for item in detail.feedbacks if item.is_passed]
    open_ones = [one for one in row.asked if one.is_open or not one.is_answered]
    chosen = str(requester) if requester else (open_ones[0].id if open_ones else None)
    return page(
        request,
        "pages/visit.html",
        status=status,
        row=row,
        reply=passed[-1].reply if passed else None,
        chosen=chosen,
        greeting=GREETING,
        farewell=FAREWELL,
        reached=REACHED,
        script=SCRIPT,
        anonymous=ANONYMOUS,
        form=form,
        skip_field=SKIP_FIELD,
        skip_form=skipping,
        part=part_of(now),
        is_visitor=Role.VISITOR in principal.roles,
        requester=requester_view(detail.requesters, resources.cipher),
        may_reveal=may_reveal(principal, ticket, has_task=False),
        reveal_form=EMPTY,
        next_number=await next_to_visit(reader, now, ticket.id),
        close_label=label(Action.CLOSE_UNREACHED),
    )
