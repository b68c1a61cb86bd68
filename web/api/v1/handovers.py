"""Files with tickets for other authorities: made, handed over, answered."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.handover.actions import (
    HandOverOrder,
    fetch_hand_over,
    give_hand_over,
    make_hand_over,
    take_receipt,
)
from hotline.exchange.handover.packing import file_name
from hotline.exchange.handover.queries import (
    HandOverDetail,
    HandOverRow,
    find_hand_over,
    list_hand_over_files,
)
from hotline.exchange.handover.receipts import MOST_LINES, read_rows
from hotline.exchange.handover.rules import HOW_MAX, MOST_TICKETS, RECIPIENT_MAX
from hotline.exchange.rules import LONGEST_REASON
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.numbering import number_day
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Words
from web.exports.handovers import FileWords, receipt_words
from web.i18n import LANGUAGE_NAMES, translator
from web.security.guards import requires
from web.views.lines import fault_words

_TicketNumber = Annotated[str, Field(max_length=20)]


class HandOverFileOut(Answer):
    """A hand-over file: `made`, `handed_over`, or `received` when every ticket is answered."""

    number: str
    recipient: str
    state: str
    tickets: int
    accepted: int
    refused: int
    personal: bool
    reason: str | None
    schema_version: int
    sha256: str
    bytes: int
    made_by: str
    made_at: Instant
    handed_at: Instant | None
    received_at: Instant | None


class HandOverFileList(Answer):
    """A page of hand-over files, the newest first."""

    items: list[HandOverFileOut]
    next_cursor: str | None = None


class HandOverLineOut(Answer):
    """A ticket of a file, and what the other side says of it."""

    ticket: str
    state: str
    their_number: str | None
    remark: str | None
    answered_on: date | None


class HandOverStepOut(Answer):
    """What was done with a file."""

    deed: str
    at: Instant
    by: str


class HandOverDetailOut(Answer):
    """A hand-over file with its tickets and all that was done with it."""

    file: HandOverFileOut
    lines: list[HandOverLineOut]
    steps: list[HandOverStepOut]


class HandOverBody(Body):
    """What is to be handed over, and to whom."""

    recipient: Words = Field(min_length=1, max_length=RECIPIENT_MAX)
    tickets: list[_TicketNumber] = Field(min_length=1, max_length=MOST_TICKETS)
    language: str = Field(
        default="zh_CN", pattern=f"^({'|'.join(LANGUAGE_NAMES)})$", description="Of the workbook"
    )
    personal: bool = False
    reason: str | None = Field(default=None, max_length=LONGEST_REASON)


class GiveBody(Body):
    """By which way a file was handed over."""

    how: Words | None = Field(default=None, max_length=HOW_MAX)


class ReceiptLineBody(Body):
    """What the other side says of a ticket."""

    number: str = Field(max_length=40)
    accepted: bool
    their_number: str | None = Field(default=None, max_length=200)
    remark: str | None = Field(default=None, max_length=2_000)
    date: str | None = Field(default=None, max_length=40)


class ReceiptBody(Body):
    """A receipt; lines that are wrong are named and left out."""

    lines: list[ReceiptLineBody] = Field(min_length=1, max_length=MOST_LINES)
    dry_run: bool = False


class ReceiptFaultOut(Answer):
    """What is wrong with a line, from 1."""

    line: int
    text: str


class ReceiptOut(Answer):
    """What came of a receipt."""

    accepted: int
    refused: int
    same: int
    dry_run: bool
    faults: list[ReceiptFaultOut]


def _file_out(row: HandOverRow) -> HandOverFileOut:
    file = row.file
    return HandOverFileOut(
        number=file.number,
        recipient=file.recipient,
        state=file.state.value,
        tickets=file.ticket_count,
        accepted=file.accepted_count,
        refused=file.refused_count,
        personal=file.has_personal,
        reason=file.reason,
        schema_version=file.schema_version,
        sha256=file.digest.hex(),
        bytes=file.byte_count,
        made_by=row.username,
        made_at=file.made_at,
        handed_at=file.handed_at,
        received_at=file.received_at,
    )


def _detail_out(detail: HandOverDetail) -> HandOverDetailOut:
    return HandOverDetailOut(
        file=_file_out(detail.row),
        lines=[
            HandOverLineOut(
                ticket=row.ticket_number,
                state=row.line.state.value,
                their_number=row.line.their_number,
                remark=row.line.remark,
                answered_on=row.line.answered_on,
            )
            for row in detail.lines
        ],
        steps=[
            HandOverStepOut(deed=row.step.deed.value, at=row.step.at, by=row.by)
            for row in detail.steps
        ],
    )


class HandOverFileController(Controller):
    """Hand-over files: for whoever may hand tickets over."""

    path = "/handovers"
    tags = ("handovers",)
    guards = (requires(Permission.HAND_OVER_TICKETS),)

    @get(
        operation_id="listHandOverFiles",
        operation_class=ApiOperation,
        summary="List hand-over files",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> HandOverFileList:
        """List files with tickets for other authorities, the newest first."""
        page = await list_hand_over_files(reader, cursor=cursor, limit=limit)
        return HandOverFileList(
            items=[_file_out(row) for row in page.items], next_cursor=page.next_cursor
        )

    @post(
        operation_id="makeHandOverFile",
        operation_class=ApiOperation,
        summary="Make a hand-over file",
        responses=problem_responses(401, 403, 404, 409, 422, 429, 503),
    )
    async def make(
        self, tx: NamedDependency[Tx], data: JSONBody[HandOverBody]
    ) -> HandOverDetailOut:
        """Write tickets into a file; personal data are masked unless they are asked for with a reason."""
        order = HandOverOrder(
            recipient=data.recipient,
            numbers=[one.strip() for one in data.tickets],
            language=data.language,
            has_personal=data.personal,
            reason=data.reason,
        )
        file = await make_hand_over(tx, order, FileWords(translator(data.language)))
        return _detail_out(await find_hand_over(tx.session, file.number))

    @get(
        "/{number:str}",
        operation_id="readHandOverFile",
        operation_class=ApiOperation,
        summary="Read about a hand-over file",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self, reader: NamedDependency[AsyncSession], number: FromPath[str]
    ) -> HandOverDetailOut:
        """Return a file's tickets, their states and all that was done with it."""
        return _detail_out(await find_hand_over(reader, number))

    @get(
        "/{number:str}/file",
        operation_id="fetchHandOverFile",
        operation_class=ApiOperation,
        summary="Fetch a hand-over file",
        media_type="application/octet-stream",
        responses=problem_responses(401, 403, 404, 409, 503),
    )
    async def fetch(self, tx: NamedDependency[Tx], number: FromPath[str]) -> Response[bytes]:
        """Return the file itself until all of it is answered; who fetches it is noted."""
        file, body = await fetch_hand_over(tx, number)
        name = file_name(file.number, file.made_at)
        return Response(
            body,
            media_type="application/zip",
            headers={
                "content-disposition": f'attachment; filename="{name}"',
                "cache-control": "no-store",
            },
        )

    @post(
        "/{number:str}/give",
        status_code=200,
        operation_id="giveHandOverFile",
        operation_class=ApiOperation,
        summary="Note that a file was handed over",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def give(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[GiveBody]
    ) -> HandOverDetailOut:
        """Note that a file was handed over; the timeline of each ticket says so."""
        file = await give_hand_over(tx, number, how=data.how)
        await tx.session.flush()  # what is read next is what was written
        return _detail_out(await find_hand_over(tx.session, file.number))

    @post(
        "/{number:str}/receipt",
        status_code=200,
        operation_id="takeHandOverReceipt",
        operation_class=ApiOperation,
        summary="Take in what the other side answers",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def receipt(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[ReceiptBody]
    ) -> ReceiptOut:
        """Note line by line what the other side says; the same once more changes nothing."""
        rows = [(at, one.model_dump()) for at, one in enumerate(data.lines, start=1)]
        read = read_rows(rows, receipt_words(), number_day(tx.now))
        report = await take_receipt(tx, number, read, dry_run=data.dry_run)
        t = translator("en")
        return ReceiptOut(
            accepted=report.accepted,
            refused=report.refused,
            same=report.same,
            dry_run=report.is_dry,
            faults=[
                ReceiptFaultOut(line=one.line, text=fault_words(one, t)) for one in report.faults
            ],
        )
