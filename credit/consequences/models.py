"""Consequences as intervals, and the routine checks that they ask for."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from credit.consequences.rules import ConsequenceKind
from credit.rulebook import Grade
from hotline.kernel.tables import TableModel, one_of, text_enum


class CreditConsequence(TableModel, table=True):
    """A consequence that began, because of which grade of which period. Append-only.

    It is in force until a row of `credit_consequence_ends` names it.
    """

    __tablename__ = "credit_consequences"
    __table_args__ = (
        one_of("kind", ConsequenceKind),
        sa.Index("ix_credit_consequences_department", "department_id", sa.text("since DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    department_id: int = Field(foreign_key="departments.id")
    kind: ConsequenceKind = Field(sa_type=text_enum(ConsequenceKind))
    value: str = Field(max_length=16)
    grade: Grade = Field(sa_type=text_enum(Grade, 1))
    period: str = Field(max_length=8)
    revision: int
    is_trial: bool
    rule_version: int = Field(foreign_key="credit_rule_books.version")
    since: datetime


class CreditConsequenceEnd(TableModel, table=True):
    """A consequence that ended, and the grade that ended it. Append-only."""

    __tablename__ = "credit_consequence_ends"

    consequence_id: uuid.UUID = Field(primary_key=True, foreign_key="credit_consequences.id")
    ended_at: datetime
    grade: Grade | None = Field(default=None, sa_type=text_enum(Grade, 1))
    period: str | None = Field(default=None, max_length=8)


class RoutineCheck(TableModel, table=True):
    """A routine check of a department that took place. Append-only; the next is counted from it."""

    __tablename__ = "credit_routine_checks"
    __table_args__ = (
        sa.Index(
            "ix_credit_routine_checks_department", "department_id", sa.text("checked_at DESC")
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    department_id: int = Field(foreign_key="departments.id")
    checked_at: datetime
    findings: str
    recorded_at: datetime
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
