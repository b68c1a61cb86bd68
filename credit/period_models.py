"""Frozen periods: which there are, every revision of each, and the scores that stand in them."""

import enum
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.periods import PeriodKind
from credit.rulebook import Grade
from hotline.kernel.tables import TableModel, one_of, text_enum


class PeriodState(enum.StrEnum):
    """How far a period has come: frozen, shown to the departments for objections, published."""

    FROZEN = "frozen"
    NOTICE = "notice"
    PUBLISHED = "published"


class CreditPeriod(TableModel, table=True):
    """A frozen month, quarter or year; its row is the lock of everything that is done to it.

    `revision` is the newest, `published_revision` the one that the public sees: a later revision is
    seen once it is published in its turn.
    """

    __tablename__ = "credit_periods"
    __table_args__ = (
        one_of("kind", PeriodKind),
        one_of("state", PeriodState),
        sa.CheckConstraint(
            "(state = 'published') = (published_revision IS NOT NULL)", name="published"
        ),
        sa.CheckConstraint("published_revision <= revision", name="revision_exists"),
    )

    key: str = Field(primary_key=True, max_length=8)
    kind: PeriodKind = Field(sa_type=text_enum(PeriodKind, 16))
    since: datetime
    until: datetime
    state: PeriodState = Field(sa_type=text_enum(PeriodState, 16))
    revision: int
    published_revision: int | None = None
    frozen_at: datetime
    notice_until: datetime | None = None
    published_at: datetime | None = None
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")


class PeriodRevision(TableModel, table=True):
    """One freeze of a period: what was known, by which rules, with which digest. Append-only."""

    __tablename__ = "credit_period_revisions"

    period: str = Field(primary_key=True, max_length=8, foreign_key="credit_periods.key")
    revision: int = Field(primary_key=True)
    as_of: datetime
    formula: str = Field(max_length=16)
    rule_version: int = Field(foreign_key="credit_rule_books.version")
    input_digest: bytes
    result_digest: bytes
    reason: str
    made_at: datetime
    made_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")


class PeriodScore(TableModel, table=True):
    """A department's score in one revision of a period, with its name and peers of that day. Append-only.

    `expected` is what its peers would have resolved of its own mix of categories, `observed` what it
    did; `grade` the grade after hysteresis, `grade_by_score` what the score alone says, `leaning` what
    the score of the month before said.
    """

    __tablename__ = "credit_period_scores"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["period", "revision"],
            ["credit_period_revisions.period", "credit_period_revisions.revision"],
        ),
        sa.Index("ix_credit_period_scores_department", "department_id", "period"),
    )

    period: str = Field(primary_key=True, max_length=8)
    revision: int = Field(primary_key=True)
    department_id: int = Field(primary_key=True, foreign_key="departments.id")
    department_code: str = Field(max_length=64)
    department_name: str = Field(max_length=120)
    department_name_en: str = Field(max_length=120)
    peer_group: str | None = Field(default=None, max_length=32)
    input_digest: bytes
    score: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    performance: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    ledger: Decimal = Field(sa_type=sa.Numeric(5, 2))
    low: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    high: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    n: int
    band: int | None = None
    rank: int | None = None
    severe: int
    is_active: bool = Field(sa_column_kwargs={"server_default": sa.true()})
    grade: Grade | None = Field(default=None, sa_type=text_enum(Grade, 1))
    grade_by_score: Grade | None = Field(default=None, sa_type=text_enum(Grade, 1))
    grade_before: Grade | None = Field(default=None, sa_type=text_enum(Grade, 1))
    leaning: Grade | None = Field(default=None, sa_type=text_enum(Grade, 1))
    grade_reasons: list[str] = Field(sa_type=JSONB)
    is_trial: bool
    observed: Decimal | None = Field(default=None, sa_type=sa.Numeric(10, 3))
    expected: Decimal | None = Field(default=None, sa_type=sa.Numeric(10, 3))
    explanation: dict[str, Any] = Field(sa_type=JSONB)


class KnownUntil(TableModel, table=True):
    """One row: the instant as of which scores were last made; what is written later is known later."""

    __tablename__ = "credit_known_until"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    instant: datetime
