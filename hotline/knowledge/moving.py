"""Knowledge moved in and out: everything as a file, and a file back in, checked line by line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.errors import N_, DomainError
from hotline.kernel.lines import LineFault
from hotline.knowledge.actions import (
    add_article,
    add_version,
    require_owner,
    submit_locked,
    text_of,
)
from hotline.knowledge.files import FileRow, ReadFile, Written, fault_of
from hotline.knowledge.models import Article, ArticleVersion
from hotline.knowledge.queries import all_articles
from hotline.knowledge.rules import article_number, require_text
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.catalogue import require_category


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do.

    Attributes:
        added: new articles.
        changed: articles that got a new version.
        same: articles that say the same already.
        faults: what is wrong, by line; with one of them nothing is written.
    """

    added: int
    changed: int
    same: int
    faults: Sequence[LineFault]
    is_dry: bool


async def export_articles(tx: Tx) -> list[Written]:
    """Return every article with what people are offered of it.

    Raises:
        PermissionDenied: the actor does not move knowledge.
    """
    tx.actor.require(Permission.MOVE_KNOWLEDGE)
    return [
        (article_number(article.nth), owner.code, text_of(version))
        for article, version, owner in await all_articles(tx.session, tx.actor)
    ]


async def import_articles(tx: Tx, read: ReadFile, *, dry_run: bool) -> ImportReport:
    """Take articles over: new ones, and new versions of those whose number is known.

    Each waits for a second person to publish it. One wrong line stops all of it.

    Args:
        tx: the transaction.
        read: what the file holds.
        dry_run: check every line, write nothing.

    Raises:
        PermissionDenied: the actor does not move knowledge.
    """
    tx.actor.require(Permission.MOVE_KNOWLEDGE)
    faults = [*read.faults, *_twice(read.rows)]
    for row in read.rows:
        try:
            await _check(tx, row)
        except DomainError as error:
            faults.append(fault_of(row.line, error))
    faults.sort(key=lambda fault: fault.line)
    known = await _known(tx, [row.nth for row in read.rows if row.nth])
    kinds = Counter(_kind(row, known) for row in read.rows)
    if not faults and not dry_run:
        # Those that bring their number along first: the others take what is free behind them.
        for row in sorted(read.rows, key=lambda row: (row.nth is None, row.nth or 0, row.line)):
            await _take_over(tx, row, known)
    return ImportReport(kinds["added"], kinds["changed"], kinds["same"], faults, dry_run)


def _twice(rows: Sequence[FileRow]) -> list[LineFault]:
    seen: set[int] = set()
    faults = []
    for row in rows:
        if row.nth in seen:
            number = article_number(row.nth or 0)
            faults.append(LineFault(row.line, N_("{value} stands here twice"), {"value": number}))
        elif row.nth:
            seen.add(row.nth)
    return faults


async def _check(tx: Tx, row: FileRow) -> None:
    await require_owner(tx, row.department)
    require_text(row.text)
    for code in row.text.categories:
        await require_category(tx.session, code)


async def _known(tx: Tx, numbers: Sequence[int]) -> dict[int, tuple[Article, ArticleVersion]]:
    rows = await tx.session.exec(
        select(Article, ArticleVersion)
        .join(
            ArticleVersion,
            sa.and_(
                col(ArticleVersion.article_id) == col(Article.id),
                col(ArticleVersion.version) == col(Article.newest_version),
            ),
        )
        .where(col(Article.nth).in_(numbers))
        .with_for_update(of=Article)
    )
    return {article.nth: (article, version) for article, version in rows.all()}


def _kind(row: FileRow, known: dict[int, tuple[Article, ArticleVersion]]) -> str:
    if row.nth not in known:
        return "added"
    return "same" if text_of(known[row.nth][1]) == row.text else "changed"


async def _take_over(
    tx: Tx, row: FileRow, known: dict[int, tuple[Article, ArticleVersion]]
) -> None:
    kind = _kind(row, known)
    if kind == "same":
        return
    if kind == "added":
        owner = await require_owner(tx, row.department)
        article = await add_article(tx, owner, row.text, nth=row.nth)
    else:
        article, newest = known[row.nth or 0]
        await add_version(tx, article, newest, row.text)
    await submit_locked(tx, article)
