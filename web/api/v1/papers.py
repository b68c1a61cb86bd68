"""Papers: issue, list, read, fetch as Word, verify."""

import uuid
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.papers.actions import issue_paper
from hotline.papers.kinds import OF_REQUESTER, PaperKind, spoken_code
from hotline.papers.queries import (
    PaperFilter,
    PaperRow,
    find_paper,
    list_papers,
    papers_of_ticket,
    template_body,
    verify_paper,
)
from hotline.papers.rendering import render_word
from hotline.papers.subjects import masked_requester
from hotline.people.attempts import VERIFY_BY_ADDRESS, count_attempt
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import find_readable
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant
from web.resources import Resources
from web.security.guards import requires, signed_in
from web.views.papers import qr_png, word_values

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class IssueBody(Body):
    """Which paper to issue."""

    kind: PaperKind
    subject: uuid.UUID | None = Field(
        default=None, description="What it is about; left out, the latest there is"
    )


class PaperOut(Answer):
    """A paper; its `content` holds no personal data."""

    number: str
    kind: str
    ticket: str
    subject: uuid.UUID
    revision: int
    is_newest: bool
    code: str
    content: dict[str, Any]
    digest: str
    history_hash: str
    history_count: int
    template_version: int
    issued_by: str | None
    issued_at: Instant


class PaperList(Answer):
    """Papers, the latest first."""

    items: list[PaperOut]
    next_cursor: str | None = None


class VerifiedOut(Answer):
    """What is on record under a code.

    Attributes:
        standing: `valid`, `replaced` by a later revision, or `differs` from what was issued.
    """

    number: str
    kind: str
    revision: int
    standing: str
    newest: str
    issuer: str
    issued_at: Instant
    content: dict[str, Any]
    history_hash: str
    history_count: int


def paper_out(row: PaperRow) -> PaperOut:
    """Return a paper."""
    paper = row.paper
    return PaperOut(
        number=paper.number,
        kind=paper.kind.value,
        ticket=row.ticket_number,
        subject=paper.subject_id,
        revision=paper.revision,
        is_newest=row.is_newest,
        code=spoken_code(paper.code),
        content=paper.content,
        digest=paper.digest.hex(),
        history_hash=paper.history_head.hex(),
        history_count=paper.history_count,
        template_version=row.template_version,
        issued_by=row.issuer.username if row.issuer else None,
        issued_at=paper.issued_at,
    )


class TicketPaperController(Controller):
    """The papers of one ticket."""

    path = "/tickets/{number:str}/papers"
    tags = ("papers",)
    guards = (requires(Permission.READ_TICKETS),)

    @get(
        operation_id="listTicketPapers",
        operation_class=ApiOperation,
        summary="The papers of a ticket",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        number: FromPath[str],
    ) -> PaperList:
        """Return the papers that you may open, the latest first."""
        ticket = await find_readable(reader, principal, number)
        rows = await papers_of_ticket(reader, principal, ticket)
        return PaperList(items=[paper_out(row) for row in rows])

    @post(
        status_code=200,
        operation_id="issuePaper",
        operation_class=ApiOperation,
        summary="Issue a paper",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def issue(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[IssueBody]
    ) -> PaperOut:
        """Issue a paper; what says the same already is returned, what has changed is revised."""
        paper = await issue_paper(tx, number, kind=data.kind, subject_id=data.subject)
        await tx.session.flush()  # the answer is read back
        ticket = await find_readable(tx.session, tx.actor, number)
        return paper_out(await find_paper(tx.session, tx.actor, ticket, paper.number))

    @get(
        "/{paper:str}",
        operation_id="readPaper",
        operation_class=ApiOperation,
        summary="Read a paper",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        number: FromPath[str],
        paper: FromPath[str],
    ) -> PaperOut:
        """Return one paper."""
        ticket = await find_readable(reader, principal, number)
        return paper_out(await find_paper(reader, principal, ticket, paper))

    @get(
        "/{paper:str}/docx",
        operation_id="fetchPaper",
        operation_class=ApiOperation,
        summary="Fetch a paper as Word",
        media_type=WORD,
        responses=problem_responses(401, 403, 404, 503),
    )
    async def fetch(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        state: State,
        number: FromPath[str],
        paper: FromPath[str],
    ) -> Response[bytes]:
        """Return one paper, set in the template that was in force when it was issued."""
        ticket = await find_readable(reader, principal, number)
        row = await find_paper(reader, principal, ticket, paper)
        requester = (
            await masked_requester(reader, resources.cipher, ticket)
            if row.paper.kind in OF_REQUESTER
            else None
        )
        url: str = state.settings.verifying_url
        word = await render_word(
            await template_body(reader, row.paper),
            word_values(row, verifying_url=url, requester=requester),
            qr_png(f"{url}/{row.paper.code}"),
        )
        name = f'attachment; filename="{row.paper.number}.docx"'
        return Response(word, media_type=WORD, headers={"content-disposition": name})


class PaperController(Controller):
    """All papers, and whether one is what it says."""

    path = "/papers"
    tags = ("papers",)

    @get(
        guards=[requires(Permission.READ_BOARD)],
        operation_id="listPapers",
        operation_class=ApiOperation,
        summary="List papers",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        kind: Annotated[PaperKind | None, QueryParameter()] = None,
        q: Annotated[str | None, QueryParameter(max_length=20)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> PaperList:
        """List every paper, the latest first; `q` is how a paper's or a ticket's number begins."""
        page = await list_papers(
            reader, PaperFilter(kind=kind, number=q), cursor=cursor, limit=limit
        )
        return PaperList(items=[paper_out(row) for row in page.items], next_cursor=page.next_cursor)

    @get(
        "/verify/{code:str}",
        guards=[signed_in],
        operation_id="verifyPaper",
        operation_class=ApiOperation,
        summary="Verify a paper by its code",
        responses=problem_responses(401, 404, 429, 503),
    )
    async def verify(
        self,
        request: Request[Any, Any, Any],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        code: FromPath[str],
    ) -> VerifiedOut:
        """Return what is on record under a code; anybody can do the same on the page `/verify`."""
        address = request.client.host if request.client else ""
        await count_attempt(
            resources.session_maker,
            resources.cipher,
            VERIFY_BY_ADDRESS,
            address,
            resources.clock.now(),
        )
        found = await verify_paper(reader, code)
        paper = found.row.paper
        return VerifiedOut(
            number=paper.number,
            kind=paper.kind.value,
            revision=paper.revision,
            standing=found.standing.value,
            newest=found.row.newest,
            issuer=paper.content["issuer"],
            issued_at=paper.issued_at,
            content=paper.content,
            history_hash=paper.history_head.hex(),
            history_count=paper.history_count,
        )
