"""Keys of other systems: given out, looked up, taken back."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.ids import uuid7
from hotline.open311.errors import InvalidOpenKey, OpenKeyNotFound
from hotline.open311.models import Open311Key
from hotline.people.access import token_hash
from hotline.people.permissions import Permission
from hotline.people.principal import Tx

RATE = 60
"""Reports a minute with one key, when nothing else is said."""

RATE_MOST = 6000
_NAME_MAX = 80
_HINT = 6


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as it is listed: never the key itself.

    Attributes:
        hint: how it begins.
        contact: who answers for it.
        rate: reports a minute.
    """

    id: uuid.UUID
    name: str
    hint: str
    contact: str | None
    is_test: bool
    rate: int
    created_at: datetime
    revoked_at: datetime | None


async def add_key(
    tx: Tx, *, name: str, contact: str | None = None, is_test: bool = False, rate: int = RATE
) -> tuple[KeyView, str]:
    """Return a new key, which is shown this once.

    Args:
        tx: the transaction.
        name: of the other system.
        contact: who answers for it.
        is_test: it opens the test endpoint and nothing else.
        rate: reports a minute.

    Raises:
        PermissionDenied: the actor may not manage the interface.
        InvalidOpenKey: no name, or no sensible rate.
    """
    tx.actor.require(Permission.MANAGE_OPEN311)
    name = name.strip()
    if not 1 <= len(name) <= _NAME_MAX or not 1 <= rate <= RATE_MOST:
        raise InvalidOpenKey
    plain = ("test_" if is_test else "live_") + secrets.token_urlsafe(24)
    row = Open311Key(
        id=uuid7(tx.now),
        digest=token_hash(plain),
        hint=plain[5 : 5 + _HINT],
        name=name,
        contact=tx.cipher.encrypt((contact or "").strip() or None),
        is_test=is_test,
        rate=rate,
        created_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()  # the answer shows it
    return _view(row, tx.cipher), plain


async def revoke_key(tx: Tx, key_id: uuid.UUID) -> KeyView:
    """Take a key back; what came in with it stays.

    Raises:
        PermissionDenied: the actor may not manage the interface.
        OpenKeyNotFound: there is no such key.
    """
    tx.actor.require(Permission.MANAGE_OPEN311)
    row = await tx.session.get(Open311Key, key_id)
    if row is None:
        raise OpenKeyNotFound
    row.revoked_at = row.revoked_at or tx.now
    return _view(row, tx.cipher)


async def list_keys(session: AsyncSession, cipher: FieldCipher) -> Sequence[KeyView]:
    """Return every key, those in use first, the newest first."""
    rows = await session.exec(
        select(Open311Key).order_by(
            col(Open311Key.revoked_at).is_not(None), col(Open311Key.id).desc()
        )
    )
    return [_view(row, cipher) for row in rows]


async def find_key(session: AsyncSession, plain: str, *, is_test: bool) -> Open311Key | None:
    """Return the key in use that this is, for production or for tests."""
    return (
        await session.exec(
            select(Open311Key).where(
                Open311Key.digest == token_hash(plain),
                col(Open311Key.is_test).is_(is_test),
                col(Open311Key.revoked_at).is_(None),
            )
        )
    ).first()


def _view(row: Open311Key, cipher: FieldCipher) -> KeyView:
    return KeyView(
        row.id,
        row.name,
        row.hint,
        cipher.decrypt(row.contact),
        row.is_test,
        row.rate,
        row.created_at,
        row.revoked_at,
    )
