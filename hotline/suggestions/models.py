"""Models that were trained, and counts of what became of suggestions; no text, no person."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum


class ModelSource(enum.StrEnum):
    """What a model learned from."""

    TICKETS = "tickets"
    FILE = "file"


class SuggestionModel(TableModel, table=True):
    """A model: what it learned from, how good it is, and whether the desk uses it.

    `digest` is of what it learned from, `file_digest` of its file below `HOTLINE_HOME/models`; without
    `kept` the file was removed to make room for newer ones.
    """

    __tablename__ = "suggestion_models"
    __table_args__ = (
        one_of("source", ModelSource),
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint("is_kept OR NOT is_active", name="active_is_kept"),
        sa.Index(
            "uq_suggestion_models_active",
            "is_active",
            unique=True,
            postgresql_where=sa.text("is_active"),
        ),
    )

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: ModelSource = Field(sa_type=text_enum(ModelSource, 16))
    trained_at: datetime
    trained_by: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    file_digest: str = Field(max_length=64)
    size_bytes: int
    sample_count: int
    class_count: int
    metrics: dict[str, Any] = Field(sa_type=JSONB)
    is_active: bool = False
    is_kept: bool = True
    switched_at: datetime | None = None
    switched_by: str | None = Field(default=None, max_length=64)


class ChoiceSubject(enum.StrEnum):
    """What was suggested and chosen."""

    CATEGORY = "category"
    DEPARTMENT = "department"


class ChoiceOutcome(enum.StrEnum):
    """What was chosen, seen from what was suggested."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    OTHER = "other"
    NONE_SUGGESTED = "none_suggested"


class SuggestionCount(TableModel, table=True):
    """How often a choice came out so, by day in Shanghai and model."""

    __tablename__ = "suggestion_counts"
    __table_args__ = (
        one_of("subject", ChoiceSubject),
        one_of("outcome", ChoiceOutcome),
        sa.CheckConstraint("count > 0", name="count_positive"),
    )

    day: date = Field(primary_key=True)
    version: int = Field(primary_key=True, foreign_key="suggestion_models.version")
    subject: ChoiceSubject = Field(primary_key=True, sa_type=text_enum(ChoiceSubject, 16))
    is_sure: bool = Field(primary_key=True)
    outcome: ChoiceOutcome = Field(primary_key=True, sa_type=text_enum(ChoiceOutcome, 16))
    count: int


class SuggestionMark(TableModel, table=True):
    """Up to which instant choices have been counted."""

    __tablename__ = "suggestion_marks"
    __table_args__ = (one_of("subject", ChoiceSubject),)

    subject: ChoiceSubject = Field(primary_key=True, sa_type=text_enum(ChoiceSubject, 16))
    counted_until: datetime
