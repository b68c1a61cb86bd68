"""Papers: issued from a ticket, printed, fetched as Word, listed, and verified by anybody."""

import uuid
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.paging import Page
from hotline.papers.actions import issue_paper
from hotline.papers.content import REQUIRED, scalar_names
from hotline.papers.errors import (
    NothingToIssue,
    PaperNotFound,
    TemplateNotFound,
    TemplateUnreadable,
)
from hotline.papers.kinds import OF_REQUESTER, PaperKind
from hotline.papers.queries import (
    PaperFilter,
    PaperRow,
    find_paper,
    list_papers,
    list_templates,
    template_body,
    verify_paper,
)
from hotline.papers.rendering import render_word
from hotline.papers.setting import add_template, find_version, use_template
from hotline.papers.subjects import masked_requester
from hotline.people.attempts import VERIFY_BY_ADDRESS, count_attempt
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import find_readable
from hotline.tickets.lifecycle import ClosureCode
from hotline.tickets.models import Ticket
from web.errors import status_of
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.session import client_address
from web.resources import Resources
from web.security.guards import requires
from web.views.days import asked_day, day_faults
from web.views.fields import Posted
from web.views.forms import FormState
from web.views.papers import (
    paper_line,
    paper_view,
    qr_png,
    sample_values,
    template_views,
    word_values,
)
from web.views.problems import explain

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAGE_SIZE = 50
_ENDING = ".docx"


def word_answer(body: bytes, name: str) -> Response[bytes]:
    """Answer with a Word document to be saved."""
    headers = {"content-disposition": f'attachment; filename="{name}{_ENDING}"'}
    return Response(body, media_type=WORD, headers=headers)


def _verifying_url(request: PageRequest) -> str:
    url: str = request.app.state.settings.verifying_url
    return url


def _kind(text: str) -> PaperKind | None:
    return next((kind for kind in PaperKind if kind.value == text.replace("-", "_")), None)


def _subject_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class PaperController(Controller):
    """The papers of one ticket."""

    path = "/tickets/{number:str}/papers"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @post(status_code=200)
    async def issue(
        self, request: PageRequest, tx: NamedDependency[Tx], number: FromPath[str]
    ) -> Response[Any]:
        """Issue a paper, or find the one that says the same, and show it."""
        sent = await posted(request)
        kind = _kind("".join(sent.get("kind", [])))
        if kind is None:
            raise NothingToIssue
        subject = _subject_id("".join(sent.get("subject", [])))
        paper = await issue_paper(tx, number, kind=kind, subject_id=subject)
        return see_other(f"/tickets/{number}/papers/{paper.number}")

    @get("/{name:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        number: FromPath[str],
        name: FromPath[str],
    ) -> Response[Any]:
        """Show a paper to be printed; with the ending of Word, give it as Word."""
        ticket = await find_readable(reader, principal, number)
        row = await find_paper(reader, principal, ticket, name.removesuffix(_ENDING))
        if not name.endswith(_ENDING):
            return await show_paper(request, reader, resources, ticket, row)
        requester = await _requester(reader, resources, ticket, row)
        url = _verifying_url(request)
        body = await template_body(reader, row.paper)
        word = await render_word(
            body,
            word_values(row, verifying_url=url, requester=requester),
            qr_png(f"{url}/{row.paper.code}"),
        )
        return word_answer(word, row.paper.number)


async def _requester(
    reader: AsyncSession, resources: Resources, ticket: Ticket, row: PaperRow
) -> str | None:
    if row.paper.kind not in OF_REQUESTER:
        return None
    return await masked_requester(reader, resources.cipher, ticket)


async def show_paper(
    request: PageRequest,
    reader: AsyncSession,
    resources: Resources,
    ticket: Ticket,
    row: PaperRow,
) -> Response[str]:
    """Show a paper as it is printed; on the screen the reader's name lies over it."""
    t, shell = speaker(request), shell_of(request)
    return page(
        request,
        "pages/paper.html",
        paper=paper_view(
            row,
            t,
            verifying_url=_verifying_url(request),
            requester=await _requester(reader, resources, ticket, row),
        ),
        watermark=f"{shell.display_name} {t.instant(shell.now)}" if shell.user else None,
    )


def own_kinds(ticket: Ticket, *, is_promised: bool) -> list[PaperKind]:
    """Return the papers that a requester may have of his matter now."""
    kinds = [PaperKind.COMMITMENT] if is_promised else []
    if ticket.closure_code is ClosureCode.FINAL_REPLY:
        kinds.append(PaperKind.FINAL_REPLY)
    return kinds


async def show_own_paper(
    request: PageRequest, tx: Tx, resources: Resources, ticket: Ticket, sent: Posted
) -> Response[str]:
    """Show a requester a paper of his own matter, made when there was none.

    Raises:
        NothingToIssue: there is none for him.
    """
    kind = _kind("".join(sent.get("kind", [])))
    if kind not in OF_REQUESTER or kind is None:
        raise NothingToIssue
    paper = await issue_paper(tx, ticket.number, kind=kind)
    await tx.session.flush()  # the page reads back what was issued
    row = await find_paper(tx.session, tx.actor, ticket, paper.number)
    return await show_paper(request, tx.session, resources, ticket, row)


ASKED = ("number", "kind", "issued_from", "issued_to")


class PaperListController(Controller):
    """Every paper that was issued."""

    path = "/papers"
    guards = (requires(Permission.READ_BOARD),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the papers, the latest first."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        found = await find_papers(reader, asked, cursor=request.query_params.get("cursor"))
        filters = {name: text for name, text in asked.items() if text}
        return page(
            request,
            "pages/papers.html",
            papers=[paper_line(row, t) for row in found.items],
            filter=FormState(asked, day_faults(asked, ("issued_from", "issued_to"), t)),
            is_narrowed=bool(filters),
            kinds=[(kind.value, t.text(label(kind))) for kind in PaperKind],
            may_manage=Permission.MANAGE_TEMPLATES in principal.permissions,
            next_href=f"/papers?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )


async def find_papers(
    reader: AsyncSession,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[PaperRow]:
    """Return what the list shows for these filters, on its page and in its export."""
    wanted = PaperFilter(
        kind=_kind(asked["kind"]),
        number=asked["number"],
        issued_from=_day(asked["issued_from"]),
        issued_to=_day(asked["issued_to"], after=1),
    )
    return await list_papers(reader, wanted, cursor=cursor, limit=limit)


def _day(text: str, *, after: int = 0) -> datetime | None:
    """Return the beginning of a day in Shanghai; nothing for what is no day."""
    day = asked_day(text)
    return datetime.combine(day + timedelta(days=after), time(), SHANGHAI) if day else None


class PaperTemplateController(Controller):
    """The Word documents that papers are set in."""

    path = "/papers/templates"
    guards = (requires(Permission.MANAGE_TEMPLATES),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show every kind with its versions."""
        return await _templates(request, reader)

    @post("/{kind:str}", status_code=200)
    async def upload(
        self, request: PageRequest, tx: NamedDependency[Tx], kind: FromPath[str]
    ) -> Response[Any]:
        """Keep a changed document as the next version, if it can serve."""
        wanted = _require_kind(kind)
        try:
            template = await add_template(tx, kind=wanted, body=await _file(request))
        except DomainError as error:
            refused = (wanted, explain(error, speaker(request).language))
            return await _templates(request, tx.session, refused, status=status_of(error))
        return see_other(f"/papers/templates?kept={wanted.value}.{template.version}#{wanted.value}")

    @post("/{kind:str}/{version:int}/use", status_code=200)
    async def use(
        self,
        tx: NamedDependency[Tx],
        kind: FromPath[str],
        version: FromPath[int],
    ) -> Response[Any]:
        """Set papers in this version from now on."""
        wanted = _require_kind(kind)
        template = await use_template(tx, kind=wanted, version=version)
        return see_other(f"/papers/templates?used={wanted.value}.{template.version}#{wanted.value}")

    @get("/{kind:str}/{version:int}/document")
    async def fetch(
        self,
        reader: NamedDependency[AsyncSession],
        kind: FromPath[str],
        version: FromPath[int],
    ) -> Response[bytes]:
        """Give a version as it is, to be changed in Word."""
        template = await find_version(reader, _require_kind(kind), version)
        return word_answer(template.body, f"{template.kind.value}-v{template.version}")

    @get("/{kind:str}/{version:int}/preview")
    async def preview(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        kind: FromPath[str],
        version: FromPath[int],
    ) -> Response[bytes]:
        """Give a version filled in with invented values."""
        template = await find_version(reader, _require_kind(kind), version)
        url = _verifying_url(request)
        word = await render_word(
            template.body, sample_values(template.kind, verifying_url=url), qr_png(url)
        )
        return word_answer(word, f"{template.kind.value}-v{template.version}-sample")


def _require_kind(text: str) -> PaperKind:
    kind = _kind(text)
    if kind is None:
        raise TemplateNotFound
    return kind


async def _file(request: PageRequest) -> bytes:
    sent = (await request.form()).get("document")
    if not isinstance(sent, UploadFile):
        raise TemplateUnreadable
    return await sent.read()


async def _templates(
    request: PageRequest,
    reader: AsyncSession,
    refused: tuple[PaperKind, str] | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    names = {kind: sorted(scalar_names(kind)) for kind in PaperKind}
    return page(
        request,
        "pages/paper_templates.html",
        status=status,
        templates=template_views(await list_templates(reader), names),
        required=REQUIRED,
        refused=refused,
        done=_done(request),
    )


def _done(request: PageRequest) -> str | None:
    t = speaker(request)
    for name, words in (
        ("kept", N_("Kept as version {version} of: {kind}. It is not in force yet.")),
        ("used", N_("Version {version} is in force for: {kind}")),
    ):
        kind, _, version = request.query_params.get(name, "").partition(".")
        if (known := _kind(kind)) and version.isdecimal():
            return t.text(words, version=version, kind=t.text(label(known)))
    return None


class VerificationController(Controller):
    """Anybody who holds a paper finds out whether it is what it says; without JavaScript."""

    path = "/verify"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the form, or what it was sent for."""
        code = request.query_params.get("code", "").strip()
        if not code:
            return page(request, "pages/verify.html", form=FormState({}), found=None)
        return await _verified(request, reader, resources, code)

    @get("/{code:str}")
    async def verify(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        code: FromPath[str],
    ) -> Response[str]:
        """Show the paper that a picture leads to."""
        return await _verified(request, reader, resources, code)


async def _verified(
    request: PageRequest, reader: AsyncSession, resources: Resources, code: str
) -> Response[str]:
    t = speaker(request)
    try:
        await count_attempt(
            resources.session_maker,
            resources.cipher,
            VERIFY_BY_ADDRESS,
            client_address(request),
            resources.clock.now(),
        )
        found = await verify_paper(reader, code)
    except DomainError as error:
        said = (
            t.text(N_("There is no paper with this code. Compare it sign by sign."))
            if isinstance(error, PaperNotFound)
            else explain(error, t.language)
        )
        return page(
            request,
            "pages/verify.html",
            status=status_of(error),
            form=FormState({"code": code}, refusal=said),
            found=None,
        )
    return page(
        request,
        "pages/verify.html",
        form=FormState({"code": code}),
        found=found,
        paper=paper_view(found.row, t, verifying_url=_verifying_url(request)),
    )
