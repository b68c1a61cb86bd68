"""Things that nobody may overlook: raised once, shown to everybody at work until they are cleared."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.tables import TableModel, one_of, text_enum


class AlarmKind(enum.StrEnum):
    """What is wrong with the house itself."""

    SWEEPER_LATE = "sweeper_late"
    CALENDAR_HORIZON = "calendar_horizon"
    TICKET_PARKED = "ticket_parked"
    NOBODY_ON_DUTY = "nobody_on_duty"
    DEADLINE_MISSING = "deadline_missing"
    DELIVERY_DEAD = "delivery_dead"
    EXCLUSIONS_UNUSUAL = "exclusions_unusual"
    BURST = "burst"
    CREDIT_PUSH_DEAD = "credit_push_dead"


class Alarm(TableModel, table=True):
    """Something wrong with the house; open until it is cleared."""

    __tablename__ = "alarms"
    __table_args__ = (
        one_of("kind", AlarmKind),
        sa.Index(
            "uq_alarms_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=sa.text("cleared_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    kind: AlarmKind = Field(sa_type=text_enum(AlarmKind))
    subject: str = Field(max_length=96)
    details: dict[str, Any] = Field(sa_type=JSONB)
    raised_at: datetime
    cleared_at: datetime | None = None


async def raise_alarm(
    session: AsyncSession,
    kind: AlarmKind,
    subject: str,
    details: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Raise an alarm unless it is up already; tell whether it is new.

    Args:
        session: of the caller's transaction.
        kind: what is wrong.
        subject: with what: a ticket's number, a calendar's code; empty for the house.
        details: figures; never personal data.
        now: when it was noticed.
    """
    done = await session.exec(
        insert(Alarm)
        .values(kind=kind, subject=subject, details=dict(details), raised_at=now)
        .on_conflict_do_nothing()
    )
    return done.rowcount == 1


async def clear_alarm(session: AsyncSession, kind: AlarmKind, subject: str, now: datetime) -> None:
    """Take an alarm down, if it is up."""
    await session.exec(
        update(Alarm)
        .where(
            col(Alarm.kind) == kind,
            col(Alarm.subject) == subject,
            col(Alarm.cleared_at).is_(None),
        )
        .values(cleared_at=now)
        .execution_options(synchronize_session=False)
    )


async def open_alarms(session: AsyncSession) -> Sequence[Alarm]:
    """Return the alarms that are up, oldest first."""
    return (
        await session.exec(
            select(Alarm).where(col(Alarm.cleared_at).is_(None)).order_by(col(Alarm.id))
        )
    ).all()
