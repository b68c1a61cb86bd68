"""In-app notices."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class Notice(TableModel, table=True):
    """Something a person is told: a kind and a ticket, never personal data."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "fact_id"),
        sa.Index(
            "ix_notices_unread",
            "user_id",
            "created_at",
            postgresql_where=sa.text("read_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id")
    fact_id: uuid.UUID
    kind: str = Field(max_length=32)
    ticket_number: str = Field(max_length=13)
    clock: str = Field(max_length=32)
    level: str = Field(max_length=8)
    created_at: datetime
    read_at: datetime | None = None
