"""Incidents by their heat, one incident, and bursts."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.actions import (
    acknowledge_burst,
    confirm_incident,
    dismiss_incident,
    end_incident,
    join_ticket,
    leave_incident,
    put_together,
    rename_incident,
    set_words,
    take_in_incident,
)
from hotline.incidents.errors import IncidentNotFound
from hotline.incidents.models import NAME_MAX, REASON_MAX, WORDS_MAX
from hotline.incidents.register.queries import (
    IncidentFilter,
    IncidentRow,
    find_incident,
    list_bursts,
    list_incident_tickets,
    list_incidents,
)
from hotline.incidents.rules import LIVE, IncidentDeed, IncidentState, next_state
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.catalogue import list_categories
from web.errors import status_of
from web.labels import label
from web.pages.desk import category_code, category_options
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.security.guards import requires
from web.views.fields import Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.incidents import account_view, burst_view, incident_view, ticket_view
from web.views.problems import explain

PAGE_SIZE = 30
TICKETS_SHOWN = 30
LIVE_ONLY = "live"
ASKED = ("state", "category", "area")
_NUMBER = Field("number", N_("Ticket number"), Kind.LINE, most=20)
_REASON = Field("reason", N_("Reason"), most=REASON_MAX)

FORMS: Mapping[str, Sequence[Field]] = {
    "confirm": (),
    "rename": (Field("name", N_("Name of the incident"), Kind.LINE, most=NAME_MAX),),
    "words": (
        Field(
            "words",
            N_("Words to read out"),
            required=False,
            most=WORDS_MAX,
            hint=N_("Operators see them as soon as a caller tells of it. Empty takes them back."),
        ),
    ),
    "join": (_NUMBER,),
    "leave": (_NUMBER,),
    "take-in": (Field("other", N_("The other incident"), Kind.LINE, most=80),),
    "dismiss": (_REASON,),
    "end": (_REASON,),
    "put-together": (
        Field("parent", N_("The ticket that the others follow"), Kind.LINE, most=20),
        Field(
            "is_confirmed",
            N_("They are one matter though type or area differ"),
            Kind.CHECK,
            required=False,
        ),
    ),
}
"""What each action asks for; its name is the end of its address."""

DEEDS: Mapping[str, IncidentDeed] = {
    "confirm": IncidentDeed.CONFIRM,
    "rename": IncidentDeed.RENAME,
    "words": IncidentDeed.SET_WORDS,
    "join": IncidentDeed.JOIN,
    "leave": IncidentDeed.LEAVE,
    "take-in": IncidentDeed.TAKE_IN,
    "dismiss": IncidentDeed.DISMISS,
    "end": IncidentDeed.END,
    "put-together": IncidentDeed.PUT_TOGETHER,
}

_ACTIONS: Mapping[str, Callable[..., Awaitable[object]]] = {
    "confirm": confirm_incident,
    "rename": rename_incident,
    "words": set_words,
    "join": join_ticket,
    "leave": leave_incident,
    "take-in": take_in_incident,
    "dismiss": dismiss_incident,
    "end": end_incident,
    "put-together": put_together,
}


class IncidentController(Controller):
    """Incidents."""

    path = "/incidents"
    guards = (requires(Permission.READ_INCIDENTS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the incidents, the warmest first; those that go on when nothing else is asked for."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        state = asked["state"] or LIVE_ONLY
        found = await find_incidents(
            reader, principal, asked, cursor=request.query_params.get("cursor")
        )
        filters = {name: text for name, text in asked.items() if text}
        now = shell_of(request).now
        return page(
            request,
            "pages/incidents.html",
            incidents=[incident_view(row, t, now) for row in found.items],
            filter=FormState({**asked, "state": state}),
            is_narrowed=bool(filters),
            states=[
                (LIVE_ONLY, t.text(N_("Going on"))),
                *((one.value, t.text(label(one))) for one in IncidentState),
                ("all", t.text(N_("All"))),
            ],
            categories=category_options(await list_categories(reader), t),
            next_href=_href("/incidents", filters, found.next_cursor),
        )

    @get("/bursts")
    async def show_bursts(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the bursts, the newest first."""
        t = speaker(request)
        state = request.query_params.get("state", "")
        found = await list_bursts(
            reader,
            principal,
            is_on={"on": True, "over": False}.get(state),
            cursor=request.query_params.get("cursor"),
            limit=PAGE_SIZE,
        )
        filters = {"state": state} if state else {}
        return page(
            request,
            "pages/bursts.html",
            bursts=[burst_view(row, t) for row in found.items],
            filter=FormState({"state": state}),
            is_narrowed=bool(filters),
            states=[("on", t.text(N_("Going on"))), ("over", t.text(N_("Over")))],
            may_manage=Permission.MANAGE_INCIDENTS in principal.permissions,
            next_href=_href("/incidents/bursts", filters, found.next_cursor),
        )

    @post(
        "/bursts/{burst_id:uuid}/acknowledge",
        status_code=200,
        guards=[requires(Permission.MANAGE_INCIDENTS)],
    )
    async def acknowledge(
        self, tx: NamedDependency[Tx], burst_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Say that one has seen a burst."""
        await acknowledge_burst(tx, burst_id)
        return see_other("/incidents/bursts")

    @get("/{incident_id:uuid}")
    async def show_incident(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        incident_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one incident with all that belongs to it."""
        return await _incident(request, principal, reader, incident_id)

    @post("/{incident_id:uuid}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        incident_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do something to an incident; what was typed comes back when it cannot be done."""
        if action not in FORMS:
            raise IncidentNotFound
        t = speaker(request)
        values, form = read(FORMS[action], await posted(request), t)
        values, form = _other(values, form, t.text(N_("This is no address of an incident")))
        if form.errors:
            return await _incident(
                request, principal, tx.session, incident_id, action, form, status=422
            )
        try:
            async with tx.session.begin_nested():
                await _ACTIONS[action](tx, incident_id, **values)
        except IncidentNotFound:
            raise
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return await _incident(
                request,
                principal,
                tx.session,
                incident_id,
                action,
                refused,
                status=status_of(error),
            )
        return see_other(f"/incidents/{incident_id}?done={action}")


async def find_incidents(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[IncidentRow]:
    """Return what the list shows for these filters, on its page and in its export."""
    wanted = IncidentFilter(
        state=_states(asked["state"] or LIVE_ONLY),
        category=category_code(asked["category"]),
        area=asked["area"].strip() or None,
    )
    return await list_incidents(reader, principal, wanted, cursor=cursor, limit=limit)


def _states(asked: str) -> tuple[IncidentState, ...]:
    if asked == LIVE_ONLY:
        return tuple(sorted(LIVE))
    return tuple(state for state in IncidentState if state.value == asked)


def _href(path: str, filters: Mapping[str, str], cursor: str | None) -> str | None:
    return f"{path}?{urlencode({**filters, 'cursor': cursor})}" if cursor else None


def _other(values: dict[str, Any], form: FormState, wrong: str) -> tuple[dict[str, Any], FormState]:
    """Return the values with the other incident as its id; its whole address may be pasted."""
    if "other" not in values or not values["other"]:
        return values, form
    last = str(values["other"]).rstrip("/").rsplit("/", 1)[-1]
    try:
        return {**values, "other": uuid.UUID(last)}, form
    except ValueError:
        return values, FormState(form.values, {**form.errors, "other": wrong})


async def _incident(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    incident_id: uuid.UUID,
    action: str = "",
    form: FormState = EMPTY,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    now = shell_of(request).now
    account = await find_incident(reader, principal, incident_id)
    tickets = await list_incident_tickets(
        reader,
        principal,
        incident_id,
        cursor=request.query_params.get("cursor"),
        limit=TICKETS_SHOWN,
    )
    view = account_view(account, t, now)
    forms = dict.fromkeys(FORMS, EMPTY)
    forms["rename"] = FormState({"name": view.head.name})
    forms["words"] = FormState({"words": account.row.incident.read_out or ""})
    forms["put-together"] = FormState({"parent": view.head.first_number})
    if action:
        forms[action] = form
    done = DEEDS.get(request.query_params.get("done", ""))
    return page(
        request,
        "pages/incident.html",
        status=status,
        view=view,
        tickets=[ticket_view(row, t) for row in tickets.items],
        next_href=_href(f"/incidents/{incident_id}", {}, tickets.next_cursor),
        actions=_offered(principal, account.row.incident.state),
        fields=FORMS,
        forms_of=forms,
        opened=action,
        done=t.text(N_("{action}: done"), action=t.text(label(done))) if done else None,
    )


def _offered(principal: Principal, state: IncidentState) -> list[tuple[str, IncidentDeed]]:
    """Return the actions that this person may do now, with what each is called."""
    return [
        (name, deed)
        for name, deed in DEEDS.items()
        if next_state(state, deed) is not None and _right(deed) in principal.permissions
    ]


def _right(deed: IncidentDeed) -> Permission:
    is_merge = deed is IncidentDeed.PUT_TOGETHER
    return Permission.MERGE_MANY if is_merge else Permission.MANAGE_INCIDENTS
