"""Policies in versions, running clocks, and the levels at which they fire."""

import enum
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.sla.clocks import Setting
from hotline.sla.policy import CalendarCode, ClockKind, Level


class PolicyVersion(TableModel, table=True):
    """One version of a policy; never changed, only followed by the next."""

    __tablename__ = "sla_policies"
    __table_args__ = (
        sa.UniqueConstraint("code", "version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )

    id: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    code: str = Field(max_length=64)
    version: int
    name: str = Field(max_length=120)
    definition: dict[str, Any] = Field(sa_type=JSONB)
    is_default: bool
    is_active: bool
    created_at: datetime
    created_by: str = Field(max_length=64)


class ClockState(enum.StrEnum):
    """Whether a clock runs."""

    RUNNING = "running"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


LIVE_STATES = (ClockState.RUNNING, ClockState.PAUSED, ClockState.SUBMITTED)


class Clock(TableModel, table=True):
    """One running limit of one ticket.

    `used_microseconds` counts finished slices, `since` begins the present one; `due_at` is where the
    present slice would end it. `submitted` is work handed in that an audit has not judged yet.
    """

    __tablename__ = "sla_clocks"
    __table_args__ = (
        one_of("state", ClockState),
        one_of("kind", ClockKind),
        sa.CheckConstraint("limit_seconds > 0", name="limit_positive"),
        sa.CheckConstraint(
            "(state IN ('met', 'missed', 'cancelled')) = (ended_at IS NOT NULL)", name="ended"
        ),
        sa.Index("ix_sla_clocks_ticket_id", "ticket_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    kind: ClockKind = Field(sa_type=text_enum(ClockKind))
    hop: int
    round: int
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    policy_id: int = Field(foreign_key="sla_policies.id")
    calendar: CalendarCode = Field(sa_type=text_enum(CalendarCode, 16))
    calendar_version: str = Field(max_length=32)
    limit_seconds: int
    yellow: Decimal = Field(sa_type=sa.Numeric(5, 4))
    orange: Decimal = Field(sa_type=sa.Numeric(5, 4))
    state: ClockState = Field(sa_type=text_enum(ClockState, 16))
    started_at: datetime
    since: datetime
    used_microseconds: int = Field(
        default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"}
    )
    due_at: datetime
    stopped_at: datetime | None = None
    ended_at: datetime | None = None
    level: Level = Field(
        default=Level.GREEN,
        sa_type=text_enum(Level, 8),
        sa_column_kwargs={"server_default": Level.GREEN.value},
    )
    is_provisional: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})

    @property
    def setting(self) -> Setting:
        """How the clock was set when it started, extensions included."""
        return Setting(self.limit_seconds, self.yellow, self.orange)


class ThresholdState(enum.StrEnum):
    """What became of a level of a clock."""

    ARMED = "armed"
    FIRED = "fired"
    DISARMED = "disarmed"
    SKIPPED = "skipped"
    PARKED = "parked"


class Threshold(TableModel, table=True):
    """One level of one clock: when it falls due, and whether it fired. It fires once."""

    __tablename__ = "sla_thresholds"
    __table_args__ = (
        one_of("state", ThresholdState),
        sa.CheckConstraint("(state = 'fired') = (fired_at IS NOT NULL)", name="fired"),
        sa.Index(
            "ix_sla_thresholds_armed",
            "due_at",
            "ticket_id",
            postgresql_where=sa.text("state = 'armed'"),
        ),
    )

    clock_id: uuid.UUID = Field(primary_key=True, foreign_key="sla_clocks.id")
    level: Level = Field(primary_key=True, sa_type=text_enum(Level, 8))
    ticket_id: uuid.UUID
    due_at: datetime
    state: ThresholdState = Field(sa_type=text_enum(ThresholdState, 16))
    fired_at: datetime | None = None
    late_by_seconds: int | None = None
    reason: str | None = Field(default=None, max_length=200)
