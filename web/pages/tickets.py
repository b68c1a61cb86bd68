"""The ticket page: everything about one ticket, and the forms of what its reader may do now."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.calls.queries import calls_of_ticket
from hotline.escalation.explaining import TicketAccount, explain_ticket
from hotline.kernel.errors import N_, DomainError
from hotline.meetings import queries as meetings
from hotline.papers.queries import papers_of_ticket
from hotline.papers.subjects import read_subjects
from hotline.people.models import Department
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import (
    colleagues_of,
    departments_by_id,
    leaders_of,
    list_departments,
)
from hotline.people.treatments import treatments
from hotline.tickets import queries
from hotline.tickets.access import OUT_OF_SIGHT, find_readable
from hotline.tickets.actions.revealing import may_reveal, reveal_requester
from hotline.tickets.answers import answers_of
from hotline.tickets.catalogue import list_categories
from hotline.tickets.errors import StaleTicket, TicketNotFound
from hotline.tickets.lifecycle import OPEN_STATUSES, Action, State, Status
from hotline.tickets.likely import likeliest
from hotline.tickets.models import Ticket
from hotline.tickets.onsite.queries import check_ins_of
from hotline.tickets.queries import (
    TicketDetail,
    earlier_tickets,
    first_of_last,
    list_timeline,
    ticket_detail,
)
from hotline.tickets.spans.queries import read_spans
from web.affairs import Affairs, read_affairs
from web.errors import status_of
from web.i18n import Translator
from web.pages.action_forms import FORMS
from web.pages.advice import Advice, plain, read_advice
from web.pages.beside import after_action, read_beside
from web.pages.desk import department_options
from web.pages.done_steps import read_done
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.groups import may_merge
from web.pages.knowledge_desk import knowledge_beside, reply_given
from web.resources import Resources
from web.security.guards import requires
from web.views.action_keys import keys_for
from web.views.calls import CallView, ticket_call_view
from web.views.conflicts import ConflictView, KnownNames, conflict_view
from web.views.credit_marks import PROMISING, CreditMarks, credit_marks
from web.views.directory import category_paths, unit_name
from web.views.fields import COLLEAGUES, Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.hops import hop_bar, units_in
from web.views.intake import answer_views
from web.views.meetings import PartView, choices, meeting_view, part_views, taken_over
from web.views.onsite import check_in_views
from web.views.papers import Panel, papers_panel
from web.views.problems import explain
from web.views.requests import Choices, choices_of, with_choices
from web.views.returns import beside_case, case_view, prefilled
from web.views.supervision import order_view
from web.views.tickets import (
    ActionView,
    RequesterView,
    TicketRow,
    requester_view,
    ticket_row,
    ticket_view,
)
from web.views.urges import urges_view

_NOT_YET_SENT = (Status.SUBMITTED, Status.ACCEPTED)
"""Where it is worth asking whether the matter is known already."""

_REASON = (Field("reason", N_("What for"), Kind.LINE, most=200),)


@dataclass(frozen=True, slots=True)
class Answered:
    """A form that was sent and could not be done, to be shown again.

    Attributes:
        action: what was to be done.
        form: what was typed and what is wrong with it.
        read_version: the version of the ticket that the sender had before him.
        within: the address of the list that he works through, if he does.
    """

    action: Action
    form: FormState
    read_version: int | None = None
    within: str | None = None


class TicketController(Controller):
    """One ticket."""

    path = "/tickets/{number:str}"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show the ticket."""
        return await _ticket_page(request, principal, reader, number)

    @post("/actions/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do an action with what its form says; whatever goes wrong, nothing typed is lost."""
        wanted = _known(action, number)
        t = speaker(request)
        sent = await posted(request)
        values, form = read(FORMS[wanted].fields, sent, t)
        version = _version(sent)
        within = "".join(sent.get("_in", [])) or None
        if form.errors:
            answered = Answered(wanted, form, within=within)
            return _refused(
                await _ticket_page(request, principal, tx.session, number, answered, status=422)
            )
        try:
            async with tx.session.begin_nested():
                await FORMS[wanted].run(tx, number, **values, expected_version=version)
        except TicketNotFound:
            raise
        except DomainError as error:
            stale = isinstance(error, StaleTicket)
            refused = FormState(form.values, refusal=explain(error, t.language))
            answered = Answered(wanted, refused, version if stale else None, within)
            return _refused(
                await _ticket_page(
                    request, principal, tx.session, number, answered, status=status_of(error)
                )
            )
        following = "".join(sent.get("_next", []))
        return see_other(
            await after_action(
                request,
                principal,
                tx.session,
                number,
                wanted.value,
                address=within,
                following=following,
            )
        )

    @post("/reveal", status_code=200)
    async def reveal(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        principal: NamedDependency[Principal],
        number: FromPath[str],
    ) -> Response[str]:
        """Show the requester in full, for a reason that is written down."""
        values, form = read(_REASON, await posted(request), speaker(request))
        if form.errors:
            ticket = await find_readable(tx.session, principal, number)
            detail = await ticket_detail(tx.session, ticket)
            masked = requester_view(detail.requesters, tx.cipher)
            return _requester(request, number, masked, form=form, status=422)
        data = await reveal_requester(tx, number, reason=values["reason"])
        shown = RequesterView(data.name, data.phone, data.on_behalf_of, data.address, data.email)
        return _requester(request, number, shown, is_revealed=True)


def _requester(
    request: PageRequest,
    number: str,
    requester: RequesterView,
    *,
    form: FormState = EMPTY,
    is_revealed: bool = False,
    status: int = 200,
) -> Response[str]:
    is_fragment = request.headers.get("hx-request") == "true"
    return page(
        request,
        "fragments/requester.html" if is_fragment else "pages/reveal.html",
        status=status,
        number=number,
        requester=requester,
        may_reveal=True,
        revealed=is_revealed,
        reveal_form=form,
    )


def _refused(answer: Response[str]) -> Response[str]:
    """Keep the page's own address: that of the form can only be sent to, not opened."""
    answer.headers["hx-push-url"] = "false"
    return answer


def _known(action: str, number: str) -> Action:
    found = next((known for known in FORMS if known.value == action.replace("-", "_")), None)
    if found is None:
        raise TicketNotFound(number=number)
    return found


def _version(sent: Mapping[str, Sequence[str]]) -> int | None:
    text = "".join(sent.get("expected_version", []))
    return int(text) if text.isdecimal() else None


async def _ticket_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    answered: Answered | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    resources: Resources = request.app.state.resources
    ticket = await find_readable(reader, principal, number)
    detail = await ticket_detail(reader, ticket)
    timeline = await list_timeline(reader, principal, ticket.id)
    told = await explain_ticket(reader, ticket, shell_of(request).now)
    tasks = [row.assignment for row in detail.assignments if row.assignment.ended_at is None]
    affairs = await read_affairs(reader, principal, ticket, tasks)
    advice = await read_advice(request, principal, reader, ticket)
    offered = affairs.offered(shell_of(request).now, advice.opens(ticket) if advice else ())
    departments = await list_departments(reader)
    view = ticket_view(
        detail,
        t,
        timeline=timeline,
        told=told,
        procedures=beside_case(affairs.procedures),
        units={unit.code: unit_name(unit, t) for unit in departments},
        chains=affairs.chains,
    )
    use = (await read_spans(reader, {ticket.id: ticket.due_at}, shell_of(request).now))[ticket.id]
    used = detail.feedbacks[-1].used_reports if detail.feedbacks else ()
    reports = await meetings.co_reports(reader, ticket.id)
    parts = part_views(detail.assignments, reports, view.clocks, used, t)
    within = answered.within if answered else request.query_params.get("in")
    done = _done(request)
    if answered is None and Action.SUBMIT_FEEDBACK in offered:
        answered = _taken_over(request, parts)
    if answered is None and Action.ANSWER in offered:
        reply = await reply_given(request, principal, reader)
        answered = Answered(Action.ANSWER, reply) if reply else None
    asks_many = Action.RECORD_VISIT in offered and bool(detail.child_numbers)
    if asks_many:  # each of them is asked at the visitors' desk
        offered.remove(Action.RECORD_VISIT)
    actions = await _forms(reader, affairs, detail, offered, answered, t)
    credit = await _credit(reader, principal, advice, offered, departments, t)
    options = department_options(departments, t)
    return page(
        request,
        "pages/ticket.html",
        status=status,
        ticket=view,
        time_bar=hop_bar(use, await departments_by_id(reader, units_in([use])), t),
        visit_href=f"/visits/{number}" if asks_many else None,
        orders=[order_view(row, t) for row in affairs.orders],
        papers=await _papers(resources, reader, affairs, detail, t),
        meetings=[
            meeting_view(row, principal, shell_of(request).now, t) for row in affairs.meetings
        ],
        parts=parts,
        check_ins=check_in_views(await check_ins_of(reader, ticket.id), number, t),
        on_site_href=f"/tickets/{number}/on-site" if Action.CHECK_IN in offered else None,
        among={
            **choices(detail.assignments, affairs.meetings, t),
            **await colleague_choices(reader, principal, offered),
        },
        urges=urges_view(affairs.urges, t),
        may_account=Permission.INTERVIEW in principal.permissions,
        may_publish=Permission.PUBLISH_TEXT in principal.permissions,
        credit_events_href=f"/credit/events?ticket={number}"
        if Permission.READ_CREDIT in principal.permissions
        else None,
        may_propose_event=Permission.ENTER_CREDIT in principal.permissions,
        number=number,
        actions=[advice.shaped(item) if advice else plain(item) for item in actions],
        promising=credit.beside,
        knowledge=await knowledge_beside(request, principal, reader, ticket, offered),
        dispute=case_view(affairs.procedures, detail, departments, t),
        proposal=advice.view if advice else None,
        suggested=advice.suggested_view if advice else None,
        departments=credit.options(options, t),
        open_steps=[(str(s.position), s.text) for s in view.steps if s.done_at is None],
        beside=await read_beside(request, principal, reader, number, within),
        done=await read_done(request, principal, reader, number, done, within) if done else None,
        keys=keys_for(item.action for item in actions),
        may_be_like=Permission.CREATE_TICKETS in principal.permissions
        and ticket.status in _NOT_YET_SENT,
        draft_done=_draft_done(request, number),
        # Whoever takes calls reads it out; nobody else needs it.
        query_code=ticket.query_code
        if Permission.CREATE_TICKETS in principal.permissions
        else None,
        merge_href=f"/groups/merge?parent={number}"
        if may_merge(principal) and ticket.status in OPEN_STATUSES
        else None,
        answers=answer_views(await answers_of(reader, ticket.id), t),
        joins_href=f"/desk/intake?joins={number}"
        if may_merge(principal)
        and Permission.CREATE_TICKETS in principal.permissions
        and ticket.status in OPEN_STATUSES
        else None,
        earlier=await _earlier(principal, reader, detail, t),
        phone_calls=await _phone_calls(request, principal, reader, ticket.id),
        conflict=await _conflict(reader, ticket, timeline, told, answered, offered, options, t),
        requester=_masked(principal, detail, resources),
        may_reveal=may_reveal(principal, ticket, has_task=_has_task(principal, detail)),
        revealed=False,
        reveal_form=EMPTY,
    )


async def colleague_choices(
    reader: AsyncSession, principal: Principal, offered: Sequence[Action]
) -> dict[str, list[tuple[str, str]]]:
    """Return to whom a ticket may be handed, where it may be; one statement at most."""
    if Action.NAME_HANDLER not in offered:
        return {}
    people = await colleagues_of(reader, principal.department_id)
    return {COLLEAGUES: [(user.username, user.display_name) for user in people]}


async def _phone_calls(
    request: PageRequest, principal: Principal, reader: AsyncSession, ticket_id: uuid.UUID
) -> list[CallView]:
    """Return the calls that a ticket came of; the hotline's own business."""
    if not principal.sees_every_ticket:
        return []
    resources: Resources = request.app.state.resources
    now = shell_of(request).now
    return [
        ticket_call_view(row, principal, resources.cipher, now)
        for row in await calls_of_ticket(reader, ticket_id)
    ]


async def _credit(
    reader: AsyncSession,
    principal: Principal,
    advice: Advice | None,
    offered: Sequence[Action],
    departments: Sequence[Department],
    t: Translator,
) -> CreditMarks:
    """Return how departments stand, where a promise is about to be made; one statement at most."""
    if Permission.READ_CREDIT not in principal.permissions or PROMISING.isdisjoint(offered):
        return CreditMarks()
    proposal = advice.routed.proposal if advice else None
    return credit_marks(
        departments,
        await treatments(reader),
        offered,
        t,
        own=principal.department_code,
        proposed=proposal.department if proposal else None,
    )


async def _forms(
    reader: AsyncSession,
    affairs: Affairs,
    detail: TicketDetail,
    offered: Sequence[Action],
    answered: Answered | None,
    t: Translator,
) -> list[ActionView]:
    """Return the forms of what is offered, with what is known already and can be chosen."""
    leader = ""
    if Action.REQUEST_RETURN in offered:
        leader = await _leader(reader, affairs.reader)
    known = {action: prefilled(action, affairs.procedures, detail, leader) for action in offered}
    choosable = choices_of(affairs.procedures, affairs.chains.milestones, t)
    return _action_views(
        [action for action in offered if action in FORMS],
        answered,
        known,
        choosable,
        State(detail.ticket.status, detail.ticket.hold),
    )


async def _papers(
    resources: Resources,
    reader: AsyncSession,
    affairs: Affairs,
    detail: TicketDetail,
    t: Translator,
) -> Panel:
    """Return the papers of a ticket, and what can be put on paper."""
    subjects = await read_subjects(
        reader,
        resources.cipher,
        affairs.reader,
        affairs.ticket,
        detail=detail,
        orders=affairs.orders,
        procedures=affairs.procedures,
        milestones=affairs.chains.milestones,
    )
    issued = await papers_of_ticket(reader, affairs.reader, affairs.ticket)
    return papers_panel(issued, subjects, affairs.reader, t)


async def _leader(reader: AsyncSession, principal: Principal) -> str:
    """Return who answers for a return of the reader's department, for its form to begin with."""
    if Role.LEADER in principal.roles:
        return principal.display_name
    leaders = await leaders_of(reader, principal.department_id or 0)
    return leaders[0].display_name if leaders else ""


async def _earlier(
    principal: Principal, reader: AsyncSession, detail: TicketDetail, t: Translator
) -> Sequence[TicketRow] | None:
    """Return the requester's earlier tickets, for whoever decides what becomes of a new one."""
    index = next((row.phone_index for row in detail.requesters if row.phone_index), None)
    is_new = detail.ticket.status is Status.SUBMITTED
    if not is_new or index is None or Permission.CREATE_TICKETS not in principal.permissions:
        return None
    rows = await earlier_tickets(reader, principal, index)
    return [ticket_row(row, t) for row in rows if row.number != detail.ticket.number]


def _has_task(principal: Principal, detail: TicketDetail) -> bool:
    """Tell whether the reader's department handles the ticket, or did and did not give it back."""
    return any(
        row.assignment.department_id == principal.department_id
        and row.assignment.state not in OUT_OF_SIGHT
        for row in detail.assignments
    )


def _taken_over(request: PageRequest, parts: Sequence[PartView]) -> Answered | None:
    """Return the feedback's form with the opinions in it that the lead takes over, if he does."""
    codes = request.query_params.getall("take", [])
    if not codes:
        return None
    values = taken_over(parts, codes, speaker(request))
    return Answered(Action.SUBMIT_FEEDBACK, FormState(values)) if values["reply"] else None


def _masked(principal: Principal, detail: TicketDetail, resources: Resources) -> RequesterView:
    """Return the masked requester; nothing of one who asked for secrecy, to a department."""
    if detail.ticket.is_secret and not principal.sees_every_ticket:
        return RequesterView(None, None)
    return requester_view(detail.requesters, resources.cipher)


def _action_views(
    allowed: Sequence[Action],
    answered: Answered | None,
    known: Mapping[Action, FormState],
    choices: Choices,
    state: State,
) -> list[ActionView]:
    """Return the forms with what is known already and what can be chosen, the likeliest open.

    One that was answered stays even when its action is not allowed any more, and is open instead.
    """
    shown = list(allowed)
    if answered is not None and answered.action not in shown:
        shown.insert(0, answered.action)
    first = answered.action if answered else likeliest(allowed, state)
    return [
        ActionView(
            action,
            with_choices(FORMS[action].fields, choices),
            FORMS[action].question,
            answered.form if answered and answered.action is action else known.get(action, EMPTY),
            is_open=action is first,
            is_answered=answered is not None and answered.action is action,
            is_gone=action not in allowed,
        )
        for action in shown
    ]


async def _conflict(
    reader: AsyncSession,
    ticket: Ticket,
    timeline: Sequence[queries.TimelineRow],
    told: TicketAccount,
    answered: Answered | None,
    offered: Sequence[Action],
    options: Sequence[tuple[str, str]],
    t: Translator,
) -> ConflictView | None:
    """Return what happened since the sender of a form read the ticket; None when nothing did."""
    if answered is None or answered.read_version is None:
        return None
    steps = ticket.version - answered.read_version
    if steps <= 0:
        return None
    names = KnownNames(
        {key: unit_name(unit, t) for key, unit in told.departments.items()},
        {key: user.display_name for key, user in told.users.items()},
        category_paths(await list_categories(reader), t),
        dict(options),
    )
    return conflict_view(
        timeline,
        await first_of_last(reader, ticket.id, steps),
        answered.action,
        answered.form,
        FORMS[answered.action].fields,
        [action for action in offered if action in FORMS],
        names,
        t,
    )


def _done(request: PageRequest) -> Action | None:
    done = request.query_params.get("done", "")
    return next((known for known in Action if known.value == done), None)


def _draft_done(request: PageRequest, number: str) -> str | None:
    """Return the draft that the browser may forget now."""
    done = request.query_params.get("done")
    if not done:
        return None
    number = request.query_params.get("of") or number
    return "intake" if done == Action.SUBMIT.value else f"{number}-{done}"
