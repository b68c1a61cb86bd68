"""Passwords, hashed with argon2id; slow on purpose, so never on the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hotline.kernel.errors import N_, DomainError, ErrorKind

MIN_LENGTH = 10

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _HASHER.hash("nobody has this password")


class WeakPassword(DomainError):
    """A password that is too short."""

    kind = ErrorKind.INVALID
    code = "weak-password"
    title = N_("A password needs at least {length} characters")


async def hash_password(password: str) -> str:
    """Return the hash to store.

    Raises:
        WeakPassword: it is too short.
    """
    if len(password) < MIN_LENGTH:
        raise WeakPassword(length=MIN_LENGTH)
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Tell whether `password` is the one stored; without one, take as long and say no."""
    return await asyncio.to_thread(_verify, stored or _NOBODY, password) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
