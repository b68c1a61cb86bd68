"""Published versions of the rules: which holds when, and publishing the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.codec import book_from_json, book_to_json
from credit.models import RuleBookVersion
from credit.rulebook import DEFAULT_BOOK, RuleBook
from hotline.people.principal import Tx

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('credit_rule_books'))")


@dataclass(frozen=True, slots=True)
class PublishedBook:
    """A version of the rules with its number."""

    version: int
    book: RuleBook


async def book_at(session: AsyncSession, instant: datetime) -> PublishedBook:
    """Return the rules that hold at an instant: the newest of those whose day had come.

    Raises:
        LookupError: none was ever published; `install_rules` has not run.
    """
    row = (
        await session.exec(
            select(RuleBookVersion)
            .where(RuleBookVersion.valid_from <= instant)
            .order_by(col(RuleBookVersion.version).desc())
            .limit(1)
        )
    ).first()
    if row is None:
        row = (
            await session.exec(
                select(RuleBookVersion).order_by(col(RuleBookVersion.version)).limit(1)
            )
        ).first()
    if row is None:
        raise LookupError("no rules of credit were ever published")
    return PublishedBook(row.version, book_from_json(row.book))


async def book_of_version(session: AsyncSession, version: int) -> PublishedBook:
    """Return one version of the rules."""
    row = await session.get_one(RuleBookVersion, version)
    return PublishedBook(row.version, book_from_json(row.book))


async def list_books(session: AsyncSession) -> Sequence[RuleBookVersion]:
    """Return every version, the newest first."""
    rows = await session.exec(select(RuleBookVersion).order_by(col(RuleBookVersion.version).desc()))
    return rows.all()


async def publish_rules(
    tx: Tx, book: RuleBook, *, valid_from: datetime, note: str
) -> RuleBookVersion:
    """Publish the next version, from an instant on; whoever may is asked at the edge."""
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    newest = (await tx.session.exec(select(sa.func.max(col(RuleBookVersion.version))))).one()
    row = RuleBookVersion(
        version=(newest or 0) + 1,
        book=book_to_json(book),
        valid_from=valid_from,
        note=note,
        published_by=tx.actor.user_id,
        published_at=tx.now,
    )
    tx.session.add(row)
    return row


async def install_rules(tx: Tx) -> None:
    """Publish the first version where there is none."""
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    if (await tx.session.exec(select(RuleBookVersion.version).limit(1))).first() is None:
        await publish_rules(tx, DEFAULT_BOOK, valid_from=tx.now, note="")
