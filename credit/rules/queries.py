"""Reading versions, drafts and decisions."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.models import RuleBookVersion
from credit.rules.errors import DraftNotFound, RuleVersionNotFound
from credit.rules.models import RetroactiveDecision, RuleDraft
from hotline.people.models import User

_MOST_DRAFTS = 50


async def find_version(session: AsyncSession, version: int) -> RuleBookVersion:
    """Return a version of the rules.

    Raises:
        RuleVersionNotFound: none has this number.
    """
    row = await session.get(RuleBookVersion, version)
    if row is None:
        raise RuleVersionNotFound(version=version)
    return row


async def newest_version(session: AsyncSession) -> RuleBookVersion:
    """Return the version that was published last; its day may be still to come."""
    row = (
        await session.exec(
            select(RuleBookVersion).order_by(col(RuleBookVersion.version).desc()).limit(1)
        )
    ).first()
    if row is None:
        raise RuleVersionNotFound(version=1)
    return row


async def open_drafts(session: AsyncSession) -> Sequence[RuleDraft]:
    """Return the drafts that people work on, the latest changed first."""
    rows = await session.exec(
        select(RuleDraft)
        .where(col(RuleDraft.published_version).is_(None), col(RuleDraft.discarded_at).is_(None))
        .order_by(col(RuleDraft.changed_at).desc())
        .limit(_MOST_DRAFTS)
    )
    return rows.all()


async def find_draft(
    session: AsyncSession, draft_id: uuid.UUID, *, lock: bool = False
) -> RuleDraft:
    """Return a draft that is one still.

    Raises:
        DraftNotFound: there is none.
    """
    query = select(RuleDraft).where(
        RuleDraft.id == draft_id,
        col(RuleDraft.published_version).is_(None),
        col(RuleDraft.discarded_at).is_(None),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = (await session.exec(query)).first()
    if row is None:
        raise DraftNotFound
    return row


async def decisions(session: AsyncSession) -> Mapping[int, Sequence[RetroactiveDecision]]:
    """Return every decision that a version holds for the past, by version, the latest first."""
    rows = await session.exec(
        select(RetroactiveDecision).order_by(col(RetroactiveDecision.decided_at).desc())
    )
    found: dict[int, list[RetroactiveDecision]] = {}
    for row in rows:
        found.setdefault(row.version, []).append(row)
    return found


async def names_of(
    session: AsyncSession, user_ids: Sequence[uuid.UUID | None]
) -> Mapping[uuid.UUID, str]:
    """Return what people are called."""
    rows = await session.exec(
        select(User.id, User.display_name).where(col(User.id).in_({one for one in user_ids if one}))
    )
    return dict(rows.all())


def in_force(versions: Sequence[RuleBookVersion], now: datetime) -> int | None:
    """Return the number of the version that holds now, of versions the newest first."""
    come = [row.version for row in versions if row.valid_from <= now]
    return come[0] if come else (versions[-1].version if versions else None)
