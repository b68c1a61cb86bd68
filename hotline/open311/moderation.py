"""The desk of what other systems report: held reports are taken in, refused or thrown away."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.masking import mask_name, mask_phone, mask_text
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.open311.errors import SubmissionDecided, SubmissionNotFound
from hotline.open311.models import (
    Open311Key,
    Open311Submission,
    Open311Update,
    SubmissionState,
    UpdateState,
)
from hotline.open311.receiving import as_ticket, unsealed
from hotline.open311.services import Service, list_services
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.handling import note_ticket
from hotline.tickets.actions.intake import Created, create_ticket
from hotline.tickets.models import Category, Ticket

REASON_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldReport:
    """A report that waits to be read, personal data masked."""

    id: uuid.UUID
    created_at: datetime
    client: str
    service_code: str
    service_name: str
    service_name_en: str
    description: str
    address: str | None
    name: str | None
    phone: str | None
    media_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUpdate:
    """Words that wait to be read, personal data masked."""

    id: uuid.UUID
    created_at: datetime
    client: str
    number: str
    status: str | None
    text: str


async def list_held(
    session: AsyncSession,
    cipher: FieldCipher,
    reader: Principal,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[HeldReport]:
    """Return a page of the reports that wait, the oldest first, in one statement.

    Raises:
        PermissionDenied: the reader does not work at this desk.
        InvalidCursor: the cursor is not of such a list.
    """
    reader.require(Permission.MODERATE_REPORTS)
    limit = min(limit, MAX_LIMIT)
    statement = (
        select(Open311Submission, Open311Key.name, Category)
        .join(Open311Key, col(Open311Key.id) == col(Open311Submission.key_id))
        .join(Category, col(Category.code) == col(Open311Submission.service_code))
        .where(
            Open311Submission.state == SubmissionState.PENDING,
            col(Open311Submission.is_test).is_(False),
        )
        .order_by(col(Open311Submission.created_at), col(Open311Submission.id))
        .limit(limit + 1)
    )
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            (col(Open311Submission.created_at) > at)
            | ((col(Open311Submission.created_at) == at) & (col(Open311Submission.id) > key))
        )
    found = [_held(*row, cipher) for row in (await session.exec(statement)).all()]
    return page_of(found, limit, lambda one: (one.created_at, one.id))


def _held(
    row: Open311Submission, client: str, category: Category, cipher: FieldCipher
) -> HeldReport:
    new = unsealed(cipher.decrypt(row.payload))
    return HeldReport(
        id=row.id,
        created_at=row.created_at,
        client=client,
        service_code=row.service_code,
        service_name=category.name,
        service_name_en=category.name_en,
        description=mask_text(new.description),
        address=mask_text(new.address) if new.address else None,
        name=mask_name(new.name),
        phone=mask_phone(new.phone),
        media_url=new.media_url,
    )


async def list_held_updates(
    session: AsyncSession, cipher: FieldCipher, reader: Principal, *, limit: int = DEFAULT_LIMIT
) -> Sequence[HeldUpdate]:
    """Return the words that wait, the oldest first.

    Raises:
        PermissionDenied: the reader does not work at this desk.
    """
    reader.require(Permission.MODERATE_REPORTS)
    rows = await session.exec(
        select(Open311Update, Open311Key.name, Ticket.number)
        .join(Open311Key, col(Open311Key.id) == col(Open311Update.key_id))
        .join(Ticket, col(Ticket.id) == col(Open311Update.ticket_id))
        .where(Open311Update.state == UpdateState.PENDING)
        .order_by(col(Open311Update.created_at), col(Open311Update.id))
        .limit(limit)
    )
    return [
        HeldUpdate(
            id=row.id,
            created_at=row.created_at,
            client=client,
            number=number,
            status=row.status,
            text=mask_text(cipher.decrypt(row.payload) or ""),
        )
        for row, client, number in rows
    ]


async def take_in(tx: Tx, submission_id: uuid.UUID, *, category: str | None = None) -> Created:
    """Make a ticket of a held report; its client finds the number by the token.

    Args:
        tx: the transaction.
        submission_id: the report.
        category: another one than the client chose.

    Raises:
        PermissionDenied: the actor does not work at this desk.
        SubmissionNotFound: no such report is held.
        SubmissionDecided: somebody else was faster.
        UnknownCode: there is no such category.
    """
    row = await _lock(tx, submission_id)
    services = {one.code: one for one in await list_services(tx.session)}
    service = services.get(row.service_code) or Service(
        code=row.service_code, name=row.service_code, name_en="", group="", group_en=""
    )
    new = as_ticket(service, unsealed(tx.cipher.decrypt(row.payload)))
    if category is not None and category != service.code:
        # The answers were given to the questions of the other category.
        new = replace(new, category=category, answers=None)
    created = await create_ticket(tx, new)
    row.number = created.number
    _decide(tx, row, SubmissionState.TAKEN, None)
    return created


async def refuse_submission(tx: Tx, submission_id: uuid.UUID, *, reason: str) -> None:
    """Refuse a held report; why stays here.

    Raises:
        PermissionDenied: the actor does not work at this desk.
        SubmissionNotFound: no such report is held.
        SubmissionDecided: somebody else was faster.
    """
    _decide(tx, await _lock(tx, submission_id), SubmissionState.REFUSED, reason[:REASON_MAX])


async def throw_away(tx: Tx, submission_id: uuid.UUID) -> None:
    """Throw a held report away that nobody meant.

    Raises:
        PermissionDenied: the actor does not work at this desk.
        SubmissionNotFound: no such report is held.
        SubmissionDecided: somebody else was faster.
    """
    _decide(tx, await _lock(tx, submission_id), SubmissionState.SPAM, None)


async def take_update(tx: Tx, update_id: uuid.UUID) -> str:
    """Put words that another system added onto their ticket.

    Returns:
        the ticket's number.

    Raises:
        PermissionDenied: the actor does not work at this desk.
        SubmissionNotFound: no such words wait.
        SubmissionDecided: somebody else was faster.
    """
    row, number = await _lock_update(tx, update_id)
    await note_ticket(tx, number, note=tx.cipher.decrypt(row.payload) or "")
    row.state, row.payload = UpdateState.TAKEN, None
    row.decided_at, row.decided_by = tx.now, tx.actor.user_id
    return number


async def dismiss_update(tx: Tx, update_id: uuid.UUID) -> None:
    """Leave words that another system added aside.

    Raises:
        PermissionDenied: the actor does not work at this desk.
        SubmissionNotFound: no such words wait.
        SubmissionDecided: somebody else was faster.
    """
    row, _ = await _lock_update(tx, update_id)
    row.state, row.payload = UpdateState.DISMISSED, None
    row.decided_at, row.decided_by = tx.now, tx.actor.user_id


async def _lock(tx: Tx, submission_id: uuid.UUID) -> Open311Submission:
    tx.actor.require(Permission.MODERATE_REPORTS)
    row = (
        await tx.session.exec(
            select(Open311Submission)
            .where(
                Open311Submission.id == submission_id,
                col(Open311Submission.is_test).is_(False),
                col(Open311Submission.is_batch).is_(True),
            )
            .with_for_update()
        )
    ).first()
    if row is None:
        raise SubmissionNotFound
    if row.state is not SubmissionState.PENDING:
        raise SubmissionDecided
    return row


async def _lock_update(tx: Tx, update_id: uuid.UUID) -> tuple[Open311Update, str]:
    tx.actor.require(Permission.MODERATE_REPORTS)
    row = (
        await tx.session.exec(
            select(Open311Update, Ticket.number)
            .join(Ticket, col(Ticket.id) == col(Open311Update.ticket_id))
            .where(Open311Update.id == update_id)
            .with_for_update(of=Open311Update)
        )
    ).first()
    if row is None:
        raise SubmissionNotFound
    update, number = row
    if update.state is not UpdateState.PENDING:
        raise SubmissionDecided
    return update, number


def _decide(tx: Tx, row: Open311Submission, state: SubmissionState, reason: str | None) -> None:
    # A ticket keeps the words itself, and nothing else needs them any more.
    row.state, row.reason, row.payload = state, reason, None
    row.decided_at, row.decided_by = tx.now, tx.actor.user_id
