"""From a cookie or a token to the person behind it; one statement each."""

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Role
from hotline.people.principal import Principal

_PERSON = (
    "u.id, u.username, u.display_name, u.roles, u.department_id, d.code, u.language "
    "FROM {table} k JOIN users u ON u.id = k.user_id JOIN departments d ON d.id = u.department_id "
    "WHERE k.token_hash = :hash AND u.is_active AND "
)
_BY_SESSION = sa.text("SELECT " + _PERSON.format(table="user_sessions") + "k.expires_at > :now")
_BY_TOKEN = sa.text("SELECT " + _PERSON.format(table="api_tokens") + "k.revoked_at IS NULL")


def token_hash(token: str) -> bytes:
    """Return the digest under which a random secret is stored."""
    return hashlib.sha256(token.encode()).digest()


async def by_session(session: AsyncSession, token: str, now: datetime) -> Principal | None:
    """Return who signed in with this cookie, if that still holds."""
    return await _one(session, _BY_SESSION, {"hash": token_hash(token), "now": now})


async def by_token(session: AsyncSession, token: str) -> Principal | None:
    """Return whose API token this is, unless it was revoked."""
    return await _one(session, _BY_TOKEN, {"hash": token_hash(token)})


async def _one(
    session: AsyncSession, statement: sa.TextClause, params: dict[str, Any]
) -> Principal | None:
    row = (await session.exec(statement, params=params)).first()  # type: ignore[call-overload]
    if row is None:
        return None
    return Principal(
        roles=frozenset(Role(role) for role in row[3]),
        user_id=row[0],
        username=row[1],
        display_name=row[2],
        department_id=row[4],
        department_code=row[5],
        language=row[6],
    )
