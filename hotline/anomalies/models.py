"""What was found, and what people made of it."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.anomalies.rules import AnomalyKind, CardState
from hotline.kernel.tables import TableModel, one_of, text_enum


class AnomalyCard(TableModel, table=True):
    """One thing found that somebody ought to look into. It never changes a score by itself.

    `subject` and `day` say of what and of when it is, so that whoever looks again finds the card that
    is there. `figures` hold numbers and codes, never words of a requester.
    """

    __tablename__ = "anomaly_cards"
    __table_args__ = (
        one_of("kind", AnomalyKind),
        one_of("state", CardState),
        sa.UniqueConstraint("kind", "subject", "day"),
        sa.CheckConstraint(
            "(state IN ('founded', 'unfounded')) = (decided_at IS NOT NULL)", name="decided"
        ),
        sa.Index("ix_anomaly_cards_found", sa.text("found_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_anomaly_cards_department",
            "department_id",
            sa.text("found_at DESC"),
            sa.text("id DESC"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    kind: AnomalyKind = Field(sa_type=text_enum(AnomalyKind))
    subject: str = Field(max_length=64)
    day: date
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    figures: dict[str, Any] = Field(sa_type=JSONB)
    found_at: datetime
    state: CardState = Field(sa_type=text_enum(CardState, 16))
    looked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    looked_at: datetime | None = None
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None
    words: str | None = None


class AnomalyTicket(TableModel, table=True):
    """A ticket that a card is about."""

    __tablename__ = "anomaly_tickets"

    card_id: uuid.UUID = Field(primary_key=True, foreign_key="anomaly_cards.id")
    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id", index=True)


class AnomalyScan(TableModel, table=True):
    """A day that was looked through."""

    __tablename__ = "anomaly_scans"

    day: date = Field(primary_key=True)
    scanned_at: datetime
    found_count: int
