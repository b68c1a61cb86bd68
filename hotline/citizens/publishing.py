"""Publishing the figures of a month, and correcting what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.errors import MonthNotOver, MonthNotPublished, NothingToRevise
from hotline.citizens.figures import count_month
from hotline.citizens.models import PublicMonth
from hotline.citizens.monthly import compose, digest_of, due_day, months_due
from hotline.kernel.clock import SHANGHAI
from hotline.people.principal import Tx
from hotline.tickets.models import Ticket

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('public_months'))")


@dataclass(frozen=True, slots=True)
class Recount:
    """A month counted again.

    Attributes:
        published: what everybody reads.
        digest: of what would be published now.
    """

    published: PublicMonth
    content: Mapping[str, Any]
    digest: str

    @property
    def is_same(self) -> bool:
        """Tell whether the facts still give the same figures."""
        return self.digest == self.published.digest


async def publish_month(tx: Tx, month: date) -> PublicMonth:
    """Publish the figures of a month; what is published already stays as it is.

    Raises:
        MonthNotOver: it is too early.
    """
    month = month.replace(day=1)
    if tx.now.astimezone(SHANGHAI).date() < due_day(month):
        raise MonthNotOver(month=f"{month:%Y-%m}", day=due_day(month).isoformat())
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    found = await newest_of(tx.session, month)
    if found is not None:
        return found
    content = compose(month, await count_month(tx.session, month))
    return _write(tx, month, 1, content, None)


async def revise_month(tx: Tx, month: date, *, note: str) -> PublicMonth:
    """Publish corrected figures of a month; the earlier ones stay to be read.

    Raises:
        MonthNotPublished: there are none to correct.
        NothingToRevise: counted again they are the same.
    """
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    again = await recount(tx.session, month)
    if again.is_same:
        raise NothingToRevise(month=f"{month:%Y-%m}")
    return _write(tx, month.replace(day=1), again.published.revision + 1, again.content, note)


async def recount(session: AsyncSession, month: date) -> Recount:
    """Return a published month with what would be published now.

    Raises:
        MonthNotPublished: it never was.
    """
    published = await newest_of(session, month)
    if published is None:
        raise MonthNotPublished(month=f"{month:%Y-%m}")
    content = compose(month.replace(day=1), await count_month(session, month))
    return Recount(published, content, digest_of(content))


async def publish_due(tx: Tx) -> list[date]:
    """Publish every month of the last twelve that is due and was not published; return which.

    Months before the first ticket are left out: there was no hotline yet.
    """
    first: datetime | None = (
        await tx.session.exec(select(sa.func.min(col(Ticket.submitted_at))))
    ).one()
    if first is None:
        return []
    began = first.astimezone(SHANGHAI).date().replace(day=1)
    known = set(await tx.session.exec(select(col(PublicMonth.month))))
    today = tx.now.astimezone(SHANGHAI).date()
    due = [month for month in months_due(today) if month >= began and month not in known]
    for month in due:
        await publish_month(tx, month)
    return due


def _write(
    tx: Tx, month: date, revision: int, content: Mapping[str, Any], note: str | None
) -> PublicMonth:
    row = PublicMonth(
        month=month,
        revision=revision,
        content=dict(content),
        digest=digest_of(content),
        note=note,
        published_by=tx.actor.user_id,
        published_at=tx.now,
    )
    tx.session.add(row)
    return row


# -- reading ---------------------------------------------------------------------------------------


async def newest_of(session: AsyncSession, month: date) -> PublicMonth | None:
    """Return the figures of a month as they are published now; None when they are not."""
    return (
        await session.exec(
            select(PublicMonth)
            .where(PublicMonth.month == month.replace(day=1))
            .order_by(col(PublicMonth.revision).desc())
            .limit(1)
        )
    ).first()


async def read_month(
    session: AsyncSession, month: date, revision: int | None = None
) -> tuple[PublicMonth, Sequence[PublicMonth]]:
    """Return a published month, and all its revisions, the newest first.

    Raises:
        MonthNotPublished: there is none.
    """
    rows = (
        await session.exec(
            select(PublicMonth)
            .where(PublicMonth.month == month.replace(day=1))
            .order_by(col(PublicMonth.revision).desc())
        )
    ).all()
    wanted = next((row for row in rows if revision in {None, row.revision}), None)
    if wanted is None:
        raise MonthNotPublished(month=f"{month:%Y-%m}")
    return wanted, rows


async def newest_months(session: AsyncSession, most: int = 12) -> Sequence[PublicMonth]:
    """Return the latest published months as they are now, the newest first."""
    return (
        await session.exec(
            select(PublicMonth)
            .ext(distinct_on(col(PublicMonth.month)))
            .order_by(col(PublicMonth.month).desc(), col(PublicMonth.revision).desc())
            .limit(most)
        )
    ).all()


def month_named(text: str) -> date:
    """Return the month that a text such as 2026-11 names.

    Raises:
        MonthNotPublished: it names none.
    """
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=SHANGHAI).date()
    except ValueError as error:
        raise MonthNotPublished(month=text[:10]) from error
