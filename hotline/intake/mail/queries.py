"""Reading letters."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.mail.errors import LetterNotFound
from hotline.intake.mail.models import DismissReason, InboundLetter, LetterState
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.paging import DEFAULT_LIMIT, Page, decode_place, page_of
from hotline.people.models import User
from hotline.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter in plain words. Mask them before showing."""

    id: uuid.UUID
    received_at: datetime
    sent_at: datetime | None
    sender: str
    sender_name: str
    subject: str
    text: str
    is_cut: bool
    files: Sequence[str]
    mentions: Sequence[str]
    state: LetterState
    reason: DismissReason | None
    ticket_number: str | None
    opened_by: str | None
    opened_by_id: uuid.UUID | None
    opened_at: datetime | None
    settled_by: str | None
    settled_at: datetime | None


_OPENER = aliased(User, name="opener")


def _rows() -> sa.Select[tuple[InboundLetter, str | None, str | None, str | None]]:
    return (
        select(  # type: ignore[return-value]
            InboundLetter, Ticket.number, col(_OPENER.display_name), User.display_name
        )
        .join(Ticket, col(Ticket.id) == col(InboundLetter.ticket_id), isouter=True)
        .join(_OPENER, col(_OPENER.id) == col(InboundLetter.opened_by), isouter=True)
        .join(User, col(User.id) == col(InboundLetter.settled_by), isouter=True)
    )


def _row(
    cipher: FieldCipher,
    letter: InboundLetter,
    number: str | None,
    opened_by: str | None,
    settled_by: str | None,
) -> LetterRow:
    return LetterRow(
        letter.id,
        letter.received_at,
        letter.sent_at,
        cipher.decrypt(letter.sender) or "",
        cipher.decrypt(letter.sender_name) or "",
        cipher.decrypt(letter.subject) or "",
        cipher.decrypt(letter.text) or "",
        letter.is_cut,
        json.loads(cipher.decrypt(letter.files) or "[]"),
        letter.mentions,
        letter.state,
        letter.reason,
        number,
        opened_by,
        letter.opened_by,
        letter.opened_at,
        settled_by,
        letter.settled_at,
    )


async def list_letters(
    session: AsyncSession,
    cipher: FieldCipher,
    *,
    state: LetterState = LetterState.WAITING,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[LetterRow]:
    """Return letters of one state: what waits oldest first, the rest newest first.

    Raises:
        InvalidCursor: the cursor is none of ours.
    """
    key = (col(InboundLetter.received_at), col(InboundLetter.id))
    is_queue = state is LetterState.WAITING
    order = key if is_queue else [column.desc() for column in key]
    statement = _rows().where(col(InboundLetter.state) == state).order_by(*order).limit(limit + 1)
    if cursor:
        place = sa.tuple_(*(sa.literal(part) for part in decode_place(cursor)))
        statement = statement.where(
            sa.tuple_(*key) > place if is_queue else sa.tuple_(*key) < place
        )
    found = [
        _row(cipher, *row)
        for row in await session.exec(statement)  # type: ignore[call-overload]
    ]
    return page_of(found, limit, lambda row: (row.received_at, row.id))


async def find_letter(
    session: AsyncSession, cipher: FieldCipher, letter_id: uuid.UUID
) -> LetterRow:
    """Return a letter.

    Raises:
        LetterNotFound: there is no such letter.
    """
    row = (
        await session.exec(_rows().where(col(InboundLetter.id) == letter_id))  # type: ignore[call-overload]
    ).one_or_none()
    if row is None:
        raise LetterNotFound
    return _row(cipher, *row)


async def count_letters(session: AsyncSession) -> int:
    """Return how many letters wait."""
    return (
        await session.exec(
            select(sa.func.count())
            .select_from(InboundLetter)
            .where(InboundLetter.state == LetterState.WAITING)
        )
    ).one()
