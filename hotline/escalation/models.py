"""What was fired, who was told and who was not, and when nobody could be told at all."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.sla.policy import ClockKind, Rung


class Outage(TableModel, table=True):
    """An interval in which no sweeper ran: whoever was to be warned in it was not."""

    __tablename__ = "outages"
    __table_args__ = (
        sa.CheckConstraint("ended_at > began_at", name="forward"),
        sa.UniqueConstraint("began_at"),
    )

    id: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    began_at: datetime
    ended_at: datetime


class Escalation(TableModel, table=True):
    """One rung of one clock that fired: who was told, who was passed over and why.

    Clocks are never deleted, and only the sweeper writes here, with the clock in its hands: a check
    of every reference would cost more than the rows. `ack_due_at` is set where somebody must say
    that he has seen it; when nobody does, it is raised.
    """

    __tablename__ = "escalations"
    __table_args__ = (
        one_of("rung", Rung),
        one_of("kind", ClockKind),
        sa.UniqueConstraint("clock_id", "rung", "nth"),
        sa.Index("ix_escalations_ticket_id", "ticket_id", "fired_at"),
        sa.Index(
            "ix_escalations_unacknowledged",
            "ack_due_at",
            postgresql_where=sa.text(
                "ack_due_at IS NOT NULL AND acknowledged_at IS NULL AND raised_at IS NULL"
            ),
        ),
        sa.Index(
            "ix_escalations_unseen",
            "clock_id",
            postgresql_where=sa.text("ack_due_at IS NOT NULL AND acknowledged_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID
    ticket_number: str = Field(max_length=13)
    clock_id: uuid.UUID
    kind: ClockKind = Field(sa_type=text_enum(ClockKind))
    rung: Rung = Field(sa_type=text_enum(Rung, 8))
    nth: int
    department_id: int | None = None
    due_at: datetime
    fired_at: datetime
    late_by_seconds: int
    outage_id: int | None = Field(default=None, foreign_key="outages.id")
    is_collapsed: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    told: list[uuid.UUID] = Field(sa_type=ARRAY(sa.Uuid()))
    skipped: list[dict[str, Any]] = Field(sa_type=JSONB)
    outcome: str | None = Field(default=None, max_length=64)
    ack_due_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    raised_at: datetime | None = None
