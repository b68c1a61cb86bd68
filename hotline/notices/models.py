"""In-app notices, where else people are told, and what became of every message."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class Notice(TableModel, table=True):
    """Something a person is told: a kind and a ticket, never personal data.

    `rung` is the step of the ladder that fired, `params` what else its text needs. `routed_at` is
    set when the courier has decided by which roads beside the screen the notice travels.
    """

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "fact_id"),
        sa.Index(
            "ix_notices_unread",
            "user_id",
            "created_at",
            postgresql_where=sa.text("read_at IS NULL"),
        ),
        sa.Index(
            "ix_notices_unacknowledged",
            "user_id",
            "created_at",
            postgresql_where=sa.text("needs_ack AND acknowledged_at IS NULL"),
        ),
        sa.Index("ix_notices_unrouted", "id", postgresql_where=sa.text("routed_at IS NULL")),
        sa.Index(
            "ix_notices_escalation",
            "escalation_id",
            postgresql_where=sa.text("escalation_id IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id")
    fact_id: uuid.UUID
    kind: str = Field(max_length=32)
    ticket_number: str | None = Field(default=None, max_length=13)
    clock: str | None = Field(default=None, max_length=32)
    rung: str | None = Field(default=None, max_length=16)
    params: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"}
    )
    needs_ack: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    is_urgent: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    late_by_seconds: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    escalation_id: uuid.UUID | None = None
    created_at: datetime
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None
    routed_at: datetime | None = None
