"""Reports of credit: the list, one report, its words, its files."""

import functools
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.periods import PeriodKind
from credit.reports.actions import (
    draft_report,
    publish_report,
    reissue_report,
    sign_report,
    withdraw_report,
    write_report,
)
from credit.reports.errors import ReportNotFound
from credit.reports.models import FileForm
from credit.reports.queries import (
    ReportDetail,
    list_reports,
    read_report,
    signed_file,
    writes_reports,
)
from credit.reports.rules import ReportState
from hotline.kernel.errors import N_
from hotline.kernel.settings import Settings
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_called, form_views, send
from web.reports.rendering import MEDIA, render_file, render_files
from web.reports.words import KINDS
from web.security.guards import requires
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.reports import is_shown, name_in_path, report_line, report_view

PAGE_SIZE = 50

DRAFT = RecordForm(
    "draft",
    N_("Draft a report"),
    draft_report,
    (
        Field(
            "key",
            N_("Period"),
            Kind.LINE,
            most=8,
            hint=N_("Frozen: 2026-11, 2026-Q4 or 2026."),
        ),
    ),
    is_versioned=False,
)
WRITE = RecordForm(
    "write",
    N_("Write preface and comment"),
    write_report,
    (
        Field("preface", N_("Preface"), required=False),
        Field("comment", N_("Comment"), required=False),
    ),
)
SIGN = RecordForm(
    "sign",
    N_("Sign off"),
    functools.partial(sign_report, render=render_files),
    question=N_("Sign it? It takes its number, and nothing of it can be changed afterwards."),
)
PUBLISH = RecordForm(
    "publish",
    N_("Publish"),
    publish_report,
    question=N_("Publish it? The leaders of all departments are told."),
)
WITHDRAW = RecordForm("withdraw", N_("Withdraw"), withdraw_report, (Field("reason", N_("Reason")),))
REISSUE = RecordForm(
    "reissue",
    N_("Withdraw and draft anew"),
    reissue_report,
    (
        Field(
            "reason",
            N_("Reason"),
            hint=N_("The new draft is made of the newest frozen scores and keeps the words."),
        ),
    ),
)
FORMS = (WRITE, SIGN, PUBLISH, WITHDRAW, REISSUE)
_OPEN = {
    ReportState.DRAFT: (SIGN, WRITE, REISSUE),
    ReportState.SIGNED: (PUBLISH, REISSUE, WITHDRAW),
    ReportState.PUBLISHED: (REISSUE, WITHDRAW),
}


class ReportController(Controller):
    """Reports: the hotline sees all of them, everybody else what was published."""

    path = "/credit/reports"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the reports of one kind, the newest first."""
        return await _list(request, principal, reader)

    @post(status_code=200, guards=[requires(Permission.PUBLISH_BULLETIN)])
    async def draft(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Draft the report of a frozen period, or lead to the one that there is."""
        sent = await send(request, tx, DRAFT, also=_options(request))
        if sent.form is not None:
            return await _list(request, principal, tx.session, sent)
        return see_other(f"/credit/reports/{name_in_path(sent.result)}")

    @get("/{name:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        name: FromPath[str],
    ) -> Response[Any]:
        """Show a report; with the ending of Word or Excel, give it as such."""
        stem, _, ending = name.rpartition(".")
        form = next((one for one in FileForm if one.value == ending), None)
        if form is None:
            return await _show(request, principal, reader, name)
        detail = await read_report(reader, principal, stem)
        return await file_answer(reader, detail, principal, form)

    @post(
        "/{name:str}/{action:str}",
        status_code=200,
        guards=[requires(Permission.PUBLISH_BULLETIN)],
    )
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        name: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of a report asks for."""
        form = form_called(action, FORMS, absent=ReportNotFound)
        also = _options(request) if form is REISSUE else None
        sent = await send(request, tx, form, name, also=also)
        if sent.form is not None:
            return await _show(request, principal, tx.session, name, sent)
        return see_other(f"/credit/reports/{name_in_path(sent.result)}")


async def file_answer(
    reader: AsyncSession, detail: ReportDetail, principal: Principal, form: FileForm
) -> Response[bytes]:
    """Answer with a file: as it was signed, or laid out now while it is a draft.

    Raises:
        ReportNotFound: it was withdrawn, and this reader is not of the hotline.
    """
    if not is_shown(detail.report, principal):
        raise ReportNotFound
    body = await signed_file(reader, detail.report.id, form)
    body = body if body is not None else await render_file(detail, form)
    name = detail.report.number or f"draft-{detail.report.period}"
    headers = {"content-disposition": f'attachment; filename="{name}.{form.value}"'}
    return Response(body, media_type=MEDIA[form], headers=headers)


def _options(request: PageRequest) -> dict[str, Any]:
    settings: Settings = request.app.state.settings
    return {"due_day": settings.report_due_day, "with_lists": settings.red_black_lists}


async def _list(
    request: PageRequest, principal: Principal, reader: AsyncSession, sent: Sent | None = None
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    asked = request.query_params.get("kind", "")
    kind = next((one for one in PeriodKind if one.value == asked), PeriodKind.MONTH)
    found = await list_reports(
        reader,
        principal,
        kind=kind,
        cursor=request.query_params.get("cursor"),
        limit=PAGE_SIZE,
    )
    return page(
        request,
        "pages/credit_reports.html",
        status=sent.status if sent else 200,
        reports=[report_line(row, t, now) for row in found.items],
        kinds=[(one.value, words, one is kind) for one, words in KINDS.items()],
        item=form_views((DRAFT,), sent)[0] if writes_reports(principal) else None,
        is_inside=principal.sees_every_ticket,
        next_href=f"/credit/reports?{urlencode({'kind': kind.value, 'cursor': found.next_cursor})}"
        if found.next_cursor
        else None,
    )


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    name: str,
    sent: Sent | None = None,
) -> Response[str]:
    detail = await read_report(reader, principal, name)
    view = report_view(
        detail, principal, speaker(request), {route.path for route in request.app.routes}
    )
    offered = _OPEN.get(view.state, ()) if writes_reports(principal) else ()
    written = FormState({"preface": view.preface, "comment": view.comment})
    return page(
        request,
        "pages/credit_report.html",
        status=sent.status if sent else 200,
        view=view,
        is_inside=principal.sees_every_ticket,
        actions=[
            replace(one, form=written) if one.code == WRITE.code and not one.is_open else one
            for one in form_views(offered, sent)
        ],
    )
