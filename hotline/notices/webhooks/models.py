"""Receivers of events, and what became of each event on its way to each of them."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.notices.webhooks.rules import WebhookDeliveryState


class Webhook(TableModel, table=True):
    """A department's own system, which is told of that department's tickets.

    `previous_secret` signs beside the secret until `previous_until`. `last_seq` counts what was written
    for it; `failures` are tries in a row that came to nothing.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        sa.Index("ix_webhooks_department", "department_id"),
        sa.CheckConstraint(
            "(previous_secret IS NULL) = (previous_until IS NULL)", name="previous_ends"
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    department_id: int = Field(foreign_key="departments.id")
    name: str = Field(max_length=80)
    address: bytes
    secret: bytes
    previous_secret: bytes | None = None
    previous_until: datetime | None = None
    topics: list[str] = Field(sa_type=ARRAY(sa.String(32)))
    is_active: bool = True
    paused_at: datetime | None = None
    failures: int = 0
    last_seq: int = Field(default=0, sa_type=sa.BigInteger)
    created_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    created_at: datetime
    updated_at: datetime


class WebhookDelivery(TableModel, table=True):
    """One event to one receiver. The payload is kept, so that it can be sent again as it was.

    While it is `sending`, `next_try_at` is the instant at which its courier is taken for dead.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        one_of("state", WebhookDeliveryState),
        sa.UniqueConstraint("webhook_id", "event_id"),
        sa.Index("ix_webhook_deliveries_log", "webhook_id", "seq"),
        sa.Index(
            "ix_webhook_deliveries_due",
            "next_try_at",
            postgresql_where=sa.text("state IN ('waiting', 'sending')"),
        ),
        sa.Index("ix_webhook_deliveries_created", "created_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    webhook_id: uuid.UUID = Field(foreign_key="webhooks.id", ondelete="CASCADE")
    event_id: uuid.UUID
    seq: int = Field(sa_type=sa.BigInteger)
    topic: str = Field(max_length=32)
    ticket_number: str | None = Field(default=None, max_length=13)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    state: WebhookDeliveryState = Field(sa_type=text_enum(WebhookDeliveryState, 16))
    attempts: int = 0
    replays: int = 0
    next_try_at: datetime
    last_error: str | None = Field(default=None, max_length=300)
    created_at: datetime
    sent_at: datetime | None = None
