"""Telling people of knowledge, and watching its clocks: reviews, corrections, last days."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.kernel.tx import Transaction
from hotline.knowledge import actions as articles, corrections
from hotline.knowledge.access import is_offered
from hotline.knowledge.events import KnowledgeMoved, KnowledgeStale
from hotline.knowledge.models import Article, ArticleEvent, ArticleVersion, Correction
from hotline.knowledge.rules import (
    KEPT_UP,
    LIVE_CORRECTIONS,
    OFFERED,
    REMIND_BEFORE,
    ArticleState,
    ArticleStep,
    ReviewWarned,
    article_number,
    day_of,
    nth_of,
    review_warning,
)
from hotline.knowledge.uses import forget_unlinked
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role

REVIEW_SOON, REVIEW_DUE, STALE = (
    "knowledge_review_soon",
    "knowledge_review_due",
    "knowledge_stale",
)
EXPIRED = "knowledge_expired"
CORRECTION_DUE, CORRECTION_OVERDUE = "knowledge_correction_due", "knowledge_correction_overdue"

_TO_REPORTER = frozenset({corrections.ACCEPTED, corrections.REFUSED, articles.DONE})
_TO_AUTHOR = frozenset({articles.SENT_BACK, articles.PUBLISHED})
_ACKNOWLEDGED = frozenset({corrections.REPORTED})
_REVIEW_NEWS: Mapping[ReviewWarned, str] = {
    ReviewWarned.SOON: REVIEW_SOON,
    ReviewWarned.DUE: REVIEW_DUE,
    ReviewWarned.STALE: STALE,
}
_CORRECTION_SOON_SHARE = 3
"""A third of its time before a report falls due, its owner is reminded."""


async def tell_knowledge(tx: Transaction, fact_id: uuid.UUID, moved: KnowledgeMoved) -> None:
    """Tell whoever has to look at an article, or who is to hear what became of it."""
    article = (
        await tx.session.exec(
            select(Article).where(Article.nth == (nth_of(moved.article_number) or 0))
        )
    ).one()
    people: Iterable[uuid.UUID | None]
    if moved.news in _TO_REPORTER and moved.correction_id:
        report = await tx.session.get_one(Correction, uuid.UUID(moved.correction_id))
        people = [report.reported_by]
    elif moved.news in _TO_AUTHOR:
        newest = await tx.session.get_one(ArticleVersion, (article.id, article.newest_version))
        people = [newest.written_by]
    elif moved.news == articles.SUBMITTED:
        newest = await tx.session.get_one(ArticleVersion, (article.id, article.newest_version))
        people = [one for one in await _publishers(tx.session, article) if one != newest.written_by]
    else:
        people = await _owners(tx.session, article)
    await _tell(tx, fact_id, moved.news, people, article, needs_ack=moved.news in _ACKNOWLEDGED)


async def look_after_knowledge(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, batch: int = 500
) -> int:
    """Tell of reviews and corrections that fall due, end what is over; each once.

    What was told is kept with the row: a restart tells nobody twice and leaves nobody out.

    Returns:
        Of how many articles and reports somebody was told.
    """
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, f"knowledge:{now.isoformat()}")
        told = await _expire(tx, batch)
        told += await _remind_of_reviews(tx, batch)
        told += await _remind_of_corrections(tx, batch)
        await forget_unlinked(session, now)
        return told


async def _expire(tx: Transaction, batch: int) -> int:
    """Let articles expire whose last day is over; their owners are told."""
    rows = await tx.session.exec(
        select(Article)
        .join(ArticleVersion, is_offered())
        .where(
            col(Article.state).in_(OFFERED),
            col(ArticleVersion.valid_until) < day_of(tx.now),
        )
        .order_by(col(Article.id))
        .limit(batch)
        .with_for_update(of=Article, skip_locked=True)
    )
    found = rows.all()
    for article in found:
        article.state = ArticleState.EXPIRED
        article.lock_version += 1
        article.changed_at = tx.now
        _note(tx, article, ArticleStep.EXPIRED)
        await _tell_owners(tx, article, EXPIRED)
    return len(found)


async def _remind_of_reviews(tx: Transaction, batch: int) -> int:
    rows = await tx.session.exec(
        select(Article)
        .where(
            col(Article.review_by) <= tx.now + REMIND_BEFORE,
            col(Article.state).in_(KEPT_UP),
            col(Article.warned) < ReviewWarned.STALE,
        )
        .order_by(col(Article.review_by))
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    told = 0
    for article in rows.all():
        told += await _remind_of_review(tx, article)
    return told


async def _remind_of_review(tx: Transaction, article: Article) -> bool:
    if article.review_by is None:
        return False
    warning = review_warning(article.review_by, article.due_told_at, tx.now)
    if warning <= article.warned:
        return False
    article.warned = warning
    if warning is ReviewWarned.DUE:
        article.due_told_at = tx.now
    news = _REVIEW_NEWS[warning]
    if warning is not ReviewWarned.STALE:
        await _tell_owners(tx, article, news, needs_ack=warning is ReviewWarned.DUE)
        return True
    _note(tx, article, ArticleStep.WENT_STALE)
    await _tell_owners(tx, article, news, with_supervisors=True, needs_ack=True)
    owner = await tx.session.get_one(Department, article.department_id)
    if not owner.is_hotline:
        await emit(
            tx,
            KnowledgeStale(
                article_number=article_number(article.nth),
                department_id=owner.id,
                due_at=article.review_by.isoformat(),
            ),
        )
    return True


async def _remind_of_corrections(tx: Transaction, batch: int) -> int:
    rows = await tx.session.exec(
        select(Correction)
        .where(
            col(Correction.state).in_(LIVE_CORRECTIONS),
            col(Correction.warned) < 2,  # noqa: PLR2004  # told that it is overdue
        )
        .order_by(col(Correction.due_at))
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    told = 0
    for report in rows.all():
        told += await _remind_of_correction(tx, report)
    return told


async def _remind_of_correction(tx: Transaction, report: Correction) -> bool:
    began = report.decided_at or report.reported_at
    soon = report.due_at - (report.due_at - began) / _CORRECTION_SOON_SHARE
    warned = 2 if report.due_at <= tx.now else 1 if soon <= tx.now else 0
    if warned <= report.warned:
        return False
    report.warned = warned
    article = await tx.session.get_one(Article, report.article_id)
    is_overdue = report.due_at <= tx.now
    await _tell_owners(
        tx,
        article,
        CORRECTION_OVERDUE if is_overdue else CORRECTION_DUE,
        with_supervisors=is_overdue,
        needs_ack=is_overdue,
    )
    return True


def _note(tx: Transaction, article: Article, step: ArticleStep) -> None:
    tx.session.add(
        ArticleEvent(
            article_id=article.id,
            step=step,
            version=article.offered_version,
            at=tx.now,
        )
    )


async def _owners(session: AsyncSession, article: Article) -> list[uuid.UUID]:
    """Return who answers for an article: its department's people, or the hotline's editors."""
    owner = await session.get_one(Department, article.department_id)
    roles = (Role.AUDITOR, Role.SUPERVISOR) if owner.is_hotline else (Role.HANDLER, Role.LEADER)
    return [
        user_id
        for role in roles
        for user_id in await user_ids_with_role(session, role, article.department_id)
    ]


async def _publishers(session: AsyncSession, article: Article) -> Sequence[uuid.UUID]:
    leaders = await user_ids_with_role(session, Role.LEADER, article.department_id)
    return [*leaders, *await user_ids_with_role(session, Role.AUDITOR)]


async def _tell_owners(
    tx: Transaction,
    article: Article,
    kind: str,
    *,
    with_supervisors: bool = False,
    needs_ack: bool = False,
) -> None:
    people = await _owners(tx.session, article)
    if with_supervisors:
        people += await user_ids_with_role(tx.session, Role.SUPERVISOR)
    await _tell(tx, uuid7(tx.now), kind, people, article, needs_ack=needs_ack)


async def _tell(
    tx: Transaction,
    fact_id: uuid.UUID,
    kind: str,
    people: Iterable[uuid.UUID | None],
    article: Article,
    *,
    needs_ack: bool = False,
) -> None:
    params = {"article": article_number(article.nth)}
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=user_id, fact_id=fact_id, kind=kind, params=params, needs_ack=needs_ack
            )
            for user_id in dict.fromkeys(people)
            if user_id is not None
        ],
    )
