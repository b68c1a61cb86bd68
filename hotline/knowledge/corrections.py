"""Corrections: somebody says that something is wrong, the owner decides, the right version settles it."""

import uuid
from datetime import datetime

from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.knowledge.access import find_article, keeper_of
from hotline.knowledge.actions import note, tell
from hotline.knowledge.errors import AlreadyReported, CorrectionNotFound
from hotline.knowledge.models import Article, Correction
from hotline.knowledge.rules import (
    CORRECTION_DAYS,
    LIVE_CORRECTIONS,
    ArticleState,
    ArticleStep,
    CorrectionState,
    may_keep,
    require,
    require_decider,
    require_state,
)
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla.policy import CalendarCode
from hotline.workdays.book import CALENDARS

REPORTED, ACCEPTED, REFUSED = (
    "knowledge_reported",
    "knowledge_report_accepted",
    "knowledge_report_refused",
)


async def report_mistake(tx: Tx, number: str, *, reason: str) -> Correction:
    """Report that something in an article is wrong: its owner has to decide about it in time.

    Raises:
        ArticleNotFound: there is none, or none for the actor.
        AlreadyReported: his earlier report on it is not settled yet.
    """
    tx.actor.require(Permission.READ_KNOWLEDGE)
    article, offered = await find_article(tx.session, tx.actor, number)
    if tx.actor.user_id is None:
        raise CorrectionNotFound
    live = await tx.session.exec(
        select(Correction.id).where(
            Correction.article_id == article.id,
            Correction.reported_by == tx.actor.user_id,
            col(Correction.state).in_(LIVE_CORRECTIONS),
        )
    )
    if live.first() is not None:
        raise AlreadyReported
    correction = Correction(
        id=uuid7(tx.now),
        article_id=article.id,
        version=offered.version,
        reason=reason,
        state=CorrectionState.OPEN,
        reported_by=tx.actor.user_id,
        reported_department_id=tx.actor.department_id,
        reported_at=tx.now,
        due_at=await _due_at(tx),
    )
    tx.session.add(correction)
    await tell(tx, article, REPORTED, correction)
    return correction


async def decide_correction(
    tx: Tx, correction_id: uuid.UUID, *, accept: bool, words: str
) -> Correction:
    """Own up to a mistake, or say why it is none.

    Whoever owns up owes the right version: the deadline begins anew, and the article carries a warning
    until that version is published.

    Raises:
        CorrectionNotFound: there is none for the actor.
        NotYourArticle: he does not answer for the article.
        CorrectionDecided: it was decided before.
        SecondPersonForCorrection: he reported it himself.
    """
    article, correction = await _lock(tx, correction_id)
    require(may_keep(keeper_of(tx.actor), article.department_id))
    require_decider(
        state=correction.state, reported_by=correction.reported_by, actor=tx.actor.user_id
    )
    if accept:
        require_state(article.state, ArticleStep.MISTAKE_OWNED)
    correction.decided_by, correction.decided_at = tx.actor.user_id, tx.now
    correction.words = words
    if not accept:
        correction.state = CorrectionState.REFUSED
        await tell(tx, article, REFUSED, correction)
        return correction
    correction.state = CorrectionState.ACCEPTED
    correction.due_at, correction.warned = await _due_at(tx), 0
    if article.state is not ArticleState.EXPIRED:
        article.state = ArticleState.CORRECTING
    article.lock_version += 1
    article.changed_at = tx.now
    note(tx, article, ArticleStep.MISTAKE_OWNED, words)
    await tell(tx, article, ACCEPTED, correction)
    return correction


async def _lock(tx: Tx, correction_id: uuid.UUID) -> tuple[Article, Correction]:
    """Return a report and its article, both locked, the article first.

    Raises:
        CorrectionNotFound: there is none, or its article is not for the actor.
    """
    tx.actor.require(Permission.READ_KNOWLEDGE)
    article = (
        await tx.session.exec(
            select(Article)
            .join(Correction, col(Correction.article_id) == col(Article.id))
            .where(Correction.id == correction_id)
            .with_for_update(of=Article)
            .execution_options(populate_existing=True)
        )
    ).first()
    if article is None or not _is_concerned(tx, article):
        raise CorrectionNotFound
    correction = await tx.session.get_one(Correction, correction_id, populate_existing=True)
    return article, correction


def _is_concerned(tx: Tx, article: Article) -> bool:
    return tx.actor.sees_every_ticket or tx.actor.department_id == article.department_id


async def _due_at(tx: Tx) -> datetime:
    calendar = (await CALENDARS.in_force(tx.session))[CalendarCode.WORKING]
    return calendar.add(tx.now, CORRECTION_DAYS * calendar.day_seconds * 1_000_000)
