"""Exports of lists: ordered, waited for, fetched; and the log of them."""

import uuid
from typing import Annotated

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import File
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.actions import (
    ExportOrder,
    ExportRow,
    fetch_export,
    find_export,
    leave_to_worker,
    list_exports,
    request_export,
)
from hotline.exchange.models import Export
from hotline.exchange.rules import LONGEST_REASON, MEDIA_TYPES, ExportFormat
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant
from web.exports.lists import find_list
from web.exports.making import file_at_hand
from web.i18n import LANGUAGE_NAMES
from web.security.guards import requires


class ExportableOut(Answer):
    """A list that can be exported: the filters it takes and the columns it has."""

    code: str
    filters: list[str]
    columns: list[str]
    has_requesters: bool


class ExportOut(Answer):
    """An export; its file can be fetched while it is `ready`."""

    id: uuid.UUID
    list: str
    filter: dict[str, str]
    format: str
    personal: bool
    reason: str | None
    state: str
    fault: str | None
    rows: int
    bytes: int | None
    sha256: str | None
    requested_by: str | None
    requested_at: Instant
    finished_at: Instant | None
    expires_at: Instant | None


class ExportList(Answer):
    """A page of exports, the newest first."""

    items: list[ExportOut]
    next_cursor: str | None = None


class ExportBody(Body):
    """What is to be exported; the filter is that of the list's page, by name."""

    list: str = Field(max_length=32)
    filter: dict[str, str] = Field(default_factory=dict, max_length=40)
    format: ExportFormat = ExportFormat.XLSX
    language: str = Field(
        default="zh_CN", pattern=f"^({'|'.join(LANGUAGE_NAMES)})$", description="Of headings"
    )
    personal: bool = False
    reason: str | None = Field(default=None, max_length=LONGEST_REASON)


def _out(export: Export, username: str | None) -> ExportOut:
    return ExportOut(
        id=export.id,
        list=export.list_code,
        filter=dict(export.asked),
        format=export.format.value,
        personal=export.has_personal,
        reason=export.reason,
        state=export.state.value,
        fault=export.fault.value if export.fault else None,
        rows=export.row_count,
        bytes=export.byte_count,
        sha256=export.digest.hex() if export.digest else None,
        requested_by=username,
        requested_at=export.requested_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at,
    )


def _row_out(row: ExportRow) -> ExportOut:
    return _out(row.export, row.username)


class ExportController(Controller):
    """Exports: everybody at work sees his own, whoever watches over that sees all."""

    path = "/exports"
    tags = ("exports",)
    guards = (requires(Permission.EXPORT_LISTS),)

    @get(
        operation_id="listExports",
        operation_class=ApiOperation,
        summary="List exports",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        personal: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ExportList:
        """List exports, the newest first; with `personal` those with personal data alone."""
        page = await list_exports(
            reader, principal, personal_only=personal, cursor=cursor, limit=limit
        )
        return ExportList(items=[_row_out(row) for row in page.items], next_cursor=page.next_cursor)

    @get(
        "/lists",
        operation_id="listExportableLists",
        operation_class=ApiOperation,
        summary="List what can be exported",
        responses=problem_responses(401, 403, 503),
    )
    async def lists(
        self, principal: NamedDependency[Principal], state: State
    ) -> list[ExportableOut]:
        """List the lists that the caller may export."""
        return [
            ExportableOut(
                code=one.code,
                filters=list(one.names),
                columns=[column.code for column in one.columns],
                has_requesters=one.ticket is not None,
            )
            for one in state.lists.values()
            if one.permission in principal.permissions
        ]

    @post(
        operation_id="orderExport",
        operation_class=ApiOperation,
        summary="Order an export",
        responses=problem_responses(401, 403, 404, 422, 429, 503),
    )
    async def order(
        self, tx: NamedDependency[Tx], state: State, data: JSONBody[ExportBody]
    ) -> ExportOut:
        """Let a worker write a list to a file; ask for it until it is `ready`, then fetch it."""
        one = find_list(state.lists, tx.actor, data.list)
        export = await request_export(
            tx,
            ExportOrder(
                list_code=one.code,
                asked=one.filter_of(data.filter),
                format=data.format,
                language=data.language,
                has_personal=data.personal,
                reason=data.reason,
            ),
            can_be_personal=one.ticket is not None,
        )
        await leave_to_worker(tx, export)
        return _out(export, tx.actor.username)

    @get(
        "/{export_id:uuid}",
        operation_id="readExport",
        operation_class=ApiOperation,
        summary="Read an export",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        export_id: FromPath[uuid.UUID],
    ) -> ExportOut:
        """Return one export."""
        return _row_out(await find_export(reader, principal, export_id))

    @get(
        "/{export_id:uuid}/file",
        operation_id="fetchExport",
        operation_class=ApiOperation,
        summary="Fetch the file of an export",
        media_type="application/octet-stream",
        responses=problem_responses(401, 403, 404, 409, 503),
    )
    async def fetch(
        self, tx: NamedDependency[Tx], state: State, export_id: FromPath[uuid.UUID]
    ) -> File:
        """Return the file, to whoever ordered it and while it lies ready."""
        export = await fetch_export(tx, export_id)
        return File(
            file_at_hand(state.settings.home, export),
            filename=f"{export.list_code}.{export.format.value}",
            media_type=MEDIA_TYPES[export.format],
            headers={"cache-control": "no-store"},
        )
