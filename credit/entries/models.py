"""Terms of entries, what is taken back, proposals of people, and offers of the season."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.entries.rules import ChangeReason, ProposalKind, ProposalState
from hotline.kernel.tables import TableModel, one_of, text_enum


class EntryTerm(TableModel, table=True):
    """Until when a provisional entry waits before it comes into force by itself.

    `settled_at` is set when it came to any other state: then nothing is due any more.
    """

    __tablename__ = "credit_entry_terms"
    __table_args__ = (
        sa.Index(
            "ix_credit_entry_terms_due",
            "confirm_by",
            "entry_id",
            postgresql_where=sa.text("settled_at IS NULL"),
        ),
    )

    entry_id: uuid.UUID = Field(primary_key=True, foreign_key="credit_entries.id")
    confirm_by: datetime
    settled_at: datetime | None = None


class TakenBack(TableModel, table=True):
    """What a fact has made void, kept so that an event told later finds it.

    `until` limits it to what had happened by then. A decision that is ended has `ended_at`, even when
    its end was told first.
    """

    __tablename__ = "credit_takings_back"
    __table_args__ = (
        one_of("reason", ChangeReason),
        sa.UniqueConstraint("name"),
        sa.Index("ix_credit_takings_back_ticket", "ticket_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    name: str = Field(max_length=160)
    ticket_id: uuid.UUID
    source_key: str | None = Field(default=None, max_length=160)
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    until: datetime | None = None
    reason: ChangeReason = Field(sa_type=text_enum(ChangeReason))
    fact_id: uuid.UUID
    recorded_at: datetime
    ended_at: datetime | None = None


class Proposal(TableModel, table=True):
    """An event, or that one is taken back, as a person proposed it; kept whatever became of it.

    `proposed_by` is empty for what the season's figures offer. What one person may enter is entered at
    once, and nobody decides it.
    """

    __tablename__ = "credit_proposals"
    __table_args__ = (
        one_of("kind", ProposalKind),
        one_of("state", ProposalState),
        sa.UniqueConstraint("source_key"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="second_person"),
        sa.CheckConstraint(
            "kind <> 'entry' OR ticket_id IS NOT NULL OR document IS NOT NULL", name="rests_on"
        ),
        sa.CheckConstraint("kind <> 'reversal' OR entry_id IS NOT NULL", name="of_entry"),
        sa.CheckConstraint(
            "kind <> 'entry' OR (state = 'entered') = (entry_id IS NOT NULL)", name="entered"
        ),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        sa.Index(
            "uq_credit_proposals_reversal",
            "entry_id",
            unique=True,
            postgresql_where=sa.text("kind = 'reversal' AND state = 'waiting'"),
        ),
        sa.Index("ix_credit_proposals_newest", sa.text("proposed_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_credit_proposals_waiting",
            sa.text("proposed_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index("ix_credit_proposals_entry", "entry_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    source_key: str = Field(max_length=160)
    kind: ProposalKind = Field(sa_type=text_enum(ProposalKind, 16))
    state: ProposalState = Field(sa_type=text_enum(ProposalState, 16))
    department_id: int = Field(foreign_key="departments.id")
    code: str = Field(max_length=48)
    ticket_id: uuid.UUID | None = None
    ticket_number: str | None = Field(default=None, max_length=13)
    document: str | None = Field(default=None, max_length=120)
    card_id: uuid.UUID | None = None
    finding: str
    evidence: list[str] = Field(default_factory=list, sa_type=JSONB)
    happened_on: date
    entry_id: uuid.UUID | None = Field(default=None, foreign_key="credit_entries.id")
    proposed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    proposed_at: datetime
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decision: str | None = None
    ended_at: datetime | None = None


class SeasonOffer(TableModel, table=True):
    """A quarter whose volumes were held against the same season of the year before."""

    __tablename__ = "credit_season_offers"

    quarter: str = Field(primary_key=True, max_length=8)
    offered_at: datetime
    offered_count: int
