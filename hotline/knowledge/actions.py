"""Articles: written, submitted, published by a second person, answered for again and again, retired."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, delete, select

from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.knowledge.access import keeper_of, lock_article
from hotline.knowledge.events import KnowledgeContributed, KnowledgeMoved
from hotline.knowledge.models import (
    Article,
    ArticleEvent,
    ArticleTerm,
    ArticleVersion,
    Correction,
)
from hotline.knowledge.rules import (
    TEXT_FIELDS,
    ArticleState,
    ArticleStep,
    ArticleText,
    CorrectionState,
    article_number,
    has_expired,
    is_contribution,
    may_keep,
    may_publish,
    may_write,
    require,
    require_second_person,
    require_state,
    require_text,
    require_waiting,
    review_after,
    state_submitted,
    state_with_version,
)
from hotline.knowledge.words import index_terms
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.tickets.catalogue import require_category
from hotline.tickets.errors import UnknownCode

_NUMBERING = sa.text("SELECT pg_advisory_xact_lock(hashtext('knowledge_articles'))")

SUBMITTED, SENT_BACK, PUBLISHED = (
    "knowledge_submitted",
    "knowledge_sent_back",
    "knowledge_published",
)
DONE = "knowledge_correction_done"


async def draft_article(
    tx: Tx, *, department: str, text: ArticleText, ticket_number: str | None = None
) -> Article:
    """Write a new article.

    Args:
        tx: the transaction.
        department: code of the department that owns it and answers for it.
        text: what it says.
        ticket_number: of the ticket that it was made from.

    Raises:
        PermissionDenied: the actor writes no articles.
        NotYourArticle: he writes for another department.
        UnknownCode: there is no such department or category.
        InvalidValidity, InvalidReviewPeriod, TooManyLabels, PersonalDataInArticle: it may not say this.
    """
    tx.actor.require(Permission.WRITE_KNOWLEDGE)
    owner = await require_owner(tx, department)
    await _require_sound(tx, text)
    return await add_article(tx, owner, text, ticket_number=ticket_number)


async def require_owner(tx: Tx, code: str) -> Department:
    """Return a department that the actor may write for.

    Raises:
        UnknownCode: there is none in use.
        NotYourArticle: he writes for another one.
    """
    owner = await find_department(tx.session, code)
    if owner is None or not owner.is_active:
        raise UnknownCode(what="department", value=code)
    require(may_write(keeper_of(tx.actor), owner.id))
    return owner


async def add_article(
    tx: Tx,
    owner: Department,
    text: ArticleText,
    *,
    ticket_number: str | None = None,
    nth: int | None = None,
) -> Article:
    """Add the first version of an article, under the next number or the one that it brings along."""
    if nth is None:
        await tx.session.exec(_NUMBERING)  # type: ignore[call-overload]
        last = (await tx.session.exec(select(sa.func.max(col(Article.nth))))).one()
        nth = (last or 0) + 1
    article = Article(
        id=uuid7(tx.now),
        nth=nth,
        department_id=owner.id,
        state=ArticleState.DRAFT,
        created_at=tx.now,
        changed_at=tx.now,
        review_days=text.review_days,
    )
    tx.session.add(article)
    await tx.session.flush()  # what belongs to it names it
    _write(tx, article, 1, text, ticket_number)
    note(tx, article, ArticleStep.DRAFTED)
    await _index(tx, article, text)
    return article


async def change_article(
    tx: Tx, number: str, *, text: ArticleText, expected_version: int | None = None
) -> Article:
    """Write the next version; people go on being offered what was published until this one is.

    Raises:
        NotYourArticle: the actor does not write for its owner.
    """
    article, newest = await lock_article(tx, number, expected_version)
    require(may_write(keeper_of(tx.actor), article.department_id))
    require_state(article.state, ArticleStep.CHANGED)
    await _require_sound(tx, text)
    return await add_version(tx, article, newest, text)


async def add_version(
    tx: Tx, article: Article, newest: ArticleVersion, text: ArticleText
) -> Article:
    """Add a version to a locked article."""
    article.newest_version += 1
    article.state = state_with_version(article.state)
    article.submitted_at = None
    _touch(tx, article)
    await tx.session.flush()  # its versions name it
    _write(tx, article, article.newest_version, text, newest.ticket_number)
    note(tx, article, ArticleStep.CHANGED)
    if article.published_version is None:
        article.offered_version = article.newest_version
        await _index(tx, article, text)
    return article


async def submit_article(tx: Tx, number: str, *, expected_version: int | None = None) -> Article:
    """Ask a second person to publish the newest version."""
    article, _ = await lock_article(tx, number, expected_version)
    require(may_write(keeper_of(tx.actor), article.department_id))
    return await submit_locked(tx, article)


async def submit_locked(tx: Tx, article: Article) -> Article:
    """Let the newest version of a locked article wait for its second person.

    Raises:
        ArticleMoveRefused: it waits already, or it is out.
    """
    require_state(article.state, ArticleStep.SUBMITTED)
    require_waiting(
        article.state,
        is_submitted=article.submitted_at is None
        and article.newest_version != article.published_version,
    )
    article.state = state_submitted(article.state)
    article.submitted_at = tx.now
    _touch(tx, article)
    note(tx, article, ArticleStep.SUBMITTED)
    await tell(tx, article, SUBMITTED)
    return article


async def send_back_article(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Article:
    """Give a submitted version back to its author, with what is wrong with it."""
    article, _ = await lock_article(tx, number, expected_version)
    require(may_publish(keeper_of(tx.actor), article.department_id))
    require_waiting(article.state, is_submitted=article.submitted_at is not None)
    article.state = state_with_version(article.state)
    article.submitted_at = None
    _touch(tx, article)
    note(tx, article, ArticleStep.SENT_BACK, reason)
    await tell(tx, article, SENT_BACK)
    return article


async def publish_article(tx: Tx, number: str, *, expected_version: int | None = None) -> Article:
    """Publish the newest version: from now on it is what people are offered.

    Raises:
        NotYourArticle: the actor publishes nothing of this owner.
        SecondPersonForArticle: he wrote it himself.
        ArticleMoveRefused: nothing was submitted.
    """
    article, newest = await lock_article(tx, number, expected_version)
    require(may_publish(keeper_of(tx.actor), article.department_id))
    require_waiting(article.state, is_submitted=article.submitted_at is not None)
    require_second_person(newest.written_by, tx.actor.user_id)
    is_first = article.published_version is None
    newest.published_at, newest.published_by = tx.now, tx.actor.user_id
    article.published_version = article.offered_version = article.newest_version
    article.submitted_at = None
    article.review_days = newest.review_days
    article.state = (
        ArticleState.EXPIRED if has_expired(newest.valid_until, tx.now) else ArticleState.PUBLISHED
    )
    _answer_for(tx, article)
    note(tx, article, ArticleStep.PUBLISHED)
    await _index(tx, article, text_of(newest))
    await tell(tx, article, PUBLISHED)
    await _count_contribution(tx, article, is_first=is_first)
    await _settle_corrections(tx, article)
    return article


async def _count_contribution(tx: Tx, article: Article, *, is_first: bool) -> None:
    owner = await tx.session.get_one(Department, article.department_id)
    if is_contribution(
        is_hotline_owner=owner.is_hotline,
        is_first=is_first,
        publisher_is_hotline=tx.actor.sees_every_ticket,
    ):
        await _contribute(tx, article, owner.id, article_number(article.nth))


async def _contribute(tx: Tx, article: Article, department_id: int, contribution: str) -> None:
    await emit(
        tx,
        KnowledgeContributed(
            article_number=article_number(article.nth),
            department_id=department_id,
            contribution=contribution,
            version=article.newest_version,
        ),
    )


async def _settle_corrections(tx: Tx, article: Article) -> None:
    """Settle the reports that were owned up to: this version puts them right.

    A report by another department than the owner is its contribution.
    """
    found = await tx.session.exec(
        select(Correction)
        .where(Correction.article_id == article.id, Correction.state == CorrectionState.ACCEPTED)
        .with_for_update()
    )
    units = dict((await tx.session.exec(select(Department.id, Department.is_hotline))).all())
    for correction in found.all():
        correction.state = CorrectionState.DONE
        correction.done_at, correction.done_version = tx.now, article.newest_version
        await tell(tx, article, DONE, correction)
        reporter = correction.reported_department_id
        if reporter is not None and reporter != article.department_id and not units[reporter]:
            await _contribute(tx, article, reporter, f"correction:{correction.id}")


async def confirm_article(
    tx: Tx, number: str, *, words: str | None = None, expected_version: int | None = None
) -> Article:
    """Say that an article still holds; its review clock begins anew.

    Raises:
        NotYourArticle: the actor does not answer for it.
        ArticleMoveRefused: it is not out, or a mistake in it is not put right yet.
    """
    article, _ = await lock_article(tx, number, expected_version)
    require(may_keep(keeper_of(tx.actor), article.department_id))
    require_state(article.state, ArticleStep.CONFIRMED)
    _answer_for(tx, article)
    note(tx, article, ArticleStep.CONFIRMED, words)
    return article


async def retire_article(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Article:
    """Take an article out of use; what was read out of it can still be seen."""
    article, _ = await lock_article(tx, number, expected_version)
    require(may_publish(keeper_of(tx.actor), article.department_id))
    require_state(article.state, ArticleStep.RETIRED)
    article.state = ArticleState.RETIRED
    article.submitted_at = article.review_by = None
    _touch(tx, article)
    note(tx, article, ArticleStep.RETIRED, reason)
    return article


async def give_article(
    tx: Tx, number: str, *, department: str, expected_version: int | None = None
) -> Article:
    """Give an article to another owner; only the hotline's editors do."""
    article, _ = await lock_article(tx, number, expected_version)
    keeper = keeper_of(tx.actor)
    require(keeper.is_hotline and may_publish(keeper, article.department_id))
    owner = await require_owner(tx, department)
    article.department_id = owner.id
    article.warned, article.due_told_at = 0, None  # nobody of the new owner was told yet
    _touch(tx, article)
    note(tx, article, ArticleStep.GIVEN, owner.name)
    return article


# -- what every step shares -----------------------------------------------------------------------


def note(tx: Tx, article: Article, step: ArticleStep, words: str | None = None) -> None:
    """Write down a step that was taken with an article."""
    tx.session.add(
        ArticleEvent(
            article_id=article.id,
            step=step,
            version=article.newest_version,
            by=tx.actor.user_id,
            at=tx.now,
            words=words,
        )
    )


async def tell(tx: Tx, article: Article, news: str, correction: Correction | None = None) -> None:
    """Tell of an article, or of a report about it, when this transaction commits."""
    await emit(
        tx,
        KnowledgeMoved(
            news=news,
            article_number=article_number(article.nth),
            department_id=article.department_id,
            correction_id=str(correction.id) if correction else None,
        ),
    )


def text_of(version: ArticleVersion) -> ArticleText:
    """Return what a version says, as the rules see it."""
    values: dict[str, Any] = {name: getattr(version, name) for name in TEXT_FIELDS}
    for name in ("tags", "categories", "areas"):
        values[name] = tuple(values[name])
    return ArticleText(**values)


def _touch(tx: Tx, article: Article) -> None:
    article.lock_version += 1
    article.changed_at = tx.now


def _answer_for(tx: Tx, article: Article) -> None:
    """Start the review clock anew."""
    article.reviewed_at = tx.now
    article.review_by = review_after(tx.now, article.review_days)
    article.warned, article.due_told_at = 0, None
    _touch(tx, article)


def _write(
    tx: Tx, article: Article, version: int, text: ArticleText, ticket_number: str | None
) -> None:
    values: dict[str, Any] = {name: getattr(text, name) for name in TEXT_FIELDS}
    for name in ("tags", "categories", "areas"):
        values[name] = list(values[name])
    tx.session.add(
        ArticleVersion(
            article_id=article.id,
            version=version,
            ticket_number=ticket_number,
            written_by=tx.actor.user_id,
            written_at=tx.now,
            **values,
        )
    )


async def _require_sound(tx: Tx, text: ArticleText) -> None:
    require_text(text)
    for code in text.categories:
        await require_category(tx.session, code)


async def _index(tx: Tx, article: Article, text: ArticleText) -> None:
    """Let the offered version be found by its words."""
    await tx.session.flush()  # the terms name the article
    await tx.session.exec(delete(ArticleTerm).where(col(ArticleTerm.article_id) == article.id))
    rows = [
        {"term": term, "article_id": article.id, "weight": weight}
        for term, weight in index_terms(text).items()
    ]
    if rows:
        await tx.session.exec(sa.insert(ArticleTerm), params=rows)
