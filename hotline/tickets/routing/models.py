"""Versions of the dispatch catalogue, decisions on duty, and what became of each first dispatch."""

import enum
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.tickets.models import TITLE_MAX


class CatalogueVersion(TableModel, table=True):
    """One version of the dispatch catalogue; never changed, only followed by the next.

    The newest whose `from_at` has come is in force. `is_direct` switches direct dispatch on.
    """

    __tablename__ = "catalogue_versions"
    __table_args__ = (
        sa.UniqueConstraint("version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )

    id: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    version: int
    entries: list[dict[str, Any]] = Field(sa_type=JSONB)
    is_direct: bool
    note: str = Field(max_length=2000)
    from_at: datetime
    created_at: datetime
    created_by: str = Field(max_length=64)


class PrecedentSource(enum.StrEnum):
    """Where it was decided."""

    RETURN = "return"
    CONSULTATION = "consultation"
    ARBITRATION = "arbitration"
    WHISTLE = "whistle"


class Precedent(TableModel, table=True):
    """A decision whose duty a matter is (裁定先例), kept for the next like case.

    `title` is the ticket's own, masked when it is shown. A precedent that does not hold any more is
    ended, never deleted.
    """

    __tablename__ = "precedents"
    __table_args__ = (
        one_of("source", PrecedentSource),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
        sa.Index(
            "ix_precedents_category",
            "category_code",
            sa.text("decided_at DESC"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_precedents_decided", sa.text("decided_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    ticket_number: str = Field(max_length=13)
    source: PrecedentSource = Field(sa_type=text_enum(PrecedentSource, 16))
    category_code: str | None = Field(default=None, foreign_key="categories.code")
    area: str | None = Field(default=None, max_length=64)
    title: str = Field(max_length=TITLE_MAX)
    department_id: int = Field(foreign_key="departments.id")
    explanation: str
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime
    ended_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    ended_at: datetime | None = None
    end_reason: str | None = None


class DispatchRoad(enum.StrEnum):
    """By whom a matter went to its first department."""

    DESK = "desk"
    DIRECT = "direct"
    DECIDED = "decided"


class DispatchRecord(TableModel, table=True):
    """The first dispatch of a ticket: what was proposed, what was done.

    `returnable_until` is the end of the department's window for giving it back: before it nobody can
    say whether the dispatch was right.
    """

    __tablename__ = "dispatch_records"
    __table_args__ = (
        one_of("road", DispatchRoad),
        sa.Index(
            "ix_dispatch_records_at", sa.text("dispatched_at DESC"), sa.text("ticket_id DESC")
        ),
    )

    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    dispatched_at: datetime
    road: DispatchRoad = Field(sa_type=text_enum(DispatchRoad, 16))
    department_id: int = Field(foreign_key="departments.id")
    category_code: str | None = Field(default=None, foreign_key="categories.code")
    area: str | None = Field(default=None, max_length=64)
    returnable_until: datetime
    catalogue_id: int | None = Field(default=None, foreign_key="catalogue_versions.id")
    proposed_id: int | None = Field(default=None, foreign_key="departments.id")
    is_sure: bool = False
    deviation: str | None = Field(default=None, max_length=500)
