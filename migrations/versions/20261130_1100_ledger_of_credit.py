"""Keep the ledger of credit.

Revision: b2d0c1a30100
Revises: b2d0c1a30080
Created: 2026-11-30 11:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30100"
down_revision = "b2d0c1a30080"
branch_labels = None
depends_on = None

_APPEND_ONLY = (
    "credit_facts",
    "credit_observations",
    "credit_rule_books",
    "credit_entries",
    "credit_entry_changes",
)


def upgrade() -> None:
    op.create_table(
        "credit_facts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_facts")),
    )
    op.create_index("ix_credit_facts_recorded", "credit_facts", ["recorded_at", "id"], unique=False)
    op.create_table(
        "credit_chains",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_chains_department_id")
        ),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_credit_chains")),
    )
    op.create_table(
        "credit_observations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source_key", sa.String(length=160), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("hop", sa.SmallInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=96), nullable=False),
        sa.Column("k", sa.Numeric(precision=4, scale=3), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "measure IN ('base', 'sign', 'contact', 'promise', 'resolved', 'satisfied', 'quality')",
            name=op.f("ck_credit_observations_measure_known"),
        ),
        sa.CheckConstraint("abs(k) <= abs(n)", name=op.f("ck_credit_observations_part_of_one")),
        sa.CheckConstraint("n BETWEEN -1 AND 1", name=op.f("ck_credit_observations_one_at_a_time")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_observations_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_observations")),
        sa.UniqueConstraint("source_key", name=op.f("uq_credit_observations_source_key")),
    )
    op.create_index(
        "ix_credit_observations_ticket", "credit_observations", ["ticket_id"], unique=False
    )
    op.create_index(
        "ix_credit_observations_window",
        "credit_observations",
        ["finished_at", "department_id"],
        unique=False,
        postgresql_include=["measure", "category", "k", "n", "recorded_at"],
    )
    op.create_table(
        "credit_rule_books",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("book", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_credit_rule_books_published_by")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_credit_rule_books")),
    )
    op.create_table(
        "credit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("cap", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("cap_days", sa.Integer(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_key", sa.String(length=160), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_number", sa.String(length=13), nullable=True),
        sa.Column("document", sa.String(length=120), nullable=True),
        sa.Column("proof", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "severity IN ('rate', 'minor', 'general', 'severe', 'plus', 'cancels')",
            name=op.f("ck_credit_entries_severity_known"),
        ),
        sa.CheckConstraint(
            "source IN ('fact', 'person')", name=op.f("ck_credit_entries_source_known")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_entries_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_credit_entries_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["credit_entries.id"], name=op.f("fk_credit_entries_reverses_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_version"],
            ["credit_rule_books.version"],
            name=op.f("fk_credit_entries_rule_version"),
        ),
        sa.ForeignKeyConstraint(
            ["second_by"], ["users.id"], name=op.f("fk_credit_entries_second_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint(
            "department_id", "seq", name=op.f("uq_credit_entries_department_id_seq")
        ),
        sa.UniqueConstraint("source_key", name=op.f("uq_credit_entries_source_key")),
    )
    op.create_index(
        "ix_credit_entries_department",
        "credit_entries",
        ["department_id", "recorded_at", "id"],
        unique=False,
    )
    op.create_index("ix_credit_entries_ticket", "credit_entries", ["ticket_number"], unique=False)
    op.create_table(
        "credit_scores",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("formula", sa.String(length=16), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("peer_group", sa.String(length=32), nullable=True),
        sa.Column("input_digest", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("performance", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("ledger", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("low", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("high", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_scores_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_version"],
            ["credit_rule_books.version"],
            name=op.f("fk_credit_scores_rule_version"),
        ),
        sa.PrimaryKeyConstraint("department_id", "day", name=op.f("pk_credit_scores")),
    )
    op.create_index("ix_credit_scores_day", "credit_scores", ["day"], unique=False)
    op.create_table(
        "credit_entry_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "state IN ('provisional', 'in_force', 'objected', 'revoked', 'repaired', 'ended')",
            name=op.f("ck_credit_entry_changes_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["users.id"], name=op.f("fk_credit_entry_changes_changed_by")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_credit_entry_changes_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_entry_changes_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entry_changes")),
        sa.UniqueConstraint(
            "department_id", "seq", name=op.f("uq_credit_entry_changes_department_id_seq")
        ),
    )
    op.create_index(
        "ix_credit_entry_changes_entry", "credit_entry_changes", ["entry_id", "seq"], unique=False
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_credit_entry_changes_entry", table_name="credit_entry_changes")
    op.drop_table("credit_entry_changes")
    op.drop_index("ix_credit_scores_day", table_name="credit_scores")
    op.drop_table("credit_scores")
    op.drop_index("ix_credit_entries_ticket", table_name="credit_entries")
    op.drop_index("ix_credit_entries_department", table_name="credit_entries")
    op.drop_table("credit_entries")
    op.drop_table("credit_rule_books")
    op.drop_index(
        "ix_credit_observations_window",
        table_name="credit_observations",
        postgresql_include=["measure", "category", "k", "n", "recorded_at"],
    )
    op.drop_index("ix_credit_observations_ticket", table_name="credit_observations")
    op.drop_table("credit_observations")
    op.drop_table("credit_chains")
    op.drop_index("ix_credit_facts_recorded", table_name="credit_facts")
    op.drop_table("credit_facts")
