"""From a cookie or a token to the person behind it; one statement each.

Every request asks this first, so it goes straight to the driver.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from hotline.people.looks import USUAL
from hotline.people.permissions import Role
from hotline.people.principal import Principal

_PERSON = (
    "u.id, u.username, u.display_name, u.roles, u.department_id, d.code, u.language, "
    "u.theme, u.density, u.text_size "
    "FROM {table} k JOIN users u ON u.id = k.user_id JOIN departments d ON d.id = u.department_id "
    "WHERE k.token_hash = $1 AND u.is_active AND "
)
_BY_SESSION = "SELECT " + _PERSON.format(table="user_sessions") + "k.expires_at > $2"
_BY_TOKEN = "SELECT " + _PERSON.format(table="api_tokens") + "k.revoked_at IS NULL"


def token_hash(token: str) -> bytes:
    """Return the digest under which a random secret is stored."""
    return hashlib.sha256(token.encode()).digest()


Fetch = Callable[..., Awaitable[Sequence[Any] | None]]
"""Takes a statement with $1, $2, ... and its values; returns the first row, if there is one."""


async def by_session(fetch: Fetch, token: str, now: datetime) -> Principal | None:
    """Return who signed in with this cookie, if that still holds."""
    return _person(await fetch(_BY_SESSION, token_hash(token), now))


async def by_token(fetch: Fetch, token: str) -> Principal | None:
    """Return whose API token this is, unless it was revoked."""
    return _person(await fetch(_BY_TOKEN, token_hash(token)))


def _person(row: Sequence[Any] | None) -> Principal | None:
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
        looks=USUAL.changed(theme=row[7], density=row[8], size=row[9]) if row[7] else None,
    )
