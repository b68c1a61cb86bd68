"""Reading what was entered on the spot."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.people.models import Department, User
from hotline.people.principal import Principal
from hotline.tickets.access import find_readable
from hotline.tickets.onsite.errors import PhotoNotFound
from hotline.tickets.onsite.models import CheckIn, CheckInPhoto


@dataclass(frozen=True, slots=True)
class CheckInRow:
    """An entry with the names behind its keys."""

    entry: CheckIn
    person: str
    department: Department


async def check_ins_of(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[CheckInRow]:
    """Return the entries of a ticket that the reader may see, the oldest first, in one statement."""
    rows = await session.exec(
        select(CheckIn, User.display_name, Department)
        .join(User, col(User.id) == col(CheckIn.user_id))
        .join(Department, col(Department.id) == col(CheckIn.department_id))
        .where(CheckIn.ticket_id == ticket_id)
        .order_by(col(CheckIn.position))
    )
    return [CheckInRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photograph to be shown."""

    media_type: str
    content: bytes


async def read_photo(
    session: AsyncSession,
    principal: Principal,
    cipher: FieldCipher,
    number: str,
    position: int,
    photo: int,
) -> ShownPhoto:
    """Return a photograph of an entry on a ticket.

    Args:
        session: may be read-only.
        principal: who asks.
        cipher: what it was encrypted with.
        number: the ticket's number.
        position: which entry.
        photo: which of its photographs.

    Raises:
        TicketNotFound: there is no such ticket for this person.
        PhotoNotFound: it has no such photograph.
    """
    ticket = await find_readable(session, principal, number)
    found = (
        await session.exec(
            select(CheckInPhoto)
            .join(CheckIn, col(CheckIn.id) == col(CheckInPhoto.check_in_id))
            .where(
                CheckIn.ticket_id == ticket.id,
                CheckIn.position == position,
                CheckInPhoto.position == photo,
            )
        )
    ).first()
    text = cipher.decrypt(found.content) if found else None
    if found is None or text is None:
        raise PhotoNotFound
    return ShownPhoto(found.media_type, base64.b85decode(text))
