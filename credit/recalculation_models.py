"""What frozen periods rest on and has changed, until they were made again."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class Recalculation(TableModel, table=True):
    """One change that frozen periods have to follow.

    `subject_id` is what it comes from: an exclusion, a decision about the rules, an event. `done_at` is
    when the periods were made again; `revised` which of them have another revision for it, as
    `2026-11/2`.
    """

    __tablename__ = "credit_recalculations"
    __table_args__ = (
        sa.CheckConstraint("(done_at IS NULL) = (revised IS NULL)", name="done"),
        sa.Index(
            "ix_credit_recalculations_waiting",
            "asked_at",
            postgresql_where=sa.text("done_at IS NULL"),
        ),
        sa.Index("ix_credit_recalculations_subject", "subject_id", "asked_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    subject_id: uuid.UUID
    since: datetime
    reason: str
    asked_at: datetime
    done_at: datetime | None = None
    revised: list[str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
