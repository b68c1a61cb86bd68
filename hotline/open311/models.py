"""Keys of other systems, what they may report, what came in through them, and what is public."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.open311.parameters import LINK_MAX
from hotline.tickets.models import RequestType


class ServiceType(enum.StrEnum):
    """When a client is told the number of what it reports."""

    REALTIME = "realtime"
    BATCH = "batch"


class SubmissionState(enum.StrEnum):
    """What has become of a report."""

    PENDING = "pending"
    TAKEN = "taken"
    REFUSED = "refused"
    SPAM = "spam"


class UpdateState(enum.StrEnum):
    """What has become of words that were added to a request."""

    PENDING = "pending"
    TAKEN = "taken"
    DISMISSED = "dismissed"


class Open311Key(TableModel, table=True):
    """A key by which another system reports. The key itself is shown once and kept as a digest."""

    __tablename__ = "open311_keys"
    __table_args__ = (sa.UniqueConstraint("digest"),)

    id: uuid.UUID = Field(primary_key=True)
    digest: bytes
    hint: str = Field(max_length=8)
    name: str = Field(max_length=80)
    contact: bytes | None = None
    is_test: bool
    rate: int
    created_at: datetime
    revoked_at: datetime | None = None


class Open311Service(TableModel, table=True):
    """How a category is offered, where it is not as it would be by default."""

    __tablename__ = "open311_services"
    __table_args__ = (one_of("type", ServiceType), one_of("request_type", RequestType))

    category_code: str = Field(primary_key=True, foreign_key="categories.code", max_length=96)
    is_offered: bool
    is_listed: bool
    type: ServiceType = Field(sa_type=text_enum(ServiceType, 16))
    request_type: RequestType = Field(sa_type=text_enum(RequestType))
    name: str = Field(default="", max_length=120)
    description: str = Field(default="", max_length=500)
    keywords: str = Field(default="", max_length=300)
    changed_at: datetime


class Open311Submission(TableModel, table=True):
    """One report that came in with a key; its words are sealed until it is a ticket.

    `number` is the ticket's, or an invented one where the report was a test.
    """

    __tablename__ = "open311_submissions"
    __table_args__ = (
        sa.UniqueConstraint("token"),
        sa.UniqueConstraint("key_id", "idempotency_key"),
        one_of("state", SubmissionState),
        sa.Index(
            "ix_open311_submissions_pending",
            "created_at",
            "id",
            postgresql_where=sa.text("state = 'pending' AND NOT is_test"),
        ),
        sa.Index(
            "ix_open311_submissions_test",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("is_test"),
        ),
        sa.Index("ix_open311_submissions_number", "number"),
    )

    id: uuid.UUID = Field(primary_key=True)
    key_id: uuid.UUID = Field(foreign_key="open311_keys.id")
    service_code: str = Field(max_length=96)
    is_test: bool
    is_batch: bool
    token: str = Field(max_length=32)
    state: SubmissionState = Field(sa_type=text_enum(SubmissionState, 16))
    payload: bytes | None = None
    idempotency_key: str | None = Field(default=None, max_length=128)
    body_digest: bytes
    number: str | None = Field(default=None, max_length=20)
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    reason: str | None = Field(default=None, max_length=300)


class Open311Update(TableModel, table=True):
    """Words that another system added to a request of its own, sealed until they are taken over."""

    __tablename__ = "open311_updates"
    __table_args__ = (
        sa.UniqueConstraint("key_id", "own_id"),
        one_of("state", UpdateState),
        sa.Index(
            "ix_open311_updates_pending",
            "created_at",
            "id",
            postgresql_where=sa.text("state = 'pending'"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    key_id: uuid.UUID = Field(foreign_key="open311_keys.id")
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    own_id: str | None = Field(default=None, max_length=128)
    status: str | None = Field(default=None, max_length=32)
    payload: bytes | None = None
    state: UpdateState = Field(sa_type=text_enum(UpdateState, 16))
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")


PUBLIC_TEXT_MAX = 2000


class TicketPublication(TableModel, table=True):
    """What somebody has read over and made public about a ticket."""

    __tablename__ = "ticket_publications"

    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    text: str = Field(max_length=PUBLIC_TEXT_MAX)
    is_public_place: bool = False
    media_url: str | None = Field(default=None, max_length=LINK_MAX)
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime
