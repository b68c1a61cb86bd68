"""What supervision keeps: orders, the list, interviews, bulletins, clues, urging in one go."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.supervision.bulletins.rules import BulletinKind, BulletinState
from hotline.supervision.clues.rules import ClueGrounds, ClueOutcome, ClueState
from hotline.supervision.interviews.rules import InterviewReason, InterviewState
from hotline.supervision.rules import LIVE, WRITTEN, OrderReason, OrderState, UrgeState

LIVE_SQL = "state IN (" + ", ".join(f"'{state.value}'" for state in LIVE) + ")"
_WRITTEN_SQL = ", ".join(f"'{state.value}'" for state in WRITTEN)


class SupervisionOrder(TableModel, table=True):
    """A formal order (督办单) to a department to act on a ticket, and to say so by a date.

    `hop` and `round` name the task it was issued on; with that task it ends. `issued_by` is empty
    when the ladder of an overdue clock issued it.
    """

    __tablename__ = "supervision_orders"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("ticket_id", "nth"),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name="level_known"),
        one_of("reason", OrderReason),
        sa.CheckConstraint(f"state IN ({_WRITTEN_SQL})", name="state_known"),
        sa.CheckConstraint("level < 4 OR issued_by IS NOT NULL", name="high_by_people"),
        sa.Index(
            "uq_supervision_orders_live",
            "ticket_id",
            "hop",
            "round",
            unique=True,
            postgresql_where=sa.text(LIVE_SQL),
        ),
        sa.Index(
            "ix_supervision_orders_live",
            "due_at",
            "id",
            postgresql_where=sa.text(LIVE_SQL),
        ),
        sa.Index("ix_supervision_orders_issued", sa.text("issued_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=24)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    nth: int
    hop: int
    round: int
    department_id: int = Field(foreign_key="departments.id")
    level: int = Field(sa_type=sa.SmallInteger)
    reason: OrderReason = Field(sa_type=text_enum(OrderReason))
    demand: str
    reply_limit: str = Field(max_length=32)
    state: OrderState = Field(sa_type=text_enum(OrderState, 16))
    follows_id: uuid.UUID | None = Field(default=None, foreign_key="supervision_orders.id")
    issued_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    issued_at: datetime
    due_at: datetime
    acknowledged_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    acknowledged_at: datetime | None = None
    reply: str | None = None
    answered_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    answered_at: datetime | None = None
    verification: str | None = None
    verified_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    verified_at: datetime | None = None


class UrgeRun(TableModel, table=True):
    """Many tickets urged in one go by one person, with one text.

    `asked` is the list it was started from, as the address of its page. The id comes with the form, so
    that a form sent twice starts one run.
    """

    __tablename__ = "urge_runs"

    id: uuid.UUID = Field(primary_key=True)
    requested_by: uuid.UUID = Field(foreign_key="users.id")
    requested_at: datetime
    asked: str
    note: str
    finished_at: datetime | None = None


class UrgeItem(TableModel, table=True):
    """One ticket of a run and what became of it."""

    __tablename__ = "urge_items"
    __table_args__ = (one_of("state", UrgeState),)

    run_id: uuid.UUID = Field(primary_key=True, foreign_key="urge_runs.id")
    ticket_number: str = Field(primary_key=True, max_length=13)
    state: UrgeState = Field(sa_type=text_enum(UrgeState, 16))
    reason: str | None = Field(default=None, max_length=64)
    done_at: datetime | None = None


class Listing(TableModel, table=True):
    """A matter on the list of supervision (挂牌督办), until somebody verifies and takes it off.

    It goes on after the order that put it there has ended: only words take it down. Leaders are named by
    their office and name, as on the board.
    """

    __tablename__ = "listings"
    __table_args__ = (
        sa.UniqueConstraint("order_id"),
        sa.CheckConstraint("(delisted_at IS NULL) = (delisting IS NULL)", name="delisted"),
        sa.Index("ix_listings_newest", sa.text("listed_at DESC"), sa.text("id DESC")),
        sa.Index("ix_listings_ticket_id", "ticket_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    order_id: uuid.UUID = Field(foreign_key="supervision_orders.id")
    order_number: str = Field(max_length=24)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    department_id: int = Field(foreign_key="departments.id")
    city_leader: str | None = Field(default=None, max_length=80)
    responsible: str | None = Field(default=None, max_length=80)
    named_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    named_at: datetime | None = None
    listed_at: datetime
    delisted_at: datetime | None = None
    delisted_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    delisting: str | None = None


class RecordNumber(TableModel, table=True):
    """The last number of a kind of record in a year."""

    __tablename__ = "record_numbers"

    kind: str = Field(primary_key=True, max_length=8)
    year: int = Field(primary_key=True)
    last: int


class Interview(TableModel, table=True):
    """A formal talk (约谈) with a department, what was promised there and what became of it.

    `due_at` is the next thing that falls due, the talk itself and then the follow-up; `warned` says how
    far those concerned were told of it.
    """

    __tablename__ = "interviews"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        one_of("reason", InterviewReason),
        one_of("state", InterviewState),
        sa.CheckConstraint("(held_at IS NULL) = (minutes IS NULL)", name="held"),
        sa.CheckConstraint("warned BETWEEN 0 AND 2", name="warned_known"),
        sa.Index("ix_interviews_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
        sa.Index("ix_interviews_newest", sa.text("planned_at DESC"), sa.text("id DESC")),
        sa.Index("ix_interviews_department_id", "department_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=16)
    department_id: int = Field(foreign_key="departments.id")
    reason: InterviewReason = Field(sa_type=text_enum(InterviewReason))
    explanation: str
    interviewer: str = Field(max_length=200)
    called: str = Field(max_length=200)
    place: str = Field(max_length=200)
    state: InterviewState = Field(sa_type=text_enum(InterviewState, 16))
    version: int = 1
    planned_at: datetime
    planned_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    created_at: datetime
    due_at: datetime | None = None
    warned: int = Field(default=0, sa_type=sa.SmallInteger)
    held_at: datetime | None = None
    attendance: str | None = None
    minutes: str | None = None
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    recorded_at: datetime | None = None
    follow_up: str | None = None
    followed_up_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    followed_up_at: datetime | None = None
    closing: str | None = None
    closed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    closed_at: datetime | None = None


class InterviewTicket(TableModel, table=True):
    """A ticket that an interview is about."""

    __tablename__ = "interview_tickets"

    interview_id: uuid.UUID = Field(primary_key=True, foreign_key="interviews.id")
    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")


class PromisedThing(TableModel, table=True):
    """What was promised at an interview, by when, and how it was shown to be done."""

    __tablename__ = "interview_promises"
    __table_args__ = (sa.CheckConstraint("(done_at IS NULL) = (evidence IS NULL)", name="done"),)

    interview_id: uuid.UUID = Field(primary_key=True, foreign_key="interviews.id")
    position: int = Field(primary_key=True)
    text: str
    due_at: datetime
    done_at: datetime | None = None
    done_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    evidence: str | None = None


class Bulletin(TableModel, table=True):
    """A bulletin (通报): figures of a period and words on them, for every department or some.

    The figures are those of the instant of drafting. `units` lists the departments that read it; none is
    all. Once published nothing of it changes but that it is recalled: the database refuses.
    """

    __tablename__ = "bulletins"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        one_of("kind", BulletinKind),
        one_of("state", BulletinState),
        sa.CheckConstraint("(number IS NULL) = (published_at IS NULL)", name="numbered"),
        sa.CheckConstraint("begins <= ends", name="period"),
        sa.Index(
            "uq_bulletins_weekly",
            "begins",
            unique=True,
            postgresql_where=sa.text("kind = 'weekly'"),
        ),
        sa.Index("ix_bulletins_newest", sa.text("drafted_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str | None = Field(default=None, max_length=16)
    kind: BulletinKind = Field(sa_type=text_enum(BulletinKind, 16))
    state: BulletinState = Field(sa_type=text_enum(BulletinState, 16))
    version: int = 1
    title: str = Field(max_length=120)
    begins: date
    ends: date
    text: str
    figures: list[dict[str, Any]] = Field(sa_type=JSONB)
    units: list[str] = Field(sa_type=JSONB)
    drafted_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    drafted_at: datetime
    reviewed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    reviewed_at: datetime | None = None
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime | None = None
    recall_reason: str | None = None
    recalled_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    recalled_at: datetime | None = None


class Clue(TableModel, table=True):
    """A clue (线索) that was handed to the discipline inspection.

    What it says is encrypted: nobody else is to read it, not in the database either.
    """

    __tablename__ = "clues"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        one_of("grounds", ClueGrounds),
        one_of("state", ClueState),
        one_of("outcome", ClueOutcome),
        sa.Index("ix_clues_newest", sa.text("transferred_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=16)
    grounds: ClueGrounds = Field(sa_type=text_enum(ClueGrounds))
    state: ClueState = Field(sa_type=text_enum(ClueState, 16))
    text: bytes
    transferred_by: uuid.UUID = Field(foreign_key="users.id")
    transferred_at: datetime
    acknowledged_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    acknowledged_at: datetime | None = None
    outcome: ClueOutcome | None = Field(default=None, sa_type=text_enum(ClueOutcome))
    conclusion: bytes | None = None
    document: bytes | None = None
    concluded_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    concluded_at: datetime | None = None


class ClueTicket(TableModel, table=True):
    """A ticket that goes with a clue."""

    __tablename__ = "clue_tickets"

    clue_id: uuid.UUID = Field(primary_key=True, foreign_key="clues.id")
    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")


class ClueQuestion(TableModel, table=True):
    """What the discipline inspection asked whoever handed over a clue, and the answer."""

    __tablename__ = "clue_questions"

    clue_id: uuid.UUID = Field(primary_key=True, foreign_key="clues.id")
    nth: int = Field(primary_key=True)
    question: bytes
    asked_by: uuid.UUID = Field(foreign_key="users.id")
    asked_at: datetime
    answer: bytes | None = None
    answered_at: datetime | None = None


class ClueRead(TableModel, table=True):
    """The record that somebody read a clue: append-only."""

    __tablename__ = "clue_reads"
    __table_args__ = (sa.Index("ix_clue_reads_clue_id", "clue_id", "read_at"),)

    id: uuid.UUID = Field(primary_key=True)
    clue_id: uuid.UUID = Field(foreign_key="clues.id")
    user_id: uuid.UUID = Field(foreign_key="users.id")
    read_at: datetime
