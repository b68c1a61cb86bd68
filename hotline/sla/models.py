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
from hotline.sla.clocks import Change, ClockState, Setting, Timing
from hotline.sla.policy import ClockKind, Level, Rung


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


class Clock(TableModel, table=True):
    """One running limit of one ticket.

    `used_microseconds` counts finished slices, `since` begins the present one; `due_at` is where the
    present slice would end it. `submitted` is work handed in that an audit has not judged yet.
    `is_logged` is False where the start and the log do not account for the figures: the clock was
    stopped before the log was kept, or another system set its end.
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
        sa.Index(
            "ix_sla_clocks_provisional", "calendar", postgresql_where=sa.text("is_provisional")
        ),
        sa.Index(
            "ix_sla_clocks_running",
            "due_at",
            "kind",
            "department_id",
            "ticket_id",
            postgresql_where=sa.text("state = 'running'"),
        ),
        sa.Index(
            "ix_sla_clocks_unit",
            "department_id",
            "due_at",
            "ticket_id",
            "kind",
            postgresql_where=sa.text("state = 'running'"),
        ),
        sa.Index(
            "ix_sla_clocks_ended",
            "ended_at",
            postgresql_where=sa.text("state IN ('met', 'missed')"),
        ),
        sa.Index(
            "ix_sla_clocks_again",
            "started_at",
            postgresql_where=sa.text("kind IN ('rework_complete', 'bad_rating_fix')"),
        ),
        sa.Index(
            "ix_sla_clocks_completions",
            "due_at",
            "department_id",
            "state",
            postgresql_where=sa.text("kind IN ('complete', 'rework_complete', 'bad_rating_fix')"),
        ),
        sa.Index(
            "ix_sla_clocks_urged",
            "due_at",
            "id",
            postgresql_where=sa.text(
                "kind = 'urge_reply' AND state IN ('running', 'paused', 'submitted')"
            ),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    kind: ClockKind = Field(sa_type=text_enum(ClockKind))
    hop: int
    round: int
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    policy_id: int = Field(foreign_key="sla_policies.id")
    calendar: str = Field(max_length=32)
    calendar_version: str = Field(max_length=32)
    limit_seconds: int
    yellow: Decimal = Field(sa_type=sa.Numeric(12, 4))
    orange: Decimal = Field(sa_type=sa.Numeric(12, 4))
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
    is_logged: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})

    @property
    def setting(self) -> Setting:
        """How the clock was set when it started, extensions included."""
        return Setting(self.limit_seconds, self.yellow, self.orange)

    @property
    def timing(self) -> Timing:
        """Where it stands."""
        return Timing(
            self.limit_seconds,
            self.since,
            self.due_at,
            self.state,
            self.used_microseconds,
            self.stopped_at,
            self.ended_at,
        )

    @timing.setter
    def timing(self, timing: Timing) -> None:
        self.limit_seconds = timing.limit_seconds
        self.since, self.due_at, self.state = timing.since, timing.due_at, timing.state
        self.used_microseconds = timing.used
        self.stopped_at, self.ended_at = timing.stopped_at, timing.ended_at


class ClockChange(TableModel, table=True):
    """Something that happened to a clock between its start and its end; never changed.

    The figures are those after the change. With the clock's start they give back its slices.
    """

    __tablename__ = "sla_clock_changes"
    __table_args__ = (
        one_of("change", Change),
        sa.Index("ix_sla_clock_changes_clock_id", "clock_id", "id"),
    )

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    clock_id: uuid.UUID = Field(foreign_key="sla_clocks.id")
    at: datetime
    change: Change = Field(sa_type=text_enum(Change, 16))
    reason: str = Field(max_length=64)
    used_microseconds: int = Field(sa_type=sa.BigInteger)
    limit_seconds: int
    previous_limit_seconds: int
    due_at: datetime
    previous_due_at: datetime
    charged_until: datetime | None = None
    calendar_version: str = Field(max_length=32)
    previous_calendar_version: str = Field(max_length=32)
    policy_id: int = Field(foreign_key="sla_policies.id")


class ThresholdState(enum.StrEnum):
    """What became of a rung of a clock."""

    ARMED = "armed"
    FIRED = "fired"
    DISARMED = "disarmed"
    SKIPPED = "skipped"
    PARKED = "parked"


_ACTED = "rung IN ('act', 'order', 'listing')"


class Threshold(TableModel, table=True):
    """One rung of one clock: when it falls due, and whether it fired. It fires once.

    `target_microseconds` is the use of the clock at which it fires, so that its instant can be found
    again after a pause. Clocks are never deleted, and whoever writes here has just written the clock:
    a check of the reference, three times a clock, would cost more than the row.
    """

    __tablename__ = "sla_thresholds"
    __table_args__ = (
        one_of("rung", Rung),
        one_of("state", ThresholdState),
        sa.CheckConstraint("(state = 'fired') = (fired_at IS NOT NULL)", name="fired"),
        sa.Index(
            "ix_sla_thresholds_armed",
            "due_at",
            "ticket_id",
            postgresql_where=sa.text(f"state = 'armed' AND NOT ({_ACTED})"),
        ),
        sa.Index(
            "ix_sla_thresholds_acts",
            "due_at",
            "ticket_id",
            postgresql_where=sa.text(f"state = 'armed' AND {_ACTED}"),
        ),
    )

    clock_id: uuid.UUID = Field(primary_key=True)
    rung: Rung = Field(primary_key=True, sa_type=text_enum(Rung, 8))
    nth: int = Field(default=1, primary_key=True, sa_column_kwargs={"server_default": "1"})
    ticket_id: uuid.UUID
    due_at: datetime
    target_microseconds: int = Field(sa_type=sa.BigInteger)
    state: ThresholdState = Field(sa_type=text_enum(ThresholdState, 16))
    fired_at: datetime | None = None
    late_by_seconds: int | None = None
    reason: str | None = Field(default=None, max_length=200)
