"""What observers have found: the list, and one finding with what is to be done about it."""

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.errors import FindingNotFound
from credit.observers.rules import FindingState
from credit.observers.visit_queries import FindingRow, list_findings, read_finding
from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.labels import label
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.observer_forms import ANSWER, CONFIRM, FINDING_FORMS, SEND_BACK, SET_ASIDE
from web.pages.record_forms import RecordForm, Sent, form_called, form_views, send
from web.security.guards import requires
from web.views.forms import FormState
from web.views.observers import finding_line, finding_view

PAGE_SIZE = 50
_OVERDUE = "overdue"


class FindingController(Controller):
    """Findings: a department sees its own, an observer his own, a supervisor all."""

    path = "/credit/findings"
    guards = (requires(Permission.READ_FINDINGS),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the findings, the newest first."""
        t, now = speaker(request), shell_of(request).now
        asked = request.query_params.get("state", "")
        found = await find_findings(
            reader, principal, asked, now, cursor=request.query_params.get("cursor")
        )
        states = [(one.value, t.text(label(one))) for one in FindingState]
        return page(
            request,
            "pages/findings.html",
            findings=[finding_line(row, t, now) for row in found.items],
            filter=FormState({"state": asked}),
            is_narrowed=bool(asked),
            states=[*states, (_OVERDUE, t.text(N_("Overdue")))],
            next_href=f"/credit/findings?{urlencode({'state': asked, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/{finding_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        finding_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show a finding."""
        return await _show(request, principal, reader, finding_id)

    @post("/{finding_id:uuid}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        finding_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of a finding asks for."""
        form = form_called(action, FINDING_FORMS, absent=FindingNotFound)
        sent = await send(request, tx, form, finding_id)
        if sent.form is not None:
            return await _show(request, principal, tx.session, finding_id, sent)
        return see_other(f"/credit/findings/{finding_id}")


async def find_findings(
    reader: AsyncSession,
    principal: Principal,
    state: str,
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[FindingRow]:
    """Return what the list shows for a state, on its page and in its export."""
    return await list_findings(
        reader,
        principal,
        now,
        states=tuple(one for one in FindingState if one.value == state),
        overdue=state == _OVERDUE,
        cursor=cursor,
        limit=limit,
    )


def _open_forms(principal: Principal, state: FindingState) -> list[RecordForm]:
    """Return what this person may do with a finding now."""
    may = principal.permissions
    if state is FindingState.OPEN:
        forms = [(Permission.ANSWER_FINDINGS, ANSWER), (Permission.MANAGE_OBSERVERS, SET_ASIDE)]
    elif state is FindingState.ANSWERED:
        forms = [
            (Permission.CONFIRM_FINDINGS, CONFIRM),
            (Permission.CONFIRM_FINDINGS, SEND_BACK),
            (Permission.MANAGE_OBSERVERS, SET_ASIDE),
        ]
    else:
        forms = []
    return [form for permission, form in forms if permission in may]


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    finding_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    view = finding_view(await read_finding(reader, principal, finding_id), t, now)
    observes = Permission.OBSERVE in principal.permissions
    visits = "/observer/visits" if observes else "/credit/observers/visits"
    sees_visit = observes or Permission.READ_OBSERVERS in principal.permissions
    return page(
        request,
        "pages/finding.html",
        status=sent.status if sent else 200,
        view=view,
        visit_href=f"{visits}/{view.visit_id}" if sees_visit else None,
        actions=form_views(_open_forms(principal, view.state), sent),
    )
