"""Taking letters in, making tickets of them, setting them aside."""

import json
import uuid

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from hotline.intake.mail.errors import LetterNotFound, LetterSettled
from hotline.intake.mail.models import DismissReason, InboundLetter, LetterState
from hotline.intake.mail.ports import Mailbox
from hotline.intake.mail.reading import read_letter
from hotline.kernel.clock import Clock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import SYSTEM, Tx
from hotline.tickets.actions.intake import Created, NewTicket, create_ticket

BATCH = 20

MAILBOX = "mailbox"
"""The heartbeat of whoever reads the mailbox; none while the mailbox is away."""

log = structlog.get_logger(__name__)


async def take_letters(
    session_maker: SessionMaker, cipher: FieldCipher, mailbox: Mailbox, clock: Clock
) -> int:
    """Take in what waits in a mailbox; return how many new letters there were.

    Each is kept in a transaction of its own before the mailbox hears of it: one that is offered again is
    known by its digest.

    Raises:
        MailboxAway: the mailbox cannot be reached.
    """
    mails = await mailbox.waiting(BATCH)
    count = 0
    for mail in mails:
        async with session_maker() as session, session.begin():
            tx = Tx(session, clock.now(), cipher, f"mail {uuid7(clock.now())}", SYSTEM)
            count += await keep_letter(tx, mail.raw)
        await mailbox.taken([mail.key])
    if count:
        log.info("letters are taken in", count=count)
    return count


async def keep_letter(tx: Tx, raw: bytes) -> bool:
    """Keep an e-mail; return False when it was kept before."""
    letter = read_letter(raw)
    reason = _reason(bool(letter.text or letter.subject), is_automatic=letter.is_automatic)
    kept = await tx.session.exec(
        insert(InboundLetter)
        .values(
            id=uuid7(tx.now),
            digest=letter.digest,
            received_at=tx.now,
            sent_at=letter.sent_at,
            sender=tx.cipher.encrypt(letter.sender or None),
            sender_name=tx.cipher.encrypt(letter.sender_name or None),
            subject=tx.cipher.encrypt(letter.subject or None),
            text=tx.cipher.encrypt(letter.text or None),
            is_cut=letter.is_cut,
            files=tx.cipher.encrypt(json.dumps(letter.files, ensure_ascii=False)),
            mentions=list(letter.mentions),
            state=LetterState.DISMISSED if reason else LetterState.WAITING,
            reason=reason,
            settled_at=tx.now if reason else None,
        )
        .on_conflict_do_nothing()
    )
    return kept.rowcount == 1


def _reason(has_words: bool, *, is_automatic: bool) -> DismissReason | None:
    if is_automatic:
        return DismissReason.AUTOMATIC
    return None if has_words else DismissReason.UNREADABLE


async def open_letter(tx: Tx, letter_id: uuid.UUID) -> InboundLetter:
    """Read a letter in plain words; who does and when is written down, and the others see it.

    Raises:
        PermissionDenied: the actor may not take down matters.
        LetterNotFound: there is no such letter.
        LetterSettled: somebody was faster.
    """
    letter = await _lock(tx, letter_id)
    letter.opened_by, letter.opened_at = tx.actor.user_id, tx.now
    log.info("a letter is opened", letter=str(letter.id), user=tx.actor.username)
    return letter


async def make_ticket(tx: Tx, letter_id: uuid.UUID, new: NewTicket) -> Created:
    """Make a ticket of a letter.

    Args:
        tx: the transaction.
        letter_id: the letter.
        new: the matter as a person took it out of the letter.

    Raises:
        PermissionDenied: the actor may not take down matters.
        LetterNotFound: there is no such letter.
        LetterSettled: somebody was faster.
    """
    letter = await _lock(tx, letter_id)
    created = await create_ticket(tx, new)
    letter.state, letter.ticket_id = LetterState.TAKEN, created.id
    letter.settled_by, letter.settled_at = tx.actor.user_id, tx.now
    return created


async def dismiss_letter(tx: Tx, letter_id: uuid.UUID, *, reason: DismissReason) -> InboundLetter:
    """Set a letter aside that is no matter of its own.

    Raises:
        PermissionDenied: the actor may not take down matters.
        LetterNotFound: there is no such letter.
        LetterSettled: somebody was faster.
    """
    letter = await _lock(tx, letter_id)
    letter.state, letter.reason = LetterState.DISMISSED, reason
    letter.settled_by, letter.settled_at = tx.actor.user_id, tx.now
    return letter


async def take_up_again(tx: Tx, letter_id: uuid.UUID) -> InboundLetter:
    """Let a letter wait again that was set aside by mistake.

    Raises:
        PermissionDenied: the actor may not take down matters.
        LetterNotFound: there is no such letter.
        LetterSettled: it was not set aside.
    """
    letter = await _lock(tx, letter_id, LetterState.DISMISSED)
    letter.state, letter.reason = LetterState.WAITING, None
    letter.settled_by = letter.settled_at = None
    return letter


async def _lock(
    tx: Tx, letter_id: uuid.UUID, state: LetterState = LetterState.WAITING
) -> InboundLetter:
    tx.actor.require(Permission.CREATE_TICKETS)
    letter = (
        await tx.session.exec(
            select(InboundLetter).where(InboundLetter.id == letter_id).with_for_update()
        )
    ).one_or_none()
    if letter is None:
        raise LetterNotFound
    if letter.state is not state:
        raise LetterSettled
    return letter
