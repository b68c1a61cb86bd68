"""Exporting a list, waiting for a long one, and the log of what has left the house."""

import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import File
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.actions import (
    ExportOrder,
    fetch_export,
    find_export,
    list_exports,
    request_export,
)
from hotline.exchange.rules import (
    LONGEST_REASON,
    MEDIA_TYPES,
    PERSONAL_MOST,
    PERSONAL_QUOTA,
    UNDER_WAY,
    ExportFormat,
    ExportState,
)
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.errors import status_of
from web.exports.lists import AnyList, find_list
from web.exports.making import file_at_hand, make_at_once
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.security.guards import requires
from web.views.exports import export_view, file_name, filter_words
from web.views.fields import Field, Kind, read
from web.views.forms import FormState
from web.views.problems import explain

FIELDS = (
    Field("format", N_("Format"), Kind.CHOICE, of=ExportFormat),
    Field("personal", N_("Requesters in full"), Kind.CHECK, required=False),
    Field("reason", N_("Reason for exporting"), Kind.LINE, required=False, most=LONGEST_REASON),
)
_FRESH = FormState({"format": ExportFormat.XLSX.value})


class ExportController(Controller):
    """Exports: everybody at work sees his own, whoever watches over that sees all."""

    path = "/exports"
    guards = (requires(Permission.EXPORT_LISTS),)
    include_in_schema = False

    @get()
    async def show_log(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        state: State,
    ) -> Response[str]:
        """Show what was exported, the newest first."""
        t = speaker(request)
        is_personal = bool(request.query_params.get("personal"))
        found = await list_exports(
            reader,
            principal,
            personal_only=is_personal,
            cursor=request.query_params.get("cursor"),
        )
        more = f"&cursor={found.next_cursor}" if found.next_cursor else None
        return page(
            request,
            "pages/exports.html",
            exports=[export_view(row, state.lists, principal, t) for row in found.items],
            sees_all=Permission.READ_REVEALS in principal.permissions,
            is_personal=is_personal,
            next_href=f"/exports?{'personal=true' if is_personal else ''}{more}" if more else None,
        )

    @get("/new")
    async def show_form(
        self, request: PageRequest, principal: NamedDependency[Principal], state: State
    ) -> Response[str]:
        """Ask how a list is to be exported."""
        given = {name: value for name, value in request.query_params.items() if name != "list"}
        one = find_list(state.lists, principal, request.query_params.get("list", ""))
        return _form(request, principal, one, one.filter_of(given), _FRESH)

    @post(status_code=200)
    async def make(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        state: State,
    ) -> Response[Any]:
        """Write a list down: a short one at once, a long one by a worker."""
        t = speaker(request)
        sent = await posted(request)
        given = {name: "".join(values) for name, values in sent.items()}
        one = find_list(state.lists, tx.actor, given.get("list", ""))
        asked = one.filter_of(
            {name[len(_ASKED) :]: text for name, text in given.items() if name.startswith(_ASKED)}
        )
        values, form = read(FIELDS, sent, t)
        if form.errors:
            return _form(request, tx.actor, one, asked, form, status=422)
        order = ExportOrder(
            list_code=one.code,
            asked=asked,
            format=values["format"],
            language=t.language,
            has_personal=values["personal"],
            reason=values["reason"],
        )
        try:
            async with tx.session.begin_nested():
                export = await request_export(tx, order, can_be_personal=one.ticket is not None)
                made = await make_at_once(tx, state.lists, export)
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return _form(request, tx.actor, one, asked, refused, status=status_of(error))
        if made is None:
            return see_other(f"/exports/{export.id}")
        name = file_name(one.code, export)
        return Response(
            made.body,
            media_type=MEDIA_TYPES[export.format],
            headers={
                "content-disposition": f'attachment; filename="{name}"',
                "cache-control": "no-store",
            },
        )

    @get("/{export_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        state: State,
        export_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show how far an export is, and its file when it is ready."""
        row = await find_export(reader, principal, export_id)
        return page(
            request,
            "pages/export.html",
            export=export_view(row, state.lists, principal, speaker(request)),
            is_under_way=row.export.state in UNDER_WAY,
            may_fetch=row.export.state is ExportState.READY
            and row.export.requested_by == principal.user_id
            and (row.export.expires_at is None or row.export.expires_at > shell_of(request).now),
        )

    @get("/{export_id:uuid}/file")
    async def fetch(
        self, tx: NamedDependency[Tx], state: State, export_id: FromPath[uuid.UUID]
    ) -> File:
        """Give the file of an export to whoever asked for it."""
        export = await fetch_export(tx, export_id)
        return File(
            file_at_hand(state.settings.home, export),
            filename=file_name(export.list_code, export),
            media_type=MEDIA_TYPES[export.format],
            headers={"cache-control": "no-store"},
        )


_ASKED = "asked."
"""In front of the names of the list's own filters, so that they are not taken for the form's."""


def _form(
    request: PageRequest,
    principal: Principal,
    one: AnyList,
    asked: Mapping[str, str],
    form: FormState,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    may_personal = Permission.EXPORT_PERSONAL_DATA in principal.permissions
    return page(
        request,
        "pages/export_new.html",
        status=status,
        one=one,
        asked=[(f"{_ASKED}{name}", text) for name, text in asked.items()],
        filter_words=filter_words(one.code, asked, t),
        form=form,
        formats=[(kind.value, t.text(label(kind))) for kind in ExportFormat],
        may_personal=may_personal and one.ticket is not None,
        personal_most=PERSONAL_MOST,
        personal_quota=PERSONAL_QUOTA,
    )
