"""Meetings about a ticket, and what co-handlers report to the lead."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.tickets.meetings import (
    UNDECIDED,
    DutyOpinion,
    MeetingKind,
    MeetingState,
    ReportKind,
    WorkStage,
)

UNDECIDED_SQL = "state IN (" + ", ".join(f"'{state.value}'" for state in UNDECIDED) + ")"


class Meeting(TableModel, table=True):
    """Units called together about a ticket: a consultation or a whistle.

    `called_by` is empty when the ladder of an overdue clock called it.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("ticket_id", "kind", "nth"),
        one_of("kind", MeetingKind),
        one_of("state", MeetingState),
        sa.CheckConstraint(
            "(state IN ('done', 'called_off', 'lapsed')) = (ended_at IS NOT NULL)", name="ended"
        ),
        sa.Index(
            "uq_meetings_undecided",
            "ticket_id",
            "kind",
            unique=True,
            postgresql_where=sa.text(UNDECIDED_SQL),
        ),
        sa.Index("ix_meetings_called", "kind", sa.text("called_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=24)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    kind: MeetingKind = Field(sa_type=text_enum(MeetingKind, 16))
    nth: int
    state: MeetingState = Field(sa_type=text_enum(MeetingState, 16))
    question: str
    held_at: datetime | None = None
    place: str | None = Field(default=None, max_length=200)
    called_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    called_department_id: int | None = Field(default=None, foreign_key="departments.id")
    called_at: datetime
    minutes: str | None = None
    decision: str | None = None
    duty_department_id: int | None = Field(default=None, foreign_key="departments.id")
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None
    call_off_reason: str | None = None
    ended_at: datetime | None = None


class MeetingUnit(TableModel, table=True):
    """A unit called to a meeting, what it answered, whether it came, and how the hotline found that.

    While `sight_ended_at` is empty the unit may read the ticket.
    """

    __tablename__ = "meeting_units"
    __table_args__ = (
        sa.UniqueConstraint("meeting_id", "department_id"),
        one_of("opinion", DutyOpinion),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="score_known"),
        sa.Index("ix_meeting_units_ticket_id", "ticket_id"),
        sa.Index(
            "ix_meeting_units_in_sight",
            "department_id",
            "ticket_id",
            postgresql_where=sa.text("sight_ended_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    meeting_id: uuid.UUID = Field(foreign_key="meetings.id")
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    department_id: int = Field(foreign_key="departments.id")
    called_at: datetime
    due_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    opinion: DutyOpinion | None = Field(default=None, sa_type=text_enum(DutyOpinion, 16))
    words: str | None = None
    attendee: str | None = Field(default=None, max_length=80)
    is_deputy: bool | None = None
    attended: bool | None = None
    score: int | None = Field(default=None, sa_type=sa.SmallInteger)
    score_words: str | None = None
    scored_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    scored_at: datetime | None = None
    sight_ended_at: datetime | None = None


class MeetingTask(TableModel, table=True):
    """What a meeting gave one unit to do, and by when; dropped when the ticket ended before."""

    __tablename__ = "meeting_tasks"
    __table_args__ = (
        sa.Index("ix_meeting_tasks_meeting_id", "meeting_id"),
        sa.Index(
            "uq_meeting_tasks_open",
            "ticket_id",
            "department_id",
            unique=True,
            postgresql_where=sa.text("done_at IS NULL AND dropped_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    meeting_id: uuid.UUID = Field(foreign_key="meetings.id")
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    department_id: int = Field(foreign_key="departments.id")
    text: str
    due_at: datetime
    report: str | None = None
    evidence: list[str] = Field(sa_type=JSONB)
    done_at: datetime | None = None
    done_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    dropped_at: datetime | None = None


class CoReport(TableModel, table=True):
    """A word between a co-handler and the lead: kept in order, none written over another."""

    __tablename__ = "co_reports"
    __table_args__ = (
        one_of("kind", ReportKind),
        one_of("stage", WorkStage),
        sa.Index("ix_co_reports_ticket_id", "ticket_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    assignment_id: uuid.UUID = Field(foreign_key="assignments.id")
    department_id: int = Field(foreign_key="departments.id")
    kind: ReportKind = Field(sa_type=text_enum(ReportKind, 16))
    stage: WorkStage | None = Field(default=None, sa_type=text_enum(WorkStage, 16))
    text: str
    evidence: list[str] = Field(sa_type=JSONB)
    reported_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    reported_at: datetime
