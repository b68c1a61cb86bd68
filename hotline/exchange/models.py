"""The log of what has left the house."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.exchange.rules import ExportFault, ExportFormat, ExportState
from hotline.kernel.tables import TableModel, one_of, text_enum


class Export(TableModel, table=True):
    """A list that somebody had written out: who, when, what of it, and for what reason.

    `asked` is the list's filter as its page takes it. `requested_by` is empty for the command line.
    """

    __tablename__ = "exports"
    __table_args__ = (
        one_of("format", ExportFormat),
        one_of("state", ExportState),
        one_of("fault", ExportFault),
        sa.CheckConstraint("has_personal <= (reason IS NOT NULL)", name="personal_with_reason"),
        sa.Index("ix_exports_person", "requested_by", "requested_at", "id"),
        sa.Index("ix_exports_newest", "requested_at", "id"),
        sa.Index("ix_exports_kept", "expires_at", postgresql_where=sa.text("state = 'ready'")),
        sa.Index(
            "ix_exports_under_way",
            "requested_at",
            postgresql_where=sa.text("state IN ('waiting', 'running')"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    requested_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    requested_at: datetime
    list_code: str = Field(max_length=32)
    asked: dict[str, str] = Field(sa_type=JSONB)
    format: ExportFormat = Field(sa_type=text_enum(ExportFormat, 8))
    language: str = Field(max_length=8)
    has_personal: bool = False
    reason: str | None = Field(default=None, max_length=200)
    state: ExportState = Field(sa_type=text_enum(ExportState, 16))
    fault: ExportFault | None = Field(default=None, sa_type=text_enum(ExportFault, 24))
    row_count: int = 0
    byte_count: int | None = Field(default=None, sa_type=sa.BigInteger)
    digest: bytes | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    fetched_at: datetime | None = None
