"""Letters that came in by e-mail."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum


class LetterState(enum.StrEnum):
    """What has become of a letter."""

    WAITING = "waiting"
    TAKEN = "taken"
    DISMISSED = "dismissed"


class DismissReason(enum.StrEnum):
    """Why a letter became no ticket."""

    AUTOMATIC = "automatic"
    SPAM = "spam"
    REPETITION = "repetition"
    BELONGS_TO_TICKET = "belongs_to_ticket"
    ELSEWHERE = "elsewhere"
    UNREADABLE = "unreadable"


class InboundLetter(TableModel, table=True):
    """A letter, its words and its sender encrypted.

    Who opened it last reads it in plain words, and is named to the others: reading it is an act.
    """

    __tablename__ = "inbound_letters"
    __table_args__ = (
        one_of("state", LetterState),
        one_of("reason", DismissReason),
        sa.UniqueConstraint("digest"),
        sa.CheckConstraint("(state = 'taken') = (ticket_id IS NOT NULL)", name="taken_has_ticket"),
        sa.CheckConstraint(
            "(state = 'dismissed') = (reason IS NOT NULL)", name="dismissed_says_why"
        ),
        sa.Index("ix_inbound_letters_listed", "state", "received_at", "id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    digest: bytes
    received_at: datetime
    sent_at: datetime | None = None
    sender: bytes | None = None
    sender_name: bytes | None = None
    subject: bytes | None = None
    text: bytes | None = None
    is_cut: bool = False
    files: bytes | None = None
    mentions: list[str] = Field(sa_type=JSONB)
    state: LetterState = Field(sa_type=text_enum(LetterState, 16))
    reason: DismissReason | None = Field(default=None, sa_type=text_enum(DismissReason, 32))
    ticket_id: uuid.UUID | None = Field(default=None, foreign_key="tickets.id")
    opened_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    opened_at: datetime | None = None
    settled_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    settled_at: datetime | None = None
