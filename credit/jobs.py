"""What the worker does for credit by itself: the night's scores, freezing, notices, publication.

Each asks what is due and does it, so that a standstill is made good at once and nothing is done twice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.exclusions.watch import watch_exclusions
from credit.freezing import begin_notice, freeze, publish_period
from credit.knowledge import closed_books
from credit.models import LiveScore, Observation, RuleBookVersion
from credit.period_errors import FreezingUnderway, ObjectionsOpen, PeriodIsFrozen
from credit.period_models import CreditPeriod, PeriodState
from credit.periods import Period, PeriodKind, due_periods
from credit.scoring import Progress, write_live_scores
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.people.principal import SYSTEM, Tx


async def score_now(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """Write every department's live score of today; return how many there are."""
    as_of = await closed_books(session_maker, cipher, now)
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, "credit:score", SYSTEM)
        count = await write_live_scores(tx, as_of, progress)
        await watch_exclusions(tx)
        return count


async def score_due(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Write the live scores of today unless they stand; return how many were written."""
    async with session_maker() as session:
        last = (await session.exec(select(sa.func.max(LiveScore.day)))).one()
    if last is not None and last >= now.astimezone(SHANGHAI).date():
        return 0
    return await score_now(session_maker, cipher, now)


async def freeze_due(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> Sequence[str]:
    """Freeze every period that is over and was not frozen, each in a transaction of its own.

    A quarter or a year is shown to the departments at once. Returns the periods that were frozen.
    """
    async with session_maker() as session:
        due = due_periods(await _beginning(session, now), now, await _frozen(session))
    return [str(period) for period in due if await _freeze_one(session_maker, cipher, now, period)]


async def _freeze_one(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, period: Period
) -> bool:
    as_of = await closed_books(session_maker, cipher, now)
    try:
        async with session_maker() as session, session.begin():
            tx = Tx(session, now, cipher, f"credit:{period}", SYSTEM)
            row = await freeze(tx, period, as_of=as_of)
            if period.kind is not PeriodKind.MONTH:
                await begin_notice(tx, row.key)
    except (FreezingUnderway, PeriodIsFrozen):
        return False  # somebody was faster
    return True


async def publish_due(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> Sequence[str]:
    """Publish quarters and years whose notice has ended; those with open objections wait."""
    async with session_maker() as session:
        waiting = (
            await session.exec(
                select(CreditPeriod.key)
                .where(
                    CreditPeriod.state == PeriodState.NOTICE,
                    col(CreditPeriod.notice_until) <= now,
                )
                .order_by(col(CreditPeriod.until), col(CreditPeriod.key).desc())
            )
        ).all()
    return [key for key in waiting if await _publish_one(session_maker, cipher, now, key)]


async def _publish_one(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, key: str
) -> bool:
    try:
        async with session_maker() as session, session.begin():
            await publish_period(Tx(session, now, cipher, f"credit:{key}", SYSTEM), key)
    except ObjectionsOpen:
        return False  # the list of periods says how many there are
    return True


async def _beginning(session: AsyncSession, now: datetime) -> datetime:
    """Return since when there is credit: the first thing observed, or the first rules."""
    first = (await session.exec(select(sa.func.min(Observation.finished_at)))).one()
    rules = (await session.exec(select(sa.func.min(RuleBookVersion.published_at)))).one()
    return min((one for one in (first, rules) if one is not None), default=now)


async def _frozen(session: AsyncSession) -> Collection[str]:
    return set((await session.exec(select(CreditPeriod.key))).all())
