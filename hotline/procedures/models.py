"""One row for each thing that was asked of a ticket and has to be decided."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.procedures.rules import ProcedureKind, ProcedureState


class Procedure(TableModel, table=True):
    """A request about a ticket: who asked for what and why, who decided and why."""

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
