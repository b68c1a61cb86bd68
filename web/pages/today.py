"""A department's day: what is due first, and every common step done where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.dossier import newest_score
from credit.glance import glance_of
from credit.outlook import outlook
from credit.published import grades_in_force
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.knowledge.phrase_rules import PhraseDesk
from hotline.knowledge.phrases import list_phrases
from hotline.knowledge.queries import count_owed
from hotline.meetings.queries import calls_waiting
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import (
    colleagues_of,
    departments_by_id,
    find_user,
    leaders_of,
    list_departments,
)
from hotline.procedures.pending import pending_of_department
from hotline.sla.policy import CalendarCode, ClockKind
from hotline.supervision.queries import open_orders
from hotline.supervision.rules import REPLY_OWED
from hotline.tickets.access import find_readable
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import HANDLING, Action
from hotline.tickets.onsite.queries import check_ins_of
from hotline.tickets.queries import TicketDetail, list_timeline, ticket_detail
from hotline.tickets.spans.queries import read_spans
from hotline.tickets.today.queries import (
    OwedRow,
    Wanted,
    count_limits,
    count_owed_tickets,
    list_owed_tickets,
    load_by_person,
)
from hotline.tickets.today.rules import Bucket, Edges, edges_at
from hotline.workdays.book import CALENDARS
from web.affairs import read_affairs
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.action_forms import FORMS
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.knowledge_desk import placeholder_values
from web.pages.tickets import colleague_choices
from web.security.guards import requires
from web.views.fields import read
from web.views.forms import FormState
from web.views.hops import units_in
from web.views.knowledge import phrase_view
from web.views.meetings import call_view, choices
from web.views.own_credit import OwnCredit, own_credit
from web.views.problems import explain
from web.views.quick_forms import QUICK, Known, filled
from web.views.supervision import order_view
from web.views.tickets import ActionView
from web.views.today import (
    OwedView,
    bucket_views,
    limit_counts,
    owed_view,
    pending_views,
    person_views,
    today_href,
)

PAGE_SIZE = 60
ASKED = ("scope", "whose", "bucket", "limit")
MOST_PHRASES = 6
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that stands open in a row: what it asks, and what helps to fill it."""

    number: str
    item: ActionView
    extra: Mapping[str, Any]


class TodayController(Controller):
    """What a department owes today."""

    path = "/today"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[Any]:
        """Show what is due first, with the step that each ticket owes."""
        if not principal.is_department:
            return see_other("/desk")
        number = request.query_params.get("open", "")
        opened = None
        if number:
            wanted = _known(request.query_params.get("do", ""), number)
            opened = await _form(request, principal, reader, number, wanted)
        return await _today(request, principal, reader, opened)

    @get("/department")
    async def show_department(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[Any]:
        """Show who of the department has what before him, and how the day will probably end."""
        if not principal.is_department:
            return see_other("/desk")
        now, t = shell_of(request).now, speaker(request)
        people = person_views(await load_by_person(reader, principal, edges_at(now)), t)
        return page(
            request,
            "pages/today_department.html",
            people=people,
            expected=sum(one.expected for one in people),
            due=sum(one.due for one in people),
            pending=pending_views(await pending_of_department(reader, principal), t),
            knowledge_owed=await count_owed(reader, principal, now),
            is_leader=Role.LEADER in principal.roles,
        )

    @get("/credit")
    async def show_credit(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[Any]:
        """Show how the department stands, alone: fetched anew when something has moved it."""
        credit = await _credit(reader, principal, request, speaker(request))
        if credit is None or request.headers.get("hx-request") != "true":
            return see_other("/today")
        return page(request, "fragments/own_credit.html", credit=credit)

    @get("/{number:str}/forms/{action:str}")
    async def show_form(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Show the form of a step in the row of its ticket, filled in as far as is known."""
        wanted = _known(action, number)
        if request.headers.get("hx-request") != "true":
            return see_other(f"/today?open={number}&do={wanted.value}#row-{number}")
        opened = await _form(request, principal, reader, number, wanted)
        return page(request, "fragments/today_form.html", opened=opened, asked=_asked(request))

    @get("/{number:str}/row")
    async def show_row(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show a ticket's row as it stands."""
        return await _row(request, principal, reader, number)

    @post("/{number:str}/actions/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do a step in the row of its ticket; whatever goes wrong, nothing typed is lost."""
        wanted, t = _known(action, number), speaker(request)
        sent = await posted(request)
        values, form = read(FORMS[wanted].fields, sent, t)
        status = 422
        if not form.errors:
            version = "".join(sent.get("expected_version", []))
            try:
                async with tx.session.begin_nested():
                    await FORMS[wanted].run(
                        tx,
                        number,
                        **values,
                        expected_version=int(version) if version.isdecimal() else None,
                    )
            except TicketNotFound:
                raise
            except DomainError as error:
                form = FormState(form.values, refusal=explain(error, t.language))
                status = status_of(error)
            else:
                if request.headers.get("hx-request") != "true":
                    return see_other(f"/today?done={wanted.value}&number={number}#row-{number}")
                return await _row(request, principal, tx.session, number, done=wanted)
        opened = await _form(request, principal, tx.session, number, wanted, form)
        if request.headers.get("hx-request") == "true":
            return page(
                request,
                "fragments/today_form.html",
                status=422,
                opened=opened,
                asked=_asked(request),
            )
        return await _today(request, principal, tx.session, opened, status=status)


def _known(action: str, number: str) -> Action:
    found = next((one for one in QUICK if one.value == action.replace("-", "_")), None)
    if found is None:
        raise TicketNotFound(number=number)
    return found


def _asked(request: PageRequest) -> dict[str, str]:
    return {name: request.query_params.get(name, "") for name in ASKED}


async def wanted_of(reader: AsyncSession, principal: Principal, asked: Mapping[str, str]) -> Wanted:
    """Return which tickets a list of the day is to show; a leader begins with all of them."""
    whose = asked["whose"]
    person = await find_user(reader, whose) if whose and whose != NOBODY else None
    is_own = asked["scope"] == "own" or (
        not asked["scope"] and not whose and Role.LEADER not in principal.roles
    )
    return Wanted(
        own_only=is_own,
        handler=person.id if person else None,
        unnamed=whose == NOBODY,
        bucket=next((one for one in Bucket if one.value == asked["bucket"]), None),
        limit=next((one for one in ClockKind if one.value == asked["limit"]), None),
    )


async def _today(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    opened: OpenForm | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    """Show the day, in a fixed number of statements."""
    t, now, asked = speaker(request), shell_of(request).now, _asked(request)
    edges = edges_at(now)
    wanted = await wanted_of(reader, principal, asked)
    whole = replace(wanted, bucket=None, limit=None)
    found = await list_owed_tickets(
        reader,
        principal,
        wanted,
        edges,
        cursor=request.query_params.get("cursor"),
        limit=PAGE_SIZE,
    )
    counts = await count_owed_tickets(reader, principal, whole, edges)
    rows = await _views(reader, found.items, edges, t)
    orders = await open_orders(reader, principal, state=REPLY_OWED)
    return page(
        request,
        "pages/today.html",
        status=status,
        asked=asked,
        here=today_href(asked),
        is_own=wanted.own_only,
        is_leader=Role.LEADER in principal.roles,
        whose=await _whose(reader, asked, t),
        own_href=today_href({}, scope="own"),
        all_href=today_href({}, scope="all"),
        buckets=bucket_views(counts, asked),
        total=sum(counts.values()),
        limits=limit_counts(await count_limits(reader, principal, whole), asked, t),
        groups=[
            (bucket, [row for row in rows if row.bucket is bucket])
            for bucket in Bucket
            if any(row.bucket is bucket for row in rows)
        ],
        shown=len(rows),
        opened=opened,
        next_href=today_href(asked, cursor=found.next_cursor) if found.next_cursor else None,
        pending=pending_views(await pending_of_department(reader, principal), t),
        orders=[order_view(row, t) for row in orders],
        calls=[call_view(row) for row in await calls_waiting(reader, principal)],
        knowledge_owed=await count_owed(reader, principal, now),
        credit=await _credit(reader, principal, request, t),
        done=_done(request, t),
    )


async def _views(
    reader: AsyncSession, found: Sequence[OwedRow], edges: Edges, t: Translator
) -> list[OwedView]:
    """Return rows with their bars, in two statements whatever their number."""
    uses = await read_spans(
        reader, {row.ticket.id: row.ticket.due_at for row in found}, edges.start
    )
    units = await departments_by_id(reader, units_in(uses.values()))
    return [owed_view(row, uses.get(row.ticket.id), units, edges, t) for row in found]


async def _row(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    *,
    done: Action | None = None,
) -> Response[str]:
    """Show one row: with its next step, or that nothing more is owed."""
    t, edges = speaker(request), edges_at(shell_of(request).now)
    found = await list_owed_tickets(reader, principal, Wanted(number=number), edges)
    rows = await _views(reader, found.items, edges, t)
    opened = None
    if rows and done is Action.SIGN and rows[0].owed is Action.CONTACT:
        # Whoever has signed calls next: the form stands ready.
        opened = await _form(request, principal, reader, number, Action.CONTACT)
    return page(
        request,
        "fragments/today_row.html",
        row=rows[0] if rows else None,
        number=number,
        opened=opened,
        asked=_asked(request),
        done=_done_words(done, t) if done else None,
        draft_done=f"{number}-{done.value}" if done else None,
    )


async def _form(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    action: Action,
    answered: FormState | None = None,
) -> OpenForm:
    """Return the form of a step, if the reader may do it now.

    Raises:
        TicketNotFound: there is no such ticket, or the step is not offered to him.
    """
    t = speaker(request)
    ticket = await find_readable(reader, principal, number)
    detail = await ticket_detail(reader, ticket)
    tasks = [row.assignment for row in detail.assignments if row.assignment.ended_at is None]
    affairs = await read_affairs(reader, principal, ticket, tasks)
    offered = affairs.offered(shell_of(request).now)
    if action not in offered and answered is None:
        raise TicketNotFound(number=number)
    state = answered or filled(action, await _known_of(request, principal, reader, detail), t)
    departments = await list_departments(reader)
    return OpenForm(
        number,
        ActionView(action, FORMS[action].fields, FORMS[action].question, state, is_open=True),
        {
            "version": ticket.version,
            "departments": department_options(departments, t),
            "steps": [
                (str(one.position), one.step) for one in detail.services if one.done_at is None
            ],
            "among": {
                **choices(detail.assignments, affairs.meetings, t),
                **await colleague_choices(reader, principal, offered),
            },
            "phrases": await _phrases(request, principal, reader, detail),
        },
    )


async def _known_of(
    request: PageRequest, principal: Principal, reader: AsyncSession, detail: TicketDetail
) -> Known:
    ticket = detail.ticket
    own = next(
        (
            row.assignment
            for row in detail.assignments
            if row.assignment.department_id == principal.department_id
            and row.assignment.ended_at is None
        ),
        None,
    )
    timeline = await list_timeline(reader, principal, ticket.id)
    edges = edges_at(shell_of(request).now)
    owed = await list_owed_tickets(reader, principal, Wanted(number=ticket.number), edges)
    work = [clock for row in owed.items for clock in row.clocks if clock.kind in HANDLING]
    leaders = await leaders_of(reader, principal.department_id or 0)
    is_leader = Role.LEADER in principal.roles
    first = leaders[0].display_name if leaders else ""
    return Known(
        events=[row.event for row in timeline],
        check_ins=await check_ins_of(reader, ticket.id),
        work_due_at=work[0].due_at if work else None,
        leader=principal.display_name if is_leader else first,
        unit=principal.department_id,
        since=own.assigned_at if own else None,
    )


async def _phrases(
    request: PageRequest, principal: Principal, reader: AsyncSession, detail: TicketDetail
) -> list[tuple[str, str]]:
    """Return the first phrases of the handlers' desk, filled with what is known of the ticket."""
    values = placeholder_values(principal, detail, shell_of(request).now, speaker(request))
    found = await list_phrases(reader, principal, desk=PhraseDesk.HANDLING)
    views = [phrase_view(one, values) for one in found[:MOST_PHRASES]]
    return [(view.title, view.filled) for view in views]


async def _credit(
    reader: AsyncSession, principal: Principal, request: PageRequest, t: Translator
) -> OwnCredit | None:
    """Return how the department stands, and what would lift it."""
    if Permission.READ_CREDIT not in principal.permissions or principal.department_id is None:
        return None
    now = shell_of(request).now
    unit = principal.department_id
    glance = await glance_of(reader, unit, now.astimezone(SHANGHAI).date())
    book = (await book_at(reader, now)).book
    live = await newest_score(reader, unit)
    in_force = (await grades_in_force(reader, [unit])).get(unit)
    found = None
    if live is not None:
        found = outlook(
            live.explanation,
            live.day,
            book,
            before=in_force.grade if in_force else None,
            leaning=in_force.grade_by_score if in_force else None,
        )
    calendar = (await CALENDARS.in_force(reader))[CalendarCode.WORKING]
    return own_credit(glance, found, principal.department_code or "", calendar, book.remedies, t)


async def _whose(reader: AsyncSession, asked: Mapping[str, str], t: Translator) -> str:
    if asked["whose"] == NOBODY:
        return t.text(N_("Nobody yet"))
    person = await find_user(reader, asked["whose"]) if asked["whose"] else None
    return person.display_name if person else ""


def _done(request: PageRequest, t: Translator) -> str | None:
    done = request.query_params.get("done", "")
    action = next((known for known in Action if known.value == done), None)
    return _done_words(action, t) if action else None


def _done_words(action: Action, t: Translator) -> str:
    return t.text(N_("{action}: done"), action=t.text(label(action)))


async def colleague_options(reader: AsyncSession, principal: Principal) -> list[tuple[str, str]]:
    """Return to whom tickets may be handed."""
    people = await colleagues_of(reader, principal.department_id)
    return [(user.username, user.display_name) for user in people]
