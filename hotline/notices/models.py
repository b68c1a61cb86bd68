"""In-app notices, where else people are told, and what became of every message."""

import enum
import uuid
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum


class Notice(TableModel, table=True):
    """Something a person is told: a kind and a ticket, never personal data.

    `rung` is the step of the ladder that fired, `params` what else its text needs. `routed_at` is
    set when the courier has decided by which roads beside the screen the notice travels.
    """

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "fact_id"),
        sa.Index(
            "ix_notices_unread",
            "user_id",
            "created_at",
            postgresql_where=sa.text("read_at IS NULL"),
        ),
        sa.Index(
            "ix_notices_unacknowledged",
            "user_id",
            "created_at",
            postgresql_where=sa.text("needs_ack AND acknowledged_at IS NULL"),
        ),
        sa.Index("ix_notices_unrouted", "id", postgresql_where=sa.text("routed_at IS NULL")),
        sa.Index(
            "ix_notices_escalation",
            "escalation_id",
            postgresql_where=sa.text("escalation_id IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id")
    fact_id: uuid.UUID
    kind: str = Field(max_length=32)
    ticket_number: str | None = Field(default=None, max_length=13)
    clock: str | None = Field(default=None, max_length=32)
    rung: str | None = Field(default=None, max_length=16)
    params: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"}
    )
    needs_ack: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    is_urgent: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    late_by_seconds: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    escalation_id: uuid.UUID | None = None
    created_at: datetime
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None
    routed_at: datetime | None = None


class DeliveryChannel(enum.StrEnum):
    """A road by which people are told beside their screens."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    FEISHU = "feishu"


PERSONAL_CHANNELS = (DeliveryChannel.EMAIL, DeliveryChannel.SMS)
"""The roads to one person; the others lead to a group or a program."""

SUBSCRIBED_CHANNELS = tuple(
    channel for channel in DeliveryChannel if channel is not DeliveryChannel.SMS
)


class DeliveryState(enum.StrEnum):
    """What has become of a message.

    `sent`: the gateway has taken it. `delivered`: it says that it has arrived. `dead`: it was given
    up. `suppressed`: it was not to be sent, and `last_error` says why.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class SuppressReason(enum.StrEnum):
    """Why a message was not sent at all."""

    NOT_SET_UP = "not_set_up"
    SWITCHED_OFF = "switched_off"
    NO_ADDRESS = "no_address"
    SEEN = "seen"
    IN_DIGEST = "in_digest"
    CONFIDENTIAL = "confidential"
    DISMISSED = "dismissed"


class UserContact(TableModel, table=True):
    """How a person is reached beside his screen, and when he is left alone."""

    __tablename__ = "user_contacts"
    __table_args__ = (sa.CheckConstraint("hourly_limit > 0", name="hourly_limit_positive"),)

    user_id: uuid.UUID = Field(primary_key=True, foreign_key="users.id")
    email: bytes | None = None
    phone: bytes | None = None
    email_on: bool = True
    sms_on: bool = True
    quiet_from: time
    quiet_to: time
    hourly_limit: int
    updated_at: datetime


class Subscription(TableModel, table=True):
    """A group or a program that is told what the people of a department, or of all, are told.

    `kinds` are the steps of the ladder and the other kinds that it wants; empty for all.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (one_of("channel", DeliveryChannel),)

    id: uuid.UUID = Field(primary_key=True)
    name: str = Field(max_length=80)
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    channel: DeliveryChannel = Field(sa_type=text_enum(DeliveryChannel, 16))
    address: bytes
    secret: bytes | None = None
    kinds: list[str] = Field(sa_type=ARRAY(sa.String(32)))
    is_active: bool = True
    created_at: datetime
    updated_at: datetime


class Delivery(TableModel, table=True):
    """One message to one receiver by one road, and what became of it.

    It holds no address and no personal data: both are looked up when it is sent. While it is
    `sending`, `next_try_at` is the instant at which its courier is taken for dead.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        one_of("channel", DeliveryChannel),
        one_of("state", DeliveryState),
        sa.CheckConstraint(
            "num_nonnulls(user_id, subscription_id, requester_id) <= 1", name="one_receiver"
        ),
        sa.UniqueConstraint("subscription_id", "fact_id"),
        sa.UniqueConstraint("requester_id", "fact_id"),
        sa.Index(
            "ix_deliveries_due",
            "next_try_at",
            postgresql_where=sa.text("state IN ('waiting', 'sending')"),
        ),
        sa.Index("ix_deliveries_person", "user_id", "channel", "next_try_at"),
        sa.Index("ix_deliveries_state", "state", "id"),
        sa.Index("ix_deliveries_ticket", "ticket_number", "id"),
        sa.Index(
            "ix_deliveries_reference",
            "provider_ref",
            postgresql_where=sa.text("provider_ref IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    subscription_id: uuid.UUID | None = Field(
        default=None, foreign_key="subscriptions.id", ondelete="SET NULL"
    )
    requester_id: uuid.UUID | None = Field(default=None, foreign_key="ticket_requesters.id")
    channel: DeliveryChannel = Field(sa_type=text_enum(DeliveryChannel, 16))
    kind: str = Field(max_length=32)
    ticket_number: str | None = Field(default=None, max_length=13)
    fact_id: uuid.UUID | None = None
    notice_ids: list[uuid.UUID] = Field(sa_type=ARRAY(sa.Uuid()))
    params: dict[str, Any] = Field(sa_type=JSONB)
    is_urgent: bool = False
    state: DeliveryState = Field(sa_type=text_enum(DeliveryState, 16))
    attempts: int = 0
    next_try_at: datetime
    last_error: str | None = Field(default=None, max_length=300)
    provider_ref: str | None = Field(default=None, max_length=128)
    created_at: datetime
    sent_at: datetime | None = None
    receipt_at: datetime | None = None
