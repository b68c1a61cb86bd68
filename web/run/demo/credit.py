"""What credit does in the demo city, night after night: counting, confirming, freezing, scoring.

The same functions as the worker's, each at the instant at which the worker would have called it.
"""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.entries.confirming import confirm_due
from credit.freezing import publish_period
from credit.intake.facts import KeptFact, ToldFact
from credit.intake.posting import post_facts, topics
from credit.jobs import freeze_due, publish_due, score_due
from credit.period_models import CreditPeriod, PeriodState
from credit.periods import PeriodKind
from credit.reports.actions import publish_report, sign_report, write_report
from credit.reports.jobs import draft_due
from credit.reports.models import Report
from credit.reports.rules import ReportState
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import InboxReceipt, OutboxMessage
from hotline.kernel.tx import Transaction
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from web.reports.rendering import render_files
from web.run.demo.directory import Cast
from web.run.subscribers import SUBSCRIBERS

_JOB = "credit.post"
_NIGHT = time(0, 20)
_DAY = timedelta(days=1)
_DAILY = timedelta(days=21)
_SELDOM = 7
"""Every so many nights before that: a trend needs no more."""

_REPORT_DUE_DAY = 15
_PREFACE = "现将本期12345热线办理信用情况通报如下，请对照指标逐项整改。"

_READ_FOR = timedelta(days=2, hours=10)
"""How long a frozen month is looked at before somebody signs it."""


class Books:
    """The books of credit, kept up to date while the city's months go by."""

    def __init__(
        self,
        session_maker: SessionMaker,
        cipher: FieldCipher,
        cast: Cast,
        *,
        founded_at: datetime,
        now: datetime,
    ) -> None:
        self._session_maker = session_maker
        self._cipher = cipher
        rng = random.Random(0)  # noqa: S311  # it tells stories, not secrets
        self._signer = cast.staff(Role.AUTHORITY, rng)
        self._writer = cast.staff(Role.SUPERVISOR, rng)
        self._now = now
        local = founded_at.astimezone(SHANGHAI)
        self._next = datetime.combine(local.date() + _DAY, _NIGHT, SHANGHAI)

    def nights_until(self, instant: datetime) -> Iterator[datetime]:
        """Yield every night that passes before an instant, once."""
        while self._next <= instant:
            night = self._next
            self._next += _DAY
            yield night.astimezone(instant.tzinfo)

    async def keep(self, night: datetime) -> None:
        """Do a night's work; what people wrote before it must be committed."""
        await self.post(night)
        await confirm_due(self._session_maker, self._cipher, night)
        await freeze_due(self._session_maker, self._cipher, night)
        await publish_due(self._session_maker, self._cipher, night)
        await self._sign(night)
        await draft_due(
            self._session_maker, self._cipher, night, due_day=_REPORT_DUE_DAY, with_lists=False
        )
        await self._report(night)
        if self._now - night < _DAILY or night.toordinal() % _SELDOM == 0:
            await score_due(self._session_maker, self._cipher, night)

    async def post(self, now: datetime) -> None:
        """Count what was told and not counted yet, as of when it was told."""
        async with self._session_maker() as session, session.begin():
            told = (
                await session.exec(
                    select(OutboxMessage)
                    .outerjoin(
                        InboxReceipt,
                        (col(InboxReceipt.fact_id) == col(OutboxMessage.id))
                        & (col(InboxReceipt.subscriber) == _JOB),
                    )
                    .where(
                        col(OutboxMessage.topic).in_(topics()),
                        col(InboxReceipt.fact_id).is_(None),
                    )
                    .order_by(col(OutboxMessage.id))
                )
            ).all()
            if not told:
                return
            facts = [
                KeptFact(ToldFact(one.id, one.topic, one.payload, one.created_at), one.created_at)
                for one in told
            ]
            await post_facts(Transaction(session, now, self._cipher, "demo:credit"), facts)
            await session.exec(
                insert(InboxReceipt),
                params=[
                    {"subscriber": _JOB, "fact_id": one.id, "received_at": one.created_at}
                    for one in told
                ],
            )
            await session.exec(
                update(OutboxMessage)
                .where(
                    col(OutboxMessage.id).in_(
                        [one.id for one in told if SUBSCRIBERS[one.topic] == (_JOB,)]
                    )
                )
                .values(relayed_at=OutboxMessage.created_at)
                .execution_options(synchronize_session=False)
            )

    async def _sign(self, night: datetime) -> None:
        """Publish the months that were looked at for long enough."""
        async with self._session_maker() as session, session.begin():
            due = (
                await session.exec(
                    select(CreditPeriod.key).where(
                        CreditPeriod.kind == PeriodKind.MONTH,
                        CreditPeriod.state == PeriodState.FROZEN,
                        col(CreditPeriod.frozen_at) <= night - _READ_FOR,
                    )
                )
            ).all()
            for key in due:
                await publish_period(self._by(session, night, self._signer), key)

    async def _report(self, night: datetime) -> None:
        """Let one write, another sign and a third publish the reports of what was published."""
        async with self._session_maker() as session, session.begin():
            due = (
                await session.exec(
                    select(Report.id)
                    .join(CreditPeriod, col(CreditPeriod.key) == col(Report.period))
                    .where(
                        Report.state == ReportState.DRAFT,
                        CreditPeriod.state == PeriodState.PUBLISHED,
                        col(CreditPeriod.published_revision) == col(Report.revision),
                    )
                    .order_by(col(CreditPeriod.until))
                )
            ).all()
            for report_id in due:
                name = str(report_id)
                await write_report(
                    self._by(session, night, self._writer), name, preface=_PREFACE, comment=""
                )
                await session.flush()
                signed = await sign_report(
                    self._by(session, night, self._signer), name, render=render_files
                )
                await session.flush()
                await publish_report(self._by(session, night, self._writer), str(signed.number))

    def _by(self, session: AsyncSession, night: datetime, who: Principal) -> Tx:
        return Tx(session, night, self._cipher, "demo:credit", who)
