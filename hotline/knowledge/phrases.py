"""Phrases: shared ones and one's own, kept and offered."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.ids import uuid7
from hotline.knowledge.errors import PhraseNotFound
from hotline.knowledge.models import Phrase
from hotline.knowledge.phrase_rules import PhraseDesk, PhraseKind, require_placeholders
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx


def offered_to(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a phrase exists for somebody: shared, or his own."""
    if Permission.READ_KNOWLEDGE not in principal.permissions:
        return sa.false()
    return sa.or_(col(Phrase.owner_id).is_(None), col(Phrase.owner_id) == principal.user_id)


async def list_phrases(
    session: AsyncSession,
    principal: Principal,
    *,
    desk: PhraseDesk | None = None,
    only_active: bool = True,
) -> Sequence[Phrase]:
    """Return the phrases that somebody may use, his own first, then by what they are for.

    Args:
        session: may be read-only.
        principal: who would use them.
        desk: only those of this desk and those of every desk.
        only_active: leave out what was switched off.
    """
    statement = select(Phrase).where(offered_to(principal))
    if desk is not None:
        statement = statement.where(col(Phrase.desk).in_([desk, PhraseDesk.ANY]))
    if only_active:
        statement = statement.where(col(Phrase.is_active).is_(True))
    return (
        await session.exec(
            statement.order_by(
                col(Phrase.owner_id).is_(None), col(Phrase.kind), col(Phrase.title), col(Phrase.id)
            )
        )
    ).all()


async def add_phrase(
    tx: Tx,
    *,
    title: str,
    text: str,
    desk: PhraseDesk,
    kind: PhraseKind,
    is_shared: bool = False,
) -> Phrase:
    """Keep a phrase, for oneself or for everybody.

    Raises:
        PermissionDenied: only some keep phrases for everybody.
        UnknownPlaceholder: something in braces is not known.
    """
    tx.actor.require(Permission.READ_KNOWLEDGE)
    if is_shared:
        tx.actor.require(Permission.MANAGE_PHRASES)
    require_placeholders(text)
    phrase = Phrase(
        id=uuid7(tx.now),
        owner_id=None if is_shared else tx.actor.user_id,
        title=title,
        text=text,
        desk=desk,
        kind=kind,
        changed_at=tx.now,
        changed_by=tx.actor.user_id,
    )
    tx.session.add(phrase)
    return phrase


async def change_phrase(
    tx: Tx,
    phrase_id: uuid.UUID,
    *,
    title: str,
    text: str,
    desk: PhraseDesk,
    kind: PhraseKind,
    is_active: bool = True,
) -> Phrase:
    """Change a phrase, or switch it off.

    Raises:
        PhraseNotFound: there is none, or it is somebody else's.
        PermissionDenied: it is everybody's and the actor does not keep those.
        UnknownPlaceholder: something in braces is not known.
    """
    tx.actor.require(Permission.READ_KNOWLEDGE)
    phrase = (
        await tx.session.exec(
            select(Phrase).where(Phrase.id == phrase_id, offered_to(tx.actor)).with_for_update()
        )
    ).first()
    if phrase is None:
        raise PhraseNotFound
    if phrase.owner_id is None:
        tx.actor.require(Permission.MANAGE_PHRASES)
    require_placeholders(text)
    phrase.title, phrase.text, phrase.desk, phrase.kind = title, text, desk, kind
    phrase.is_active = is_active
    phrase.changed_at, phrase.changed_by = tx.now, tx.actor.user_id
    return phrase
