"""Files with tickets for other authorities: made, handed over, answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.handover.actions import (
    HandOverOrder,
    ReceiptReport,
    fetch_hand_over,
    give_hand_over,
    make_hand_over,
    take_receipt,
)
from hotline.exchange.handover.packing import file_name
from hotline.exchange.handover.queries import (
    find_hand_over,
    list_candidates,
    list_hand_over_files,
)
from hotline.exchange.handover.receipts import read_receipt
from hotline.exchange.handover.rules import HOW_MAX, MOST_TICKETS, RECIPIENT_MAX, HandOverState
from hotline.exchange.rules import LONGEST_REASON
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.numbering import number_day
from web.errors import status_of
from web.exports.handovers import FileWords, receipt_words
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.fields import Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.handovers import (
    candidate_view,
    file_view,
    line_view,
    may_fetch,
    step_view,
)
from web.views.lines import fault_words
from web.views.problems import explain

_PATH = "/handovers"
_SPLIT = re.compile(r"[\s,;，；、]+")

FIELDS = (
    Field("recipient", N_("For whom"), Kind.LINE, most=RECIPIENT_MAX),
    Field("numbers", N_("Further ticket numbers"), required=False),
    Field("personal", N_("Requesters in full"), Kind.CHECK, required=False),
    Field("reason", N_("What for"), Kind.LINE, required=False, most=LONGEST_REASON),
)
GIVE = RecordForm(
    "give",
    N_("It was handed over"),
    give_hand_over,
    (Field("how", N_("By which way"), Kind.LINE, required=False, most=HOW_MAX),),
    is_versioned=False,
)


@dataclass(frozen=True, slots=True)
class _Receipt:
    """What came of a receipt that was sent."""

    report: ReceiptReport | None
    refusal: str | None
    status: int


class HandOverFileController(Controller):
    """Hand-over files: for whoever may hand tickets over."""

    path = _PATH
    guards = (requires(Permission.HAND_OVER_TICKETS),)
    include_in_schema = False

    @get()
    async def show_list(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the files, the newest first."""
        found = await list_hand_over_files(reader, cursor=request.query_params.get("cursor"))
        return page(
            request,
            "pages/handovers.html",
            files=[file_view(row) for row in found.items],
            next_href=f"{_PATH}?cursor={found.next_cursor}" if found.next_cursor else None,
        )

    @get("/new")
    async def show_form(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Offer the tickets that went elsewhere."""
        return await _form(request, principal, reader, EMPTY, ())

    @post(status_code=200)
    async def make(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Make a file."""
        t = speaker(request)
        sent = await posted(request)
        chosen = [one.strip() for one in sent.get("ticket", ())]
        values, form = read(FIELDS, sent, t)
        if form.errors:
            return await _form(request, tx.actor, tx.session, form, chosen, status=422)
        order = HandOverOrder(
            recipient=values["recipient"],
            numbers=[*chosen, *filter(None, _SPLIT.split(values["numbers"] or ""))],
            language=t.language,
            has_personal=values["personal"],
            reason=values["reason"],
        )
        try:
            async with tx.session.begin_nested():
                file = await make_hand_over(tx, order, FileWords(t))
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            status = status_of(error)
            return await _form(request, tx.actor, tx.session, refused, chosen, status=status)
        return see_other(f"{_PATH}/{file.number}")

    @get("/{number:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show a file, its tickets and what was done with it."""
        return await _show(request, principal, reader, number)

    @get("/{number:str}/file")
    async def fetch(self, tx: NamedDependency[Tx], number: FromPath[str]) -> Response[bytes]:
        """Give the file itself, which is noted."""
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

    @post("/{number:str}/give", status_code=200)
    async def give(
        self, request: PageRequest, tx: NamedDependency[Tx], number: FromPath[str]
    ) -> Response[Any]:
        """Note that it was handed over."""
        sent = await send(request, tx, GIVE, number)
        if sent.form is None:
            return see_other(f"{_PATH}/{number}")
        return await _show(request, tx.actor, tx.session, number, sent=sent)

    @post("/{number:str}/receipt", status_code=200)
    async def take_receipt(
        self, request: PageRequest, tx: NamedDependency[Tx], number: FromPath[str]
    ) -> Response[str]:
        """Check a receipt line by line, and take it in when that was asked for."""
        t = speaker(request)
        form = await request.form()
        upload = form.get("file")
        content = await upload.read() if isinstance(upload, UploadFile) else b""
        try:
            read_one = read_receipt(content, receipt_words(), number_day(tx.now))
            async with tx.session.begin_nested():
                report = await take_receipt(
                    tx, number, read_one, dry_run=form.get("take_over") != "true"
                )
        except DomainError as error:
            told = _Receipt(None, explain(error, t.language), status_of(error))
        else:
            told = _Receipt(report, None, 422 if report.faults else 200)
        return await _show(request, tx.actor, tx.session, number, receipt=told)


async def _show(
    request: PageRequest,
    principal: Principal,
    session: AsyncSession,
    number: str,
    *,
    sent: Sent | None = None,
    receipt: _Receipt | None = None,
) -> Response[str]:
    t = speaker(request)
    detail = await find_hand_over(session, number)
    state = detail.row.file.state
    report = receipt.report if receipt else None
    return page(
        request,
        "pages/handover_file.html",
        status=receipt.status if receipt else sent.status if sent else 200,
        file=file_view(detail.row),
        lines=[line_view(row) for row in detail.lines],
        steps=[step_view(row, t) for row in detail.steps],
        give=form_views([GIVE], sent)[0] if state is HandOverState.MADE else None,
        takes_receipt=state is not HandOverState.MADE,
        may_fetch=may_fetch(detail, principal),
        report=report,
        faults=[(one.line, fault_words(one, t)) for one in report.faults] if report else (),
        refusal=receipt.refusal if receipt else _stray(sent, state),
    )


def _stray(sent: Sent | None, state: HandOverState) -> str | None:
    """Return why a form was refused that is not offered any more: somebody was faster."""
    if sent is None or sent.form is None or state is HandOverState.MADE:
        return None
    return sent.form.refusal


async def _form(
    request: PageRequest,
    principal: Principal,
    session: AsyncSession,
    form: FormState,
    chosen: Sequence[str],
    *,
    status: int = 200,
) -> Response[str]:
    found = await list_candidates(session, principal)
    return page(
        request,
        "pages/handover_new.html",
        status=status,
        form=form,
        candidates=[candidate_view(one, chosen) for one in found],
        may_personal=Permission.EXPORT_PERSONAL_DATA in principal.permissions,
        most=MOST_TICKETS,
    )
