"""What citizens have begun to type, their photos, and the figures that were published."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class Submission(TableModel, table=True):
    """A matter that a citizen has begun to report; it is forgotten within a day.

    Whoever has the key goes on with it; of the key only a digest is kept. What was typed is encrypted:
    it is full of personal data. When it was sent, the words go and the ticket stands in their place, so
    that the page with its number can be loaded again.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        sa.UniqueConstraint("key_digest"),
        sa.CheckConstraint("(ticket_id IS NULL) = (words IS NOT NULL)", name="words_until_sent"),
        sa.Index("ix_submissions_expires_at", "expires_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    key_digest: bytes
    words: bytes | None = None
    ticket_id: uuid.UUID | None = Field(default=None, foreign_key="tickets.id")
    created_at: datetime
    saved_at: datetime
    expires_at: datetime


class SubmissionPhoto(TableModel, table=True):
    """A photo of a matter that was not sent yet; it goes with it."""

    __tablename__ = "submission_photos"

    id: uuid.UUID = Field(primary_key=True)
    submission_id: uuid.UUID = Field(foreign_key="submissions.id", ondelete="CASCADE", index=True)
    media_type: str = Field(max_length=16)
    byte_count: int
    digest: bytes
    sealed: bytes
    added_at: datetime


class TicketPhoto(TableModel, table=True):
    """A photo that a requester sent with his ticket; encrypted, since people can be on it.

    `digest` is that of the picture as it is kept, without what telephones write beside it.
    """

    __tablename__ = "ticket_photos"
    __table_args__ = (sa.Index("ix_ticket_photos_ticket", "ticket_id", "added_at", "id"),)

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    media_type: str = Field(max_length=16)
    byte_count: int
    digest: bytes
    sealed: bytes
    added_at: datetime


class PublicMonth(TableModel, table=True):
    """The public figures of a month as they were published; never changed, corrected by a revision.

    `content` is what everybody reads, small cells already left out; `digest` is that of its canonical
    JSON. `note` says why it was revised.
    """

    __tablename__ = "public_months"
    __table_args__ = (
        sa.CheckConstraint("revision > 0", name="revision_positive"),
        sa.CheckConstraint("(revision = 1) = (note IS NULL)", name="revised_with_note"),
        sa.CheckConstraint("extract(day FROM month) = 1", name="month_by_first_day"),
    )

    month: date = Field(primary_key=True)
    revision: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: dict[str, Any] = Field(sa_type=JSONB)
    digest: str = Field(max_length=64)
    note: str | None = Field(default=None, max_length=300)
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime
