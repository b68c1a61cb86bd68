"""What happens to reports by itself: drafting, reminding of what is late, telling people."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from credit.period_models import CreditPeriod
from credit.reports.actions import draft_report
from credit.reports.models import Report
from credit.reports.rules import ReportState
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Tx
from hotline.people.queries import user_ids_with_role

REPORT_DRAFTED = "report_drafted"
REPORT_OVERDUE = "report_overdue"
REPORT_PUBLISHED = "report_published"
REPORT_WITHDRAWN = "report_withdrawn"


async def draft_due(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    now: datetime,
    *,
    due_day: int,
    with_lists: bool,
) -> int:
    """Draft a report of every frozen period that has none of its newest revision, each by itself.

    What somebody signed is left alone: people withdraw it, with a reason.

    Returns:
        How many were drafted.
    """
    async with session_maker() as session:
        keys = (await session.exec(_UNDRAFTED)).all()
    for key in keys:
        async with session_maker() as session, session.begin():
            tx = Tx(session, now, cipher, f"report:{key}", SYSTEM)
            await draft_report(tx, key, due_day=due_day, with_lists=with_lists)
    return len(keys)


_LIVING = (
    select(Report.id)
    .where(
        Report.period == CreditPeriod.key,
        Report.state != ReportState.WITHDRAWN,
        sa.or_(
            col(Report.revision) == col(CreditPeriod.revision),
            col(Report.state) != ReportState.DRAFT,
        ),
    )
    .exists()
)
_TRIED = (
    select(Report.id)
    .where(Report.period == CreditPeriod.key, Report.revision == CreditPeriod.revision)
    .exists()
)
# What people withdrew is not made again by itself, until there is something new to say.
_UNDRAFTED = (
    select(CreditPeriod.key)
    .where(~_LIVING, ~_TRIED)
    .order_by(col(CreditPeriod.until), col(CreditPeriod.key))
)


async def remind_of_reports(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Tell the supervisors of reports that should be out, once of each.

    Returns:
        Of how many they were told.
    """
    today = now.astimezone(SHANGHAI).date()
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, f"reports:{now.isoformat()}")
        rows = await session.exec(
            select(Report)
            .where(
                col(Report.state).in_((ReportState.DRAFT, ReportState.SIGNED)),
                col(Report.due_on) < today,
                col(Report.reminded_at).is_(None),
            )
            .order_by(col(Report.due_on))
            .with_for_update(skip_locked=True)
        )
        late = rows.all()
        for report in late:
            report.reminded_at = now
            await _tell(tx, uuid7(now), REPORT_OVERDUE, await _signers(tx), needs_ack=True)
        return len(late)


async def tell_report(tx: Transaction, fact_id: uuid.UUID, kind: str) -> None:
    """Tell whoever a report concerns: those who write and sign it of a draft, leaders of what is out."""
    if kind == REPORT_DRAFTED:
        await _tell(tx, fact_id, kind, await _signers(tx))
    else:
        await _tell(tx, fact_id, kind, await user_ids_with_role(tx.session, Role.LEADER))


async def _signers(tx: Transaction) -> list[uuid.UUID]:
    return [
        *await user_ids_with_role(tx.session, Role.SUPERVISOR),
        *await user_ids_with_role(tx.session, Role.AUTHORITY),
    ]


async def _tell(
    tx: Transaction,
    fact_id: uuid.UUID,
    kind: str,
    people: Sequence[uuid.UUID],
    *,
    needs_ack: bool = False,
) -> None:
    await write_notices(
        tx,
        [
            NewNotice(user_id=user_id, fact_id=fact_id, kind=kind, needs_ack=needs_ack)
            for user_id in dict.fromkeys(people)
        ],
    )
