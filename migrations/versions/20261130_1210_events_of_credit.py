"""Propose, confirm and take back events of credit.

Revision: b2d0c1a30210
Revises: b2d0c1a30220
Created: 2026-11-30 12:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30210"
down_revision = "b2d0c1a30220"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_season_offers",
        sa.Column("quarter", sa.String(length=8), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_credit_season_offers")),
    )
    op.create_table(
        "credit_takings_back",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.String(length=160), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason IN ('term_passed', 'second_person', 'accepted', 'merged', 'return_upheld', 'designated_another', 'rating_unfounded', 'not_done', 'excluded')",
            name=op.f("ck_credit_takings_back_reason_known"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_takings_back_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_takings_back")),
        sa.UniqueConstraint("name", name=op.f("uq_credit_takings_back_name")),
    )
    op.create_index(
        "ix_credit_takings_back_ticket", "credit_takings_back", ["ticket_id"], unique=False
    )
    op.create_table(
        "credit_entry_terms",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("confirm_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_entry_terms_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_credit_entry_terms")),
    )
    op.create_index(
        "ix_credit_entry_terms_due",
        "credit_entry_terms",
        ["confirm_by", "entry_id"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "credit_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_number", sa.String(length=13), nullable=True),
        sa.Column("document", sa.String(length=120), nullable=True),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind <> 'entry' OR (state = 'entered') = (entry_id IS NOT NULL)",
            name=op.f("ck_credit_proposals_entered"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_credit_proposals_ended")
        ),
        sa.CheckConstraint(
            "kind <> 'entry' OR ticket_id IS NOT NULL OR document IS NOT NULL",
            name=op.f("ck_credit_proposals_rests_on"),
        ),
        sa.CheckConstraint(
            "kind <> 'reversal' OR entry_id IS NOT NULL", name=op.f("ck_credit_proposals_of_entry")
        ),
        sa.CheckConstraint(
            "kind IN ('entry', 'reversal')", name=op.f("ck_credit_proposals_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'entered', 'refused')",
            name=op.f("ck_credit_proposals_state_known"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_credit_proposals_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_credit_proposals_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_proposals_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_proposals_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name=op.f("fk_credit_proposals_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_proposals")),
        sa.UniqueConstraint("source_key", name=op.f("uq_credit_proposals_source_key")),
    )
    op.create_index("ix_credit_proposals_entry", "credit_proposals", ["entry_id"], unique=False)
    op.create_index(
        "ix_credit_proposals_newest",
        "credit_proposals",
        [sa.literal_column("proposed_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_credit_proposals_waiting",
        "credit_proposals",
        [sa.literal_column("proposed_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_credit_proposals_reversal",
        "credit_proposals",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'reversal' AND state = 'waiting'"),
    )
    op.create_index("ix_credit_entries_ticket_id", "credit_entries", ["ticket_id"], unique=False)
    op.create_index(
        "ix_credit_entries_newest",
        "credit_entries",
        [sa.literal_column("recorded_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "uq_credit_entries_reverses_id",
        "credit_entries",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_credit_entries_reverses_id",
        table_name="credit_entries",
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.drop_index("ix_credit_entries_newest", table_name="credit_entries")
    op.drop_index("ix_credit_entries_ticket_id", table_name="credit_entries")
    op.drop_index(
        "uq_credit_proposals_reversal",
        table_name="credit_proposals",
        postgresql_where=sa.text("kind = 'reversal' AND state = 'waiting'"),
    )
    op.drop_index(
        "ix_credit_proposals_waiting",
        table_name="credit_proposals",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index("ix_credit_proposals_newest", table_name="credit_proposals")
    op.drop_index("ix_credit_proposals_entry", table_name="credit_proposals")
    op.drop_table("credit_proposals")
    op.drop_index(
        "ix_credit_entry_terms_due",
        table_name="credit_entry_terms",
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_table("credit_entry_terms")
    op.drop_index("ix_credit_takings_back_ticket", table_name="credit_takings_back")
    op.drop_table("credit_takings_back")
    op.drop_table("credit_season_offers")
