"""Views that are kept by name, and who looked for a person."""

import enum
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.tickets.text_models import KeyKind


class ViewPlace(enum.StrEnum):
    """On which page a view is looked at."""

    SEARCH = "search"
    TICKETS = "tickets"


NAME_MAX = 40


class SavedView(TableModel, table=True):
    """A question or a list with its filters, kept by name.

    A view with a department is shared with everybody who works there. What each of them finds in it is
    what he may see.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        one_of("place", ViewPlace),
        sa.UniqueConstraint("user_id", "name"),
        sa.Index(
            "ix_saved_views_department_id",
            "department_id",
            postgresql_where=sa.text("department_id IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id")
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    name: str = Field(max_length=NAME_MAX)
    place: ViewPlace = Field(sa_type=text_enum(ViewPlace, 16))
    filters: dict[str, Any] = Field(sa_type=JSONB)
    position: int
    created_at: datetime
    changed_at: datetime


class PersonLookup(TableModel, table=True):
    """The record that somebody looked for a person: by what, and how many tickets there were.

    Append-only. `key` is the keyed digest of what was typed: it tells whether two of them looked for
    the same, and nothing else.
    """

    __tablename__ = "person_lookups"
    __table_args__ = (
        one_of("kind", KeyKind),
        sa.Index("ix_person_lookups_at", sa.text("at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", index=True)
    kind: KeyKind = Field(sa_type=text_enum(KeyKind, 8))
    key: bytes
    hit_count: int
    at: datetime
