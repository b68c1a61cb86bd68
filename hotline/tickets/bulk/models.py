"""Runs of one action on many tickets, and what became of each."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.tickets.bulk.rules import BulkDoing, BulkState


class BulkRun(TableModel, table=True):
    """One action on many tickets by one person.

    The id comes with the form, so that a form sent twice starts one run. `back` is the list it was
    started from, as the address of its page.
    """

    __tablename__ = "bulk_runs"
    __table_args__ = (one_of("doing", BulkDoing),)

    id: uuid.UUID = Field(primary_key=True)
    doing: BulkDoing = Field(sa_type=text_enum(BulkDoing))
    words: dict[str, Any] = Field(sa_type=JSONB)
    back: str
    requested_by: uuid.UUID = Field(foreign_key="users.id")
    requested_at: datetime
    finished_at: datetime | None = None


class BulkItem(TableModel, table=True):
    """One ticket of a run and what became of it. `version` is the one its person has read."""

    __tablename__ = "bulk_items"
    __table_args__ = (
        one_of("state", BulkState),
        sa.CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="done"),
    )

    run_id: uuid.UUID = Field(primary_key=True, foreign_key="bulk_runs.id")
    ticket_number: str = Field(primary_key=True, max_length=13)
    position: int
    version: int | None = None
    state: BulkState = Field(sa_type=text_enum(BulkState, 16))
    reason: str | None = Field(default=None, max_length=64)
    params: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"}
    )
    done_at: datetime | None = None
