"""Reports of credit: listed, read, taken away as files, written, signed, published, withdrawn."""

import functools
import uuid
from datetime import date
from typing import Annotated, Any

from litestar import Controller, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
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
from credit.reports.models import FileForm, Report
from credit.reports.queries import (
    ReportDetail,
    ReportRow,
    list_reports,
    read_report,
    signed_file,
)
from hotline.kernel.settings import Settings
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody, Answer, Body, Instant, Words
from web.reports.rendering import MEDIA, render_file, render_files
from web.security.guards import requires
from web.views.reports import is_shown, name_in_path


class ReportLineOut(Answer):
    """A report in a list; `name` is what it is asked for by."""

    name: str
    number: str | None
    kind: str
    period: str
    revision: int
    state: str
    is_outdated: bool
    due_on: date
    drafted_at: Instant
    signed_at: Instant | None
    published_at: Instant | None
    withdrawn_at: Instant | None
    withdraw_reason: str | None


class ReportList(Answer):
    """A page of reports, the newest first."""

    items: list[ReportLineOut]
    next_cursor: str | None = None


class ReportOut(ReportLineOut):
    """Everything about one report.

    `content` is what it says in figures, exact, decimals as text; it and the words are left out for
    readers outside the hotline once the report is withdrawn. `digest` is its SHA-256.
    """

    id: uuid.UUID
    version: int
    digest: str
    preface: str
    comment: str
    content: dict[str, Any] | None


class DraftReportBody(Body):
    """Of which frozen period a report is drafted: `2026-11`, `2026-Q4` or `2026`."""

    period: Annotated[str, Field(max_length=8)]


class WriteReportBody(ActionBody):
    """The words on a draft."""

    preface: Annotated[str, Field(max_length=20_000)] = ""
    comment: Annotated[str, Field(max_length=20_000)] = ""


class ReportReasonBody(ActionBody):
    """Why a report is withdrawn."""

    reason: Words


def _line(report: Report, *, is_outdated: bool) -> dict[str, Any]:
    return {
        "name": name_in_path(report),
        "number": report.number,
        "kind": report.kind.value,
        "period": report.period,
        "revision": report.revision,
        "state": report.state.value,
        "is_outdated": is_outdated,
        "due_on": report.due_on,
        "drafted_at": report.drafted_at,
        "signed_at": report.signed_at,
        "published_at": report.published_at,
        "withdrawn_at": report.withdrawn_at,
        "withdraw_reason": report.withdraw_reason,
    }


def report_line_out(row: ReportRow) -> ReportLineOut:
    """Return a report as a line."""
    return ReportLineOut(**_line(row.report, is_outdated=row.is_outdated))


def report_out(detail: ReportDetail, reader: Principal) -> ReportOut:
    """Return a report as this reader may see it."""
    report, shown = detail.report, is_shown(detail.report, reader)
    text = detail.texts[0] if detail.texts and shown else None
    content = dict(report.content) if shown else None
    if content is not None and not reader.sees_every_ticket:
        del content["slowest"]  # tickets of all departments
    return ReportOut(
        **_line(report, is_outdated=detail.is_outdated),
        id=report.id,
        version=report.version,
        digest=report.digest.hex(),
        preface=text.preface if text else "",
        comment=text.comment if text else "",
        content=content,
    )


async def _answer(tx: Tx, report: Report) -> ReportOut:
    await tx.session.flush()  # the answer reads back what the action has written
    return report_out(await read_report(tx.session, tx.actor, str(report.id)), tx.actor)


def _options(state: State) -> dict[str, Any]:
    settings: Settings = state.settings
    return {"due_day": settings.report_due_day, "with_lists": settings.red_black_lists}


_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)
_WRITES = (requires(Permission.PUBLISH_BULLETIN),)


class ReportController(Controller):
    """Reports: the hotline sees all of them, everybody else what was published."""

    path = "/credit/reports"
    tags = ("credit",)
    guards = (requires(Permission.READ_CREDIT),)

    @get(
        "/",
        operation_id="listCreditReports",
        operation_class=ApiOperation,
        summary="List reports of credit",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def reports(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        kind: Annotated[PeriodKind | None, QueryParameter()] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ReportList:
        """List the reports you may see, the newest first."""
        page = await list_reports(reader, principal, kind=kind, cursor=cursor, limit=limit)
        return ReportList(
            items=[report_line_out(row) for row in page.items], next_cursor=page.next_cursor
        )

    @post(
        "/",
        status_code=201,
        guards=_WRITES,
        operation_id="draftCreditReport",
        operation_class=ApiOperation,
        summary="Draft the report of a frozen period",
        responses=_REFUSALS,
    )
    async def draft(
        self, tx: NamedDependency[Tx], state: State, data: JSONBody[DraftReportBody]
    ) -> ReportOut:
        """Draft a report from the newest frozen scores, or return the one that lives."""
        return await _answer(tx, await draft_report(tx, data.period, **_options(state)))

    @get(
        "/{name:str}",
        operation_id="readCreditReport",
        operation_class=ApiOperation,
        summary="Read a report of credit",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def report(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        name: FromPath[str],
    ) -> ReportOut:
        """Return a report by its number, or by its id while it has none."""
        return report_out(await read_report(reader, principal, name), principal)

    @get(
        "/{name:str}/{form:str}",
        operation_id="fetchCreditReport",
        operation_class=ApiOperation,
        summary="Take a report away as Word or Excel",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def fetch(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        name: FromPath[str],
        form: FromPath[str],
    ) -> Response[bytes]:
        """Return a report as `docx` or `xlsx`: as it was signed, or laid out now while it is a draft."""
        wanted = next((one for one in FileForm if one.value == form), None)
        detail = await read_report(reader, principal, name)
        if wanted is None or not is_shown(detail.report, principal):
            raise ReportNotFound
        body = await signed_file(reader, detail.report.id, wanted)
        body = body if body is not None else await render_file(detail, wanted)
        stem = detail.report.number or f"draft-{detail.report.period}"
        headers = {"content-disposition": f'attachment; filename="{stem}.{wanted.value}"'}
        return Response(body, media_type=MEDIA[wanted], headers=headers)

    @put(
        "/{name:str}/words",
        guards=_WRITES,
        operation_id="writeCreditReport",
        operation_class=ApiOperation,
        summary="Write the words on a draft",
        responses=_REFUSALS,
    )
    async def write(
        self, tx: NamedDependency[Tx], name: FromPath[str], data: JSONBody[WriteReportBody]
    ) -> ReportOut:
        """Give a draft its preface and comment; earlier versions are kept."""
        return await _answer(tx, await write_report(tx, name, **dict(data)))

    @post(
        "/{name:str}/sign",
        status_code=200,
        guards=_WRITES,
        operation_id="signCreditReport",
        operation_class=ApiOperation,
        summary="Sign off a draft",
        responses=_REFUSALS,
    )
    async def sign(
        self, tx: NamedDependency[Tx], name: FromPath[str], data: JSONBody[ActionBody]
    ) -> ReportOut:
        """Sign a draft whose words somebody else wrote; it takes its number."""
        signing = functools.partial(sign_report, render=render_files)
        return await _answer(tx, await signing(tx, name, expected_version=data.expected_version))

    @post(
        "/{name:str}/publish",
        status_code=200,
        guards=_WRITES,
        operation_id="publishCreditReport",
        operation_class=ApiOperation,
        summary="Publish a signed report",
        responses=_REFUSALS,
    )
    async def publish(
        self, tx: NamedDependency[Tx], name: FromPath[str], data: JSONBody[ActionBody]
    ) -> ReportOut:
        """Publish a report whose scores are published; the leaders of all departments are told."""
        return await _answer(
            tx, await publish_report(tx, name, expected_version=data.expected_version)
        )

    @post(
        "/{name:str}/withdraw",
        status_code=200,
        guards=_WRITES,
        operation_id="withdrawCreditReport",
        operation_class=ApiOperation,
        summary="Withdraw a report",
        responses=_REFUSALS,
    )
    async def withdraw(
        self, tx: NamedDependency[Tx], name: FromPath[str], data: JSONBody[ReportReasonBody]
    ) -> ReportOut:
        """Take a report back, with the reason."""
        return await _answer(tx, await withdraw_report(tx, name, **dict(data)))

    @post(
        "/{name:str}/reissue",
        status_code=201,
        guards=_WRITES,
        operation_id="reissueCreditReport",
        operation_class=ApiOperation,
        summary="Withdraw a report and draft it anew",
        responses=_REFUSALS,
    )
    async def reissue(
        self,
        tx: NamedDependency[Tx],
        state: State,
        name: FromPath[str],
        data: JSONBody[ReportReasonBody],
    ) -> ReportOut:
        """Withdraw a report and draft it anew from the newest frozen scores; the words stay."""
        return await _answer(tx, await reissue_report(tx, name, **dict(data), **_options(state)))
