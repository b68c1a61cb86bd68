"""What was asked of a ticket and has to be decided, the steps of a decision, a plan's milestones."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.people.permissions import Role
from hotline.procedures.rules import ProcedureKind, ProcedureState
from hotline.tickets.lifecycle import Outcome


class Procedure(TableModel, table=True):
    """A request about a ticket: who asked for what and why, who decided and why.

    `approver` is the role whose decision it needs now, where not everybody's will do who may decide
    such requests. `review_at` is until when what was granted holds, before it is looked at again.
    """

    __tablename__ = "procedures"
    __table_args__ = (
        one_of("kind", ProcedureKind),
        one_of("state", ProcedureState),
        sa.Index(
            "uq_procedures_live",
            "ticket_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("state IN ('pending', 'running')"),
        ),
        sa.Index(
            "ix_procedures_returns",
            sa.text("opened_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("kind = 'return'"),
        ),
        sa.Index(
            "ix_procedures_returns_department",
            "opened_department_id",
            sa.text("opened_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("kind = 'return'"),
        ),
        sa.Index(
            "ix_procedures_ledger", "kind", sa.text("opened_at DESC"), sa.text("id DESC"), "state"
        ),
        sa.Index(
            "ix_procedures_pending",
            "opened_department_id",
            "opened_at",
            postgresql_where=sa.text("state = 'pending'"),
        ),
        sa.Index(
            "ix_procedures_suspended",
            "review_at",
            "id",
            postgresql_where=sa.text("kind = 'suspension' AND state = 'running'"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    kind: ProcedureKind = Field(sa_type=text_enum(ProcedureKind))
    state: ProcedureState = Field(sa_type=text_enum(ProcedureState, 16))
    nth: int
    reason: str | None = Field(default=None, max_length=64)
    text: str
    details: dict[str, Any] = Field(sa_type=JSONB)
    opened_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    opened_department_id: int | None = Field(default=None, foreign_key="departments.id")
    opened_at: datetime
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None
    decision: str | None = None
    ended_at: datetime | None = None
    approver: Role | None = Field(default=None, sa_type=text_enum(Role))
    reviewed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    review_at: datetime | None = None


class ProcedureStep(TableModel, table=True):
    """A step of a request between its opening and its end: a level that consented, a review."""

    __tablename__ = "procedure_steps"

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    procedure_id: uuid.UUID = Field(foreign_key="procedures.id", index=True)
    at: datetime
    role: Role = Field(sa_type=text_enum(Role))
    by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    outcome: Outcome = Field(sa_type=text_enum(Outcome))
    text: str
    until: datetime | None = None


class PlanMilestone(TableModel, table=True):
    """A dated step of a rectification plan, with a clock of its own while the plan runs."""

    __tablename__ = "plan_milestones"
    __table_args__ = (
        sa.UniqueConstraint("procedure_id", "position"),
        sa.CheckConstraint("position > 0", name="position_positive"),
        sa.CheckConstraint("(done_at IS NULL) = (told_at IS NULL)", name="told_when_done"),
    )

    id: uuid.UUID = Field(primary_key=True)
    procedure_id: uuid.UUID = Field(foreign_key="procedures.id")
    position: int
    text: str
    person: str = Field(max_length=40)
    due_at: datetime
    clock_id: uuid.UUID | None = Field(default=None, foreign_key="sla_clocks.id")
    done_at: datetime | None = None
    done_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    note: str | None = None
    evidence: list[str] = Field(
        default_factory=list,
        sa_type=JSONB,
        sa_column_kwargs={"server_default": sa.text("'[]'::jsonb")},
    )
    told_how: str | None = Field(default=None, max_length=16)
    told_at: datetime | None = None
