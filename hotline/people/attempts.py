"""How often something that can be guessed at may be tried.

Counted in the database, so that a restart forgives nothing and several web processes count together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.models import AttemptWindow


class TooManyAttempts(DomainError):
    """Tried too often lately."""

    kind = ErrorKind.TOO_MANY
    code = "too-many-attempts"
    title = N_("Too many attempts: wait {minutes} minutes, then try again")


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """How many attempts fit into a window."""

    purpose: str
    attempts: int
    window: timedelta


SIGN_IN_BY_NAME = AttemptLimit("sign_in_name", 10, timedelta(minutes=15))
SIGN_IN_BY_ADDRESS = AttemptLimit("sign_in_address", 100, timedelta(minutes=15))
TRACK_BY_ADDRESS = AttemptLimit("track", 60, timedelta(minutes=10))
TRACK_BY_NUMBER = AttemptLimit("track_number", 20, timedelta(minutes=60))
VERIFY_BY_ADDRESS = AttemptLimit("verify", 60, timedelta(minutes=10))
RATE_BY_ADDRESS = AttemptLimit("rate", 60, timedelta(minutes=10))
BEGIN_BY_ADDRESS = AttemptLimit("begin", 120, timedelta(hours=1))
PHOTOS_BY_ADDRESS = AttemptLimit("photos", 30, timedelta(hours=1))
SUBMIT_BY_ADDRESS = AttemptLimit("submit", 20, timedelta(hours=1))


async def count_attempt(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    limit: AttemptLimit,
    subject: str,
    now: datetime,
) -> None:
    """Count one more attempt, in a transaction of its own so that a refusal is counted too.

    Args:
        session_maker: for that transaction.
        cipher: who tried is kept as a keyed digest only.
        limit: what is tried, and how often that may be.
        subject: who tries, or what is tried at.
        now: the instant.

    Raises:
        TooManyAttempts: the window is full.
    """
    digest = cipher.blind_index(f"{limit.purpose}:{subject}") or b""
    is_over = col(AttemptWindow.began_at) <= now - limit.window
    statement = (
        insert(AttemptWindow)
        .values(purpose=limit.purpose, subject=digest, began_at=now, count=1)
        .on_conflict_do_update(
            index_elements=["purpose", "subject"],
            set_={
                "began_at": case((is_over, now), else_=col(AttemptWindow.began_at)),
                "count": case((is_over, 1), else_=col(AttemptWindow.count) + 1),
            },
        )
        .returning(col(AttemptWindow.count))
    )
    async with session_maker() as session, session.begin():
        count = (await session.exec(statement)).scalar_one()
    if count > limit.attempts:
        raise TooManyAttempts(minutes=int(limit.window.total_seconds() // 60))


async def forget_attempts(
    session_maker: SessionMaker, cipher: FieldCipher, limit: AttemptLimit, subject: str
) -> None:
    """Empty a window after the right answer."""
    digest = cipher.blind_index(f"{limit.purpose}:{subject}") or b""
    async with session_maker() as session, session.begin():
        await session.exec(
            delete(AttemptWindow).where(
                col(AttemptWindow.purpose) == limit.purpose,
                col(AttemptWindow.subject) == digest,
            )
        )
