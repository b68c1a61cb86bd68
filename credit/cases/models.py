"""Steps of appeals and repairs, and what somebody owes by when."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from credit.cases.rules import CaseKind, CaseStep, Duty
from hotline.kernel.tables import TableModel, one_of, text_enum


class CreditCaseStep(TableModel, table=True):
    """One step of an appeal or a repair, for the department's timeline. Append-only."""

    __tablename__ = "credit_case_steps"
    __table_args__ = (
        one_of("kind", CaseKind),
        one_of("step", CaseStep),
        sa.Index("ix_credit_case_steps_case", "remedy_id", "id"),
        sa.Index("ix_credit_case_steps_entry", "entry_id", "id"),
    )

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    kind: CaseKind = Field(sa_type=text_enum(CaseKind, 16))
    remedy_id: uuid.UUID
    entry_id: uuid.UUID | None = Field(default=None, foreign_key="credit_entries.id")
    department_id: int = Field(foreign_key="departments.id")
    step: CaseStep = Field(sa_type=text_enum(CaseStep, 24))
    words: str | None = None
    at: datetime
    by: uuid.UUID | None = Field(default=None, foreign_key="users.id")


class CreditDeadline(TableModel, table=True):
    """What the hotline owes a department by an instant; kept when it is done, with when that was.

    `told_at` is set when those who owe it were told that it is overdue: once.
    """

    __tablename__ = "credit_deadlines"
    __table_args__ = (
        one_of("kind", CaseKind),
        one_of("duty", Duty),
        sa.Index(
            "uq_credit_deadlines_open",
            "remedy_id",
            unique=True,
            postgresql_where=sa.text("settled_at IS NULL"),
        ),
        sa.Index(
            "ix_credit_deadlines_due",
            "kind",
            "due_at",
            "remedy_id",
            postgresql_where=sa.text("settled_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    kind: CaseKind = Field(sa_type=text_enum(CaseKind, 16))
    remedy_id: uuid.UUID
    department_id: int = Field(foreign_key="departments.id")
    duty: Duty = Field(sa_type=text_enum(Duty, 24))
    calendar: str = Field(max_length=64)
    began_at: datetime
    due_at: datetime
    settled_at: datetime | None = None
    told_at: datetime | None = None
