"""Drafts of the rules, and decisions that a version holds for the past."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class RuleDraft(TableModel, table=True):
    """The next version of the rules while people work on it; kept when it was published or dropped."""

    __tablename__ = "credit_rule_drafts"
    __table_args__ = (
        sa.CheckConstraint("published_version IS NULL OR discarded_at IS NULL", name="ended_once"),
        sa.Index(
            "ix_credit_rule_drafts_open",
            sa.text("changed_at DESC"),
            postgresql_where=sa.text("published_version IS NULL AND discarded_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    based_on: int = Field(foreign_key="credit_rule_books.version")
    book: dict[str, Any] = Field(sa_type=JSONB)
    note: str
    version: int = 1
    created_at: datetime
    created_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    changed_at: datetime
    changed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_version: int | None = Field(default=None, foreign_key="credit_rule_books.version")
    discarded_at: datetime | None = None


class RetroactiveDecision(TableModel, table=True):
    """The authority's decision that a version of the rules holds from an earlier day. Append-only."""

    __tablename__ = "credit_retroactive_decisions"

    id: uuid.UUID = Field(primary_key=True)
    version: int = Field(foreign_key="credit_rule_books.version", index=True)
    since: datetime
    reason: str
    decided_at: datetime
    decided_by: uuid.UUID = Field(foreign_key="users.id")
