"""Events of the ledger and what is proposed for it: lists, one event, one proposal, a new one."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.cases.queries import steps_of_entry
from credit.entries.actions import (
    accept_entry,
    confirm_proposal,
    propose_entry,
    propose_reversal,
    refuse_proposal,
    tolerate_entry,
)
from credit.entries.entering import REVERSIBLE
from credit.entries.errors import ProposalNotFound
from credit.entries.queries import (
    EntryFilter,
    EntryRow,
    list_entries,
    list_proposals,
    read_entry,
    read_proposal,
    read_suspicion,
    rules_now,
    units_on_ticket,
)
from credit.entries.rules import OF_CARD, ProposalKind, ProposalState
from credit.errors import EntryNotFound
from credit.ledger import EntryState
from hotline.anomalies.errors import CardNotFound
from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.tickets.errors import TicketNotFound
from web.labels import label
from web.pages.credit_case_desk import event_doings
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import (
    RecordForm,
    Sent,
    done_words,
    form_called,
    form_views,
    send,
    stray_refusal,
)
from web.security.guards import requires
from web.views.credit_cases import step_line
from web.views.credit_entries import (
    entry_line,
    entry_view,
    event_options,
    points_words,
    proposal_line,
)
from web.views.credit_words import EVENT_WORDS
from web.views.fields import Field, Kind
from web.views.forms import EMPTY, FormState

PAGE_SIZE = 50
ASKED = ("state", "event", "department", "ticket")
_NOBODY = N_("Name nobody: the ledger keeps every word.")
_EVIDENCE = Field(
    "evidence",
    N_("Evidence"),
    Kind.LINES,
    required=False,
    hint=N_("One reference a line: recording, photograph, minutes."),
    most=2000,
)

ACCEPT = RecordForm(
    "accept",
    N_("Accept this event"),
    accept_entry,
    question=N_("Accept this event? It counts from now on."),
    is_versioned=False,
)
REVERSE = RecordForm(
    "reverse",
    N_("Propose to take it back"),
    propose_reversal,
    (Field("finding", N_("Why it was a mistake"), hint=_NOBODY, most=2000), _EVIDENCE),
    is_versioned=False,
)
TOLERATE = RecordForm(
    "tolerate",
    N_("Decide on tolerance"),
    tolerate_entry,
    (
        Field("reason", N_("Why the fault is excused"), hint=_NOBODY, most=2000),
        Field("document", N_("Document"), Kind.LINE, required=False, most=120),
    ),
    question=N_("Excuse this fault? The event does not count any more."),
    is_versioned=False,
)
CONFIRM = RecordForm(
    "confirm",
    N_("Confirm as the second person"),
    confirm_proposal,
    (Field("words", N_("What you found"), hint=_NOBODY, most=2000),),
    is_versioned=False,
)
REFUSE = RecordForm(
    "refuse",
    N_("Set the proposal aside"),
    refuse_proposal,
    (Field("reason", N_("Reason"), hint=_NOBODY, most=2000),),
    is_versioned=False,
)
PROPOSE = RecordForm(
    "propose",
    N_("Propose an event"),
    propose_entry,
    (
        Field("code", N_("Event"), Kind.LINE, most=48),
        Field("department", N_("Department"), Kind.DEPARTMENT),
        Field("ticket", N_("Ticket"), Kind.LINE, required=False, most=20),
        Field(
            "document",
            N_("Document"),
            Kind.LINE,
            required=False,
            most=120,
            hint=N_("Where no ticket says so: number of the notice, the decision, the minutes."),
        ),
        Field(
            "happened_on",
            N_("Happened on"),
            Kind.DAY,
            required=False,
            hint=N_("Left empty, it is today."),
        ),
        Field("finding", N_("What was found"), hint=_NOBODY, most=2000),
        _EVIDENCE,
    ),
    is_versioned=False,
)
_EVENT_FORMS = (ACCEPT, REVERSE, TOLERATE)
_PROPOSAL_FORMS = (CONFIRM, REFUSE)
_DONE = {
    "accept": N_("The event is accepted: it counts from now on."),
    "tolerate": N_("The fault is excused: the event does not count any more."),
    "entered": N_("The event is entered, and the department's leaders are told."),
}


async def find_entries(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[EntryRow]:
    """Return the events of these filters, for the page and for its export."""
    return await list_entries(
        reader,
        principal,
        EntryFilter(
            department=asked["department"] or None,
            state=tuple(one for one in EntryState if one.value == asked["state"]),
            ticket=asked["ticket"] or None,
            code=(asked["event"],) if asked["event"] else (),
        ),
        cursor=cursor,
        limit=limit,
    )


class CreditEventPageController(Controller):
    """The ledgers: the hotline sees all of them, a department its own."""

    path = "/credit/events"
    guards = (requires(Permission.READ_LIVE_CREDIT),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the events, the newest first."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "").strip() for name in ASKED}
        found = await find_entries(
            reader, principal, asked, cursor=request.query_params.get("cursor")
        )
        filters = {name: text for name, text in asked.items() if text}
        sees_all = principal.sees_every_ticket
        return page(
            request,
            "pages/credit_events.html",
            entries=[entry_line(row, t) for row in found.items],
            filter=FormState(asked),
            is_narrowed=bool(filters),
            states=[(one.value, t.text(label(one))) for one in EntryState],
            events=[(code, t.text(words)) for code, words in EVENT_WORDS.items()],
            departments=department_options(await list_departments(reader), t) if sees_all else (),
            sees_all=sees_all,
            may_propose=Permission.ENTER_CREDIT in principal.permissions,
            next_href=f"/credit/events?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/{entry_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        entry_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one event with its whole history."""
        return await _event(request, principal, reader, entry_id)

    @post("/{entry_id:uuid}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        entry_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of an event asks for."""
        form = form_called(action, _EVENT_FORMS, absent=EntryNotFound)
        sent = await send(request, tx, form, entry_id)
        if sent.form is not None:
            return await _event(request, principal, tx.session, entry_id, sent)
        if form is REVERSE:
            return see_other(f"/credit/proposals/{sent.result.id}?done=propose")
        return see_other(f"/credit/events/{entry_id}?done={action}")


class CreditProposalPageController(Controller):
    """What waits for the second person, and proposing more."""

    path = "/credit/proposals"
    guards = (requires(Permission.ENTER_CREDIT),)
    include_in_schema = False

    @get()
    async def show_list(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the proposals: those that wait, unless others are asked for."""
        t = speaker(request)
        asked = request.query_params.get("state", ProposalState.WAITING.value)
        found = await list_proposals(
            reader,
            [one for one in ProposalState if one.value == asked],
            cursor=request.query_params.get("cursor"),
            limit=PAGE_SIZE,
        )
        query = urlencode({"state": asked, "cursor": found.next_cursor or ""})
        return page(
            request,
            "pages/credit_proposals.html",
            proposals=[proposal_line(row, t) for row in found.items],
            filter=FormState({"state": asked}),
            is_waiting=asked == ProposalState.WAITING.value,
            states=[(one.value, t.text(label(one))) for one in ProposalState],
            next_href=f"/credit/proposals?{query}" if found.next_cursor else None,
        )

    @get("/new")
    async def show_new(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the form: empty, with a ticket that was looked for, or as an anomaly fills it in."""
        query = request.query_params
        given = {name: query.get(name, "") for name in ("ticket", "department", "code", "card")}
        card = _uuid(given["card"])
        if card is not None:
            with suppress(CardNotFound):
                seen = await read_suspicion(reader, principal, card)
                given["ticket"] = given["ticket"] or seen.number or ""
                given["department"] = given["department"] or seen.department or ""
                given["code"] = given["code"] or OF_CARD.get(seen.kind, "")
        return await _new(request, principal, reader, Sent(PROPOSE.code, FormState(given)))

    @post("/new", status_code=200)
    async def propose(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Propose an event."""
        card = _uuid(request.query_params.get("card", ""))
        sent = await send(request, tx, PROPOSE, also={"card_id": card})
        if sent.form is not None:
            return await _new(request, principal, tx.session, sent)
        if sent.result.entry_id is not None:
            return see_other(f"/credit/events/{sent.result.entry_id}?done=entered")
        return see_other(f"/credit/proposals/{sent.result.id}?done=propose")

    @get("/{proposal_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        proposal_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one proposal."""
        return await _proposal(request, principal, reader, proposal_id)

    @post("/{proposal_id:uuid}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        proposal_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Confirm a proposal, or set it aside."""
        form = form_called(action, _PROPOSAL_FORMS, absent=ProposalNotFound)
        sent = await send(request, tx, form, proposal_id)
        if sent.form is not None:
            return await _proposal(request, principal, tx.session, proposal_id, sent)
        return see_other(f"/credit/proposals/{proposal_id}?done={action}")


async def _event(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    entry_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    view = entry_view(await read_entry(reader, principal, entry_id), t)
    done = _DONE.get(request.query_params.get("done", ""))
    may = principal.permissions
    is_own = principal.department_code == view.line.department_code
    is_reversible = view.line.state in REVERSIBLE and view.reverses_id is None
    offered = {
        ACCEPT: view.line.state is EntryState.PROVISIONAL and is_own,
        REVERSE: is_reversible and view.waiting_id is None and not is_own,
        TOLERATE: is_reversible and not is_own,
    }
    needed = {
        ACCEPT: Permission.ACCEPT_CREDIT,
        REVERSE: Permission.ENTER_CREDIT,
        TOLERATE: Permission.TOLERATE_CREDIT,
    }
    actions = form_views(
        [form for form in _EVENT_FORMS if offered[form] and needed[form] in may], sent
    )
    return page(
        request,
        "pages/credit_event.html",
        status=sent.status if sent else 200,
        view=view,
        entry=view.line,
        done=t.text(done) if done else None,
        actions=actions,
        refusal=stray_refusal(actions, sent),
        may_propose=Permission.ENTER_CREDIT in may,
        may_read_tickets=Permission.READ_TICKETS in may,
        doings=await event_doings(reader, principal, view.line.id, shell_of(request).now, t),
        steps=[step_line(one, t) for one in await steps_of_entry(reader, view.line.id)],
    )


async def _proposal(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    proposal_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    row = await read_proposal(reader, proposal_id)
    view = proposal_line(row, speaker(request))
    is_first = view.proposer_id is not None and view.proposer_id == principal.user_id
    is_waiting = view.state is ProposalState.WAITING
    is_of_unit = row.department.id == principal.department_id
    forms = (REFUSE,) if is_first else _PROPOSAL_FORMS
    actions = form_views(forms if is_waiting and not is_of_unit else (), sent)
    rule = (await rules_now(reader, shell_of(request).now)).book.events.get(view.code)
    t = speaker(request)
    return page(
        request,
        "pages/credit_proposal.html",
        status=sent.status if sent else 200,
        view=view,
        is_reversal=view.kind is ProposalKind.REVERSAL,
        is_first=is_first,
        is_waiting=is_waiting,
        weighs=(t.text(label(rule.severity)), points_words(rule.points)) if rule else None,
        actions=actions,
        refusal=stray_refusal(actions, sent),
        done=done_words(request, t),
    )


async def _new(
    request: PageRequest, principal: Principal, reader: AsyncSession, sent: Sent
) -> Response[str]:
    t = speaker(request)
    form = sent.form or EMPTY
    number = form.values.get("ticket", "").strip()
    rules = await rules_now(reader, shell_of(request).now)
    units, missing = await list_departments(reader), False
    if number:
        try:
            units = (await units_on_ticket(reader, principal, number)).departments
        except TicketNotFound:
            missing = True
    return page(
        request,
        "pages/credit_propose.html",
        status=sent.status,
        form=form,
        fields={field.name: field for field in PROPOSE.fields},
        events=event_options(rules.book, t),
        departments=department_options(units, t),
        number=number,
        is_missing=missing,
        card=_uuid(request.query_params.get("card", "")),
        rule_version=rules.version,
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
