"""The doors to articles: what may be read, and what is locked to be acted on."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.knowledge.errors import ArticleNotFound, StaleArticle
from hotline.knowledge.models import Article, ArticleVersion
from hotline.knowledge.rules import OFFERED, ArticleAudience, Keeper, nth_of
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx


def keeper_of(principal: Principal) -> Keeper:
    """Return a person as the rules of knowledge see him."""
    return Keeper(
        principal.permissions,
        principal.sees_every_ticket,
        principal.department_id,
        principal.user_id,
    )


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which an article, joined with its offered version, exists for somebody.

    What was never published is there for whoever writes it: the hotline's writers and its own department.
    """
    may = principal.permissions
    if Permission.READ_KNOWLEDGE not in may:
        return sa.false()
    is_out = col(Article.published_version).is_not(None)
    if principal.sees_every_ticket:
        return sa.true() if Permission.WRITE_KNOWLEDGE in may else is_out
    is_own = col(Article.department_id) == principal.department_id
    is_for_all = col(ArticleVersion.audience) != ArticleAudience.HOTLINE
    return sa.or_(is_own, sa.and_(is_out, is_for_all))


def public(today: date) -> sa.ColumnElement[bool]:
    """Return the condition under which an article, joined with its offered version, is public.

    Args:
        today: what is not valid on it is not shown.
    """
    return sa.and_(
        col(Article.published_version).is_not(None),
        col(Article.state).in_(OFFERED),
        col(ArticleVersion.audience) == ArticleAudience.PUBLIC,
        col(ArticleVersion.valid_from) <= today,
        sa.or_(col(ArticleVersion.valid_until).is_(None), col(ArticleVersion.valid_until) >= today),
    )


def is_offered() -> sa.ColumnElement[bool]:
    """Return the condition that joins an article with the version that people are offered."""
    return sa.and_(
        col(ArticleVersion.article_id) == col(Article.id),
        col(ArticleVersion.version) == col(Article.offered_version),
    )


async def find_article(
    session: AsyncSession, principal: Principal, number: str
) -> tuple[Article, ArticleVersion]:
    """Return an article that this person may read, with the version that is offered.

    Raises:
        ArticleNotFound: there is none, or none for him.
    """
    row = (
        await session.exec(
            select(Article, ArticleVersion)
            .join(ArticleVersion, is_offered())
            .where(Article.nth == (nth_of(number) or 0), readable(principal))
        )
    ).first()
    if row is None:
        raise ArticleNotFound
    return row


async def lock_article(
    tx: Tx, number: str, expected_version: int | None = None
) -> tuple[Article, ArticleVersion]:
    """Return an article that the actor may read and its newest version, the article's row locked.

    Raises:
        ArticleNotFound: there is none, or none for him.
        StaleArticle: it has changed since he read it.
    """
    await find_article(tx.session, tx.actor, number)
    article = (
        await tx.session.exec(
            select(Article)
            .where(Article.nth == (nth_of(number) or 0))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one()
    if expected_version is not None and expected_version != article.lock_version:
        raise StaleArticle
    newest = await tx.session.get_one(ArticleVersion, (article.id, article.newest_version))
    return article, newest


async def find_public(
    session: AsyncSession, number: str, today: date
) -> tuple[Article, ArticleVersion]:
    """Return an article that everybody may read.

    Raises:
        ArticleNotFound: there is none, or none for everybody.
    """
    row = (
        await session.exec(
            select(Article, ArticleVersion)
            .join(ArticleVersion, is_offered())
            .where(Article.nth == (nth_of(number) or 0), public(today))
        )
    ).first()
    if row is None:
        raise ArticleNotFound
    return row
