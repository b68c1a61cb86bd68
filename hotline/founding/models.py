"""Files that wait to be brought in, and what has become of their lines."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.founding.columns import Subject
from hotline.kernel.tables import TableModel, one_of, text_enum


class SetupFile(TableModel, table=True):
    """A sheet between its trial and the last of its lines.

    `content` is encrypted: it names persons and their telephones. `outcomes` says what was done, line
    by line; what is not there yet is still to be done, whoever was interrupted.
    """

    __tablename__ = "setup_files"
    __table_args__ = (
        one_of("subject", Subject),
        sa.Index("ix_setup_files_made_at", "made_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    subject: Subject = Field(sa_type=text_enum(Subject, 16))
    name: str = Field(max_length=200)
    content: bytes
    made_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    made_at: datetime
    outcomes: dict[str, Any] = Field(sa_type=JSONB)
    finished_at: datetime | None = None
