"""What one shift hands over to the next."""

import enum
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum


class Desk(enum.StrEnum):
    """A desk of the hotline that is never left empty."""

    ACCEPTANCE = "acceptance"
    DISPATCH = "dispatch"
    AUDIT = "audit"
    VISIT = "visit"
    SUPERVISION = "supervision"


class HandOver(TableModel, table=True):
    """A desk as one person left it and another took it.

    `figures` are the open tickets of that minute by state, `items` what needs an eye, each with the
    number of its ticket or none. A desk waits to be taken once at a time.
    """

    __tablename__ = "hand_overs"
    __table_args__ = (
        one_of("desk", Desk),
        sa.CheckConstraint("taken_by <> given_by", name="second_person"),
        sa.CheckConstraint("(taken_by IS NULL) = (taken_at IS NULL)", name="taken_by_somebody"),
        sa.Index(
            "uq_hand_overs_waiting",
            "desk",
            unique=True,
            postgresql_where=sa.text("taken_at IS NULL"),
        ),
        sa.Index("ix_hand_overs_listed", sa.text("given_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    desk: Desk = Field(sa_type=text_enum(Desk, 16))
    note: str | None = None
    figures: list[dict[str, Any]] = Field(sa_type=JSONB)
    items: list[dict[str, Any]] = Field(sa_type=JSONB)
    given_by: uuid.UUID = Field(foreign_key="users.id")
    given_at: datetime
    taken_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    taken_at: datetime | None = None
    remark: str | None = None
