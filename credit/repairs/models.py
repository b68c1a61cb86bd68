"""Repairs as they are kept."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.repairs.rules import RepairState
from credit.rulebook import Severity
from hotline.kernel.tables import TableModel, one_of, text_enum


class CreditRepair(TableModel, table=True):
    """A request for the repair of an entry, or the repair that came by itself.

    `asked_by` is nobody where a minor event was cured and nobody had to ask. `visit` names the return
    visit or the check on the spot that the checker rests on.
    """

    __tablename__ = "credit_repairs"
    __table_args__ = (
        one_of("severity", Severity),
        one_of("state", RepairState),
        sa.CheckConstraint("(checked_by IS NULL) = (is_good IS NULL)", name="checked"),
        sa.CheckConstraint("(put_off_at IS NULL) = (put_off_reason IS NULL)", name="put_off"),
        sa.CheckConstraint("(doubted_by IS NULL) = (doubt IS NULL)", name="doubted"),
        sa.CheckConstraint("checked_by <> decided_by", name="second_person"),
        sa.CheckConstraint("doubted_by <> doubt_decided_by", name="second_person_of_doubt"),
        sa.Index(
            "uq_credit_repairs_open",
            "entry_id",
            unique=True,
            postgresql_where=sa.text("state IN ('asked', 'checked')"),
        ),
        sa.Index("ix_credit_repairs_entry", "entry_id"),
        sa.Index("ix_credit_repairs_newest", sa.text("asked_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_credit_repairs_department",
            "department_id",
            sa.text("asked_at DESC"),
            sa.text("id DESC"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    entry_id: uuid.UUID = Field(foreign_key="credit_entries.id")
    department_id: int = Field(foreign_key="departments.id")
    severity: Severity = Field(sa_type=text_enum(Severity, 16))
    state: RepairState = Field(sa_type=text_enum(RepairState, 16))
    version: int = 1
    cure: str
    evidence: list[str] = Field(sa_type=JSONB)
    pledge: str | None = None
    training: str | None = None
    cured_at: datetime
    asked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    asked_at: datetime
    checked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    checked_at: datetime | None = None
    is_good: bool | None = None
    visit: str | None = None
    finding: str | None = None
    put_off_reason: str | None = None
    put_off_at: datetime | None = None
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None
    words: str | None = None
    doubted_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    doubted_at: datetime | None = None
    doubt: str | None = None
    doubt_decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    doubt_decided_at: datetime | None = None
    doubt_words: str | None = None
    false_entry_id: uuid.UUID | None = Field(default=None, foreign_key="credit_entries.id")
