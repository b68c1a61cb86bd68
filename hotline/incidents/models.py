"""The index of like matters, incidents with their tickets and history, and bursts."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from hotline.incidents.rules import GATHERING, LIVE, IncidentDeed, IncidentState
from hotline.kernel.tables import TableModel, one_of, text_enum

NAME_MAX = 80
WORDS_MAX = 1000
REASON_MAX = 2000

_LIVE_SQL = ", ".join(f"'{state.value}'" for state in sorted(LIVE))
_GATHERING_SQL = ", ".join(f"'{state.value}'" for state in sorted(GATHERING))


class TicketLikeness(TableModel, table=True):
    """A ticket as it is compared: numbers that stand for its words and places, never the words.

    `keys` are what it is found by, of the month in which it came. A secret ticket has no row.
    """

    __tablename__ = "ticket_likenesses"
    __table_args__ = (
        sa.Index("ix_ticket_likenesses_keys", "keys", postgresql_using="gin"),
        sa.Index(
            "ix_ticket_likenesses_kind",
            "category_code",
            "area",
            "submitted_at",
        ),
        sa.Index("ix_ticket_likenesses_came", "submitted_at", "ticket_id"),
    )

    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    area: str | None = Field(default=None, max_length=64)
    category_code: str | None = Field(default=None, max_length=96)
    submitted_at: datetime
    title_words: list[int] = Field(sa_type=ARRAY(sa.Integer))
    body_words: list[int] = Field(sa_type=ARRAY(sa.Integer))
    places: list[int] = Field(sa_type=ARRAY(sa.Integer))
    spot: int | None = None
    lat: float | None = None
    long: float | None = None
    keys: list[int] = Field(sa_type=ARRAY(sa.Integer))


class LikenessWeight(TableModel, table=True):
    """In how many tickets a word stands; the one row with `is_total` says of how many."""

    __tablename__ = "likeness_weights"

    word: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    is_total: bool = Field(default=False, primary_key=True)
    ticket_count: int


class Incident(TableModel, table=True):
    """One matter that many tell of within days.

    `warmth` is the logarithm of its tickets, each cooling down from when it came; it orders incidents
    by heat at any instant. `words`, `weights`, `places` and `areas` are the middle of its tickets.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        one_of("state", IncidentState),
        sa.CheckConstraint("ticket_count >= 0", name="ticket_count"),
        sa.CheckConstraint(f"(state IN ({_LIVE_SQL})) = (ended_at IS NULL)", name="ended"),
        sa.Index(
            "ix_incidents_words",
            "words",
            postgresql_using="gin",
            postgresql_where=sa.text(f"state IN ({_GATHERING_SQL})"),
        ),
        sa.Index("ix_incidents_warmth", sa.text("warmth DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_incidents_live",
            "last_seen_at",
            postgresql_where=sa.text(f"state IN ({_GATHERING_SQL})"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    state: IncidentState = Field(sa_type=text_enum(IncidentState, 16))
    name: str = Field(max_length=NAME_MAX)
    is_named: bool = False
    category_code: str | None = Field(default=None, foreign_key="categories.code")
    first_ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    parent_ticket_id: uuid.UUID | None = Field(default=None, foreign_key="tickets.id")
    into_id: uuid.UUID | None = Field(default=None, foreign_key="incidents.id")
    first_seen_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None
    warmth: float
    ticket_count: int
    words: list[int] = Field(sa_type=ARRAY(sa.Integer))
    weights: list[float] = Field(sa_type=ARRAY(sa.Float))
    places: list[int] = Field(sa_type=ARRAY(sa.Integer))
    areas: list[str] = Field(sa_type=ARRAY(sa.String(64)))
    read_out: str | None = Field(default=None, max_length=WORDS_MAX)
    read_out_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    read_out_at: datetime | None = None
    history_count: int = 0


class IncidentTicket(TableModel, table=True):
    """A ticket of an incident; one that left stays out unless a person joins it again."""

    __tablename__ = "incident_tickets"
    __table_args__ = (
        sa.Index(
            "uq_incident_tickets_ticket",
            "ticket_id",
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
        ),
        sa.Index("ix_incident_tickets_came", "incident_id", "submitted_at"),
    )

    incident_id: uuid.UUID = Field(primary_key=True, foreign_key="incidents.id")
    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    submitted_at: datetime
    joined_at: datetime
    joined_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    left_at: datetime | None = None


class IncidentEvent(TableModel, table=True):
    """One row of an incident's history: append-only. Tickets that join by themselves have none."""

    __tablename__ = "incident_events"
    __table_args__ = (one_of("deed", IncidentDeed),)

    incident_id: uuid.UUID = Field(primary_key=True, foreign_key="incidents.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    actor_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    deed: IncidentDeed = Field(sa_type=text_enum(IncidentDeed, 16))
    text: str | None = None
    details: dict[str, Any] = Field(sa_type=JSONB)


class Burst(TableModel, table=True):
    """Unusually many tickets of a kind in an area: one row from its first hour to its last."""

    __tablename__ = "bursts"
    __table_args__ = (
        sa.Index(
            "uq_bursts_on",
            "category_code",
            "area",
            unique=True,
            postgresql_where=sa.text("until_at IS NULL"),
        ),
        sa.Index("ix_bursts_since", sa.text("since_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    category_code: str = Field(max_length=96)
    area: str = Field(max_length=64)
    since_at: datetime
    seen_at: datetime
    until_at: datetime | None = None
    count: int
    peak_count: int
    usual: float
    acknowledged_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    acknowledged_at: datetime | None = None


class CallUrge(TableModel, table=True):
    """An urge made for a caller at the desk, once for each filled form: his call and his ticket."""

    __tablename__ = "call_urges"
    __table_args__ = (sa.Index("ix_call_urges_ticket_id", "ticket_id", "urged_at"),)

    user_id: uuid.UUID = Field(primary_key=True, foreign_key="users.id")
    key: str = Field(primary_key=True, max_length=128)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    call: str | None = Field(default=None, max_length=64)
    urged_at: datetime
