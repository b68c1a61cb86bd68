"""Reading what tickets are found by, and how far the index is behind."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.search.documents import (
    Document,
    Piece,
    PieceKind,
    keys_of,
    marks_of,
    pieces_of,
)
from hotline.tickets.access import OUT_OF_SIGHT
from hotline.tickets.finding import sight_of
from hotline.tickets.grams import RULES
from hotline.tickets.meeting_models import MeetingUnit
from hotline.tickets.models import (
    PAPER_ISSUED,
    PERSONAL_DATA_REVEALED,
    Assignment,
    Audience,
    Commitment,
    Feedback,
    Ticket,
    TicketAnswer,
    TicketEvent,
    TicketRequester,
)
from hotline.tickets.text_models import TicketText

BATCH = 500
"""Tickets of one transaction."""

_Rows = Mapping[uuid.UUID, Sequence[Any]]


async def _grouped(session: AsyncSession, statement: sa.Executable) -> _Rows:
    """Return rows by their first column, the ticket."""
    found: dict[uuid.UUID, list[Any]] = {}
    for row in await session.exec(statement):  # type: ignore[call-overload]
        found.setdefault(row[0], []).append(row)
    return found


async def _texts(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, list[Piece]]:
    """Return what was promised, answered and written about tickets, in a fixed number of statements."""
    pieces: dict[uuid.UUID, list[Piece]] = {key: [] for key in ids}

    def add(key: uuid.UUID, kind: PieceKind, *texts: str | None, inner: bool = False) -> None:
        pieces[key] += [Piece(kind, text, inner) for text in texts if text]

    answers = sa.select(col(TicketAnswer.ticket_id), col(TicketAnswer.shown)).where(
        col(TicketAnswer.ticket_id).in_(ids)
    )
    for key, rows in (
        await _grouped(session, answers.order_by(col(TicketAnswer.position)))
    ).items():
        add(key, PieceKind.CONTENT, *(row.shown for row in rows))
    promises = sa.select(
        col(Commitment.ticket_id), col(Commitment.number), col(Commitment.content)
    ).where(col(Commitment.ticket_id).in_(ids))
    for key, rows in (await _grouped(session, promises.order_by(col(Commitment.id)))).items():
        add(key, PieceKind.PROMISE, *(text for row in rows for text in (row.number, row.content)))
    replies = sa.select(
        col(Feedback.ticket_id),
        col(Feedback.reply),
        col(Feedback.result),
        col(Feedback.audit_reason),
        col(Feedback.evidence),
    ).where(col(Feedback.ticket_id).in_(ids))
    for key, rows in (await _grouped(session, replies.order_by(col(Feedback.id)))).items():
        for row in rows:
            add(key, PieceKind.REPLY, row.reply, row.result, row.audit_reason, *row.evidence)
    events = sa.select(
        col(TicketEvent.ticket_id),
        col(TicketEvent.text),
        col(TicketEvent.audience),
        col(TicketEvent.details)["paper"].astext.label("paper"),
    ).where(
        col(TicketEvent.ticket_id).in_(ids),
        sa.or_(col(TicketEvent.text).is_not(None), col(TicketEvent.action) == PAPER_ISSUED),
        col(TicketEvent.action) != PERSONAL_DATA_REVEALED,
        col(TicketEvent.audience) != Audience.DISCIPLINE,
    )
    for key, rows in (await _grouped(session, events.order_by(col(TicketEvent.seq)))).items():
        for row in rows:
            inner = row.audience is Audience.HOTLINE
            add(key, PieceKind.PROGRESS, row.text, inner=inner)
            add(key, PieceKind.PAPER, row.paper, inner=inner)
    return pieces


async def read_pieces(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Piece]]:
    """Return the words of tickets and nothing of their people, in a fixed number of statements."""
    rows = await _grouped(
        session,
        sa.select(
            col(Ticket.id),
            col(Ticket.title),
            col(Ticket.content),
            col(Ticket.address),
            col(Ticket.area),
        ).where(col(Ticket.id).in_(ids)),
    )
    texts = await _texts(session, list(rows))
    return {key: _pieces(row, texts[key]) for key, (row,) in rows.items()}


def _pieces(row: Any, more: Sequence[Piece]) -> Sequence[Piece]:  # noqa: ANN401  # a row of columns
    """Return the words of a ticket; what both sides may read comes first, that neither misses it."""
    return pieces_of(
        title=row.title,
        content=row.content,
        address=row.address,
        area=row.area,
        more=sorted(more, key=lambda piece: piece.is_inner),
    )


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one ticket to be filled.

    Attributes:
        document: everything that it is found by.
        submitted_at: when the matter came in.
        history_count: the length of its history.
    """

    document: Document
    submitted_at: datetime
    history_count: int


async def read_documents(
    session: AsyncSession, cipher: FieldCipher, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Read]:
    """Return what these tickets are found by, in a fixed number of statements."""
    tickets = sa.select(
        col(Ticket.id),
        col(Ticket.title),
        col(Ticket.content),
        col(Ticket.address),
        col(Ticket.area),
        col(Ticket.category_code),
        col(Ticket.lead_department_id),
        col(Ticket.channel),
        col(Ticket.submitted_at),
        col(Ticket.history_count),
    ).where(col(Ticket.id).in_(ids))
    found = {key: rows[0] for key, rows in (await _grouped(session, tickets)).items()}
    people = await _grouped(
        session,
        sa.select(
            col(TicketRequester.ticket_id),
            col(TicketRequester.name),
            col(TicketRequester.on_behalf_of),
            col(TicketRequester.phone),
        ).where(col(TicketRequester.ticket_id).in_(ids)),
    )
    sights = await _grouped(
        session,
        sa.select(col(Assignment.ticket_id), col(Assignment.department_id))
        .where(col(Assignment.ticket_id).in_(ids), col(Assignment.state).not_in(OUT_OF_SIGHT))
        .union(
            sa.select(col(MeetingUnit.ticket_id), col(MeetingUnit.department_id)).where(
                col(MeetingUnit.ticket_id).in_(ids), col(MeetingUnit.sight_ended_at).is_(None)
            )
        ),
    )
    texts = await _texts(session, list(found))
    return {
        key: Read(
            Document(
                _pieces(row, texts[key]),
                marks_of(
                    category=row.category_code,
                    lead=row.lead_department_id,
                    channel=row.channel.value,
                    area=row.area,
                ),
                frozenset(sight_of(sight.department_id) for sight in sights.get(key, ())),
                keys_of(
                    cipher,
                    names=[
                        cipher.decrypt(name)
                        for person in people.get(key, ())
                        for name in (person.name, person.on_behalf_of)
                    ],
                    phones=[cipher.decrypt(person.phone) for person in people.get(key, ())],
                    address=row.address,
                    texts=(row.title, row.content),
                ),
            ),
            row.submitted_at,
            row.history_count,
        )
        for key, row in found.items()
    }


async def digests_of(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Mapping[str, bytes]]:
    """Return the digests of the rows that were filled under these rules, by ticket and tier."""
    rows = await _grouped(
        session,
        sa.select(col(TicketText.ticket_id), col(TicketText.tier), col(TicketText.digest)).where(
            col(TicketText.ticket_id).in_(ids), col(TicketText.rules) == RULES
        ),
    )
    return {key: {row.tier: row.digest for row in found} for key, found in rows.items()}


_BEHIND = sa.or_(
    col(TicketText.ticket_id).is_(None),
    col(TicketText.rules) != RULES,
    col(TicketText.seen_count) < col(Ticket.history_count),
)


async def next_stretch(
    session: AsyncSession, after: uuid.UUID, *, every: bool
) -> tuple[list[tuple[uuid.UUID, str]], uuid.UUID | None]:
    """Return which tickets of the next stretch are to be filled, and where it ends.

    A stretch is a number of tickets by their keys, so that no statement looks through all of them.
    """
    stretch = (
        sa.select(col(Ticket.id))
        .where(col(Ticket.id) > after)
        .order_by(col(Ticket.id))
        .limit(BATCH if every else BATCH * 10)
        .subquery()
    )
    last = select(stretch.c.id).order_by(stretch.c.id.desc()).limit(1)
    ends = (await session.exec(last)).first()
    if ends is None:
        return [], None
    statement = (
        sa.select(col(Ticket.id), col(Ticket.number))
        .where(col(Ticket.id) > after, col(Ticket.id) <= ends)
        .distinct()
    )
    if not every:
        statement = statement.outerjoin(
            TicketText, col(TicketText.ticket_id) == col(Ticket.id)
        ).where(_BEHIND)
    rows = await session.exec(statement)  # type: ignore[call-overload]
    return [(row[0], row[1]) for row in rows], ends


@dataclass(frozen=True, slots=True)
class Unfilled:
    """How far the index is behind what came in.

    Attributes:
        count: tickets of the last day that are not in it.
        age: seconds since the oldest of them came in; 0 when there is none.
    """

    count: int
    age: float


_LOOKED_BACK = timedelta(days=1)


async def count_unfilled(session: AsyncSession, now: datetime) -> Unfilled:
    """Return how many of the last day's tickets are not in the index."""
    statement = (
        sa.select(sa.func.count(), sa.func.min(col(Ticket.submitted_at)))
        .select_from(Ticket)
        .outerjoin(TicketText, col(TicketText.ticket_id) == col(Ticket.id))
        .where(col(Ticket.submitted_at) >= now - _LOOKED_BACK, col(TicketText.ticket_id).is_(None))
    )
    count, oldest = (await session.exec(statement)).one()  # type: ignore[call-overload]
    return Unfilled(int(count), max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
