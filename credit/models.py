"""The ledger: promises, the facts that credit was told, what they count for, scores."""

import enum
import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.ledger import EntrySource, EntryState, Measure
from credit.rulebook import Grade, Severity
from hotline.kernel.tables import TableModel, one_of, text_enum


class PromiseOutcome(enum.StrEnum):
    """What a department made of a promise."""

    KEPT = "kept"
    BROKEN = "broken"


class RuleBookVersion(TableModel, table=True):
    """A published version of the rules of credit. Append-only; the newest whose day has come holds."""

    __tablename__ = "credit_rule_books"

    version: int = Field(primary_key=True)
    book: dict[str, Any] = Field(sa_type=JSONB)
    valid_from: datetime
    note: str
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime


class CreditFact(TableModel, table=True):
    """A fact that credit was told, as it was told: what observations and entries are made of.

    Append-only and kept for good, so that the ledger can be made again from nothing. `told_at` is when
    it happened, `recorded_at` since when credit knows it.
    """

    __tablename__ = "credit_facts"
    __table_args__ = (
        sa.Index("ix_credit_facts_recorded", "recorded_at", "id"),
        sa.Index("ix_credit_facts_ticket", "ticket_id", "recorded_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    topic: str = Field(max_length=64)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    ticket_id: uuid.UUID | None = None
    told_at: datetime
    recorded_at: datetime


class Observation(TableModel, table=True):
    """One contribution to one rate: k of n, taken back by a row of the opposite sign, never changed.

    `finished_at` says into which window it falls, `recorded_at` since when it is known. `base` rows
    count assignments. What does not count stands here with n = 0 and the `cause`, so that it can be
    listed; what counted first is taken back with the cause. `source_key` is the name of what happened,
    `#`, and which row about it this is.
    """

    __tablename__ = "credit_observations"
    __table_args__ = (
        one_of("measure", Measure),
        sa.CheckConstraint("n BETWEEN -1 AND 1", name="one_at_a_time"),
        sa.CheckConstraint("abs(k) <= abs(n)", name="part_of_one"),
        sa.Index(
            "ix_credit_observations_window",
            "finished_at",
            "department_id",
            postgresql_include=["measure", "category", "k", "n", "recorded_at"],
        ),
        sa.Index("ix_credit_observations_ticket", "ticket_id"),
        sa.Index(
            "ix_credit_observations_department",
            "department_id",
            "measure",
            sa.text("finished_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_credit_observations_cause",
            *("finished_at", "id"),
            postgresql_where=sa.text("cause IS NOT NULL"),
        ),
        sa.Index(
            "ix_credit_observations_left_out",
            "department_id",
            sa.text("finished_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("cause IS NOT NULL"),
        ),
        sa.UniqueConstraint("source_key"),
    )

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    source_key: str = Field(max_length=160)
    fact_id: uuid.UUID | None = None
    department_id: int = Field(foreign_key="departments.id")
    ticket_id: uuid.UUID
    ticket_number: str = Field(max_length=13)
    hop: int = Field(sa_type=sa.SmallInteger)
    round: int = Field(sa_type=sa.SmallInteger)
    measure: Measure = Field(sa_type=text_enum(Measure, 16))
    category: str = Field(max_length=96)
    k: Decimal = Field(sa_type=sa.Numeric(4, 3))
    n: int = Field(sa_type=sa.SmallInteger)
    cause: str | None = Field(default=None, max_length=32)
    finished_at: datetime
    recorded_at: datetime


class CreditEntry(TableModel, table=True):
    """One event in a department's ledger: what, by which rule, how many points, with which proof.

    Append-only. What becomes of it is told by `CreditEntryChange` rows; both stand in one chain of
    hashes per department. `reverses` names the entry that this one takes back.
    """

    __tablename__ = "credit_entries"
    __table_args__ = (
        one_of("severity", Severity),
        one_of("source", EntrySource),
        sa.UniqueConstraint("source_key"),
        sa.UniqueConstraint("department_id", "seq"),
        sa.Index("ix_credit_entries_department", "department_id", "recorded_at", "id"),
        sa.Index("ix_credit_entries_ticket", "ticket_number"),
        sa.Index("ix_credit_entries_ticket_id", "ticket_id"),
        sa.Index("ix_credit_entries_newest", sa.text("recorded_at DESC"), sa.text("id DESC")),
        sa.Index(
            "uq_credit_entries_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    department_id: int = Field(foreign_key="departments.id")
    seq: int
    code: str = Field(max_length=48)
    severity: Severity = Field(sa_type=text_enum(Severity, 16))
    points: Decimal = Field(sa_type=sa.Numeric(6, 2))
    cap: Decimal | None = Field(default=None, sa_type=sa.Numeric(6, 2))
    cap_days: int | None = None
    rule_version: int = Field(foreign_key="credit_rule_books.version")
    source: EntrySource = Field(sa_type=text_enum(EntrySource, 16))
    source_key: str = Field(max_length=160)
    fact_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    ticket_number: str | None = Field(default=None, max_length=13)
    document: str | None = Field(default=None, max_length=120)
    proof: dict[str, Any] = Field(sa_type=JSONB)
    reverses_id: uuid.UUID | None = Field(default=None, foreign_key="credit_entries.id")
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    second_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    previous_hash: bytes
    hash: bytes


class CreditEntryChange(TableModel, table=True):
    """What became of an entry, and why. Append-only; the newest row says where it stands."""

    __tablename__ = "credit_entry_changes"
    __table_args__ = (
        one_of("state", EntryState),
        sa.UniqueConstraint("department_id", "seq"),
        sa.Index("ix_credit_entry_changes_entry", "entry_id", "seq"),
    )

    id: uuid.UUID = Field(primary_key=True)
    entry_id: uuid.UUID = Field(foreign_key="credit_entries.id")
    department_id: int = Field(foreign_key="departments.id")
    seq: int
    state: EntryState = Field(sa_type=text_enum(EntryState, 16))
    reason: str
    changed_at: datetime
    changed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    previous_hash: bytes
    hash: bytes


class CreditChain(TableModel, table=True):
    """The head of a department's chain; its row is the lock that keeps the chain in order."""

    __tablename__ = "credit_chains"

    department_id: int = Field(primary_key=True, foreign_key="departments.id")
    count: int
    head: bytes


class LiveScore(TableModel, table=True):
    """A department's score as of one night, with what it was made of."""

    __tablename__ = "credit_scores"
    __table_args__ = (sa.Index("ix_credit_scores_day", "day"),)

    department_id: int = Field(primary_key=True, foreign_key="departments.id")
    day: date = Field(primary_key=True)
    as_of: datetime
    formula: str = Field(max_length=16)
    rule_version: int = Field(foreign_key="credit_rule_books.version")
    peer_group: str | None = Field(default=None, max_length=32)
    input_digest: bytes
    score: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    performance: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    ledger: Decimal = Field(sa_type=sa.Numeric(5, 2))
    low: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    high: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    n: int
    band: int | None = None
    rank: int | None = None
    grade: Grade | None = Field(default=None, sa_type=text_enum(Grade, 1))
    is_trial: bool = True
    explanation: dict[str, Any] = Field(sa_type=JSONB)
