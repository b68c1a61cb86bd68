"""Reports, every version of the words on them, and the files that were signed."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.periods import PeriodKind
from credit.reports.rules import ReportState
from hotline.kernel.tables import TableModel, one_of, text_enum


class FileForm(enum.StrEnum):
    """In which form a report is taken away."""

    WORD = "docx"
    EXCEL = "xlsx"


class Report(TableModel, table=True):
    """A report of one revision of a frozen period, with everything it says in figures.

    Of a period one report lives at a time. Once it is signed nothing of it changes but that it is
    published and withdrawn: the database refuses.
    """

    __tablename__ = "credit_reports"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        one_of("kind", PeriodKind),
        one_of("state", ReportState),
        sa.ForeignKeyConstraint(
            ["period", "revision"],
            ["credit_period_revisions.period", "credit_period_revisions.revision"],
        ),
        sa.CheckConstraint("(number IS NULL) = (signed_at IS NULL)", name="numbered"),
        sa.CheckConstraint("published_at IS NULL OR signed_at IS NOT NULL", name="signed_first"),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL) "
            "AND (withdrawn_at IS NULL) = (withdraw_reason IS NULL)",
            name="withdrawn",
        ),
        sa.Index(
            "uq_credit_reports_living",
            "period",
            unique=True,
            postgresql_where=sa.text("state <> 'withdrawn'"),
        ),
        sa.Index(
            "ix_credit_reports_newest", "kind", sa.text("drafted_at DESC"), sa.text("id DESC")
        ),
        sa.Index(
            "ix_credit_reports_due",
            "due_on",
            postgresql_where=sa.text("state IN ('draft', 'signed') AND reminded_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    period: str = Field(max_length=8)
    kind: PeriodKind = Field(sa_type=text_enum(PeriodKind, 16))
    revision: int
    state: ReportState = Field(sa_type=text_enum(ReportState, 16))
    version: int = 1
    number: str | None = Field(default=None, max_length=16)
    content: dict[str, Any] = Field(sa_type=JSONB)
    digest: bytes
    due_on: date
    replaces_id: uuid.UUID | None = Field(default=None, foreign_key="credit_reports.id")
    drafted_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    drafted_at: datetime
    signed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    signed_at: datetime | None = None
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime | None = None
    withdrawn_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    withdrawn_at: datetime | None = None
    withdraw_reason: str | None = None
    reminded_at: datetime | None = None


class ReportText(TableModel, table=True):
    """One version of the words on a report. Append-only; the newest stands."""

    __tablename__ = "credit_report_texts"

    report_id: uuid.UUID = Field(primary_key=True, foreign_key="credit_reports.id")
    version: int = Field(primary_key=True)
    preface: str
    comment: str
    written_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    written_at: datetime


class ReportFile(TableModel, table=True):
    """A file as it was signed. Append-only: a later program would lay it out otherwise."""

    __tablename__ = "credit_report_files"
    __table_args__ = (one_of("form", FileForm),)

    report_id: uuid.UUID = Field(primary_key=True, foreign_key="credit_reports.id")
    form: FileForm = Field(primary_key=True, sa_type=text_enum(FileForm, 8))
    body: bytes
    digest: bytes
