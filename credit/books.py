"""Published versions of the rules: which holds when, and publishing the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

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


class BookShelf:
    """Every version, to look up which held when without asking again."""

    def __init__(self, rows: Sequence[RuleBookVersion]) -> None:
        if not rows:
            raise LookupError("no rules of credit were ever published")
        self._rows = rows
        self._read: dict[int, PublishedBook] = {}

    def at(self, instant: datetime) -> PublishedBook:
        """Return the rules that hold at an instant, as `book_at` does."""
        held = [row for row in self._rows if row.valid_from <= instant]
        row = held[0] if held else self._rows[-1]
        if row.version not in self._read:
            self._read[row.version] = PublishedBook(row.version, book_from_json(row.book))
        return self._read[row.version]

    def rating_values(self, instant: datetime) -> Mapping[int, Decimal]:
        """Return what ratings were worth at an instant."""
        return self.at(instant).book.rating_values


async def open_shelf(session: AsyncSession) -> BookShelf:
    """Return every version of the rules.

    Raises:
        LookupError: none was ever published.
    """
    return BookShelf(await list_books(session))


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
