"""Bulletins: the list, one bulletin, drafting a new one."""

import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.supervision.bulletins.actions import (
    change_bulletin,
    draft_bulletin,
    publish_bulletin,
    recall_bulletin,
    review_bulletin,
)
from hotline.supervision.bulletins.queries import list_bulletins, read_bulletin
from hotline.supervision.bulletins.rules import BulletinState, week_to_draft
from hotline.supervision.errors import BulletinNotFound
from hotline.supervision.models import Bulletin
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_called, form_views, send
from web.security.guards import requires
from web.views.bulletins import FIGURES, bulletin_line, bulletin_view
from web.views.fields import Field, Kind
from web.views.forms import FormState

PAGE_SIZE = 50

_TITLE = Field("title", N_("Heading"), Kind.LINE, most=120)
_TEXT = Field("text", N_("Text"))
_READERS = Field(
    "departments",
    N_("Departments that read it"),
    Kind.DEPARTMENTS,
    required=False,
    hint=N_("Nothing chosen: all."),
)
DRAFT = RecordForm(
    "draft",
    N_("Draft a bulletin"),
    draft_bulletin,
    (
        _TITLE,
        Field("begins", N_("First day"), Kind.DAY),
        Field("ends", N_("Last day"), Kind.DAY),
        _TEXT,
        _READERS,
    ),
    is_versioned=False,
)
CHANGE = RecordForm("change", N_("Change the draft"), change_bulletin, (_TITLE, _TEXT, _READERS))
REVIEW = RecordForm(
    "review",
    N_("Find it good"),
    review_bulletin,
    question=N_("Have you read it, and is it right?"),
)
PUBLISH = RecordForm(
    "publish",
    N_("Publish"),
    publish_bulletin,
    question=N_("Publish it? Nothing of it can be changed afterwards."),
)
RECALL = RecordForm("recall", N_("Recall"), recall_bulletin, (Field("reason", N_("Reason")),))
FORMS = (CHANGE, REVIEW, PUBLISH, RECALL)
_OPEN = {
    BulletinState.DRAFT: (REVIEW, CHANGE),
    BulletinState.REVIEWED: (PUBLISH, CHANGE),
    BulletinState.PUBLISHED: (RECALL,),
}


class BulletinController(Controller):
    """Bulletins: whoever writes them sees all, the others what was published for them."""

    path = "/bulletins"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the bulletins, the newest first."""
        t = speaker(request)
        asked = request.query_params.get("state", "")
        found = await find_bulletins(
            reader, principal, asked, cursor=request.query_params.get("cursor")
        )
        return page(
            request,
            "pages/bulletins.html",
            bulletins=[bulletin_line(one) for one in found.items],
            may_write=Permission.PUBLISH_BULLETIN in principal.permissions,
            filter=FormState({"state": asked}),
            is_narrowed=bool(asked),
            states=[(one.value, t.text(label(one))) for one in BulletinState],
            next_href=f"/bulletins?{urlencode({'state': asked, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/new", guards=[requires(Permission.PUBLISH_BULLETIN)])
    async def show_new(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the empty form, for the week before unless another period is given."""
        begins, ends = week_to_draft(shell_of(request).now)
        given = FormState({"begins": begins.isoformat(), "ends": ends.isoformat()})
        return await _new(request, reader, Sent(DRAFT.code, given))

    @post("/new", status_code=200, guards=[requires(Permission.PUBLISH_BULLETIN)])
    async def draft(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Draft a bulletin."""
        sent = await send(request, tx, DRAFT)
        if sent.form is not None:
            return await _new(request, tx.session, sent)
        return see_other(f"/bulletins/{sent.result.id}")

    @get("/{bulletin_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        bulletin_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show a bulletin."""
        return await _show(request, principal, reader, bulletin_id)

    @post(
        "/{bulletin_id:uuid}/{action:str}",
        status_code=200,
        guards=[requires(Permission.PUBLISH_BULLETIN)],
    )
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        bulletin_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of a bulletin asks for."""
        form = form_called(action, FORMS, absent=BulletinNotFound)
        sent = await send(request, tx, form, bulletin_id)
        if sent.form is not None:
            return await _show(request, principal, tx.session, bulletin_id, sent)
        return see_other(f"/bulletins/{bulletin_id}")


async def find_bulletins(
    reader: AsyncSession,
    principal: Principal,
    state: str,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[Bulletin]:
    """Return what the list shows for a state, on its page and in its export."""
    states = tuple(one for one in BulletinState if one.value == state)
    return await list_bulletins(reader, principal, state=states, cursor=cursor, limit=limit)


async def _new(request: PageRequest, reader: AsyncSession, sent: Sent) -> Response[str]:
    return page(
        request,
        "pages/record_new.html",
        status=sent.status,
        heading=DRAFT.text,
        back=("/bulletins", N_("Bulletins")),
        path="/bulletins/new",
        item=form_views((DRAFT,), sent)[0],
        departments=department_options(await list_departments(reader), speaker(request)),
    )


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    bulletin_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    departments = await list_departments(reader)
    detail = await read_bulletin(reader, principal, bulletin_id)
    writes = Permission.PUBLISH_BULLETIN in principal.permissions
    forms = form_views(_OPEN.get(detail.bulletin.state, ()) if writes else (), sent)
    written = FormState(
        {
            "title": detail.bulletin.title,
            "text": detail.bulletin.text,
            "departments": " ".join(detail.bulletin.units),
        }
    )
    return page(
        request,
        "pages/bulletin.html",
        status=sent.status if sent else 200,
        view=bulletin_view(detail, principal, departments, t),
        columns=list(FIGURES.values()),
        actions=[
            replace(one, form=written) if one.code == CHANGE.code and not one.is_open else one
            for one in forms
        ],
        departments=department_options(departments, t) if writes else (),
    )
