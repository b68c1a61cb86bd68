"""Reading one's own drafts; nobody reads those of others."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.drafts.actions import MOST_DRAFTS
from hotline.intake.drafts.models import IntakeDraft
from hotline.kernel.crypto import FieldCipher
from hotline.tickets.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as its owner typed it.

    Attributes:
        fields: all values of each field, by its name.
    """

    id: uuid.UUID
    saved_at: datetime
    fields: Mapping[str, Sequence[str]]

    def value(self, name: str) -> str:
        """Return what stands in a field; empty when nothing does."""
        return "".join(self.fields.get(name, ())[:1])


async def list_drafts(
    session: AsyncSession, user_id: uuid.UUID | None, cipher: FieldCipher
) -> Sequence[Draft]:
    """Return a person's open drafts, the one last touched first.

    One that was kept in the very moment in which it was sent is open no more.
    """
    name = sa.func.replace(sa.cast(col(IntakeDraft.id), sa.String), "-", "")
    is_sent = (
        select(IdempotencyKey.key)
        .where(IdempotencyKey.user_id == user_id, col(IdempotencyKey.key) == name)
        .exists()
    )
    rows = await session.exec(
        select(IntakeDraft)
        .where(IntakeDraft.user_id == user_id, ~is_sent)
        .order_by(col(IntakeDraft.saved_at).desc(), col(IntakeDraft.id))
        .limit(MOST_DRAFTS)
    )
    return [_draft(row, cipher) for row in rows]


async def find_draft(
    session: AsyncSession, user_id: uuid.UUID | None, draft_id: uuid.UUID, cipher: FieldCipher
) -> Draft | None:
    """Return a draft of a person; None when there is none of his."""
    row = await session.get(IntakeDraft, draft_id)
    return _draft(row, cipher) if row is not None and row.user_id == user_id else None


async def was_sent(session: AsyncSession, user_id: uuid.UUID | None, draft_id: uuid.UUID) -> bool:
    """Tell whether a ticket was made of a draft, so that its name cannot be used again."""
    found = await session.exec(
        select(IdempotencyKey.key)
        .where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == draft_id.hex)
        .limit(1)
    )
    return found.first() is not None


def _draft(row: IntakeDraft, cipher: FieldCipher) -> Draft:
    return Draft(row.id, row.saved_at, json.loads(cipher.decrypt(row.words) or "{}"))
