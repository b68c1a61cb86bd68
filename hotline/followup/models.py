"""Return visits."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class Visit(TableModel, table=True):
    """One attempt to ask a requester whether the matter is solved and how it was handled."""

    __tablename__ = "visits"
    __table_args__ = (
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating_known"),
        sa.CheckConstraint("is_reached OR (rating IS NULL AND is_solved IS NULL)", name="reached"),
        sa.UniqueConstraint("ticket_id", "round", "attempt"),
        sa.Index("ix_visits_at", "at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    round: int
    attempt: int
    at: datetime
    is_reached: bool
    was_contacted: bool | None = None
    is_solved: bool | None = None
    rating: int | None = None
    note: str | None = None
    visitor_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
