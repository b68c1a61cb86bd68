"""Return visits, links to rate, random field checks, and the departments' own visits."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.followup.rules import DayPart
from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.tickets.ratings import UnfoundedReason


class VisitBy(enum.StrEnum):
    """By which road an answer came."""

    PHONE = "phone"
    LINK = "link"
    PAGE = "page"


class CheckState(enum.StrEnum):
    """How far a field check is."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"


class MissedReason(enum.StrEnum):
    """Why a field check did not take place."""

    NO_ACCESS = "no_access"
    PLACE_UNKNOWN = "place_unknown"
    NOTHING_TO_SEE = "nothing_to_see"
    NO_TIME = "no_time"


class Visit(TableModel, table=True):
    """One attempt to ask a requester whether the matter is solved and how it was handled.

    `is_counted` is False for an attempt in a part of the day in which he was tried already.
    `source_digest` is a keyed digest of where an answer by link or page came from, never the address.
    A rating that was found unfounded is kept, with the reason for which it does not count.
    """

    __tablename__ = "visits"
    __table_args__ = (
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating_known"),
        sa.CheckConstraint("is_reached OR (rating IS NULL AND is_solved IS NULL)", name="reached"),
        sa.CheckConstraint("(excluded_at IS NULL) = (excluded_reason IS NULL)", name="excluded"),
        one_of("part", DayPart),
        one_of("road", VisitBy),
        one_of("excluded_reason", UnfoundedReason),
        sa.UniqueConstraint("ticket_id", "round", "attempt"),
        sa.Index(
            "uq_visits_answer",
            "ticket_id",
            "round",
            "requester_id",
            unique=True,
            postgresql_where=sa.text("is_reached"),
        ),
        sa.Index("ix_visits_at", sa.text("at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_visits_source_digest",
            "source_digest",
            "at",
            postgresql_where=sa.text("source_digest IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    requester_id: uuid.UUID | None = Field(default=None, foreign_key="ticket_requesters.id")
    round: int
    attempt: int
    at: datetime
    part: DayPart = Field(sa_type=text_enum(DayPart, 16))
    road: VisitBy = Field(sa_type=text_enum(VisitBy, 8))
    is_counted: bool = True
    is_reached: bool
    was_contacted: bool | None = None
    is_solved: bool | None = None
    rating: int | None = None
    note: str | None = None
    is_anonymous: bool = False
    visitor_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    source_digest: bytes | None = None
    excluded_at: datetime | None = None
    excluded_reason: UnfoundedReason | None = Field(
        default=None, sa_type=text_enum(UnfoundedReason)
    )


class RatingLink(TableModel, table=True):
    """A link by which one requester may answer once. Only the digest of its word is kept.

    It dies with its round: a matter that is handled again is asked about anew. `told_at` is set when
    the message with it was written.
    """

    __tablename__ = "rating_links"
    __table_args__ = (
        sa.UniqueConstraint("token_digest"),
        sa.UniqueConstraint("requester_id", "round"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    requester_id: uuid.UUID = Field(foreign_key="ticket_requesters.id")
    round: int
    token_digest: bytes
    created_at: datetime
    expires_at: datetime
    told_at: datetime | None = None
    used_at: datetime | None = None


class FieldCheckPlan(TableModel, table=True):
    """One month's draw: from how many solved tickets, with which seed."""

    __tablename__ = "field_check_plans"

    month: date = Field(primary_key=True)
    seed: str = Field(max_length=64)
    closed_count: int
    drawn_count: int
    planned_at: datetime


class FieldCheck(TableModel, table=True):
    """A place that is looked at (实地核查) to see whether what was called done is done.

    `is_done` is the finding. One that says "not done" is confirmed or set aside by a second person.
    """

    __tablename__ = "field_checks"
    __table_args__ = (
        one_of("state", CheckState),
        one_of("missed_reason", MissedReason),
        sa.UniqueConstraint("month", "ticket_id"),
        sa.CheckConstraint("(state = 'done') = (is_done IS NOT NULL)", name="finding"),
        sa.CheckConstraint("(state = 'missed') = (missed_reason IS NOT NULL)", name="missed"),
        sa.CheckConstraint("(lat IS NULL) = (long IS NULL)", name="place"),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> checked_by", name="second_person"
        ),
        sa.Index("ix_field_checks_month", sa.text("month DESC"), sa.text("id DESC")),
        sa.Index("ix_field_checks_department_id", "department_id", "month"),
    )

    id: uuid.UUID = Field(primary_key=True)
    month: date = Field(foreign_key="field_check_plans.month")
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    department_id: int = Field(foreign_key="departments.id")
    state: CheckState = Field(sa_type=text_enum(CheckState, 16))
    checked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    checked_at: datetime | None = None
    lat: float | None = None
    long: float | None = None
    photos: list[str] = Field(default_factory=list, sa_type=JSONB)
    is_done: bool | None = None
    words: str | None = None
    missed_reason: MissedReason | None = Field(default=None, sa_type=text_enum(MissedReason))
    confirmed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    confirmed_at: datetime | None = None
    is_confirmed: bool | None = None
    confirmation: str | None = None


class DepartmentVisit(TableModel, table=True):
    """What a department says its own requesters told it; it closes nothing and scores nothing."""

    __tablename__ = "department_visits"
    __table_args__ = (
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating_known"),
        sa.Index("ix_department_visits_at", sa.text("at DESC"), sa.text("id DESC")),
        sa.Index("ix_department_visits_ticket_id", "ticket_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    round: int
    department_id: int = Field(foreign_key="departments.id")
    at: datetime
    visitor_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    is_solved: bool
    rating: int | None = None
    note: str | None = None
