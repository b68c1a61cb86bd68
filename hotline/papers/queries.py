"""Reading papers: those of a ticket, the list of all, and whether one is what it says."""

import enum
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    page_of,
)
from hotline.papers.content import content_digest
from hotline.papers.errors import PaperNotFound
from hotline.papers.kinds import PaperKind, may_read, plain_code
from hotline.papers.models import Paper, PaperTemplate, PaperTemplateUse
from hotline.people.models import User
from hotline.people.principal import Principal
from hotline.tickets.history import HASHED, Fault, FaultKind, verify_chain
from hotline.tickets.models import PAPER_ISSUED, Ticket, TicketEvent

_EVENT_COLUMNS = ("id", *HASHED, "previous_hash", "hash")
BATCH = 500


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper with the names that belong to it.

    Attributes:
        newest: the number of the latest revision, which may be itself.
    """

    paper: Paper
    ticket_number: str
    issuer: User | None
    template_version: int
    newest: str

    @property
    def is_newest(self) -> bool:
        """Tell whether no later revision exists."""
        return self.newest == self.paper.number


_OTHER = aliased(Paper)
_NEWEST = (
    sa.select(col(_OTHER.number))
    .where(col(_OTHER.kind) == col(Paper.kind), col(_OTHER.subject_id) == col(Paper.subject_id))
    .order_by(col(_OTHER.revision).desc())
    .limit(1)
    .correlate(Paper)
    .scalar_subquery()
)
_ROWS: sa.Select[Any] = (
    sa.select(Paper, col(Ticket.number), User, col(PaperTemplate.version), _NEWEST)
    .select_from(Paper)
    .join(Ticket, col(Ticket.id) == col(Paper.ticket_id))
    .join(PaperTemplate, col(PaperTemplate.id) == col(Paper.template_id))
    .outerjoin(User, col(User.id) == col(Paper.issued_by))
)


async def _found(session: AsyncSession, statement: sa.Select[Any]) -> list[PaperRow]:
    return [PaperRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]


def _may_read(row: PaperRow, principal: Principal, ticket: Ticket) -> bool:
    own = principal.department_id
    of_ticket = row.paper.kind in {PaperKind.COMMITMENT, PaperKind.SERVICE_LIST}
    concerned = ticket.lead_department_id if of_ticket else row.paper.department_id
    return may_read(
        row.paper.kind, principal.roles, is_concerned=own is not None and own == concerned
    )


async def papers_of_ticket(
    session: AsyncSession, principal: Principal, ticket: Ticket
) -> Sequence[PaperRow]:
    """Return the papers of a ticket that this person may open, the latest first."""
    rows = await _found(
        session,
        _ROWS.where(col(Paper.ticket_id) == ticket.id).order_by(
            col(Paper.issued_at).desc(), col(Paper.id).desc()
        ),
    )
    return [row for row in rows if _may_read(row, principal, ticket)]


async def find_paper(
    session: AsyncSession, principal: Principal, ticket: Ticket, number: str
) -> PaperRow:
    """Return one paper of a ticket that this person may open.

    Raises:
        PaperNotFound: there is none, or none for him.
    """
    rows = await _found(
        session, _ROWS.where(col(Paper.ticket_id) == ticket.id, col(Paper.number) == number)
    )
    if not rows or not _may_read(rows[0], principal, ticket):
        raise PaperNotFound(number=number)
    return rows[0]


async def template_body(session: AsyncSession, paper: Paper) -> bytes:
    """Return the template that was in force when a paper was issued."""
    return (await session.get_one(PaperTemplate, paper.template_id)).body


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFilter:
    """Which papers a list is to show; an empty part asks for nothing.

    Attributes:
        kind: of this kind.
        number: of the paper or of the ticket, or how one begins.
        issued_from: issued at or after this instant.
        issued_to: issued before this instant.
    """

    kind: PaperKind | None = None
    number: str | None = None
    issued_from: datetime | None = None
    issued_to: datetime | None = None


async def list_papers(
    session: AsyncSession,
    wanted: PaperFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[PaperRow]:
    """Return a page of all papers, the latest first, in one statement; for who sees every ticket.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _ROWS.where(*_conditions(wanted))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Paper.issued_at), col(Paper.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = await _found(
        session,
        statement.order_by(col(Paper.issued_at).desc(), col(Paper.id).desc()).limit(limit + 1),
    )
    return page_of(found, limit, lambda row: (row.paper.issued_at, row.paper.id))


def _conditions(wanted: PaperFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.kind is not None:
        asked.append(col(Paper.kind) == wanted.kind)
    if wanted.number:
        number = wanted.number.strip().upper()
        asked.append(
            sa.or_(
                col(Paper.number).startswith(number, autoescape=True),
                col(Ticket.number).startswith(number, autoescape=True),
            )
        )
    if wanted.issued_from is not None:
        asked.append(col(Paper.issued_at) >= wanted.issued_from)
    if wanted.issued_to is not None:
        asked.append(col(Paper.issued_at) < wanted.issued_to)
    return asked


class Standing(enum.StrEnum):
    """How a paper stands against what is on record now."""

    VALID = "valid"
    REPLACED = "replaced"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Verified:
    """A paper that somebody holds, held against the record.

    Attributes:
        row: the paper.
        is_whole: its words, and the ticket's history up to its issue, are exactly as they were.
    """

    row: PaperRow
    is_whole: bool

    @property
    def standing(self) -> Standing:
        """How it stands."""
        if not self.is_whole:
            return Standing.DIFFERS
        return Standing.VALID if self.row.is_newest else Standing.REPLACED


async def verify_paper(session: AsyncSession, code: str) -> Verified:
    """Return the paper with this code, and whether words and history still bear it out.

    Raises:
        PaperNotFound: there is none.
    """
    rows = await _found(session, _ROWS.where(col(Paper.code) == plain_code(code)))
    if not rows:
        raise PaperNotFound
    paper = rows[0].paper
    events = await session.exec(  # type: ignore[call-overload]
        sa.select(*(getattr(TicketEvent, name) for name in _EVENT_COLUMNS))
        .where(
            col(TicketEvent.ticket_id) == paper.ticket_id,
            col(TicketEvent.seq) <= paper.history_count,
        )
        .order_by(col(TicketEvent.seq), col(TicketEvent.id))
    )
    chain: list[Mapping[str, Any]] = [event._mapping for event in events]  # noqa: SLF001  # its public name
    is_whole = (
        bool(chain)
        and not verify_chain(chain, paper.history_count, paper.history_head)
        and _bears_out(paper, chain[-1]["action"], chain[-1]["details"])
    )
    return Verified(rows[0], is_whole)


def _bears_out(paper: Paper, action: str, details: Mapping[str, Any]) -> bool:
    """Tell whether the timeline row of a paper's issue names these very words."""
    return (
        action == PAPER_ISSUED
        and details.get("paper") == paper.number
        and details.get("digest") == paper.digest.hex()
        and content_digest(paper.kind, paper.content) == paper.digest
    )


async def verify_papers(
    session: AsyncSession, number: str | None = None, batch: int = BATCH
) -> AsyncIterator[Mapping[str, Sequence[Fault]]]:
    """Hold papers against the timeline rows of their issue, some at a time.

    Whether those rows hang together with the ones before them is verified with the histories.

    Args:
        session: where to read.
        number: of the only ticket to look at; None for all.
        batch: how many papers at a time.

    Yields:
        What is wrong, by ticket number.
    """
    after = uuid.UUID(int=0)
    while True:
        statement = (
            sa.select(
                Paper,
                col(Ticket.number),
                col(TicketEvent.id),
                col(TicketEvent.hash),
                col(TicketEvent.action),
                col(TicketEvent.details),
            )
            .select_from(Paper)
            .join(Ticket, col(Ticket.id) == col(Paper.ticket_id))
            .outerjoin(
                TicketEvent,
                sa.and_(
                    col(TicketEvent.ticket_id) == col(Paper.ticket_id),
                    col(TicketEvent.seq) == col(Paper.history_count),
                ),
            )
            .where(col(Paper.id) > after)
            .order_by(col(Paper.id))
            .limit(batch)
        )
        if number is not None:
            statement = statement.where(col(Ticket.number) == number)
        rows = (await session.exec(statement)).all()  # type: ignore[call-overload]
        if not rows:
            return
        yield _faults(rows)
        after = rows[-1][0].id
        session.expunge_all()


def _faults(rows: Sequence[Any]) -> Mapping[str, Sequence[Fault]]:
    faults: dict[str, list[Fault]] = {}
    for paper, ticket, row_id, row_hash, action, details in rows:
        if row_hash != paper.history_head or not _bears_out(paper, action, details or {}):
            faults.setdefault(ticket, []).append(
                Fault(FaultKind.PAPER_DIFFERS, paper.history_count, row_id, paper.number)
            )
    return faults


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One version of a template, without its body."""

    kind: PaperKind
    version: int
    made_by: str | None
    made_at: datetime
    size: int
    is_in_force: bool


async def list_templates(session: AsyncSession) -> Sequence[TemplateRow]:
    """Return every version of every template, the newest first, in one statement."""
    use = aliased(PaperTemplateUse)
    in_force = (
        sa.select(col(use.template_id))
        .where(col(use.kind) == col(PaperTemplate.kind))
        .order_by(col(use.id).desc())
        .limit(1)
        .correlate(PaperTemplate)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            col(PaperTemplate.kind),
            col(PaperTemplate.version),
            col(User.display_name),
            col(PaperTemplate.made_at),
            sa.func.octet_length(col(PaperTemplate.body)),
            col(PaperTemplate.id) == in_force,
        )
        .select_from(PaperTemplate)
        .outerjoin(User, col(User.id) == col(PaperTemplate.made_by))
        .order_by(col(PaperTemplate.kind), col(PaperTemplate.version).desc())
    )
    return [TemplateRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]
