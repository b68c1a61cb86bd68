"""Tables of observers: the register, surveys and answers, visits and findings, reports."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.observers.rules import (
    ConflictReason,
    FindingState,
    FindingStep,
    ObserverCategory,
    QuestionKind,
    SurveyKind,
    SurveyState,
)
from hotline.kernel.tables import TableModel, one_of, text_enum


class Observer(TableModel, table=True):
    """An outside supervisor on the register, with his card. His row is the lock of what he answers.

    `card_code` is what the picture on the card leads to; `nickname` is what others know him by.
    """

    __tablename__ = "observers"
    __table_args__ = (
        one_of("category", ObserverCategory),
        sa.UniqueConstraint("user_id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("nickname"),
        sa.UniqueConstraint("card_code"),
        sa.CheckConstraint("is_active = (ended_at IS NULL)", name="ended"),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id")
    number: str = Field(max_length=16)
    nickname: str = Field(max_length=20)
    category: ObserverCategory = Field(sa_type=text_enum(ObserverCategory, 16))
    card_code: str = Field(max_length=16)
    valid_until: date
    is_active: bool = True
    version: int = 1
    registered_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    registered_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None


class ObserverConflict(TableModel, table=True):
    """A department that an observer keeps out of, by his own word, until a supervisor lifts it."""

    __tablename__ = "observer_conflicts"
    __table_args__ = (
        one_of("reason", ConflictReason),
        sa.Index(
            "uq_observer_conflicts_standing",
            "observer_id",
            "department_id",
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    observer_id: uuid.UUID = Field(foreign_key="observers.id")
    department_id: int = Field(foreign_key="departments.id")
    reason: ConflictReason = Field(sa_type=text_enum(ConflictReason, 16))
    declared_at: datetime
    lifted_at: datetime | None = None
    lifted_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    lift_reason: str | None = None


class Survey(TableModel, table=True):
    """A survey. It takes answers from `opens_at` until `closes_at`, whoever has or has not closed it.

    `closed_at` is the instant whose state of things its results are counted by.
    """

    __tablename__ = "observer_surveys"
    __table_args__ = (
        one_of("kind", SurveyKind),
        one_of("state", SurveyState),
        sa.CheckConstraint("opens_at < closes_at", name="opens_first"),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter_known"),
        sa.CheckConstraint("(kind = 'quarter') = (quarter IS NOT NULL)", name="quarter"),
        sa.CheckConstraint("least_answers > 0", name="least_answers"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        sa.Index("ix_observer_surveys_list", "drafted_at", "id"),
        sa.Index("ix_observer_surveys_year", "year"),
        sa.Index(
            "ix_observer_surveys_due",
            "closes_at",
            postgresql_where=sa.text("state = 'published'"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    title: str = Field(max_length=120)
    kind: SurveyKind = Field(sa_type=text_enum(SurveyKind, 16))
    year: int
    quarter: int | None = Field(default=None, sa_type=sa.SmallInteger)
    state: SurveyState = Field(sa_type=text_enum(SurveyState, 16))
    version: int = 1
    opens_at: datetime
    closes_at: datetime
    least_answers: int
    asked: list[str] = Field(sa_type=JSONB)
    drafted_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    drafted_at: datetime
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime | None = None
    closed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    closed_at: datetime | None = None


class SurveyQuestion(TableModel, table=True):
    """A question of a survey, at its place."""

    __tablename__ = "observer_survey_questions"
    __table_args__ = (one_of("kind", QuestionKind),)

    survey_id: uuid.UUID = Field(primary_key=True, foreign_key="observer_surveys.id")
    position: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    kind: QuestionKind = Field(sa_type=text_enum(QuestionKind, 16))
    text: str = Field(max_length=300)


class SurveyDepartment(TableModel, table=True):
    """A department that a survey asks about, written when it is published."""

    __tablename__ = "observer_survey_departments"

    survey_id: uuid.UUID = Field(primary_key=True, foreign_key="observer_surveys.id")
    department_id: int = Field(primary_key=True, foreign_key="departments.id")


class SurveyAnswer(TableModel, table=True):
    """One observer's answer about one department. Append-only; the newest version counts."""

    __tablename__ = "observer_answers"
    __table_args__ = (sa.Index("ix_observer_answers_observer", "observer_id", "answered_at"),)

    survey_id: uuid.UUID = Field(primary_key=True, foreign_key="observer_surveys.id")
    department_id: int = Field(primary_key=True, foreign_key="departments.id")
    observer_id: uuid.UUID = Field(primary_key=True, foreign_key="observers.id")
    version: int = Field(primary_key=True)
    values: list[Any] = Field(sa_type=JSONB)
    answered_at: datetime


class ObserverVisit(TableModel, table=True):
    """A visit to a department's place: asked for with a day, or made of the observer's own accord.

    `checked_in_at` is when he recorded it; `lat` and `long` say where from, if he wants to say.
    """

    __tablename__ = "observer_visits"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("(lat IS NULL) = (long IS NULL)", name="place"),
        sa.CheckConstraint("(visited_on IS NULL) = (checked_in_at IS NULL)", name="recorded"),
        sa.CheckConstraint("due_at IS NOT NULL OR checked_in_at IS NOT NULL", name="asked_or_made"),
        sa.CheckConstraint("warned BETWEEN 0 AND 2", name="warned_known"),
        sa.Index("ix_observer_visits_list", "created_at", "id"),
        sa.Index("ix_observer_visits_observer", "observer_id", "created_at"),
        sa.Index(
            "ix_observer_visits_due",
            "due_at",
            postgresql_where=sa.text("checked_in_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=16)
    observer_id: uuid.UUID = Field(foreign_key="observers.id")
    department_id: int = Field(foreign_key="departments.id")
    created_at: datetime
    planned_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    due_at: datetime | None = None
    warned: int = Field(default=0, sa_type=sa.SmallInteger)
    checked_in_at: datetime | None = None
    visited_on: date | None = None
    place: str | None = Field(default=None, max_length=200)
    items: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    words: str | None = None
    lat: float | None = None
    long: float | None = None
    photos: list[str] = Field(default_factory=list, sa_type=JSONB)


class ObserverFinding(TableModel, table=True):
    """What a department has to put right after a visit; `due_at` is the next thing that falls due."""

    __tablename__ = "observer_findings"
    __table_args__ = (
        one_of("state", FindingState),
        sa.UniqueConstraint("visit_id"),
        sa.CheckConstraint("(due_at IS NOT NULL) = (state IN ('open', 'answered'))", name="due"),
        sa.CheckConstraint("warned BETWEEN 0 AND 2", name="warned_known"),
        sa.Index("ix_observer_findings_list", "opened_at", "id"),
        sa.Index("ix_observer_findings_department", "department_id", "opened_at"),
        sa.Index(
            "ix_observer_findings_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    visit_id: uuid.UUID = Field(foreign_key="observer_visits.id")
    department_id: int = Field(foreign_key="departments.id")
    state: FindingState = Field(sa_type=text_enum(FindingState, 16))
    text: str
    version: int = 1
    opened_at: datetime
    due_at: datetime | None = None
    warned: int = Field(default=0, sa_type=sa.SmallInteger)
    ended_at: datetime | None = None


class ObserverFindingStep(TableModel, table=True):
    """What was done about a finding, by whom, until when the next is due. Append-only."""

    __tablename__ = "observer_finding_steps"
    __table_args__ = (one_of("step", FindingStep),)

    finding_id: uuid.UUID = Field(primary_key=True, foreign_key="observer_findings.id")
    seq: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    step: FindingStep = Field(sa_type=text_enum(FindingStep, 16))
    text: str
    photos: list[str] = Field(default_factory=list, sa_type=JSONB)
    by_user: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    is_observer: bool
    at: datetime
    due_at: datetime | None = None


class ObserverSnap(TableModel, table=True):
    """A report that became a ticket; `key` is the sender's own name for it, so that it comes once."""

    __tablename__ = "observer_snaps"
    __table_args__ = (
        sa.UniqueConstraint("observer_id", "key"),
        sa.UniqueConstraint("ticket_id"),
        sa.Index("ix_observer_snaps_observer", "observer_id", "sent_at", "id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    observer_id: uuid.UUID = Field(foreign_key="observers.id")
    key: uuid.UUID
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    ticket_number: str = Field(max_length=13)
    title: str = Field(max_length=200)
    sent_at: datetime
