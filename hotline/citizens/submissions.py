"""Keeping what a citizen types from page to page, and making a ticket of it, once."""

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.errors import SubmissionNotFound, SubmissionTooLong
from hotline.citizens.models import Submission
from hotline.citizens.photos import hand_over_photos
from hotline.citizens.steps import SubmitStep, kept_of, merged
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.ids import uuid7
from hotline.people.principal import Tx
from hotline.tickets.actions.intake import Created, NewTicket, create_ticket
from hotline.tickets.models import Ticket
from hotline.tickets.questions import Given

KEPT_FOR = timedelta(hours=24)
"""From the last typing on."""

SHOWN_FOR = timedelta(hours=1)
"""So long the page with number and query code can be loaded again."""

MOST_CHARACTERS = 40_000
_KEY_BYTES = 24
_KEY_MOST = 64


@dataclass(frozen=True, slots=True)
class Begun:
    """A matter on its way.

    Attributes:
        fields: what was typed, all values by the names of fields; empty once it was sent.
        ticket_id: what it became.
    """

    id: uuid.UUID
    fields: Given
    ticket_id: uuid.UUID | None


def digest_of(key: str) -> bytes:
    """Return what is kept of a key."""
    return hashlib.sha256(key[:_KEY_MOST].encode()).digest()


async def begin_submission(tx: Tx, step: SubmitStep, sent: Given) -> str:
    """Keep the first page of a matter; return the key with which it goes on.

    Raises:
        SubmissionTooLong: no ticket could hold it.
    """
    key = secrets.token_urlsafe(_KEY_BYTES)
    tx.session.add(
        Submission(
            id=uuid7(tx.now),
            key_digest=digest_of(key),
            words=_sealed(tx.cipher, merged({}, kept_of(step, sent))),
            created_at=tx.now,
            saved_at=tx.now,
            expires_at=tx.now + KEPT_FOR,
        )
    )
    await tx.session.flush()  # photos of the same page name it
    return key


async def keep_step(tx: Tx, key: str, step: SubmitStep, sent: Given) -> Begun:
    """Keep what one page says; what the other pages say stays.

    Sent already, it stays as it is: a page of another window comes too late.

    Raises:
        SubmissionNotFound: nothing is kept under the key.
        SubmissionTooLong: no ticket could hold it.
    """
    row = await _lock(tx, key)
    if row.ticket_id is not None:
        return _begun(row, tx.cipher)
    fields = merged(_fields(row, tx.cipher), kept_of(step, sent))
    row.words = _sealed(tx.cipher, fields)
    row.saved_at, row.expires_at = tx.now, tx.now + KEPT_FOR
    return Begun(row.id, fields, None)


async def find_submission(
    session: AsyncSession, cipher: FieldCipher, key: str, now: datetime
) -> Begun:
    """Return what is kept under a key.

    Raises:
        SubmissionNotFound: nothing.
    """
    row = (
        await session.exec(
            select(Submission).where(
                Submission.key_digest == digest_of(key), col(Submission.expires_at) > now
            )
        )
    ).first()
    if row is None:
        raise SubmissionNotFound
    return _begun(row, cipher)


async def send_submission(tx: Tx, key: str, new: NewTicket) -> Created:
    """Make a ticket of a matter with its photos, once however often it is sent.

    Raises:
        SubmissionNotFound: nothing is kept under the key.
        DomainError: whatever intake refuses.
    """
    row = await _lock(tx, key)
    if row.ticket_id is not None:
        return await created_of(tx.session, row.ticket_id)
    created = await create_ticket(tx, new)
    await hand_over_photos(tx, row.id, created.id)
    row.words, row.ticket_id = None, created.id
    row.saved_at, row.expires_at = tx.now, tx.now + SHOWN_FOR
    return created


async def created_of(session: AsyncSession, ticket_id: uuid.UUID) -> Created:
    """Return what the sender of a matter was told of his ticket."""
    ticket = await session.get_one(Ticket, ticket_id)
    return Created(
        id=ticket.id,
        number=ticket.number,
        query_code=ticket.query_code,
        status=ticket.status,
        due_at=ticket.due_at or ticket.submitted_at,
        submitted_at=ticket.submitted_at,
        is_replay=True,
    )


async def forget_submissions(session: AsyncSession, now: datetime) -> int:
    """Forget what nobody went on with, photos and all; return how many."""
    gone = await session.exec(delete(Submission).where(col(Submission.expires_at) <= now))
    return gone.rowcount


async def _lock(tx: Tx, key: str) -> Submission:
    row = (
        await tx.session.exec(
            select(Submission)
            .where(Submission.key_digest == digest_of(key), col(Submission.expires_at) > tx.now)
            .with_for_update()
        )
    ).first()
    if row is None:
        raise SubmissionNotFound
    return row


def _sealed(cipher: FieldCipher, fields: Mapping[str, list[str]]) -> bytes:
    words = json.dumps(fields, ensure_ascii=False)
    if len(words) > MOST_CHARACTERS:
        raise SubmissionTooLong(most=MOST_CHARACTERS)
    return cipher.encrypt(words) or b""


def _fields(row: Submission, cipher: FieldCipher) -> dict[str, list[str]]:
    return dict(json.loads(cipher.decrypt(row.words) or "{}"))


def _begun(row: Submission, cipher: FieldCipher) -> Begun:
    return Begun(row.id, _fields(row, cipher), row.ticket_id)
