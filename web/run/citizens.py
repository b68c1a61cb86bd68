"""Publishing months from the command line and from the worker."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from hotline.citizens.models import PublicMonth
from hotline.citizens.publishing import (
    Recount,
    month_named,
    publish_due,
    publish_month,
    recount,
    revise_month,
)
from hotline.citizens.submissions import forget_submissions
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import SYSTEM, Tx
from web.run.services import services


async def tend_citizens(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> list[str]:
    """Publish the months that are due and forget what nobody went on with; return the months."""
    async with session_maker() as session, session.begin():
        await forget_submissions(session, now)
    async with session_maker() as session, session.begin():
        published = await publish_due(Tx(session, now, cipher, "citizens", SYSTEM))
    return [f"{month:%Y-%m}" for month in published]


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Told:
    """What a command has to say of a month."""

    month: date
    revision: int
    digest: str
    is_same: bool


async def publish(settings: Settings, text: str) -> Told:
    """Publish a month that is over.

    Raises:
        MonthNotPublished: the words name no month.
        MonthNotOver: it is too early.
    """
    month = month_named(text)

    async def work(tx: Tx) -> PublicMonth:
        return await publish_month(tx, month)

    return _told(await _do(settings, work))


async def revise(settings: Settings, text: str, note: str) -> Told:
    """Publish corrected figures of a month.

    Raises:
        MonthNotPublished: there are none to correct.
        NothingToRevise: counted again they are the same.
    """
    month = month_named(text)

    async def work(tx: Tx) -> PublicMonth:
        return await revise_month(tx, month, note=note)

    return _told(await _do(settings, work))


async def check(settings: Settings, text: str) -> Told:
    """Count a month again and hold it against what is published.

    Raises:
        MonthNotPublished: it never was.
    """
    month = month_named(text)

    async def work(tx: Tx) -> Recount:
        return await recount(tx.session, month)

    again = await _do(settings, work)
    row = again.published
    return Told(row.month, row.revision, row.digest, again.is_same)


def _told(row: PublicMonth) -> Told:
    return Told(row.month, row.revision, row.digest, is_same=True)


async def _do(settings: Settings, work: Callable[[Tx], Awaitable[_T]]) -> _T:
    async with services(settings, command="hotline statistics") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.statistics")
        try:
            cipher = FieldCipher(resolve_secret_key(settings))
            async with make_session_maker(engine)() as session, session.begin():
                return await work(Tx(session, SystemClock().now(), cipher, "statistics", SYSTEM))
        finally:
            await engine.dispose()
