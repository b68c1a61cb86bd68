"""Keys that sort by time, and codes that cannot be guessed."""

import secrets
import uuid
from datetime import datetime

QUERY_CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits that are not mistaken for each other when read out or typed."""

QUERY_CODE_LENGTH = 6


def uuid7(now: datetime) -> uuid.UUID:
    """Return a fresh version 7 UUID whose first 48 bits are `now` in milliseconds."""
    milliseconds = int(now.timestamp() * 1000)
    bits = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=bits & ~(0x3 << 62) | 0x2 << 62)


def first_id(instant: datetime) -> uuid.UUID:
    """Return the least of the time-ordered ids of an instant, so that primary keys find its rows."""
    return uuid.UUID(int=int(instant.timestamp() * 1000) << 80)


def uuid7s(now: datetime, count: int) -> list[uuid.UUID]:
    """Return many fresh version 7 UUIDs of one instant, for rows that are written together."""
    head = (int(now.timestamp() * 1000) & ((1 << 48) - 1)) << 80
    noise = secrets.token_bytes(10 * count)
    made = []
    for place in range(0, 10 * count, 10):
        bits = head | int.from_bytes(noise[place : place + 10])
        bits = bits & ~(0xF << 76) | 0x7 << 76
        made.append(uuid.UUID(int=bits & ~(0x3 << 62) | 0x2 << 62))
    return made


def query_code() -> str:
    """Return a random code of six characters: 32 to the sixth, about a thousand million."""
    return "".join(secrets.choice(QUERY_CODE_ALPHABET) for _ in range(QUERY_CODE_LENGTH))


def bearer_token() -> str:
    """Return a random secret of 256 bits for sessions and API tokens."""
    return secrets.token_urlsafe(32)
