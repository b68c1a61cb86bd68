"""Exclusions as they were asked for, decided and looked at again."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.exclusions.rules import ExclusionCode, ExclusionState
from hotline.kernel.tables import TableModel, one_of, text_enum


class Exclusion(TableModel, table=True):
    """One department's work on one ticket that is not to count, if two persons think so.

    `is_sampled` says that a third looks at it again; `is_founded` what he found.
    """

    __tablename__ = "credit_exclusions"
    __table_args__ = (
        one_of("code", ExclusionCode),
        one_of("state", ExclusionState),
        sa.CheckConstraint(
            "(state IN ('approved', 'refused', 'revoked')) = (decided_at IS NOT NULL)",
            name="decided",
        ),
        sa.Index(
            "uq_credit_exclusions_standing",
            "ticket_id",
            "department_id",
            unique=True,
            postgresql_where=sa.text("state IN ('asked', 'seconded', 'approved')"),
        ),
        sa.Index("ix_credit_exclusions_asked", sa.text("asked_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_credit_exclusions_department",
            "department_id",
            sa.text("asked_at DESC"),
            sa.text("id DESC"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID
    ticket_number: str = Field(max_length=13)
    department_id: int = Field(foreign_key="departments.id")
    code: ExclusionCode = Field(sa_type=text_enum(ExclusionCode, 16))
    reason: str
    evidence: list[str] = Field(sa_type=JSONB)
    state: ExclusionState = Field(sa_type=text_enum(ExclusionState, 16))
    asked_by: uuid.UUID = Field(foreign_key="users.id")
    asked_at: datetime
    first_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    first_at: datetime | None = None
    first_words: str | None = None
    second_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    second_words: str | None = None
    decided_at: datetime | None = None
    is_sampled: bool = False
    rechecked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    rechecked_at: datetime | None = None
    recheck_words: str | None = None
    is_founded: bool | None = None
