"""Appeals as they are kept."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.appeals.rules import AppealGrounds, AppealState, AppealSubject
from credit.rulebook import Indicator
from hotline.kernel.tables import TableModel, one_of, text_enum

IS_OPEN = "state IN ('first', 'second')"


class CreditAppeal(TableModel, table=True):
    """An appeal of a department against an entry, or against a figure of a period shown for notice.

    `second_until` is set by a refusal at the first level. `recalculated_at` is set when what was upheld
    has been worked into every period that it touches.
    """

    __tablename__ = "credit_appeals"
    __table_args__ = (
        one_of("subject", AppealSubject),
        one_of("grounds", AppealGrounds),
        one_of("state", AppealState),
        one_of("indicator", Indicator),
        sa.CheckConstraint(
            "CASE subject WHEN 'entry' THEN entry_id IS NOT NULL AND period IS NULL "
            "ELSE entry_id IS NULL AND period IS NOT NULL AND indicator IS NOT NULL END",
            name="of_one_thing",
        ),
        sa.CheckConstraint("(first_by IS NULL) = (first_at IS NULL)", name="first_decided"),
        sa.CheckConstraint("(second_by IS NULL) = (second_at IS NULL)", name="second_decided"),
        sa.Index(
            "uq_credit_appeals_open_entry",
            "entry_id",
            unique=True,
            postgresql_where=sa.text(IS_OPEN),
        ),
        sa.Index(
            "uq_credit_appeals_late",
            "entry_id",
            unique=True,
            postgresql_where=sa.text("is_late"),
        ),
        sa.Index(
            "uq_credit_appeals_open_figure",
            "period",
            "department_id",
            "indicator",
            unique=True,
            postgresql_where=sa.text(IS_OPEN),
        ),
        sa.Index("ix_credit_appeals_entry", "entry_id"),
        sa.Index("ix_credit_appeals_newest", sa.text("opened_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_credit_appeals_department",
            "department_id",
            sa.text("opened_at DESC"),
            sa.text("id DESC"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    subject: AppealSubject = Field(sa_type=text_enum(AppealSubject, 16))
    department_id: int = Field(foreign_key="departments.id")
    entry_id: uuid.UUID | None = Field(default=None, foreign_key="credit_entries.id")
    period: str | None = Field(default=None, max_length=8, foreign_key="credit_periods.key")
    revision: int | None = None
    indicator: Indicator | None = Field(default=None, sa_type=text_enum(Indicator, 16))
    tickets: list[str] = Field(sa_type=JSONB)
    grounds: AppealGrounds = Field(sa_type=text_enum(AppealGrounds, 24))
    text: str
    evidence: list[str] = Field(sa_type=JSONB)
    is_late: bool = False
    state: AppealState = Field(sa_type=text_enum(AppealState, 16))
    version: int = 1
    opened_by: uuid.UUID = Field(foreign_key="users.id")
    opened_at: datetime
    marked_at: datetime
    first_words: str | None = None
    first_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    first_at: datetime | None = None
    second_until: datetime | None = None
    second_text: str | None = None
    second_asked_at: datetime | None = None
    second_words: str | None = None
    second_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    second_at: datetime | None = None
    withdrawn_at: datetime | None = None
    recalculated_at: datetime | None = None
