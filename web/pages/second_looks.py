"""Second looks: results that passed, drawn day by day, and what somebody else found."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.second_look_models import LookState
from hotline.followup.second_looks import (
    Look,
    LookRow,
    find_look,
    list_looks,
    recent_plans,
    record_look,
)
from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.second_looks import look_view

PAGE_SIZE = 50
ASKED = ("state", "department")


async def _record(
    tx: Tx,
    look_id: uuid.UUID,
    *,
    contact_shown: bool,
    answers_matter: bool,
    evidence_shown: bool,
    words: str | None,
) -> object:
    look = Look(
        contact_shown=contact_shown,
        answers_matter=answers_matter,
        evidence_shown=evidence_shown,
        words=words,
    )
    return await record_look(tx, look_id, look)


RECORD = RecordForm(
    "record",
    N_("Record the second look"),
    _record,
    (
        Field("contact_shown", N_("A contact with the requester is shown"), Kind.YES_NO),
        Field("answers_matter", N_("The reply answers what was asked"), Kind.YES_NO),
        Field("evidence_shown", N_("What was done is shown"), Kind.YES_NO),
        Field("words", N_("Remarks"), required=False, most=2000),
    ),
    is_versioned=False,
)


class SecondLookController(Controller):
    """Results that are looked at again."""

    path = "/second-looks"
    guards = (requires(Permission.READ_VISITS),)
    include_in_schema = False

    @get()
    async def show_list(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what is to be looked at, and what was found."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        found = await find_looks(reader, asked, cursor=request.query_params.get("cursor"))
        filters = {name: text for name, text in asked.items() if text}
        return page(
            request,
            "pages/second_looks.html",
            looks=[look_view(row, t) for row in found.items],
            plans=await recent_plans(reader),
            filter=FormState(asked),
            is_narrowed=bool(filters),
            states=[(one.value, t.text(label(one))) for one in LookState],
            departments=department_options(await list_departments(reader), t),
            next_href=f"/second-looks?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/{look_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        look_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one result with the questions about it."""
        return await _page(request, principal, reader, look_id)

    @post("/{look_id:uuid}/record", status_code=200, guards=[requires(Permission.LOOK_AGAIN)])
    async def record(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        look_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Write what was found."""
        sent = await send(request, tx, RECORD, look_id)
        if sent.form is not None:
            return await _page(request, principal, tx.session, look_id, sent)
        return see_other("/second-looks?state=drawn")


async def find_looks(
    reader: AsyncSession,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[LookRow]:
    """Return what the list shows for these filters, on its page and in its export."""
    return await list_looks(
        reader,
        state=next((one for one in LookState if one.value == asked["state"]), None),
        department=asked["department"] or None,
        cursor=cursor,
        limit=limit,
    )


async def _page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    look_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    view = look_view(await find_look(reader, look_id), speaker(request))
    may_look = Permission.LOOK_AGAIN in principal.permissions and view.has_passed is None
    return page(
        request,
        "pages/second_look.html",
        status=sent.status if sent else 200,
        look=view,
        actions=form_views((RECORD,), sent) if may_look or sent else (),
    )
