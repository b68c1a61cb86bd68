"""Exclusions: the register, one of them, asking for a new one."""

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.exclusions.actions import (
    ask_exclusion,
    decide_exclusion,
    recheck_exclusion,
    require_decider,
)
from credit.exclusions.errors import DeciderTookPart, ExclusionNotFound
from credit.exclusions.queries import (
    ExclusionFilter,
    ExclusionRow,
    find_exclusion,
    list_by_facts,
    list_exclusions,
)
from credit.exclusions.rules import OPEN_STATES, ExclusionCode, ExclusionState
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, speaker
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
from web.views.credit_exclusions import (
    ByFactLine,
    ExclusionLine,
    by_fact_line,
    exclusion_line,
    exclusion_view,
    is_recheck_due,
)
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.problems import explain

PAGE_SIZE = 50
BY_FACTS = "facts"
RECHECK = "recheck"

_WORDS = (
    Field("ticket", N_("Ticket number"), Kind.LINE, most=13),
    Field("code", N_("Why it is not to count"), Kind.CHOICE, of=ExclusionCode),
    Field("reason", N_("Reason"), hint=N_("No names, no telephone numbers.")),
    Field("evidence", N_("Evidence"), Kind.LINES, hint=N_("One thing a line; at least one.")),
)


async def _ask(tx: Tx, *, ticket: str, **words: Any) -> Any:  # noqa: ANN401  # what the form gives
    return await ask_exclusion(tx, ticket, **words)


ASK_OWN = RecordForm("ask", N_("Ask for an exclusion"), _ask, _WORDS, is_versioned=False)
ASK = RecordForm(
    "ask",
    N_("Ask for an exclusion"),
    _ask,
    (
        *_WORDS,
        Field(
            "department",
            N_("Department"),
            Kind.DEPARTMENT,
            required=False,
            hint=N_("May be left out where the ticket counts for one only."),
        ),
    ),
    is_versioned=False,
)
DECIDE = RecordForm(
    "decide",
    N_("Decide"),
    decide_exclusion,
    (
        Field(
            "approve",
            N_("Is it not to count?"),
            Kind.YES_NO,
            words=(N_("It does not count"), N_("It counts")),
        ),
        Field("explanation", N_("Explanation")),
    ),
    is_versioned=False,
)
LOOK_AGAIN = RecordForm(
    "recheck",
    N_("Look again"),
    recheck_exclusion,
    (
        Field(
            "founded",
            N_("Was it right?"),
            Kind.YES_NO,
            words=(N_("It was right"), N_("It was not: the work counts again")),
        ),
        Field("explanation", N_("Explanation")),
    ),
    is_versioned=False,
)


class ExclusionController(Controller):
    """Exclusions: the hotline sees all, a department its own."""

    path = "/credit/exclusions"
    guards = (requires(Permission.READ_EXCLUSIONS),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what people excluded, or what was excluded by what happened."""
        t, asked = speaker(request), _Asked(request)
        is_by_facts = asked.view == BY_FACTS
        lines: Sequence[ByFactLine | ExclusionLine]
        if is_by_facts:
            facts = await list_by_facts(
                reader, principal, asked.wanted, cursor=asked.cursor, limit=PAGE_SIZE
            )
            lines, following = [by_fact_line(row, t) for row in facts.items], facts.next_cursor
        else:
            found = await list_exclusions(
                reader, principal, asked.wanted, cursor=asked.cursor, limit=PAGE_SIZE
            )
            lines, following = [exclusion_line(row, t) for row in found.items], found.next_cursor
        return page(
            request,
            "pages/credit_exclusions.html",
            rows=lines,
            is_by_facts=is_by_facts,
            may_ask=Permission.ASK_EXCLUSION in principal.permissions,
            filter=FormState(asked.given),
            is_narrowed=any(asked.given.values()),
            views=[
                (BY_FACTS, t.text("Excluded by what happened")),
                (RECHECK, t.text(N_("Drawn for a second look"))),
            ],
            states=[(one.value, t.text(label(one))) for one in ExclusionState],
            codes=[(one.value, t.text(label(one))) for one in ExclusionCode],
            departments=department_options(await list_departments(reader), t)
            if principal.sees_every_ticket
            else (),
            next_href=f"/credit/exclusions?{urlencode({**asked.given, 'cursor': following})}"
            if following
            else None,
        )

    @get("/new", guards=[requires(Permission.ASK_EXCLUSION)])
    async def show_new(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show the empty form, with the ticket that it was opened from."""
        given = FormState({"ticket": request.query_params.get("ticket", "")})
        return await _new(request, tx, Sent("ask", given))

    @post("/new", status_code=200, guards=[requires(Permission.ASK_EXCLUSION)])
    async def ask(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Ask for an exclusion."""
        sent = await send(request, tx, _asking(tx.actor))
        if sent.form is not None:
            return await _new(request, tx, sent)
        return see_other(f"/credit/exclusions/{sent.result.id}?done=ask")

    @get("/{exclusion_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        exclusion_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show an exclusion."""
        return await _show(request, principal, reader, exclusion_id)

    @post(
        "/{exclusion_id:uuid}/{action:str}",
        status_code=200,
        guards=[requires(Permission.DECIDE_EXCLUSION)],
    )
    async def act(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        exclusion_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of an exclusion asks for."""
        form = form_called(action, (DECIDE, LOOK_AGAIN), absent=ExclusionNotFound)
        sent = await send(request, tx, form, exclusion_id)
        if sent.form is not None:
            return await _show(request, tx.actor, tx.session, exclusion_id, sent)
        return see_other(f"/credit/exclusions/{exclusion_id}?done={action}")


class _Asked:
    """What the address of the register asks for."""

    def __init__(self, request: PageRequest) -> None:
        params = request.query_params
        names = ("view", "state", "code", "department")
        self.given = {name: params.get(name, "") for name in names}
        self.cursor = params.get("cursor")
        self.view = self.given["view"]
        self.wanted = ExclusionFilter(
            state=tuple(one for one in ExclusionState if one.value == self.given["state"]),
            code=tuple(one for one in ExclusionCode if one.value == self.given["code"]),
            department=self.given["department"] or None,
            is_recheck_due=self.view == RECHECK,
        )


def _asking(actor: Principal) -> RecordForm:
    return ASK_OWN if actor.is_department else ASK


async def _new(request: PageRequest, tx: Tx, sent: Sent) -> Response[str]:
    form = _asking(tx.actor)
    return page(
        request,
        "pages/record_new.html",
        status=sent.status,
        heading=form.text,
        back=("/credit/exclusions", N_("Exclusions")),
        path="/credit/exclusions/new",
        item=form_views((form,), sent)[0],
        departments=department_options(await list_departments(tx.session), speaker(request)),
    )


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    exclusion_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    row = await find_exclusion(reader, principal, exclusion_id)
    form, hint = await _form(principal, reader, row)
    actions = form_views((form,) if form and not hint else (), sent)
    return page(
        request,
        "pages/credit_exclusion.html",
        status=sent.status if sent else 200,
        view=exclusion_view(row, t),
        actions=actions,
        hint=explain(hint, t.language) if hint else None,
        refusal=stray_refusal(actions, sent),
        done=done_words(request, t),
    )


async def _form(
    principal: Principal, reader: AsyncSession, row: ExclusionRow
) -> tuple[RecordForm | None, DomainError | None]:
    """Return the form of what is to be decided now, and why this reader cannot decide it."""
    if Permission.DECIDE_EXCLUSION not in principal.permissions:
        return None, None
    if row.exclusion.state in OPEN_STATES:
        form = DECIDE
    elif is_recheck_due(row):
        form = LOOK_AGAIN
    else:
        return None, None
    try:
        await require_decider(reader, principal, row.exclusion)
    except DeciderTookPart as error:
        return form, error
    return form, None
