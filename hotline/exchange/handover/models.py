"""Hand-over files, the tickets in them, and every step that was taken."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.exchange.handover.rules import (
    RECIPIENT_MAX,
    REMARK_MAX,
    THEIR_NUMBER_MAX,
    HandOverDeed,
    HandOverState,
    LineState,
)
from hotline.kernel.tables import TableModel, one_of, text_enum


class HandOverCounter(TableModel, table=True):
    """How many files a year has; its row is locked by whoever takes the next number."""

    __tablename__ = "hand_over_counters"

    year: int = Field(
        primary_key=True, sa_type=sa.SmallInteger, sa_column_kwargs={"autoincrement": False}
    )
    last: int


class HandOverFile(TableModel, table=True):
    """A file for another authority.

    `body` is the file itself, encrypted, until every ticket of it is answered; `digest` stays.
    """

    __tablename__ = "hand_over_files"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        one_of("state", HandOverState),
        sa.CheckConstraint("has_personal <= (reason IS NOT NULL)", name="personal_with_reason"),
        sa.CheckConstraint("(state = 'made') = (handed_at IS NULL)", name="handed_at_known"),
        sa.CheckConstraint("(state = 'received') = (body IS NULL)", name="kept_until_received"),
        sa.Index("ix_hand_over_files_listed", sa.text("made_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=16)
    recipient: str = Field(max_length=RECIPIENT_MAX)
    has_personal: bool = False
    reason: str | None = Field(default=None, max_length=200)
    state: HandOverState = Field(sa_type=text_enum(HandOverState, 16))
    ticket_count: int
    accepted_count: int = 0
    refused_count: int = 0
    schema_version: int
    digest: bytes
    byte_count: int
    body: bytes | None = None
    made_by: uuid.UUID = Field(foreign_key="users.id")
    made_at: datetime
    handed_at: datetime | None = None
    received_at: datetime | None = None


class HandOverLine(TableModel, table=True):
    """One ticket of a file, and what the other side says of it."""

    __tablename__ = "hand_over_lines"
    __table_args__ = (
        one_of("state", LineState),
        sa.Index(
            "uq_hand_over_lines_standing",
            "ticket_id",
            unique=True,
            postgresql_where=sa.text("state <> 'refused'"),
        ),
    )

    file_id: uuid.UUID = Field(primary_key=True, foreign_key="hand_over_files.id")
    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id", index=True)
    position: int
    state: LineState = Field(sa_type=text_enum(LineState, 16))
    their_number: str | None = Field(default=None, max_length=THEIR_NUMBER_MAX)
    remark: str | None = Field(default=None, max_length=REMARK_MAX)
    answered_on: date | None = None
    noted_at: datetime | None = None


class HandOverStep(TableModel, table=True):
    """What was done with a file, by whom and when: append-only; `details` hold no personal data."""

    __tablename__ = "hand_over_steps"
    __table_args__ = (
        one_of("deed", HandOverDeed),
        sa.Index("ix_hand_over_steps_file", "file_id", "id"),
    )

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    file_id: uuid.UUID = Field(foreign_key="hand_over_files.id")
    deed: HandOverDeed = Field(sa_type=text_enum(HandOverDeed, 16))
    at: datetime
    by_id: uuid.UUID = Field(foreign_key="users.id")
    details: dict[str, Any] = Field(sa_type=JSONB)
