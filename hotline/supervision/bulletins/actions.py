"""Bulletins: drafted from the figures, reviewed by a second person, published, recalled with a reason."""

import uuid
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.supervision.bulletins.queries import count_figures
from hotline.supervision.bulletins.rules import (
    BulletinKind,
    BulletinState,
    require_following,
    require_period,
    require_publisher,
    require_reviewer,
    stored,
    total_of,
    week_to_draft,
)
from hotline.supervision.errors import BulletinNotFound, StaleRecord
from hotline.supervision.events import BulletinPublished
from hotline.supervision.models import Bulletin
from hotline.supervision.numbering import BULLETIN, next_number
from hotline.tickets.errors import UnknownCode


async def draft_bulletin(
    tx: Tx, *, title: str, begins: date, ends: date, text: str, departments: Sequence[str] = ()
) -> Bulletin:
    """Draft a bulletin; its figures are counted now and stay with it.

    Args:
        tx: the transaction.
        title: its heading.
        begins: first day of the period.
        ends: last day of it.
        text: what is said about the figures.
        departments: codes of those that will read it; none for all.

    Raises:
        PermissionDenied: the actor writes no bulletins.
        InvalidPeriod: the period cannot be counted.
        UnknownCode: there is no such department.
    """
    tx.actor.require(Permission.PUBLISH_BULLETIN)
    require_period(begins, ends, tx.now.astimezone(SHANGHAI).date())
    units = await _known(tx, departments)
    bulletin = Bulletin(
        id=uuid7(tx.now),
        kind=BulletinKind.NOTICE,
        state=BulletinState.DRAFT,
        title=title,
        begins=begins,
        ends=ends,
        text=text,
        figures=stored(await count_figures(tx.session, begins, ends, tx.now)),
        units=units,
        drafted_by=tx.actor.user_id,
        drafted_at=tx.now,
    )
    tx.session.add(bulletin)
    return bulletin


async def change_bulletin(
    tx: Tx,
    bulletin_id: uuid.UUID,
    *,
    title: str,
    text: str,
    departments: Sequence[str] = (),
    expected_version: int | None = None,
) -> Bulletin:
    """Change the words of a draft; its figures are counted anew, and a review of it is void."""
    bulletin = await _lock(tx, bulletin_id, BulletinState.DRAFT, expected_version)
    bulletin.units = await _known(tx, departments)
    bulletin.state = BulletinState.DRAFT
    bulletin.title, bulletin.text = title, text
    bulletin.figures = stored(
        await count_figures(tx.session, bulletin.begins, bulletin.ends, tx.now)
    )
    bulletin.drafted_by, bulletin.drafted_at = tx.actor.user_id, tx.now
    bulletin.reviewed_by = bulletin.reviewed_at = None
    return bulletin


async def review_bulletin(
    tx: Tx, bulletin_id: uuid.UUID, *, expected_version: int | None = None
) -> Bulletin:
    """Find a draft good.

    Raises:
        SecondPersonForBulletin: the actor wrote it.
    """
    bulletin = await _lock(tx, bulletin_id, BulletinState.REVIEWED, expected_version)
    require_reviewer(drafted_by=bulletin.drafted_by, actor=tx.actor.user_id)
    bulletin.state = BulletinState.REVIEWED
    bulletin.reviewed_by, bulletin.reviewed_at = tx.actor.user_id, tx.now
    return bulletin


async def publish_bulletin(
    tx: Tx, bulletin_id: uuid.UUID, *, expected_version: int | None = None
) -> Bulletin:
    """Publish what was reviewed, under its number; those who read it are told.

    Raises:
        SecondPersonForBulletin: the system wrote it and the actor alone reviewed it.
    """
    bulletin = await _lock(tx, bulletin_id, BulletinState.PUBLISHED, expected_version)
    require_publisher(
        drafted_by=bulletin.drafted_by, reviewed_by=bulletin.reviewed_by, actor=tx.actor.user_id
    )
    bulletin.number = await next_number(tx, BULLETIN)
    bulletin.state = BulletinState.PUBLISHED
    bulletin.published_by, bulletin.published_at = tx.actor.user_id, tx.now
    await emit(tx, BulletinPublished(bulletin_id=str(bulletin.id)))
    return bulletin


async def recall_bulletin(
    tx: Tx, bulletin_id: uuid.UUID, *, reason: str, expected_version: int | None = None
) -> Bulletin:
    """Take a published bulletin back; it stays where it is, with the reason over it."""
    bulletin = await _lock(tx, bulletin_id, BulletinState.RECALLED, expected_version)
    bulletin.state = BulletinState.RECALLED
    bulletin.recall_reason = reason
    bulletin.recalled_by, bulletin.recalled_at = tx.actor.user_id, tx.now
    return bulletin


_WEEKLY_TITLE = "每周通报 {begins} 至 {ends}"
_WEEKLY_TEXT = (
    "本周各单位新接工单 {received} 件，办理超期 {late} 件，申请退回 {returned} 件，返工 {reworked} 件，"
    "督办单逾期未回复 {unanswered} 件，挂牌督办 {listed} 件。具体见下表。"
)


async def draft_weekly(tx: Tx) -> bool:
    """Draft the digest of the week before, unless it is there; return whether it was drafted.

    Where no ticket was ever given to a department nothing is to be said, and nothing is.
    """
    begins, ends = week_to_draft(tx.now)
    lines = await count_figures(tx.session, begins, ends, tx.now)
    if not lines:
        return False
    total = total_of(lines)
    done = await tx.session.exec(
        insert(Bulletin)
        .values(
            id=uuid7(tx.now),
            kind=BulletinKind.WEEKLY,
            state=BulletinState.DRAFT,
            version=1,
            title=_WEEKLY_TITLE.format(begins=begins, ends=ends),
            begins=begins,
            ends=ends,
            text=_WEEKLY_TEXT.format(**total),
            figures=stored(lines),
            units=[],
            drafted_at=tx.now,
        )
        .on_conflict_do_nothing(index_elements=["begins"], index_where=sa.text("kind = 'weekly'"))
    )
    return done.rowcount == 1


async def _known(tx: Tx, codes: Sequence[str]) -> list[str]:
    """Return codes of departments, sorted, each once.

    Raises:
        UnknownCode: there is no such department.
    """
    found = set(
        await tx.session.exec(select(Department.code).where(col(Department.code).in_(codes)))
    )
    for code in codes:
        if code not in found:
            raise UnknownCode(what="department", value=code)
    return sorted(found)


async def _lock(
    tx: Tx, bulletin_id: uuid.UUID, following: BulletinState, expected_version: int | None
) -> Bulletin:
    """Return a bulletin to take further, locked, its version counted on."""
    tx.actor.require(Permission.PUBLISH_BULLETIN)
    bulletin = (
        await tx.session.exec(
            select(Bulletin)
            .where(Bulletin.id == bulletin_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if bulletin is None:
        raise BulletinNotFound
    if expected_version is not None and expected_version != bulletin.version:
        raise StaleRecord
    require_following(bulletin.state, following)
    bulletin.version += 1
    return bulletin
