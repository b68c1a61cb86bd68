"""Papers as they were issued, the counters of their numbers, and the templates they are set in."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.papers.kinds import PaperKind


class PaperCounter(TableModel, table=True):
    """How many papers of a kind a year has; its row is locked by whoever takes the next number."""

    __tablename__ = "paper_counters"

    kind: PaperKind = Field(primary_key=True, sa_type=text_enum(PaperKind))
    year: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    last: int


class PaperTemplate(TableModel, table=True):
    """One version of the Word document that papers of a kind are set in: append-only.

    `made_by` is empty for the one that came with the program.
    """

    __tablename__ = "paper_templates"
    __table_args__ = (sa.UniqueConstraint("kind", "version"), one_of("kind", PaperKind))

    id: uuid.UUID = Field(primary_key=True)
    kind: PaperKind = Field(sa_type=text_enum(PaperKind))
    version: int
    body: bytes
    digest: bytes
    made_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    made_at: datetime


class PaperTemplateUse(TableModel, table=True):
    """That a version was put in force; the latest row of a kind says which is. Append-only."""

    __tablename__ = "paper_template_uses"
    __table_args__ = (sa.Index("ix_paper_template_uses_kind", "kind", sa.text("id DESC")),)

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    kind: PaperKind = Field(sa_type=text_enum(PaperKind))
    template_id: uuid.UUID = Field(foreign_key="paper_templates.id")
    put_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    put_at: datetime


class Paper(TableModel, table=True):
    """A paper as it was issued: append-only; what changes afterwards gives a further revision.

    `content` holds no personal data: it is what the verification page shows. `history_head` is the
    hash of the timeline row that says that the paper was issued, the `history_count`-th of its ticket.
    `issued_by` is empty for a requester.
    """

    __tablename__ = "papers"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("kind", "subject_id", "revision"),
        one_of("kind", PaperKind),
        sa.CheckConstraint("revision > 0", name="revision_positive"),
        sa.Index("ix_papers_issued", sa.text("issued_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=16)
    kind: PaperKind = Field(sa_type=text_enum(PaperKind))
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    subject_id: uuid.UUID
    revision: int
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    template_id: uuid.UUID = Field(foreign_key="paper_templates.id")
    code: str = Field(max_length=12)
    content: dict[str, Any] = Field(sa_type=JSONB)
    digest: bytes
    history_head: bytes
    history_count: int
    issued_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    issued_at: datetime
