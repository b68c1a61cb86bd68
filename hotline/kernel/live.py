"""Hints for pages that are open: told exactly when, and only if, the transaction commits.

A hint says where to look, never what is there: a topic and at most whom it concerns. Whoever misses one
finds the same state in the database.
"""

import json
import uuid

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

CHANNEL = "hotline_live"
"""The one channel that every web process listens to."""

_NOTIFY = sa.text("SELECT pg_notify(:channel, :payload)")


async def hint(session: AsyncSession, topic: str, *, user_id: uuid.UUID | None = None) -> None:
    """Let open pages look again after this transaction.

    Args:
        session: in a transaction.
        topic: a word that pages ask for.
        user_id: whom it concerns; None for everybody who may know of the topic.
    """
    payload = json.dumps({"topic": topic, "user": str(user_id) if user_id else None})
    await session.exec(_NOTIFY, params={"channel": CHANNEL, "payload": payload})  # type: ignore[call-overload]
