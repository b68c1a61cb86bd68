"""Photos of requesters: kept with a matter that is begun, handed over to its ticket, shown."""

import base64
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.errors import PhotoNotFound
from hotline.citizens.models import SubmissionPhoto, TicketPhoto
from hotline.citizens.photo_rules import MOST_PHOTOS, Picture, TooManyPhotos, picture_of
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.ids import uuid7s
from hotline.people.principal import Tx
from hotline.tickets.actions.following import contribute_to_matter
from hotline.tickets.models import Ticket

_HAND_OVER = sa.text(
    "INSERT INTO ticket_photos (id, ticket_id, media_type, byte_count, digest, sealed, added_at) "
    "SELECT id, :ticket_id, media_type, byte_count, digest, sealed, added_at "
    "FROM submission_photos WHERE submission_id = :submission_id"
)


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo in a list."""

    id: uuid.UUID
    media_type: str
    byte_count: int
    added_at: datetime


async def add_submission_photos(tx: Tx, submission_id: uuid.UUID, files: Sequence[bytes]) -> None:
    """Keep photos with a matter that is begun; the same one twice is kept once.

    Raises:
        PhotoRefused: one is no picture.
        PhotoTooLarge: one is too large.
        TooManyPhotos: there would be too many.
    """
    pictures = [picture_of(data) for data in files]
    known = (
        await tx.session.exec(
            select(SubmissionPhoto.digest).where(SubmissionPhoto.submission_id == submission_id)
        )
    ).all()
    for values in _rows(tx, _new(pictures, known)):
        tx.session.add(SubmissionPhoto(submission_id=submission_id, **values))


async def remove_submission_photo(tx: Tx, submission_id: uuid.UUID, photo_id: uuid.UUID) -> None:
    """Take a photo back that was not sent yet; one that is not there is no matter."""
    await tx.session.exec(
        delete(SubmissionPhoto).where(
            col(SubmissionPhoto.submission_id) == submission_id,
            col(SubmissionPhoto.id) == photo_id,
        )
    )


async def contribute(tx: Tx, number: str, *, text: str, files: Sequence[bytes]) -> Ticket:
    """Add words and photos of a requester to his matter.

    Raises:
        PhotoRefused: one is no picture.
        PhotoTooLarge: one is too large.
        TooManyPhotos: there would be too many.
        DomainError: nothing can be added any more.
    """
    pictures = [picture_of(data) for data in files]
    ticket = await contribute_to_matter(tx, number, text=text)
    known = (
        await tx.session.exec(select(TicketPhoto.digest).where(TicketPhoto.ticket_id == ticket.id))
    ).all()
    for values in _rows(tx, _new(pictures, known)):
        tx.session.add(TicketPhoto(ticket_id=ticket.id, **values))
    return ticket


async def hand_over_photos(tx: Tx, submission_id: uuid.UUID, ticket_id: uuid.UUID) -> None:
    """Let the photos of a matter be those of its ticket."""
    await tx.session.exec(  # type: ignore[call-overload]
        _HAND_OVER, params={"ticket_id": ticket_id, "submission_id": submission_id}
    )
    await tx.session.exec(
        delete(SubmissionPhoto).where(col(SubmissionPhoto.submission_id) == submission_id)
    )


def _new(pictures: Sequence[Picture], known: Sequence[bytes]) -> Sequence[Picture]:
    fresh = {
        _digest(picture): picture for picture in pictures if _digest(picture) not in set(known)
    }
    if len(known) + len(fresh) > MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS)
    return list(fresh.values())


def _digest(picture: Picture) -> bytes:
    return hashlib.sha256(picture.data).digest()


def _rows(tx: Tx, pictures: Sequence[Picture]) -> Sequence[dict[str, Any]]:
    """Return what is written of each; ids go up, so that photos sent at once keep their order."""
    return [
        {
            "id": photo_id,
            "media_type": picture.media_type,
            "byte_count": len(picture.data),
            "digest": _digest(picture),
            "sealed": tx.cipher.encrypt(base64.b64encode(picture.data).decode()),
            "added_at": tx.now,
        }
        for photo_id, picture in zip(sorted(uuid7s(tx.now, len(pictures))), pictures, strict=True)
    ]


# -- showing them ----------------------------------------------------------------------------------


async def photos_of_submission(
    session: AsyncSession, submission_id: uuid.UUID
) -> Sequence[PhotoRow]:
    """Return the photos of a matter that was not sent yet, in the order in which they came."""
    rows = await session.exec(
        select(
            SubmissionPhoto.id,
            SubmissionPhoto.media_type,
            SubmissionPhoto.byte_count,
            SubmissionPhoto.added_at,
        )
        .where(SubmissionPhoto.submission_id == submission_id)
        .order_by(col(SubmissionPhoto.added_at), col(SubmissionPhoto.id))
    )
    return [PhotoRow(*row) for row in rows]


async def photos_of_ticket(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[PhotoRow]:
    """Return the photos of a ticket, in the order in which they came."""
    rows = await session.exec(
        select(TicketPhoto.id, TicketPhoto.media_type, TicketPhoto.byte_count, TicketPhoto.added_at)
        .where(TicketPhoto.ticket_id == ticket_id)
        .order_by(col(TicketPhoto.added_at), col(TicketPhoto.id))
    )
    return [PhotoRow(*row) for row in rows]


async def read_submission_photo(
    session: AsyncSession, cipher: FieldCipher, submission_id: uuid.UUID, photo_id: uuid.UUID
) -> Picture:
    """Return a photo of a matter that was not sent yet.

    Raises:
        PhotoNotFound: there is none.
    """
    row = await session.get(SubmissionPhoto, photo_id)
    if row is None or row.submission_id != submission_id:
        raise PhotoNotFound
    return _opened(row, cipher)


async def read_ticket_photo(
    session: AsyncSession,
    cipher: FieldCipher,
    photo_id: uuid.UUID,
    ticket_id: uuid.UUID | None = None,
) -> Picture:
    """Return a photo of a ticket; whoever asks may see it.

    Args:
        session: where to read.
        cipher: opens it.
        photo_id: which.
        ticket_id: the ticket that it has to belong to; None where the photo itself was allowed.

    Raises:
        PhotoNotFound: there is none.
    """
    row = await session.get(TicketPhoto, photo_id)
    if row is None or (ticket_id is not None and row.ticket_id != ticket_id):
        raise PhotoNotFound
    return _opened(row, cipher)


def _opened(row: SubmissionPhoto | TicketPhoto, cipher: FieldCipher) -> Picture:
    return Picture(row.media_type, base64.b64decode(cipher.decrypt(row.sealed) or ""))
