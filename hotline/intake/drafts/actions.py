"""Keeping what is being typed, and letting it go."""

import json
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_or_change
from sqlmodel import col, delete, select

from hotline.intake.drafts.errors import DraftNotFound, DraftTooLong
from hotline.intake.drafts.models import IntakeDraft
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.models import IdempotencyKey
from hotline.tickets.questions import Given

MOST_DRAFTS = 20
"""Of one person; beyond that the oldest goes."""

MOST_CHARACTERS = 60_000


async def save_draft(tx: Tx, draft_id: uuid.UUID, fields: Given) -> bool:
    """Keep what has been typed so far; return whether there was still something to keep.

    A ticket that was made of it meanwhile ends the draft for good, however late a last saving comes.

    Raises:
        PermissionDenied: the actor takes no matters down.
        DraftNotFound: the draft is somebody else's.
        DraftTooLong: no ticket could hold it.
    """
    user_id = _own(tx)
    words = json.dumps({name: list(values) for name, values in fields.items()}, ensure_ascii=False)
    if len(words) > MOST_CHARACTERS:
        raise DraftTooLong(most=MOST_CHARACTERS)
    if await tx.session.get(IdempotencyKey, (user_id, draft_id.hex)) is not None:
        return False
    kept = insert_or_change(IntakeDraft).values(
        id=draft_id,
        user_id=user_id,
        words=tx.cipher.encrypt(words),
        created_at=tx.now,
        saved_at=tx.now,
    )
    written = await tx.session.exec(
        kept.on_conflict_do_update(
            index_elements=["id"],
            set_={"words": kept.excluded.words, "saved_at": tx.now},
            where=col(IntakeDraft.user_id) == user_id,
        )
    )
    if written.rowcount == 0:
        raise DraftNotFound
    await _keep_newest(tx, user_id)
    return True


async def _keep_newest(tx: Tx, user_id: uuid.UUID) -> None:
    newest = (
        select(IntakeDraft.id)
        .where(IntakeDraft.user_id == user_id)
        .order_by(col(IntakeDraft.saved_at).desc(), col(IntakeDraft.id))
        .limit(MOST_DRAFTS)
    )
    await tx.session.exec(
        delete(IntakeDraft).where(
            sa.and_(col(IntakeDraft.user_id) == user_id, col(IntakeDraft.id).not_in(newest))
        )
    )


async def discard_draft(tx: Tx, draft_id: uuid.UUID) -> None:
    """Forget a draft: it was sent, or it is not wanted; one that is not there is no matter."""
    await tx.session.exec(
        delete(IntakeDraft).where(
            col(IntakeDraft.id) == draft_id, col(IntakeDraft.user_id) == _own(tx)
        )
    )


def _own(tx: Tx) -> uuid.UUID:
    tx.actor.require(Permission.CREATE_TICKETS)
    if tx.actor.user_id is None:
        raise DraftNotFound
    return tx.actor.user_id
