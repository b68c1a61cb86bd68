"""What looks odd: the cards, and saying what they are."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.anomalies.actions import decide_card, look_into_card
from hotline.anomalies.cards import CardFilter, CardRow, find_card, last_scan, list_cards
from hotline.anomalies.errors import CardNotFound
from hotline.anomalies.rules import AnomalyKind, CardState
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.errors import status_of
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.security.guards import requires
from web.views.anomalies import card_view
from web.views.fields import Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain

PAGE_SIZE = 30
ASKED = ("state", "kind", "department")
DECISION = (
    Field(
        "founded",
        N_("Is it so?"),
        Kind.YES_NO,
        words=(N_("Founded"), N_("Unfounded")),
    ),
    Field(
        "words",
        N_("What you found out"),
        hint=N_("If founded, the department's leader reads it. No score changes by it."),
        most=2000,
    ),
)


class AnomalyController(Controller):
    """Anomaly cards."""

    path = "/anomalies"
    guards = (requires(Permission.READ_ANOMALIES),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the cards, the newest first."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        found = await find_cards(
            reader, principal, asked, cursor=request.query_params.get("cursor")
        )
        filters = {name: text for name, text in asked.items() if text}
        departments = await list_departments(reader) if principal.sees_every_ticket else ()
        return page(
            request,
            "pages/anomalies.html",
            cards=[card_view(row, t) for row in found.items],
            filter=FormState(asked),
            is_narrowed=bool(filters),
            states=[(state.value, t.text(label(state))) for state in CardState],
            kinds=[(kind.value, t.text(label(kind))) for kind in AnomalyKind],
            departments=department_options(departments, t),
            sees_all=principal.sees_every_ticket,
            scan=await last_scan(reader),
            next_href=f"/anomalies?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/{card_id:uuid}")
    async def show_card(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        card_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one card with every ticket behind it."""
        return await _card(request, principal, reader, card_id, EMPTY)

    @post("/{card_id:uuid}/look-into", status_code=200)
    async def look_into(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        card_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Say that one looks into it."""
        try:
            async with tx.session.begin_nested():
                await look_into_card(tx, card_id)
        except CardNotFound:
            raise
        except DomainError as error:
            return await _refused(request, principal, tx, card_id, EMPTY, error)
        return see_other(f"/anomalies/{card_id}")

    @post("/{card_id:uuid}/decide", status_code=200)
    async def decide(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        card_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Say whether it is so, and why."""
        values, form = read(DECISION, await posted(request), speaker(request))
        if form.errors:
            return await _card(request, principal, tx.session, card_id, form, status=422)
        try:
            async with tx.session.begin_nested():
                await decide_card(tx, card_id, **values)
        except CardNotFound:
            raise
        except DomainError as error:
            return await _refused(request, principal, tx, card_id, form, error)
        return see_other(f"/anomalies/{card_id}?done=decided")


async def find_cards(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[CardRow]:
    """Return what the list shows for these filters, on its page and in its export."""
    wanted = CardFilter(
        state=tuple(state for state in CardState if state.value == asked["state"]),
        kind=tuple(kind for kind in AnomalyKind if kind.value == asked["kind"]),
        department=asked["department"] or None,
    )
    return await list_cards(reader, principal, wanted, cursor=cursor, limit=limit)


async def _refused(
    request: PageRequest,
    principal: Principal,
    tx: Tx,
    card_id: uuid.UUID,
    form: FormState,
    error: DomainError,
) -> Response[str]:
    refused = FormState(form.values, refusal=explain(error, speaker(request).language))
    return await _card(request, principal, tx.session, card_id, refused, status=status_of(error))


async def _card(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    card_id: uuid.UUID,
    form: FormState,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    row = await find_card(reader, principal, card_id)
    card = card_view(row, t, most=None)
    return page(
        request,
        "pages/anomaly.html",
        status=status,
        card=card,
        form=form,
        fields=DECISION,
        may_judge=Permission.JUDGE_ANOMALIES in principal.permissions,
        may_enter=Permission.ENTER_CREDIT in principal.permissions,
        may_look=CardState.LOOKED_INTO in card.may_follow,
        done=t.text(N_("Your decision is recorded."))
        if request.query_params.get("done") == "decided"
        else None,
    )
