"""Screens on walls: each has a word of its own that opens the wall's figures and nothing else."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import bearer_token, uuid7
from hotline.people.access import token_hash
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.supervision.board.errors import ScreenNotFound
from hotline.supervision.board.models import WallScreen

SCREEN_LIFE = timedelta(days=366)
"""So long a screen shows figures before somebody has to look after it again."""

SEEN_EVERY = timedelta(minutes=1)

_IS_IN_USE = col(WallScreen.revoked_at).is_(None)


async def add_screen(tx: Tx, name: str) -> tuple[WallScreen, str]:
    """Let a screen show the wall; return it with its word, which nobody is told again.

    Raises:
        PermissionDenied: the actor may not.
    """
    tx.actor.require(Permission.MANAGE_SCREENS)
    word = bearer_token()
    screen = WallScreen(
        id=uuid7(tx.now),
        name=name,
        token_digest=token_hash(word),
        made_by=tx.actor.user_id,
        made_at=tx.now,
        expires_at=tx.now + SCREEN_LIFE,
    )
    tx.session.add(screen)
    return screen, word


async def revoke_screen(tx: Tx, screen_id: uuid.UUID) -> WallScreen:
    """Take a screen away: at its next question it is told nothing.

    Raises:
        PermissionDenied: the actor may not.
        ScreenNotFound: there is none, or it was taken away already.
    """
    tx.actor.require(Permission.MANAGE_SCREENS)
    screen = (
        await tx.session.exec(
            select(WallScreen).where(WallScreen.id == screen_id, _IS_IN_USE).with_for_update()
        )
    ).first()
    if screen is None:
        raise ScreenNotFound
    screen.revoked_at, screen.revoked_by = tx.now, tx.actor.user_id
    return screen


async def list_screens(session: AsyncSession) -> Sequence[WallScreen]:
    """Return the screens that show the wall, by name."""
    return (
        await session.exec(
            select(WallScreen).where(_IS_IN_USE).order_by(col(WallScreen.name), col(WallScreen.id))
        )
    ).all()


async def find_screen(session: AsyncSession, word: str, now: datetime) -> WallScreen | None:
    """Return the screen that has this word, if it may still show anything."""
    return (
        await session.exec(
            select(WallScreen).where(
                WallScreen.token_digest == token_hash(word), _IS_IN_USE, WallScreen.expires_at > now
            )
        )
    ).first()


async def admit_screen(maker: SessionMaker, word: str, now: datetime) -> bool:
    """Tell whether a screen may show the wall, and note that it has asked, once a minute at most.

    In a transaction of its own: whoever draws the wall only reads.
    """
    async with maker() as session, session.begin():
        screen = await find_screen(session, word, now)
        if screen is None:
            return False
        if screen.seen_at is None or now - screen.seen_at >= SEEN_EVERY:
            await session.exec(
                update(WallScreen).where(col(WallScreen.id) == screen.id).values(seen_at=now)
            )
        return True
