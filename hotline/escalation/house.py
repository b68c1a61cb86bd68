"""Looking after the house itself: whether deadlines are watched, and whether each ticket has one."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.outages import OUTAGE_AFTER, SWEEPER
from hotline.kernel.alarms import AlarmKind, clear_alarm, raise_alarm
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.heartbeat import Heartbeat
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Tx
from hotline.people.queries import user_ids_with_role
from hotline.sla.calendars import check_calendar_horizon
from hotline.tickets.actions.closing import ARCHIVE_AFTER_DAYS, archive_ticket
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Ticket
from hotline.tickets.watch import Unwatched, tickets_without_deadline

HOUSE_ALARM = "house_alarm"
"""The notice of something wrong with the house itself."""

_MOST_NAMED = 50


async def nothing_ahead(session: AsyncSession, now: datetime) -> list[str]:
    """Return numbers of open tickets that lack a holder or a deadline ahead, 50 at most.

    Imported tickets of the past are not among them: their levels were passed over on purpose.
    """
    findings = await tickets_without_deadline(session, now, _MOST_NAMED)
    return [found.number for found in findings if found.why is not Unwatched.IMPORTED_LATE]


async def watch_sweeper(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> bool:
    """Raise the alarm when nobody watches the deadlines, clear it when somebody does again.

    For every process that is not the sweeper itself. Supervisors and administrators are told once.

    Returns:
        Whether the deadlines are watched.
    """
    async with session_maker() as session, session.begin():
        last = (
            await session.exec(select(Heartbeat.beat_at).where(Heartbeat.name == SWEEPER))
        ).first()
        if last is None or now - last <= OUTAGE_AFTER:
            await clear_alarm(session, AlarmKind.SWEEPER_LATE, "", now)
            return True
        details = {"since": last.isoformat()}
        if await raise_alarm(session, AlarmKind.SWEEPER_LATE, "", details, now):
            await _tell(Transaction(session, now, cipher, "watch"), AlarmKind.SWEEPER_LATE, details)
        return False


async def check_house(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> None:
    """Raise and clear the alarms that take a look at the tables."""
    async with session_maker() as session, session.begin():
        await check_calendar_horizon(session, now)
        stranded = await nothing_ahead(session, now)
        if not stranded:
            await clear_alarm(session, AlarmKind.DEADLINE_MISSING, "", now)
            return
        details: dict[str, object] = {"count": len(stranded), "tickets": stranded}
        if await raise_alarm(session, AlarmKind.DEADLINE_MISSING, "", details, now):
            await _tell(
                Transaction(session, now, cipher, "watch"), AlarmKind.DEADLINE_MISSING, details
            )


async def _tell(tx: Transaction, kind: AlarmKind, details: Mapping[str, object]) -> None:
    fact_id = uuid7(tx.now)
    people = dict.fromkeys(
        [
            *await user_ids_with_role(tx.session, Role.SUPERVISOR),
            *await user_ids_with_role(tx.session, Role.ADMIN),
        ]
    )
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=user_id,
                fact_id=fact_id,
                kind=HOUSE_ALARM,
                params={"alarm": kind.value, **details},
                needs_ack=True,
                is_urgent=True,
            )
            for user_id in people
        ],
    )


async def archive_due(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, batch: int = 200
) -> int:
    """Archive what has been closed for thirty days, each ticket by itself; return how many."""
    async with session_maker() as session:
        numbers = (
            await session.exec(
                select(Ticket.number)
                .where(
                    Ticket.status == Status.CLOSED,
                    col(Ticket.hold).is_(None),
                    col(Ticket.closed_at) <= now - timedelta(days=ARCHIVE_AFTER_DAYS),
                )
                .order_by(col(Ticket.closed_at))
                .limit(batch)
            )
        ).all()
    for number in numbers:
        async with session_maker() as session, session.begin():
            await archive_ticket(
                Tx(session, now, cipher, f"archive:{now.isoformat()}", SYSTEM), number
            )
    return len(numbers)
