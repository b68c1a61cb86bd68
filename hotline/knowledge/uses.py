"""Uses: what was put in or read out, counted by the day, and kept with the ticket that came of it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.ids import uuid7
from hotline.knowledge.access import find_article
from hotline.knowledge.models import Article, ArticleUseDay, ArticleVersion, KnowledgeUse
from hotline.knowledge.rules import UNLINKED_KEPT, ArticleUse, article_number, day_of
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.access import find_readable

_KEY_MAX = 128


async def use_article(
    tx: Tx, number: str, use: ArticleUse, *, intake_key: str | None = None
) -> ArticleVersion:
    """Count that an article was put in or read out, and keep which version it was for the ticket to come.

    Args:
        tx: the transaction.
        number: of the article.
        use: what was done with it.
        intake_key: names the form on the intake screen, as it will come with the ticket.

    Raises:
        ArticleNotFound: there is none, or none for the actor.
    """
    tx.actor.require(Permission.READ_KNOWLEDGE)
    article, version = await find_article(tx.session, tx.actor, number)
    await _count(tx, article, use)
    if intake_key and len(intake_key) <= _KEY_MAX:
        _keep(tx, version, use, intake_key=intake_key)
    return version


async def answer_from(tx: Tx, ticket_number: str, article_number_: str) -> ArticleVersion:
    """Keep with a ticket which version of an article it is answered from.

    Raises:
        TicketNotFound: there is none for the actor.
        ArticleNotFound: there is none for the actor.
    """
    tx.actor.require(Permission.READ_KNOWLEDGE)
    ticket = await find_readable(tx.session, tx.actor, ticket_number)
    article, version = await find_article(tx.session, tx.actor, article_number_)
    await _count(tx, article, ArticleUse.ANSWERED)
    _keep(tx, version, ArticleUse.ANSWERED, ticket_id=ticket.id)
    return version


async def link_uses(tx: Tx, intake_key: str | None, ticket_id: uuid.UUID) -> None:
    """Keep what was used on the intake screen with the ticket that came of it."""
    if intake_key:
        await tx.session.exec(
            update(KnowledgeUse)
            .where(
                col(KnowledgeUse.intake_key) == intake_key, col(KnowledgeUse.ticket_id).is_(None)
            )
            .values(ticket_id=ticket_id)
            .execution_options(synchronize_session=False)
        )


async def forget_unlinked(session: AsyncSession, now: datetime) -> None:
    """Forget uses that no ticket came of; they stay counted."""
    await session.exec(
        delete(KnowledgeUse).where(
            col(KnowledgeUse.ticket_id).is_(None), col(KnowledgeUse.at) < now - UNLINKED_KEPT
        )
    )


@dataclass(frozen=True, slots=True)
class UsedVersion:
    """A version that a ticket was answered from."""

    number: str
    version: int
    title: str
    use: ArticleUse
    at: datetime


async def uses_of_ticket(session: AsyncSession, ticket_id: uuid.UUID) -> list[UsedVersion]:
    """Return what a ticket was answered from, the first first."""
    rows = await session.exec(
        select(KnowledgeUse, ArticleVersion.title, Article.nth)
        .join(
            ArticleVersion,
            sa.and_(
                col(ArticleVersion.article_id) == col(KnowledgeUse.article_id),
                col(ArticleVersion.version) == col(KnowledgeUse.version),
            ),
        )
        .join(Article, col(Article.id) == col(KnowledgeUse.article_id))
        .where(KnowledgeUse.ticket_id == ticket_id)
        .order_by(col(KnowledgeUse.at), col(KnowledgeUse.id))
    )
    return [
        UsedVersion(article_number(nth), use.version, title, use.use, use.at)
        for use, title, nth in rows.all()
    ]


async def _count(tx: Tx, article: Article, use: ArticleUse) -> None:
    await tx.session.exec(
        insert(ArticleUseDay)
        .values(article_id=article.id, day=day_of(tx.now), use=use, count=1)
        .on_conflict_do_update(
            index_elements=["article_id", "day", "use"],
            set_={"count": col(ArticleUseDay.count) + sa.literal(1)},
        )
    )
    await tx.session.exec(
        update(Article)
        .where(col(Article.id) == article.id)
        .values(use_count=Article.use_count + 1)
        .execution_options(synchronize_session=False)
    )


def _keep(
    tx: Tx,
    version: ArticleVersion,
    use: ArticleUse,
    *,
    ticket_id: uuid.UUID | None = None,
    intake_key: str | None = None,
) -> None:
    tx.session.add(
        KnowledgeUse(
            id=uuid7(tx.now),
            article_id=version.article_id,
            version=version.version,
            use=use,
            ticket_id=ticket_id,
            intake_key=intake_key,
            at=tx.now,
        )
    )
